"""Whom a visitor names, and whom they know: the consultant asked for, who took the call, acquaintances on site."""

from __future__ import annotations

from attribution.entries import Arrive, Interact, Receive
from attribution.periods import office_day
from attribution.state import Moment
from attribution.vocabulary.reception import reception
from attribution.vocabulary.registry import ROLES, Argument, Found, fact, once, options, role, when


@once
def naming(moment: Moment) -> Arrive | None:
    """The arrival of this day on which the visitor named somebody."""
    if isinstance(moment.entry, Arrive) and moment.entry.asked_for is not None:
        return moment.entry
    return moment.today.last(Arrive, moment.people, lambda e: e.asked_for is not None)


@role
def named(moment: Moment) -> str | None:
    """Whom the visitor names on arrival that day, or was received by on being asked for."""
    came = naming(moment)
    if came:
        return came.asked_for
    last = reception(moment)
    return last.by if last and last.turn == "asked" and office_day(last.at) == moment.day else None


@fact
def asked_for(moment: Moment, argument: Argument) -> Found:
    """The visitor names the role (owner, receiver ...), `nobody`, or `anybody`, on arrival that day."""
    came, name = naming(moment), named(moment)
    if argument in ("nobody", "anybody"):
        return when((name is None) == (argument == "nobody"), came)
    return when(
        name is not None and name in {ROLES[str(one)](moment) for one in options(argument)},
        came,
    )


@fact
def took_call(moment: Moment, argument: Argument) -> Found:
    """The role took one of the customer's calls before the customer was ever received."""
    first = moment.timeline.first(Receive, moment.people)
    names = {ROLES[str(one)](moment) for one in options(argument)} - {None}
    call = moment.past.last(
        Interact,
        moment.people,
        lambda e: e.kind == "call" and e.by in names and (not first or e.at < first.at),
    )
    return when(call, call)


@fact
def knows(moment: Moment, argument: Argument) -> Found:
    """The customer is a proven acquaintance of the role; `other`: of a claimant who is not the receiver. What is found
    out later counts."""
    receiver = ROLES["receiver"](moment)
    wanted = None if argument == "other" else {ROLES[str(one)](moment) for one in options(argument)}
    for person in sorted(moment.people):
        for relation in moment.timeline.relations(person):
            ends = {relation.person, relation.to} & set(moment.timeline.claimants)
            if relation.verified and (ends & wanted if wanted is not None else ends - {receiver}):
                return when(True, relation)
    return None
