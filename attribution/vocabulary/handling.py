"""How colleagues handle one customer between them: tracking, parties received together, helpers, turns, deposits."""

from __future__ import annotations

from itertools import pairwise

from attribution.entries import Arrive, Deal, FollowUp, Interact, Receive
from attribution.periods import office_day
from attribution.state import Moment
from attribution.vocabulary.reception import reception
from attribution.vocabulary.registry import Argument, Found, Scalar, fact, options, quick, role, when


@role
def marked_helper(moment: Moment) -> str | None:
    """The colleague whom an earlier rule marked as `helper`."""
    return moment.state.marks.get("helper")


@role
def marked_partner(moment: Moment) -> str | None:
    """The colleague whom an earlier rule marked as `partner`: they received a party together."""
    return moment.state.marks.get("partner")


@fact
def tracking(moment: Moment, argument: Argument) -> Found:
    """How the owner tracked before this reception, where the text leaves open from when the period runs: ``{days: N,
    was: kept}`` under every reading (a contact that soon after the owner's reception; the last contact that recently;
    no longer gap), ``was: missed`` under none, ``was: unclear`` where the readings part."""
    last = reception(moment)
    if not isinstance(argument, dict) or last is None:
        return None
    known, mine = moment.timeline.before(last), moment.state.owner
    seen = known.first(Receive, moment.people, lambda e: e.by == mine)
    if seen is None:
        return None
    contacts: list[Receive | FollowUp | Interact] = [
        *known.all(Receive, moment.people),
        *known.all(FollowUp, moment.people),
        *known.all(Interact, moment.people),
    ]
    touches = [e for e in contacts if e.by == mine and e.at > seen.at]
    days = sorted(office_day(e.at) for e in touches)
    start, now = office_day(seen.at), office_day(last.at)
    length = moment.policy.period({"days": argument["days"]})
    readings = {
        any(length.holds(start, day) for day in days),
        bool(days) and length.holds(days[-1], now),
        all(length.holds(one, other) for one, other in pairwise([start, *days, now])),
    }
    was = "unclear" if len(readings) > 1 else "kept" if True in readings else "missed"
    return when(was in options(argument["was"]), seen, *touches)


@fact
def party_over(moment: Moment, argument: Argument) -> Found:
    """More than so many people came together on this day."""
    most = moment.policy.number(argument)
    came = moment.today.last(Arrive, moment.people, lambda e: 1 + len(set(e.with_)) > most)
    return when(came, came)


@fact
def same_visit(moment: Moment, argument: Argument) -> Found:
    """The owner last received the customer on this very visit: this day, with no new arrival since."""
    mine = moment.past.last(Receive, moment.people, lambda e: e.by == moment.state.owner)
    again = moment.past.after(mine).last(Arrive, moment.people) if mine else None
    same = mine is not None and office_day(mine.at) == moment.day and again is None
    return when(same == bool(argument), mine)


@fact
def first_day(moment: Moment, argument: Argument) -> Found:
    """This is the day on which the customer was first received."""
    first = moment.timeline.first(Receive, moment.people)
    return when((first is not None and office_day(first.at) == moment.day) == bool(argument), first)


@quick
def colleague_away(moment: Moment, argument: Argument) -> Found:
    """Somebody other than owner and receiver is off site at the reception for one of these reasons (rest, sick,
    business, private), or on site but `busy`: whose turn it was."""
    last = reception(moment)
    if last is None:
        return None
    away: set[Scalar] = {why for name, why in last.absent_why.items() if name not in (last.by, moment.state.owner)}
    if set(last.busy) - {last.by, moment.state.owner}:
        away.add("busy")
    return when(away & set(options(argument)), last)


@fact
def deposit_paid(moment: Moment, argument: Argument) -> Found:
    """The customer had come to pay a deposit, or bought, before this reception."""
    last = reception(moment)
    known = moment.timeline.before(last) if last else moment.past
    paid = known.last(Receive, moment.people, lambda e: e.purpose == "deposit") or known.last(Deal, moment.people)
    return when((paid is not None) == bool(argument), paid)


@fact
def registered_together(moment: Moment, argument: Argument) -> Found:
    """The two consultants who first registered the customer did so on the same day."""
    entered = [e for e in moment.timeline.all(Receive, moment.people) if e.registered]
    other = next((e for e in entered if e.by != entered[0].by), None)
    together = other is not None and office_day(other.at) == office_day(entered[0].at)
    return when(together == bool(argument), *entered[:1], other)
