"""Who an arrival was, found at the kiosk or the desk, with the visit that follows from it.

arrival + person ─► `bind` ─► a customer: their visit (`arrive`), with every agent who crossed about the same time
                          └─► an agent: the visits of the customers they crossed with are made anew
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from attribution.entries import Arrive
from models.base import ModelsError
from models.desk.arrivals import Binding, How, SeenArrival, arrival_of, arrivals_around
from models.desk.dealings import taken_back
from models.desk.released import erase_made_since
from models.desk.visits import (
    NEAR,
    by_person,
    crossings_of,
    is_checked_in,
    not_by_door,
    own_instant,
    visit_of,
    with_crossings,
)
from models.ledger.append import append
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import Arrival, Bound, Recordable, Retracted
from models.ledger.read import entries_about, entry
from models.people import ROLES, Person, Role
from models.people.records import existing
from models.session import ReadSession, WriteSession

SAME_VISIT = timedelta(minutes=30)
"""Checking in is part of a visit that began at the door at most so long before."""

MADE_ANEW = "到访按现已知道的同行人员重新记录"
"""Why a visit is taken back when somebody else turns out to have crossed with the customer."""


class BindingError(ModelsError):
    """An arrival cannot be bound as asked."""


class BoundError(BindingError):
    """The arrival is bound to somebody else."""


def bind(
    session: WriteSession, arrival: str, person: str, *, how: How, report: int | None, at: datetime, by: str
) -> Binding:
    """Put on record that ``arrival`` was ``person``, who came with ``report``, and the visit that follows; ``at`` now
    (aware). Whoever is bound to it already stays so.

    Raises ``BoundError`` when it is bound to somebody else, or the door knew somebody else's face; ``BindingError`` for
    an unknown arrival, one who left, a report that is not this customer's; ``PeopleError`` for an unknown person.
    """
    seen = _checked(session, arrival, person, report)
    if seen.who not in (None, person):
        raise BoundError("arrival: is bound to somebody else; reception can bind it anew")
    if seen.binding is not None and report in (None, seen.binding.report):
        return seen.binding
    return _bound(session, seen, Bound(at=at, arrival=arrival, person=person, how=how, report=report), at=at, by=by)


def rebind(
    session: WriteSession, arrival: str, person: str, *, report: int | None, reason: str, at: datetime, by: str
) -> Binding:
    """Put on record that ``arrival`` was ``person`` and not whoever it is bound to, whose visit is taken back for this
    ``reason`` (it is sealed as theirs). Raises as `bind` does, but for an arrival that is bound to somebody else."""
    seen = _checked(session, arrival, person, report)
    if seen.who != person:
        _release(session, seen, reason=reason, at=at, by=by)
    return _bound(session, seen, Bound(at=at, arrival=arrival, person=person, how="staff", report=report), at=at, by=by)


def unbind(session: WriteSession, arrival: str, *, reason: str, at: datetime, by: str) -> None:
    """Take the binding of ``arrival`` back, and the visit that followed from it, for this ``reason`` (it is sealed as
    the person's). Raises ``BindingError`` for an unknown arrival and one that is not bound."""
    seen = arrival_of(session, arrival)
    if seen is None or seen.binding is None:
        raise BindingError("arrival: is bound to nobody; nothing to take back")
    _release(session, seen, reason=reason, at=at, by=by)
    append(session, _made_anew(session, seen, at=at), at=at, by=by)


def standing_visits(session: ReadSession, person: str) -> list[tuple[int, Arrive]]:
    """The visits of a customer that stand on record, oldest entry first, with the numbers of their entries."""
    told = entries_about(session, person, "arrive", "retraction")
    undone = taken_back(told)
    visits = [(one.seq, _arrive(one)) for one in told if one.kind == "arrive" and one.seq not in undone]
    return [(seq, visit) for seq, visit in visits if visit.person == person]


def role_of(session: ReadSession, person: str) -> Role | None:
    """What somebody is; None for somebody unknown or erased."""
    known = session.get(Person, person)
    return next((role for role in ROLES if known is not None and role == known.role), None)


def _checked(session: ReadSession, arrival: str, person: str, report: int | None) -> SeenArrival:
    existing(session, person)
    seen = arrival_of(session, arrival)
    if seen is None:
        raise BindingError("arrival: unknown at this site; give the id of one on record")
    if seen.arrival.direction == "out":
        raise BindingError("arrival: somebody who left; only who came in can be bound")
    written = entry(session, report) if report is not None else None
    if report is not None and (
        written is None or written.kind != "report" or json.loads(written.payload)["person"] != person
    ):
        raise BindingError("report: none of this customer's; leave it out, or give one of theirs")
    return seen


def _bound(session: WriteSession, seen: SeenArrival, entry: Bound, *, at: datetime, by: str) -> Binding:
    written = append(session, [entry], at=at, by=by)[-1]
    append(session, _made_anew(session, seen, at=at), at=at, by=by)
    return Binding(
        seq=written.seq, at=at, arrival=entry.arrival, person=entry.person, how=entry.how, report=entry.report
    )


def _release(session: WriteSession, seen: SeenArrival, *, reason: str, at: datetime, by: str) -> None:
    """Take back that it was whoever it is bound to, with their visit."""
    person, entries = seen.who, list[Recordable]()
    if person is None:
        return
    if seen.binding is not None:
        erase_made_since(session, person, seen.binding.seq, at=at, by=by)
        entries.append(Retracted(at=at, person=person, undoes=seen.binding.seq, reason=reason))
    if (visit := _visit_on_record(session, person, seen.arrival)) is not None:
        entries.append(Retracted(at=at, person=person, undoes=visit[0], reason=reason))
        if seen.binding is not None and seen.binding.how in ("qr", "phone"):
            # they were at the kiosk all the same, only not by that arrival
            came = Arrive.model_validate({"do": "arrive", "at": seen.binding.at, "person": person})
            around = (one.arrival for one in arrivals_around(session, seen, within=2 * NEAR))
            led_by = not_by_door(visit[1], around)
            entries.append(with_crossings(came, led_by) if led_by else came)
    append(session, entries, at=at, by=by)


def _made_anew(session: ReadSession, seen: SeenArrival, *, at: datetime) -> Sequence[Recordable]:
    """The visits that differ from those on record, now that it is known who ``seen`` was; what they replace is taken
    back. A visit of somebody whom the door knew by face and nobody has bound is left to the door to make."""
    around = arrivals_around(session, seen, within=2 * NEAR)
    crossed, bound = [one.told for one in around], {one.arrival.arrival for one in around if one.binding}
    near = [one for one in crossed if abs(one.at - seen.arrival.at) <= NEAR]
    entries: list[Recordable] = []
    for person, arrival in by_person(near):
        if role_of(session, person) != "customer":
            continue
        standing = _visit_on_record(session, person, arrival)
        visit = visit_of(arrival, crossed, lambda who: role_of(session, who))
        if standing is None and arrival.arrival in bound:
            entries.append(visit)
        elif standing is not None:
            before = standing[1]
            visit = with_crossings(visit, {**not_by_door(before, crossed), **crossings_of(visit)})
            after = before.model_copy(update={"at": visit.at, "door": visit.door, "with_": visit.with_})
            if after != before:
                entries += [Retracted(at=at, person=person, undoes=standing[0], reason=MADE_ANEW), after]
    return entries


def _visit_on_record(session: ReadSession, person: str, arrival: Arrival) -> tuple[int, Arrive] | None:
    """The visit that began with an arrival of this customer, or the check-in that belongs to it."""
    fitting = [one for one in standing_visits(session, person) if _fits(one[1], arrival)]
    return fitting[-1] if fitting else None


def _fits(visit: Arrive, arrival: Arrival) -> bool:
    after = own_instant(visit) - arrival.at
    return timedelta() <= after <= SAME_VISIT if is_checked_in(visit) else abs(after) <= NEAR


def _arrive(entry: LedgerEntry) -> Arrive:
    said = {name: value for name, value in json.loads(entry.payload).items() if name != "recorded_by"}
    return Arrive.model_validate({**said, "do": "arrive"})
