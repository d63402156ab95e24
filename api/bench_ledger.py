"""The ledger against plain SQLite in the same run: durable appends a second, verification, one customer's timeline."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import rfc8785

from api.bench_decide import CLAIMANTS, START, raw_record
from attribution.entries import ENTRY, AnyEntry
from models.ledger.append import append
from models.ledger.entry import entry_hash
from models.ledger.kinds import ClaimantKnown
from models.ledger.verify import verify_site
from models.settings import SiteSettings
from models.signed import Purpose
from models.signing import Signer
from models.site import Site, create_site
from models.timeline import timeline_of

GROUP = 100
RECORD = 9
"""Entries of one customer, from report to deal."""

A_DAY, SAMPLE = 20, 50
AT_ONCE = 200
"""Customers put on record in one transaction when a ledger is built."""

PERSONAL = ("name", "phone")
PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON")
"""What a site's database has: every commit is on the disk."""

TABLES = (
    "SELECT sql FROM sqlite_master WHERE tbl_name IN ('ledger', 'ledger_about') AND type != 'trigger' AND sql != ''"
)

Write = Callable[[int, int], None]
"""Put the entries from one place up to another (left out) on record, in one durable transaction."""


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Durable entries a second, medians of the turns: in a transaction each, and in transactions of 100."""

    one_by_one_s: float
    grouped_s: float


@dataclass(frozen=True, kw_only=True)
class Appends:
    """``sqlite``: a site's ledger. ``plain``: the same rows inserted with Python's `sqlite3` under the same pragmas,
    made beforehand. ``by_hand``: inserted the same way, but each entry written as canonical JSON, hashed and signed.
    ``postgresql``: a site's ledger there, None without a server."""

    sqlite: Rates
    plain: Rates
    by_hand: Rates
    postgresql: Rates | None


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Of a ledger of ``entries``: how many are verified a second, and how long the timeline of one customer takes, ms,
    median and longest of 50."""

    entries: int
    verified_s: float
    timeline_ms: float
    longest_ms: float


def customer(number: int, *, named: bool = False) -> list[AnyEntry]:
    """One customer's record, 20 of them a day; ``named``: with name and phone, which are sealed beside the ledger."""
    found = []
    later = timedelta(days=number // A_DAY)
    for raw in raw_record(RECORD, f"customer-{number}"):
        at = raw["at"]
        assert isinstance(at, datetime)
        raw["at"] = at + later
        if "phone" in raw:
            raw |= {"phone": f"138{number:08}"} if named else dict.fromkeys(PERSONAL)
        found.append(ENTRY.validate_python(raw))
    return found


def appends(folder: Path, postgresql: str | None, *, entries: int, turns: int) -> Appends:
    """Write ``entries``, the first tenth one by one and the rest in groups, on each side in new files in ``folder``,
    turn about; ``postgresql`` is the address of an empty database. Raises ``ModelsError``."""
    work = [one for number in range(-(-entries // RECORD)) for one in customer(number)][:entries]
    sqlite: list[Rates] = []
    plain: list[Rates] = []
    by_hand: list[Rates] = []
    there: list[Rates] = []
    for turn in range(turns):
        with create_site(folder / f"{turn}", at=START) as site:
            sqlite.append(_pace(_by_append(site, work), entries))
            with closing(_Plain(site, folder / f"{turn}-plain.db")) as peer:
                plain.append(_pace(peer.insert, entries))
            with closing(_Plain(site, folder / f"{turn}-by-hand.db")) as peer:
                by_hand.append(_pace(peer.by_hand(work), entries))
    if postgresql is not None:
        with create_site(folder / "postgresql", SiteSettings(database=postgresql), at=START) as site:
            there = [_pace(_by_append(site, work), entries) for _ in range(turns)]
    return Appends(
        sqlite=_medians(sqlite),
        plain=_medians(plain),
        by_hand=_medians(by_hand),
        postgresql=_medians(there) if there else None,
    )


def reading(folder: Path, *, entries: int, on_entries: Callable[[int], None]) -> Reading:
    """Build a ledger of so many entries of different customers in ``folder`` and read it; ``on_entries`` is told how
    many more were written. Raises ``ModelsError``."""
    customers = -(-entries // RECORD)
    people = range(0, customers, max(1, customers // SAMPLE))
    with create_site(folder, at=START) as site:
        known = [ClaimantKnown(at=START, who=who, kind=one.kind, of=one.of) for who, one in CLAIMANTS.items()]
        with site.write_session() as session:
            append(session, known, at=START, by="bench")
        for start in range(0, customers, AT_ONCE):
            block = range(start, min(start + AT_ONCE, customers))
            work = [one for number in block for one in customer(number, named=number in people)]
            with site.write_session() as session:
                on_entries(len(append(session, work, at=START, by="bench")))
        took_ms = [_timeline_ms(site, f"customer-{number}") for number in people]
    began = perf_counter()
    report = verify_site(folder)
    verified_s = report.entries / (perf_counter() - began)
    return Reading(entries=report.entries, verified_s=verified_s, timeline_ms=median(took_ms), longest_ms=max(took_ms))


class _Plain:
    """A plain SQLite file that takes the rows of a site's ledger once more."""

    def __init__(self, site: Site, path: Path) -> None:
        with closing(sqlite3.connect(str(site.database.file))) as recorded:
            self._rows = recorded.execute("SELECT * FROM ledger WHERE seq > 1 ORDER BY seq").fetchall()
            subjects = recorded.execute("SELECT seq, subject, tie FROM ledger_about ORDER BY seq").fetchall()
            tables = recorded.execute(TABLES).fetchall()
        self._subjects: dict[int, list[tuple[str, int, bool]]] = {row[0]: [] for row in self._rows}
        for seq, subject, tie in subjects:
            self._subjects[seq].append((subject, seq, tie))
        with site.write_session() as session:
            self._signer = session.signer
        self._file = sqlite3.connect(path, isolation_level=None)
        for statement in (*(f"PRAGMA {pragma}" for pragma in PRAGMAS), *(sql for (sql,) in tables)):
            self._file.execute(statement)

    def insert(self, start: int, stop: int) -> None:
        """Insert rows as they are."""
        self._insert(self._rows[start:stop])

    def by_hand(self, work: Sequence[AnyEntry]) -> Write:
        """Inserts rows whose payload, hash and signature are made anew."""

        def write(start: int, stop: int) -> None:
            rows = zip(self._rows[start:stop], work[start:stop], strict=True)
            self._insert([_made(row, entry, self._signer) for row, entry in rows])

        return write

    def _insert(self, rows: Sequence[tuple[object, ...]]) -> None:
        self._file.execute("BEGIN IMMEDIATE")
        self._file.executemany("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        subjects = [one for row in rows for one in self._subjects[int(str(row[0]))]]
        self._file.executemany("INSERT INTO ledger_about VALUES (?, ?, ?)", subjects)
        self._file.execute("COMMIT")

    def close(self) -> None:
        self._file.close()


def _made(row: tuple[object, ...], entry: AnyEntry, signer: Signer) -> tuple[object, ...]:
    seq, at, kind, _, prev, *_ = row
    said = entry.model_dump(mode="json", by_alias=True, exclude={"do", "id"}, exclude_none=True)
    payload = rfc8785.dumps({**said, "recorded_by": "bench"}).decode()
    assert isinstance(seq, int)
    assert isinstance(prev, bytes)
    own = entry_hash(seq=seq, at=START, kind=str(kind), payload=payload, prev_hash=prev)
    return seq, at, kind, payload, prev, own, signer.sign(own, Purpose.LEDGER)


def _by_append(site: Site, work: Sequence[AnyEntry]) -> Write:
    def write(start: int, stop: int) -> None:
        with site.write_session() as session:
            append(session, work[start:stop], at=START, by="bench")

    return write


def _pace(write: Write, entries: int) -> Rates:
    alone = entries // 10
    one_by_one_s = _timed(write, range(alone), 1)
    grouped_s = _timed(write, range(alone, entries - GROUP + 1, GROUP), GROUP)
    return Rates(one_by_one_s=one_by_one_s, grouped_s=grouped_s)


def _timed(write: Write, places: Sequence[int], step: int) -> float:
    began = perf_counter()
    for place in places:
        write(place, place + step)
    return len(places) * step / (perf_counter() - began)


def _medians(turns: Sequence[Rates]) -> Rates:
    return Rates(
        one_by_one_s=median(turn.one_by_one_s for turn in turns), grouped_s=median(turn.grouped_s for turn in turns)
    )


def _timeline_ms(site: Site, person: str) -> float:
    began = perf_counter()
    with site.read_session() as session:
        assert len(timeline_of(session, person).entries) >= RECORD
    return 1000 * (perf_counter() - began)
