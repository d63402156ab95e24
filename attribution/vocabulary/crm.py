"""What the developer's CRM holds about a customer before a visit: calls, visits, tracking."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import cast

from attribution.entries import Arrive, Confirm, Interact, Kinship, Link, Receive
from attribution.periods import office_day
from attribution.state import Moment
from attribution.timeline import Timeline
from attribution.vocabulary.claims import visit_of
from attribution.vocabulary.registry import Argument, Found, fact, when


def looked_up(moment: Moment) -> frozenset[str]:
    """Records that the CRM search by the phone on the form adds: another name, the same phone, not found to be two
    people."""
    phone = moment.entry.phone if isinstance(moment.entry, Confirm) else None
    if phone is None:
        return frozenset()
    apart = {frozenset({e.person, e.to}) for e in moment.timeline.all(Link) if not e.verified}
    return frozenset(
        e.person
        for e in moment.past.all(Interact)
        if e.phone == phone and not any(frozenset({e.person, one}) in apart for one in moment.people)
    )


def interactions(timeline: Timeline, people: Collection[str], span: tuple[date, date]) -> list[Interact]:
    """Interactions with these people from the first day of ``span`` up to its last, that day left out."""
    return [e for e in timeline.all(Interact, people) if span[0] <= office_day(e.at) < span[1]]


@fact
def known_within(moment: Moment, argument: Argument) -> Found:
    """The CRM holds an interaction in ``{months|days: N}`` before this day (that day left out) with ``of: self`` (this
    record, or the form's phone), `other` (another record or phone of the same human being), `kin` (proven relatives
    ``as: [spouse ...]``)."""
    if not isinstance(argument, dict):
        raise TypeError("known_within: {months: N, of: self|other|kin}")
    period = moment.policy.period({key: argument[key] for key in ("months", "days") if key in argument})
    span = (period.first_day(moment.day), moment.day)
    of = argument.get("of", "self")
    if of == "kin":
        found = interactions(moment.timeline, _kin(moment, argument.get("as")), span)
    else:
        mine = frozenset({str(getattr(moment.entry, "person", ""))}) | looked_up(moment)
        found = interactions(moment.timeline, moment.people | mine, span)
        found = [e for e in found if (e.person in mine) == (of == "self") or (of == "other" and _elsewhere(moment, e))]
    return when(found, *found)


def _elsewhere(moment: Moment, interact: Interact) -> bool:
    phone = getattr(moment.entry, "phone", None)
    return bool(phone and interact.phone and phone != interact.phone)


def _kin(moment: Moment, kinds: object) -> set[str]:
    wanted = cast("list[Kinship]", kinds if isinstance(kinds, list) else [kinds])
    kin: set[str] = set()
    for person in moment.people:
        for relation in moment.timeline.relations(person, wanted):
            if relation.verified:
                kin |= moment.timeline.human(relation.person) | moment.timeline.human(relation.to)
    return kin - moment.people


@fact
def known_that_day(moment: Moment, argument: Argument) -> Found:
    """The CRM holds an interaction on the day of this visit, before it."""
    found = visit_of(moment)
    people = moment.people | looked_up(moment)
    earlier = [
        e for e in moment.past.all(Interact, people) if found and e.at < found.at and office_day(e.at) == moment.day
    ]
    return when(bool(earlier) == bool(argument), *earlier)


@fact
def visited_before(moment: Moment, argument: Argument) -> Found:
    """The customer had been here before this visit (a CRM visit, an arrival, a reception), or is on a first visit."""
    found = visit_of(moment)
    if found is None:
        return None
    people = moment.people | looked_up(moment)
    before = moment.timeline.before(found)
    visits = [
        *(e for e in before.all(Interact, people) if e.kind == "visit"),
        *before.all(Arrive, people),
        *before.all(Receive, people),
    ]
    return when(bool(visits) == bool(argument), *visits[:1])
