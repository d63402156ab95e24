"""Which entries belong to a dispute: everything around its customer, and what the door saw of the people involved."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from models.bundle.layout import instant_of, said
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import Retracted
from models.ledger.read import entries_about_any, entries_around, entries_of_kind
from models.ledger.subjects import COMPANIES, OF_THE_OFFICE, names_in, subjects
from models.session import ReadSession

NEAR = timedelta(minutes=10)
"""Who crosses the sill this long before or after the customer may have come along with them."""

RETRACTED = Retracted.model_fields["do"].default
OF_THE_SITE = ("founded", "key_rotated", "policy")
"""The site's keys, and which rules decided from when on."""


def extent_of(session: ReadSession, person: str) -> list[LedgerEntry]:
    """The entries a bundle about ``person`` holds, in order: all that decides, the crossings involved with who they
    were, their verdicts, frames and blind intervals, and the site's keys and rules."""
    around = _without_other_companies(entries_around(session, person))
    crossings = _crossings(session, around)
    found = [*around, *crossings, *_unseen(session, crossings), *entries_of_kind(session, *OF_THE_SITE)]
    return [one for _, one in sorted({one.seq: one for one in found}.items())]


def bindings_in(entries: Sequence[LedgerEntry]) -> dict[str, LedgerEntry]:
    """The `bind` entry that says who each arrival was: the last that was not taken back."""
    undone = {said(one)["undoes"] for one in entries if one.kind == RETRACTED}
    return {_arrival(one): one for one in entries if one.kind == "bind" and one.seq not in undone}


def who_crossed(arrival: LedgerEntry, bindings: Mapping[str, LedgerEntry]) -> str | None:
    """Who the arrival of an entry was: by a binding, else by the face the door saw; None when nobody knows."""
    who = said(bindings.get(_arrival(arrival), arrival)).get("person")
    return None if who is None else str(who)


def _without_other_companies(entries: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """These entries without the companies that none of them names: with whom else an office works is nobody's
    evidence, and no decision rests on it."""
    told = [(one, said(one)) for one in entries]
    companies = {one.seq for one, payload in told if one.kind == "claimant" and payload["kind"] in COMPANIES}
    others = [payload for one, payload in told if one.seq not in companies]
    named = {name for payload in others for name in (*names_in(payload), payload.get("of"))}
    return [one for one, payload in told if one.seq not in companies or payload["who"] in named]


def _crossings(session: ReadSession, around: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """Arrivals of the customer, of everybody the customer's entries name at about that time, and those of nobody known
    that a verdict compares with one of them: it may have been the customer. The verdicts among these, their frames, and
    who they were found to be, with what was taken back of that."""
    visits = [instant_of(one) for one in around if one.kind in ("arrive", "arrival")]

    def is_near(one: LedgerEntry) -> bool:
        return any(abs(instant_of(one) - visit) <= NEAR for visit in visits)

    # an entry about the whole office, such as who its claimants are, involves none of them
    named = {who for one in around if one.kind not in OF_THE_OFFICE for who in subjects(one.kind, said(one))}
    told = entries_about_any(session, named, "arrival", "bind")
    own = {_arrival(one) for one in around if one.kind == "arrival"}
    seen, bindings = _seen(session, own | {_arrival(one) for one in told if one.kind == "bind" or is_near(one)})
    own |= {_arrival(one) for one in around if one in bindings.values()}
    near = {name for name, one in seen.items() if who_crossed(one, bindings) in named and is_near(one)}
    known = own | near
    compared = {arrival for one in entries_about_any(session, known, "order") for arrival in _compared(one)}
    others, bindings = _seen(session, compared - known)
    involved = known | {name for name, one in others.items() if who_crossed(one, bindings) is None}
    found = entries_about_any(session, involved, "arrival", "evidence", "order", "bind")
    found += _taken_back(session, found)
    return [one for one in found if one.kind != "order" or _compared(one) <= involved]


def _seen(session: ReadSession, arrivals: Collection[str]) -> tuple[dict[str, LedgerEntry], dict[str, LedgerEntry]]:
    """By the ids of these arrivals: what the door saw, and the entry by which each is bound."""
    told = entries_about_any(session, arrivals, "arrival", "bind")
    seen = {_arrival(one): one for one in told if one.kind == "arrival"}
    return seen, bindings_in([*told, *_taken_back(session, told)])


def _taken_back(session: ReadSession, told: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """What takes bindings among these entries back."""
    bound = {one.seq for one in told if one.kind == "bind"}
    later = entries_of_kind(session, RETRACTED, after=min(bound)) if bound else ()
    return [one for one in later if said(one)["undoes"] in bound]


def _arrival(one: LedgerEntry) -> str:
    return str(said(one)["arrival"])


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
