"""The chain itself: numbers without a gap, hashes that follow from the content, signatures of the key in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import datetime
from multiprocessing import get_context
from types import TracebackType
from typing import Any, NamedTuple, Self

from pydantic_core import from_json
from sqlalchemy import Connection, TextClause, text

from models.ledger.entry import FIRST_PREV, instant_text, written_hash
from models.ledger.verify.report import Faults
from models.signed import Purpose, first_bad

ROWS = text("SELECT seq, at, kind, payload, prev_hash, hash, signature FROM ledger ORDER BY seq")
"""As the driver gives them: whoever bent the database may have put any type anywhere."""

ROWS_AT_ONCE = 5000
WORKERS = 2

MISSHAPEN = "is not stored as an entry is: it was not written by Menjian"
CHANGED = "its content was changed afterwards: it does not hash to what was signed"
UNCHAINED = "does not follow from the entry before it: one of the two was put here, or replaced"
UNSIGNED = "its signature is not that of the site's key: it was replaced by somebody who does not have the key"
EMPTY = "is missing: the ledger is empty"
UNFOUNDED = "does not found the site, as the first entry does: the beginning was replaced"
REFOUNDED = "founds the site a second time"

Check = tuple[bytes, bytes, bytes]
Row = Sequence[Any]


def in_parts(connection: Connection, statement: TextClause) -> Iterator[Sequence[Row]]:
    """The rows of a statement, a few thousand at a time."""
    if connection.dialect.name != "sqlite":
        found = connection.execute(
            statement, execution_options={"stream_results": True, "max_row_buffer": ROWS_AT_ONCE}
        )
        yield from found.partitions(ROWS_AT_ONCE)
        return
    cursor = connection.connection.cursor()  # plain tuples: a quarter of the reading goes into making rows of them
    cursor.execute(statement.text)
    while part := cursor.fetchmany(ROWS_AT_ONCE):
        yield part


class Said(NamedTuple):
    """What an entry says whose hash is right. A tuple, as there are millions."""

    seq: int
    kind: str
    payload: dict[str, object]


class Signatures:
    """Checks signatures while the next entries are read, in a ``with`` block; what is bad is told by its end. Many are
    checked in processes of their own: threads would wait for the interpreter every 50 µs."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._workers: ProcessPoolExecutor | None = None
        self._running: list[tuple[Future[int | None], Sequence[int]]] = []

    def check(self, seqs: Sequence[int], checks: Sequence[Check]) -> None:
        """Check these entries; of the bad ones the first is told."""
        if self._workers is None and len(checks) < ROWS_AT_ONCE:
            self._tell(first_bad(checks, Purpose.LEDGER), seqs)
            return
        if self._workers is None:
            self._workers = ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn"))
        self._running.append((self._workers.submit(first_bad, checks, Purpose.LEDGER), seqs))
        self._finish(at_most=2 * WORKERS)

    def _finish(self, *, at_most: int) -> None:
        """Wait until no more than so many parts are being checked."""
        while len(self._running) > at_most:
            result, seqs = self._running.pop(0)
            self._tell(result.result(), seqs)

    def _tell(self, bad: int | None, seqs: Sequence[int]) -> None:
        if bad is not None:
            self._faults.entry(seqs[bad], UNSIGNED)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None:
            self._finish(at_most=0)
        if self._workers is not None:
            self._workers.shutdown(cancel_futures=True)


class Chain:
    """Follows the entries in their order, and the keys that sign them; ``public`` are those of the file, for a ledger
    whose first entry does not tell."""

    def __init__(self, faults: Faults, signatures: Signatures, public: Sequence[bytes]) -> None:
        self.count = 0
        self.last = 0
        self.head: bytes | None = None
        self.keys: list[bytes] = []
        self._faults = faults
        self._signatures = signatures
        self._public = list(public)

    def follow(self, rows: Iterable[Row]) -> tuple[list[Said], list[bytes]]:
        """What the next entries say, as far as their hashes are right, and the hashes of all of them (32 bytes each).
        Their signatures are handed on."""
        said: list[Said] = []
        hashes: list[bytes] = []
        seqs: list[int] = []
        checks: list[Check] = []
        for row in rows:
            self.count += 1
            if not _is_shaped(row) or row[0] <= self.last:
                self._faults.entry(row[0] if isinstance(row[0], int) else self.last + 1, MISSHAPEN)
                continue
            seq, _, kind, _, _, own, signature = row
            payload = self._judged(row)
            self.last, self.head = seq, own
            hashes.append(own)
            if payload is None:
                continue
            if seq == 1:
                self._founded(kind, payload)
            if key := self.keys[-1:] or self._public[:1]:
                seqs.append(seq)
                checks.append((key[0], own, signature))
            said.append(Said(seq, kind, payload))
            if seq > 1:
                self._rotated(kind, payload, seq)
        self._signatures.check(seqs, checks)
        return said, hashes

    def end(self) -> None:
        """No entries are left."""
        if not self.count:
            self._faults.entry(1, EMPTY)

    def _judged(self, row: Row) -> dict[str, object] | None:
        """The payload, when the entry stands in its place and hashes right."""
        seq, at, kind, payload, prev, own, _ = row
        if seq != self.last + 1:
            gone = f"{self.last + 1} to {seq - 1} are" if seq - 1 > self.last + 1 else f"{self.last + 1} is"
            self._faults.entry(self.last + 1, f"was taken out: {gone} missing, the next is {seq}")
        elif prev != (self.head or FIRST_PREV):
            self._faults.entry(seq, UNCHAINED)
        if written_hash(seq=seq, instant=_instant(at), kind=kind, payload=payload, prev_hash=prev) != own:
            self._faults.entry(seq, CHANGED)
            return None
        said = _object(payload)
        if said is None:
            self._faults.entry(seq, MISSHAPEN)
        return said

    def _founded(self, kind: str, payload: dict[str, object]) -> None:
        key = _key(payload)
        if kind != "founded" or key is None:
            self._faults.entry(1, UNFOUNDED)
        else:
            self.keys.append(key)

    def _rotated(self, kind: str, payload: dict[str, object], seq: int) -> None:
        if kind == "founded":
            self._faults.entry(seq, REFOUNDED)
        if kind == "key_rotated":
            if (key := _key(payload)) is None:
                self._faults.entry(seq, MISSHAPEN)
            else:
                self.keys.append(key)


def _is_shaped(row: Row) -> bool:
    seq, _, kind, payload, prev, own, signature = row
    return (
        type(seq) is int
        and type(kind) is str
        and type(payload) is str
        and type(prev) is bytes
        and type(own) is bytes
        and type(signature) is bytes
    )


def _instant(stored: object) -> str:
    """As it is hashed. SQLite keeps the UTC wall clock as text; PostgreSQL hands back an aware instant."""
    return instant_text(stored) if isinstance(stored, datetime) else f"{stored}Z".replace(" ", "T", 1)


def _object(payload: str) -> dict[str, object] | None:
    try:
        said = from_json(payload)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _key(payload: dict[str, object]) -> bytes | None:
    try:
        key = bytes.fromhex(str(payload.get("public_key")))
    except ValueError:
        return None
    return key if len(key) == 32 else None
