"""Under which name and phone customers are known: relations told, phones shared, friends looked for, contests."""

from __future__ import annotations

from attribution.entries import Arrive, Confirm, Deal, Dispute, HandOver, Interact, Link, Receive, Relate, Report
from attribution.periods import office_day
from attribution.state import Moment
from attribution.timeline import Timeline
from attribution.vocabulary.registry import Argument, Found, fact, options, role, when


@role
def disputant(moment: Moment) -> str | None:
    """Who contests."""
    return moment.entry.by if isinstance(moment.entry, Dispute) else None


@role
def friend_host(moment: Moment) -> str | None:
    """Who received a proven friend of the customer and then put the customer, not yet seen, on record."""
    noted = _noted_for(moment)
    return noted[0].by if noted else None


def _noted_for(moment: Moment) -> tuple[Report, Receive] | None:
    """The note left by a friend who looked for the customer, and the friend's last reception."""
    first = moment.timeline.first(Receive, moment.people)
    known = moment.timeline.before(first) if first else moment.timeline
    note = known.last(Report, moment.people)
    if note is None:
        return None
    for relation in (r for one in sorted(moment.people) for r in moment.timeline.relations(one, ["friend"])):
        friend = moment.timeline.human(relation.to if relation.person in moment.people else relation.person)
        seen = known.last(Receive, friend, lambda e: e.by == note.by and e.registered)
        if relation.verified and seen:
            return note, seen
    return None


@fact
def friend_looked(moment: Moment, argument: Argument) -> Found:
    """A proven friend had looked for the customer and left their phone: `true`, or received within ``{days|months: N}``
    before this day."""
    noted = _noted_for(moment)
    if noted is None or argument is True:
        return when(noted, *(noted or ()))
    seen = office_day(noted[1].at)
    return when(moment.policy.period(argument).holds(seen, moment.day), *noted)


@fact
def visited_within(moment: Moment, argument: Argument) -> Found:
    """The customer's last visit, whoever received, lies within ``{days|months: N}`` before this day, both ends inside;
    no arrival of this day counts, but a hand-over to the owner does."""
    past, people, day, held = moment.past, moment.people, moment.day, moment.state.owner_entry
    came = (
        held if isinstance(held, HandOver) else None,
        past.last(Interact, people, lambda e: e.kind == "visit" and office_day(e.at) < day),
        past.last(Receive, people),
        past.last(Arrive, people, lambda e: office_day(e.at) < day),
    )
    last = max((e for e in came if e), key=lambda e: e.at, default=None)
    return when(last and moment.policy.period(argument).holds(office_day(last.at), day), last)


@fact
def told_relation(moment: Moment, argument: Argument) -> Found:
    """The relation being read is ``{as: [spouse ...], verified: true|false}``."""
    entry = moment.entry
    if not isinstance(entry, Relate) or not isinstance(argument, dict):
        return None
    return when(entry.as_ in options(argument["as"]) and entry.verified == argument.get("verified", True), entry)


@fact
def same_phone(moment: Moment, argument: Argument) -> Found:
    """The two records of the relation being read hold (or do not hold) one phone; what is recorded later counts."""
    entry = moment.entry
    if not isinstance(entry, Relate):
        return None
    one, other = (_phones(moment.timeline, name) for name in (entry.person, entry.to))
    return when(bool(one & other) == bool(argument), entry)


def _phones(timeline: Timeline, person: str) -> set[str]:
    human = timeline.human(person)
    written: list[Report | Receive | Confirm | Interact] = [
        *timeline.all(Report, human),
        *timeline.all(Receive, human),
        *timeline.all(Confirm, human),
        *timeline.all(Interact, human),
    ]
    return {e.phone for e in written if e.phone}


@fact
def bought_under(moment: Moment, argument: Argument) -> Found:
    """The claim was made under somebody else than the purchaser: somebody who counts as one customer with the
    purchaser (`family`), or not (`stranger`)."""
    deal = moment.timeline.last(Deal, moment.people)
    name = deal.confirmed_as if deal else None
    if deal is None or name is None or name in moment.timeline.human(deal.person):
        return None
    return when(("family" if name in moment.people else "stranger") in options(argument), deal)


@fact
def since_deal(moment: Moment, argument: Argument) -> Found:
    """This entry comes after the deal, but not after the last of ``{days: N}`` counted from the deal's day, that day
    included."""
    deal = moment.past.last(Deal, moment.people)
    if deal is None or not isinstance(argument, dict):
        return None
    return when((moment.day - office_day(deal.at)).days < moment.policy.number(argument["days"]), deal)


@fact
def found_same(moment: Moment, argument: Argument) -> Found:
    """Two records are found to be (or not to be) one human being by the entry being read; `apart`: received, so far, by
    different consultants."""
    entry = moment.entry
    if not isinstance(entry, Link):
        return None
    if argument != "apart":
        return when(entry.verified == bool(argument), entry)
    firsts = [
        moment.past.first(Receive, moment.past.human(one), lambda e: e.registered) for one in (entry.person, entry.to)
    ]
    one, other = firsts
    return when(entry.verified and one and other and one.by != other.by, one, other)


@fact
def disputed_within(moment: Moment, argument: Argument) -> Found:
    """The deal was contested not later than on the last of ``{days: N}`` counted from its day, that day included."""
    deal = moment.past.last(Deal, moment.people)
    contest = moment.timeline.after(deal).first(Dispute, moment.people) if deal else None
    if deal is None or contest is None or not isinstance(argument, dict):
        return None
    gone = (office_day(contest.at) - office_day(deal.at)).days
    return when(gone < moment.policy.number(argument["days"]), contest)


@fact
def other_record(moment: Moment, argument: Argument) -> Found:
    """The entry is about another human being than the one under whose record the owner has the customer."""
    held = getattr(moment.state.owner_entry, "person", None)
    here = getattr(moment.entry, "person", None)
    other = held is not None and here is not None and here not in moment.timeline.human(held)
    return when(other == bool(argument), moment.state.owner_entry)
