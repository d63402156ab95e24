"""Members of one family or party who were received apart from each other, by different consultants."""

from __future__ import annotations

from attribution.entries import Arrive, Deal, Entry, Kinship, Receive, Refer
from attribution.periods import office_day
from attribution.state import Moment
from attribution.vocabulary.registry import Argument, Found, fact, role, when

FAMILY: frozenset[Kinship] = frozenset({"spouse", "couple", "parent_child", "sibling", "grandparent"})


def companions(moment: Moment) -> dict[frozenset[str], Entry]:
    """The other people of the customer's proven family, or who came in one party with them (the person who referred
    them is none), and what shows it; what is found out later counts."""
    found: dict[str, Entry] = {}
    for person in sorted(moment.people):
        for relation in moment.timeline.relations(person, FAMILY):
            if relation.verified:
                found |= dict.fromkeys((relation.person, relation.to), relation)
    for came in moment.timeline.all(Arrive):
        party = {came.person, *came.with_}
        if party & moment.people:
            found |= dict.fromkeys(sorted(party - found.keys()), came)
    others = {moment.timeline.human(person): shown for person, shown in found.items() if person not in moment.people}
    return {human: shown for human, shown in others.items() if not _referral(moment, human)}


def _referral(moment: Moment, human: frozenset[str]) -> bool:
    ours = moment.people
    return any(
        (refer.person in ours and refer.by in human) or (refer.person in human and refer.by in ours)
        for refer in moment.timeline.all(Refer, ours | human)
    )


def hosts(moment: Moment) -> dict[str, Receive]:
    """Who registered a first reception of the customer or of a companion before the deal, the earliest first."""
    deal = moment.timeline.last(Deal, moment.people)
    known = moment.timeline.before(deal) if deal else moment.timeline
    humans = (moment.people, *companions(moment))
    firsts = [known.first(Receive, human, lambda e: e.registered) for human in humans]
    found: dict[str, Receive] = {}
    for first in sorted((one for one in firsts if one), key=known.place):
        found.setdefault(first.by, first)
    return found


@role
def first_host(moment: Moment) -> str | None:
    """Who was the first to receive anybody of the customer's family or party."""
    return next(iter(hosts(moment)), None)


@role
def second_host(moment: Moment) -> str | None:
    """The next consultant to receive another one of them."""
    return next(iter([*hosts(moment)][1:]), None)


@fact
def received_apart(moment: Moment, argument: Argument) -> Found:
    """Members of the customer's family or party were first received by different consultants: `true`/`false`, or
    ``{consultants: N, in_depth: each of them sold in depth, aware: one of the later ones knew, one_day: all of these
    receptions were on one day}``."""
    found = hosts(moment)
    if isinstance(argument, bool) or not isinstance(argument, dict):
        return when((len(found) > 1) == argument, *found.values())
    if len(found) < 2:
        return None
    deep = all(_in_depth(moment, first) for first in found.values())
    knew = any(first.aware for first in [*found.values()][1:])
    holds = (
        ("consultants" not in argument or len(found) == moment.policy.number(argument["consultants"]))
        and ("in_depth" not in argument or deep == argument["in_depth"])
        and ("aware" not in argument or knew == argument["aware"])
        and ("one_day" not in argument or (len({office_day(e.at) for e in found.values()}) == 1) == argument["one_day"])
    )
    return when(holds, *found.values(), *companions(moment).values())


def _in_depth(moment: Moment, first: Receive) -> bool:
    people = moment.people if first.person in moment.people else moment.timeline.human(first.person)
    return any(e.weight == "substantial" for e in moment.timeline.all(Receive, people) if e.by == first.by)
