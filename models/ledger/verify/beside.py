"""What entries commit to and what lies beside the chain: particulars and frames. It may be erased, but not changed, and
not without an entry that says so."""

from __future__ import annotations

import hmac
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, TextClause, bindparam, text

from models.evidence import EvidenceError, FrameFiles
from models.ledger.particulars import PERSONAL, SALT_BYTES, SOUGHT, commitment, committed
from models.ledger.subjects import OFFICE
from models.ledger.verify.chain import Row, Said
from models.ledger.verify.report import Faults, Tally
from models.vault import Sealer, Vault, VaultError

AT_ONCE = 500
GONE = text("SELECT kind, payload FROM ledger WHERE kind IN ('erasure', 'purge') ORDER BY seq")
PARTICULARS = text("SELECT commitment, owner, field, digest, sealed FROM particular WHERE commitment IN :names")
KEYS = text("SELECT owner, wrapped FROM data_key WHERE owner IN :names")
FRAMES = text("SELECT arrival, sha256, owner FROM frame WHERE arrival IN :names")
ABOUT = text(
    "SELECT DISTINCT subject FROM ledger_about WHERE seq IN (SELECT seq FROM ledger_about WHERE subject = :arrival)"
)


@dataclass(frozen=True, kw_only=True)
class Gone:
    """What the ledger says is gone: everything of the ``persons``, the frames of these ``arrivals``, and those older
    than an instant but for the arrivals held back then (``purged``). That a door found frames missing explains nothing:
    whoever takes one away could have it excused by starting a door."""

    persons: frozenset[str]
    arrivals: frozenset[str]
    purged: tuple[tuple[datetime, frozenset[str]], ...]

    def tells(self, persons: Iterable[str]) -> bool:
        """Whether something of one of ``persons`` may be gone."""
        return not self.persons.isdisjoint(persons)

    def tells_frame(self, arrival: str, at: datetime | None) -> bool:
        """Whether a frame of ``arrival``, taken ``at``, may be gone, whoever it shows."""
        if arrival in self.arrivals:
            return True
        return at is not None and any(at < before and arrival not in held for before, held in self.purged)


def read_gone(connection: Connection) -> Gone:
    """What was erased or purged by the ledger's own words, which are checked with the rest of it."""
    persons: set[str] = set()
    arrivals: set[str] = set()
    purged: list[tuple[datetime, frozenset[str]]] = []
    for kind, payload in connection.execute(GONE):
        said = _object(payload)
        if kind == "erasure":
            persons.add(str(said.get("person")))
            arrivals |= _strings(said.get("arrivals"))
        elif said.get("what") == "frames" and (before := _instant(said.get("before"))) is not None:
            purged.append((before, _strings(said.get("held"))))
    return Gone(persons=frozenset(persons), arrivals=frozenset(arrivals), purged=tuple(purged))


class Beside:
    """Goes through what lies beside the entries; ``vault`` opens it (None: only whether it is there)."""

    def __init__(
        self, connection: Connection, faults: Faults, files: FrameFiles, *, vault: Vault | None, open_frames: bool
    ) -> None:
        self._connection = connection
        self._faults = faults
        self._files = files
        self._vault = vault
        self._open_frames = open_frames
        self._gone = read_gone(connection)
        self._left = {path.name for path in files.files()}
        self._particulars: Counter[str] = Counter()
        self._frames: Counter[str] = Counter()

    @property
    def particulars(self) -> Tally:
        """What was found of the particulars."""
        return Tally(**self._particulars)

    @property
    def frames(self) -> Tally:
        """What was found of the frames."""
        return Tally(**self._frames)

    @property
    def extra(self) -> tuple[str, ...]:
        """Names of files that no entry names, when all entries were gone through."""
        return tuple(sorted(self._left))

    def compare(self, said: Sequence[Said]) -> None:
        """Go through what these entries commit to."""
        personal = (one for one in said if not one.payload.keys().isdisjoint(PERSONAL))
        values = [(name, field, one) for one in personal for field, name in committed(one.payload).items()]
        for start in range(0, len(values), AT_ONCE):
            self._compare_values(values[start : start + AT_ONCE])
        shown = [one for one in said if one.kind == "evidence"]
        for start in range(0, len(shown), AT_ONCE):
            self._compare_frames(shown[start : start + AT_ONCE])

    def _compare_values(self, values: Sequence[tuple[str, str, Said]]) -> None:
        rows = {row[0]: row for row in self._rows(PARTICULARS, {name for name, _, _ in values})}
        sealers = self._sealers({row[1] for row in rows.values()})
        for name, field, one in values:
            row = rows.get(name)
            if row is None or row[1] not in sealers:
                told = self._gone.tells({str(one.payload.get("person", OFFICE))})
                self._missing(self._particulars, one, f"its {field}", told=told)
                continue
            self._particulars["there"] += 1
            if (sealer := sealers[row[1]]) is not None and self._vault is not None:
                self._particulars["opened"] += 1
                if not _is_value(row, field, sealer, self._vault):
                    self._faults.entry(one.seq, f"its {field}, kept beside it, is not the one it was recorded with")

    def _compare_frames(self, shown: Sequence[Said]) -> None:
        listed = self._rows(FRAMES, {str(one.payload.get("arrival")) for one in shown})
        owners = {(arrival, digest): owner for arrival, digest, owner in listed}
        sealers = self._sealers(set(owners.values()))
        for one in shown:
            arrival, frames = str(one.payload.get("arrival")), one.payload.get("frames")
            for at, digest in frames if isinstance(frames, list) else ():
                owner = owners.get((arrival, digest))
                if owner is None or owner not in sealers:
                    told = self._gone.tells_frame(arrival, _instant(at))
                    told = told or self._gone.tells(self._named_with(arrival))
                    self._missing(self._frames, one, f"frame {digest[:12]}…", told=told)
                else:
                    self._compare_frame(one, arrival, digest, sealers[owner])

    def _compare_frame(self, one: Said, arrival: str, digest: str, sealer: Sealer | None) -> None:
        path = self._files.path(arrival, digest)
        if path.name not in self._left and not path.exists():
            self._faults.entry(one.seq, f"{path}: the frame it names is missing; restore the backup")
            return
        self._left.discard(path.name)
        self._frames["there"] += 1
        if self._open_frames and sealer is not None:
            self._frames["opened"] += 1
            try:
                self._files.read(sealer, arrival=arrival, sha256=digest)
            except EvidenceError as error:
                self._faults.entry(one.seq, str(error))

    def _missing(self, tally: Counter[str], one: Said, what: str, *, told: bool) -> None:
        tally["gone"] += 1
        if not told:
            self._faults.entry(one.seq, f"{what} is gone, and no erasure or purge on record says why")

    def _named_with(self, arrival: str) -> set[str]:
        return {row[0] for row in self._connection.execute(ABOUT, {"arrival": arrival})}

    def _sealers(self, owners: set[str]) -> dict[str, Sealer | None]:
        """The keys that are still there; None where it is not known what they are."""
        found: dict[str, Sealer | None] = {}
        for owner, wrapped in self._rows(KEYS, owners):
            try:
                found[owner] = self._vault.unwrapped(wrapped, owner) if self._vault is not None else None
            except VaultError as error:
                self._faults.other(str(error))
                found[owner] = None
        return found

    def _rows(self, statement: TextClause, names: set[str]) -> Sequence[Row]:
        if not names:
            return ()
        asked = statement.bindparams(bindparam("names", expanding=True))
        return self._connection.execute(asked, {"names": sorted(names)}).all()


def _is_value(row: Row, field: str, sealer: Sealer, vault: Vault) -> bool:
    name, _, kept_as, digest, sealed = row
    try:
        plain = sealer.open(bytes(sealed), name)
        value = plain[SALT_BYTES:].decode()
    except (VaultError, TypeError, UnicodeDecodeError):
        return False
    found_by = vault.digest(f"{field} {value}") if field == SOUGHT else None
    return kept_as == field and hmac.compare_digest(commitment(value, plain[:SALT_BYTES]), name) and found_by == digest


def _object(payload: object) -> Mapping[str, object]:
    try:
        said = json.loads(str(payload))
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _strings(said: object) -> frozenset[str]:
    return frozenset(map(str, said)) if isinstance(said, list) else frozenset()


def _instant(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
