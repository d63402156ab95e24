"""The consultants' own relatives, and people who buy together but were received apart, where the closer counts."""

from __future__ import annotations

from itertools import combinations

from attribution.entries import Receive, Relate
from attribution.state import Moment
from attribution.vocabulary.registry import ROLES, Argument, Found, fact, options, role, when

CLOSEST_FIRST = ("spouse", "parent_child", "grandparent", "sibling")


def staff_relations(moment: Moment) -> list[Relate]:
    """The customer's proven relations to claimants, closest first; what is found out later counts."""
    found = [
        relate
        for person in sorted(moment.people)
        for relate in moment.timeline.relations(person)
        if relate.verified and {relate.person, relate.to} & set(moment.timeline.claimants)
    ]
    return sorted(found, key=lambda r: CLOSEST_FIRST.index(r.as_) if r.as_ in CLOSEST_FIRST else len(CLOSEST_FIRST))


@role
def relative_of(moment: Moment) -> str | None:
    """The claimant whose proven relative or acquaintance the customer is; the closest, if there are several."""
    ends = [end for r in staff_relations(moment) for end in (r.to, r.person) if end in moment.timeline.claimants]
    return ends[0] if ends else None


@fact
def relative_as(moment: Moment, argument: Argument) -> Found:
    """How the customer is related to `relative_of`: any of these relations (spouse, parent_child ...)."""
    first = next(iter(staff_relations(moment)), None)
    return when(first is not None and first.as_ in options(argument), first)


@fact
def party_received(moment: Moment, argument: Argument) -> Found:
    """Members of one party were received by different consultants: members are those proven to be related ``as`` one of
    these, or in a ``purchase`` of this kind; ``{by: role, turn: [rota, null]}``: that role received one of them so."""
    if not isinstance(argument, dict):
        return None
    ties = [r for one in sorted(moment.people) for r in moment.timeline.relations(one) if r.verified]
    fields = [key for key in _FIELD if key in argument]
    ties = [r for r in ties if all(getattr(r, _FIELD[key]) in options(argument[key]) for key in fields)]
    others = {end for r in ties for end in (r.person, r.to)} - moment.people - set(moment.timeline.claimants)
    members = [moment.people, *(moment.timeline.human(end) for end in sorted(others))]
    met = [[e for e in moment.past.all(Receive, member) if e.registered] for member in members]
    apart = any(one.by != two.by for here, there in combinations(met, 2) for one in here for two in there)
    wanted = ROLES[str(argument.get("by", "closer"))](moment)
    turns = options(argument["turn"]) if "turn" in argument else None
    shown = [e for one in met for e in one if e.by == wanted and (turns is None or e.turn in turns)]
    return when(apart and shown, *ties, *shown[-1:])


_FIELD = {"as": "as_", "purchase": "purchase"}
