"""Which entries belong to a dispute: everything around its customer, and what the door saw of the people involved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from models.bundle.layout import instant_of, said
from models.ledger.entry import LedgerEntry
from models.ledger.read import entries_about, entries_around, entries_of_kind
from models.ledger.subjects import OF_THE_OFFICE, subjects
from models.session import ReadSession

NEAR = timedelta(minutes=10)
"""Who crosses the sill this long before or after the customer may have come along with them."""


def extent_of(session: ReadSession, person: str) -> list[LedgerEntry]:
    """The entries a bundle about ``person`` holds, in order: all that decides, the crossings involved with their
    verdicts, frames and blind intervals, and the site's keys."""
    around = entries_around(session, person)
    crossings = _crossings(session, around)
    found = [*around, *crossings, *_unseen(session, crossings), *entries_of_kind(session, "founded", "key_rotated")]
    return [one for _, one in sorted({one.seq: one for one in found}.items())]


def _crossings(session: ReadSession, around: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """Arrivals of the customer, of everybody the customer's entries name at about that time, and those of nobody known
    that a verdict compares with one of them: it may have been the customer. The verdicts among these and their frames.
    """
    visits = [instant_of(one) for one in around if one.kind in ("arrive", "arrival")]
    # an entry about the whole office, such as who its claimants are, involves none of them
    named = {who for one in around if one.kind not in OF_THE_OFFICE for who in subjects(one.kind, said(one))}
    known = {str(said(one)["arrival"]) for one in around if one.kind == "arrival"} | {
        str(said(one)["arrival"])
        for one in _about(session, named, "arrival")
        if any(abs(instant_of(one) - visit) <= NEAR for visit in visits)
    }
    compared = {arrival for one in _about(session, known, "order") for arrival in _compared(one)}
    unknown = {
        str(said(one)["arrival"]) for one in _about(session, compared - known, "arrival") if "person" not in said(one)
    }
    involved = known | unknown
    return [
        one
        for one in _about(session, involved, "arrival", "evidence", "order")
        if one.kind != "order" or _compared(one) <= involved
    ]


def _unseen(session: ReadSession, crossings: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """When the doors of these crossings were blind, or entries were lost, at about that time."""
    arrivals = [one for one in crossings if one.kind == "arrival"]
    return [
        one
        for one in entries_of_kind(session, "blind", "lost")
        if any(
            said(one).get("door") in (None, said(arrival)["door"]) and _overlaps(one, arrival) for arrival in arrivals
        )
    ]


def _overlaps(unseen: LedgerEntry, arrival: LedgerEntry) -> bool:
    until, crossed = datetime.fromisoformat(str(said(unseen)["until"])), instant_of(arrival)
    return instant_of(unseen) - NEAR <= crossed <= until + NEAR


def _compared(order: LedgerEntry) -> set[str]:
    return {str(said(order)["first"]), str(said(order)["second"])}


def _about(session: ReadSession, names: Iterable[str], *kinds: str) -> list[LedgerEntry]:
    return [one for name in sorted(names) for one in entries_about(session, name, *kinds)]
