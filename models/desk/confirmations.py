"""客户确认单: what stands on the paper that customer, agent and reception sign."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from models.desk.acts import NoEntryError
from models.desk.retraction import undone_by
from models.ledger.particulars import committed, taken_out
from models.ledger.read import entry
from models.people import Person, PersonSummary, person_summary
from models.session import ReadSession


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


def confirmation_of(session: ReadSession, seq: int) -> Confirmation:
    """The confirmation of entry ``seq``. Raises ``NoEntryError`` when there is none."""
    found = entry(session, seq)
    if found is None or found.kind != "confirm":
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


def _summary(session: ReadSession, claimant: str) -> PersonSummary | None:
    """None for a distributor, and for an agent who was erased."""
    return person_summary(session, claimant) if session.get(Person, claimant) is not None else None
