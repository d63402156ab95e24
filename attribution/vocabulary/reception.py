"""Facts about receptions: whose customer it is, who is there, what the visitor says, and how long ago it was."""

from __future__ import annotations

from collections.abc import Callable

from attribution.entries import (
    Complain,
    Deal,
    Depart,
    FollowUp,
    Interact,
    Receive,
    Recognise,
    Report,
)
from attribution.periods import office_day
from attribution.state import Moment
from attribution.vocabulary.basics import closer as closer_role
from attribution.vocabulary.registry import ROLES, Argument, Found, fact, once, options, quick, shown, when


@once
def reception(moment: Moment) -> Receive | None:
    """The reception a rule is about: the entry itself, else the last one before it."""
    return moment.entry if isinstance(moment.entry, Receive) else moment.past.last(Receive, moment.people)


@quick
def owned(moment: Moment, argument: Argument) -> Found:
    """`true`: somebody has the customer; `false`: nobody."""
    return when((moment.state.owner is not None) == bool(argument), moment.state.owner_entry)


@fact
def owner_is_role(moment: Moment, argument: Argument) -> Found:
    """The owner is one of these roles (receiver, closer, first_receiver ...)."""
    found = {ROLES[str(name)](moment) for name in options(argument)}
    return when(
        moment.state.owner is not None and moment.state.owner in found,
        moment.state.owner_entry,
    )


@fact
def same(moment: Moment, argument: Argument) -> Found:
    """Two roles are the same claimant."""
    one, other = (ROLES[str(name)](moment) for name in options(argument))
    return when(one is not None and one == other)


@fact
def somebody_is(moment: Moment, argument: Argument) -> Found:
    """The role is filled."""
    return when(ROLES[str(argument)](moment) is not None)


@quick
def registered(moment: Moment, argument: Argument) -> Found:
    """The reception was (or was not) validly registered."""
    last = reception(moment)
    return when(last is not None and last.registered == bool(argument), last)


@quick
def turn(moment: Moment, argument: Argument) -> Found:
    """Why the receiver receives: rota, asked, assist or duty."""
    last = reception(moment)
    return when(last is not None and last.turn in options(argument), last)


@quick
def purpose(moment: Moment, argument: Argument) -> Found:
    """What the visit is for: look, deposit or sign."""
    last = reception(moment)
    return when(last is not None and last.purpose in options(argument), last)


@quick
def weight(moment: Moment, argument: Argument) -> Found:
    """How much the reception contributed: light or substantial."""
    last = reception(moment)
    return when(last is not None and last.weight in options(argument), last)


@quick
def aware(moment: Moment, argument: Argument) -> Found:
    """The receiver knew that it was somebody else's customer."""
    last = reception(moment)
    return when(last is not None and last.aware == bool(argument), last)


@quick
def informed(moment: Moment, argument: Argument) -> Found:
    """The receiver told the owner."""
    last = reception(moment)
    return when(last is not None and last.informed == bool(argument), last)


@quick
def owner_away(moment: Moment, argument: Argument) -> Found:
    """The owner is off site at the reception; `true`, or a list of reasons (rest, sick, business, private)."""
    last, owner = reception(moment), moment.state.owner
    if last is None or owner is None:
        return None
    away = owner in last.absent
    why = last.absent_why.get(owner)
    return when(
        away == argument if isinstance(argument, bool) else away and why in options(argument),
        last,
    )


@quick
def owner_busy(moment: Moment, argument: Argument) -> Found:
    """The owner is on site but occupied at the reception."""
    last, owner = reception(moment), moment.state.owner
    return when(
        last is not None and owner is not None and (owner in last.busy) == bool(argument),
        last,
    )


@fact
def owner_left(moment: Moment, argument: Argument) -> Found:
    """The owner has left the office for good."""
    gone = moment.past.last(Depart, where=lambda e: e.who == moment.state.owner)
    if isinstance(moment.entry, Depart) and moment.entry.who == moment.state.owner:
        gone = moment.entry
    return when((gone is not None) == bool(argument), gone)


@fact
def recognised(moment: Moment, argument: Argument) -> Found:
    """The owner recognised the visitor in this reception: `true`/`false`, or ``{within: MINUTES}`` (inside the limit),
    ``{after: MINUTES}`` (later), ``{over: true}`` (only once the reception was over), ``{who: role}`` (who did)."""
    last = reception(moment)
    if last is None:
        return None
    day = moment.timeline.rest_of_day(last)
    again = day.first(Receive, moment.people, lambda e: e.by == last.by)
    known = (day.before(again) if again else day).first(Recognise, moment.people, _by(moment, argument))
    if isinstance(argument, bool):
        return when((known is not None) == argument, known)
    if known is None or not isinstance(argument, dict):
        return None
    over = last.lasted_min is not None and known.after_min > last.lasted_min
    holds = (
        ("within" not in argument or known.after_min <= moment.policy.number(argument["within"]))
        and ("after" not in argument or known.after_min > moment.policy.number(argument["after"]))
        and ("over" not in argument or over == bool(argument["over"]))
    )
    return when(holds, last, known)


def _by(moment: Moment, argument: Argument) -> Callable[[Recognise], bool] | None:
    name = ROLES[str(argument["who"])](moment) if isinstance(argument, dict) and "who" in argument else None
    return None if name is None else lambda e: e.who == name


@fact
def seen_within(moment: Moment, argument: Argument) -> Found:
    """The owner's last reception of the customer lies within ``{days|months: N}`` before this day, both ends inside
    (``by: anybody``: the last one by whomever)."""
    anybody = isinstance(argument, dict) and argument.get("by") == "anybody"
    last = moment.past.last(Receive, moment.people, lambda e: e.registered and (anybody or e.by == moment.state.owner))
    return when(
        last and moment.policy.period(argument).holds(office_day(last.at), moment.day),
        last,
    )


@fact
def contacted_within(moment: Moment, argument: Argument) -> Found:
    """The owner's last contact on record (reception, call-back, interaction, coming to own the customer) lies within
    ``{days|months: N}``."""
    mine = moment.state.owner
    touches = (
        moment.state.owner_entry,
        moment.past.last(Receive, moment.people, lambda e: e.by == mine),
        moment.past.last(FollowUp, moment.people, lambda e: e.by == mine),
        moment.past.last(Interact, moment.people, lambda e: e.by == mine),
    )
    last = max((touch for touch in touches if touch), key=lambda e: e.at, default=None)
    return when(
        last and moment.policy.period(argument).holds(office_day(last.at), moment.day),
        last,
    )


@fact
def called_back(moment: Moment, argument: Argument) -> Found:
    """The owner logged a call-back since last receiving the customer; with ``{days|months: N}``, that recently."""
    mine = moment.state.owner
    seen = moment.past.last(Receive, moment.people, lambda e: e.by == mine)
    last = moment.past.last(FollowUp, moment.people, lambda e: e.by == mine and (not seen or e.at > seen.at))
    if isinstance(argument, bool):
        return when((last is not None) == argument, last)
    return when(
        last and moment.policy.period(argument).holds(office_day(last.at), moment.day),
        last,
    )


@fact
def gave_up(moment: Moment, argument: Argument) -> Found:
    """The owner wrote the customer off."""
    last = moment.past.last(FollowUp, moment.people, lambda e: e.by == moment.state.owner)
    return when(last and (last.outcome == "given_up") == bool(argument), last)


@fact
def complained(moment: Moment, argument: Argument) -> Found:
    """A complaint against the owner (or a former owner) was upheld: `true`/`false`, or against the role."""
    against = {moment.state.owner, moment.state.former}
    if not isinstance(argument, bool):
        against = {ROLES[str(one)](moment) for one in options(argument)} - {None}
    upheld = moment.past.last(Complain, moment.people, lambda e: e.against in against)
    return when((upheld is not None) == bool(argument), upheld)


@fact
def noted_before(moment: Moment, argument: Argument) -> Found:
    """The role (`true`: anybody) had put the customer on record before the first reception."""
    first = moment.timeline.first(Receive, moment.people)
    note = moment.past.last(Report, moment.people, lambda e: not first or e.at < first.at)
    if note is None:
        return None
    return when(argument is True or note.by == ROLES[str(argument)](moment), note)


@fact
def called(moment: Moment, argument: Argument) -> Found:
    """The customer had called before ever being received; the role took the call (`true`: anybody)."""
    first = moment.timeline.first(Receive, moment.people)
    call = moment.past.last(
        Interact,
        moment.people,
        lambda e: e.kind == "call" and (not first or e.at < first.at),
    )
    if call is None:
        return None
    return when(argument is True or call.by == ROLES[str(argument)](moment), call)


@fact
def same_day_deal(moment: Moment, argument: Argument) -> Found:
    """The customer buys on the day of this reception (or does not)."""
    last = reception(moment)
    deal = moment.timeline.last(Deal, moment.people)
    if last is None:
        return None
    dealt = deal is not None and (deal.same_day or office_day(deal.at) == office_day(last.at))
    dealt = dealt and deal is not None and office_day(deal.at) == office_day(last.at)
    return when(dealt == bool(argument), deal)


@fact
def closed_by(moment: Moment, argument: Argument) -> Found:
    """The deal was closed by the role; `other`: by somebody who is not the owner."""
    closer = closer_role(moment)
    if closer is None:
        return None
    name = moment.counts_for(closer)
    if argument == "other":
        return when(name != moment.state.owner)
    found = {ROLES[str(one)](moment) for one in options(argument)}
    return when(name in {moment.counts_for(one) for one in found if one is not None})


@quick
def marked(moment: Moment, argument: Argument) -> Found:
    """An earlier rule left this mark; ``{name: word}`` with this word, or with whom this role now is."""
    if isinstance(argument, dict):
        marks = moment.state.marks
        return when(all(name in marks and marks[name] == _meant(moment, str(it)) for name, it in argument.items()))
    if isinstance(argument, str):
        return when(argument in moment.state.marks)
    return when(all(str(name) in moment.state.marks for name in options(argument)))


def _meant(moment: Moment, word: str) -> str | None:
    name = ROLES[word](moment) if word in ROLES else word
    return moment.counts_for(name) if name is not None and word in ROLES else name


@fact
def any_deal(moment: Moment, argument: Argument) -> Found:
    """The customer bought (or has not)."""
    deal = moment.timeline.last(Deal, moment.people)
    return shown(deal) if (deal is not None) == bool(argument) else None
