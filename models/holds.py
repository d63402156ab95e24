"""What must wait although its time is over: everything that an open dispute may need."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from models.bundle.extent import extent_of
from models.evidence.records import FrameRecord
from models.keys import of_person
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import Arrival
from models.ledger.read import entries_about, entries_of_kind
from models.people import same_human
from models.session import ReadSession


@dataclass(frozen=True, kw_only=True)
class Holds:
    """``arrivals`` whose frames wait, and ``people`` of whom everything waits: the customers of open disputes, and
    whoever's key such frames are sealed under."""

    arrivals: frozenset[str]
    people: frozenset[str]


def open_disputes(session: ReadSession) -> dict[int, frozenset[str]]:
    """The disputes without a later ruling, and not taken back, by the numbers of their entries, with all records of the
    customer."""
    found = {}
    for dispute in entries_of_kind(session, "dispute"):
        customer = same_human(session, str(json.loads(dispute.payload)["person"]))
        told = [one for person in customer for one in entries_about(session, person)]
        if not any(_ends(one, dispute.seq, customer) for one in told):
            found[dispute.seq] = customer
    return found


def _ends(entry: LedgerEntry, dispute: int, customer: Collection[str]) -> bool:
    if entry.seq < dispute or entry.kind not in ("rule", "retraction"):
        return False
    said = json.loads(entry.payload)
    return said["person"] in customer if entry.kind == "rule" else said["undoes"] == dispute


def holds(session: ReadSession) -> Holds:
    """What waits now."""
    customers = frozenset().union(*open_disputes(session).values())
    arrivals = {
        str(json.loads(one.payload)["arrival"])
        for customer in customers
        for one in extent_of(session, customer)
        if one.kind == Arrival.model_fields["do"].default
    }
    owners = session.scalars(select(FrameRecord.owner).where(FrameRecord.arrival.in_(arrivals)).distinct())
    shown = {owner.removeprefix(of_person("")) for owner in owners if owner.startswith(of_person(""))}
    return Holds(arrivals=frozenset(arrivals), people=customers | shown)
