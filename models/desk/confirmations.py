"""客户确认单: what stands on the paper that customer, agent and reception sign, and whether its code is genuine."""

from __future__ import annotations

import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from models.desk.acts import DeskError, NoEntryError
from models.desk.retraction import undone_by
from models.ledger.entry import entry_hash
from models.ledger.particulars import committed, taken_out
from models.ledger.read import entry
from models.people import Person, PersonSummary, person_summary
from models.session import ReadSession

KIND = "confirm"
CODE = re.compile(r"MJ1\.c\.([1-9][0-9]{0,14})\.([0-9a-f]{64})")
"""What the QR code holds: the number of the entry and its hash (SHA-256, hex)."""


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """Entry ``seq`` with its ``hash``: the customer ``person`` came ``at`` (aware UTC) with the agent ``by``
    (``by_name`` of those who are people). ``name`` and ``phone`` as they were given, None where nobody gave one;
    ``erased``: the fields of which nothing is kept any more. ``undone_by``: the entry that took it back."""

    seq: int
    hash: bytes
    person: str
    by: str
    by_name: str | None
    at: datetime
    recorded_at: datetime
    name: str | None
    phone: str | None
    erased: frozenset[str]
    undone_by: int | None

    @property
    def code(self) -> str:
        """What the QR code of the paper holds: with it anybody who has the ledger can check the paper."""
        return f"MJ1.c.{self.seq}.{self.hash.hex()}"


@dataclass(frozen=True, kw_only=True)
class CheckedCode:
    """What a paper's code comes to: it names entry ``entry``; ``genuine``: that is a confirmation, and as it was when
    the paper was printed; ``retracted``: it was taken back since."""

    entry: int
    genuine: bool
    retracted: bool


def confirmation_of(session: ReadSession, seq: int) -> Confirmation:
    """The confirmation of entry ``seq``. Raises ``NoEntryError`` when there is none."""
    found = entry(session, seq)
    if found is None or found.kind != KIND:
        raise NoEntryError(f"entry {seq}: no confirmation")
    said = json.loads(found.payload)
    opened, sealed = taken_out(session, [said]), committed(said)
    values = {field: opened[name].value for field, name in sealed.items() if name in opened}
    agent = _summary(session, said["by"])
    return Confirmation(
        seq=found.seq,
        hash=found.hash,
        person=said["person"],
        by=said["by"],
        by_name=agent.name if agent else None,
        at=datetime.fromisoformat(said["at"]).astimezone(UTC),
        recorded_at=found.at,
        name=values.get("name"),
        phone=values.get("phone"),
        erased=frozenset(sealed) - frozenset(values),
        undone_by=undone_by(session, found),
    )


def check_code(session: ReadSession, code: str) -> CheckedCode:
    """Check the code of a printed confirmation against the record. It says nothing of what somebody wrote around it:
    compare the paper with the one that is printed anew. Raises ``DeskError`` for a text that is no such code."""
    said = CODE.fullmatch(code)
    if said is None:
        raise DeskError("code: not that of a confirmation; scan the QR code on the paper")
    found = entry(session, int(said[1]))
    if found is None or found.kind != KIND:
        return CheckedCode(entry=int(said[1]), genuine=False, retracted=False)
    own = entry_hash(seq=found.seq, at=found.at, kind=found.kind, payload=found.payload, prev_hash=found.prev_hash)
    genuine = own == found.hash and hmac.compare_digest(own.hex(), said[2])
    return CheckedCode(entry=found.seq, genuine=genuine, retracted=genuine and undone_by(session, found) is not None)


def _summary(session: ReadSession, claimant: str) -> PersonSummary | None:
    """None for a distributor, and for an agent who was erased."""
    return person_summary(session, claimant) if session.get(Person, claimant) is not None else None
