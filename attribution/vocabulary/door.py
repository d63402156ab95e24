"""Who crossed the sill before whom: agents who bring the same customer on the same visit."""

from __future__ import annotations

from typing import Literal

from attribution.entries import Arrive
from attribution.order import SURE, Instant, p_before
from attribution.state import Moment
from attribution.vocabulary.claims import rivals, visit, visit_of
from attribution.vocabulary.registry import Argument, Found, fact, when

Place = Literal["ahead", "level", "behind", "unseen"]
Crossing = tuple[float, float]


def sure(first: Crossing, second: Crossing) -> bool:
    """Whether the first crossing surely came before the second; exact instants are compared as they are.

    >>> sure((0.0, 0.0), (0.1, 0.0)), sure((0.0, 0.1), (0.1, 0.1))
    (True, False)
    """
    if first[1] == second[1] == 0:
        return first[0] < second[0]
    return p_before(Instant(t=first[0], sigma_s=first[1]), Instant(t=second[0], sigma_s=second[1])) >= SURE


def simultaneous(one: Crossing, other: Crossing, tolerance_s: float) -> bool:
    """Whether two crossings count as one moment: closer than the tolerance, or no order is sure.

    >>> simultaneous((0.0, 0.0), (1.0, 0.0), 1.0), simultaneous((0.0, 0.0), (2.0, 0.0), 1.0)
    (True, False)
    """
    if abs(one[0] - other[0]) <= tolerance_s:
        return True
    return not sure(one, other) and not sure(other, one)


def place(arrival: Arrive, agent: str, people: frozenset[str]) -> Place:
    """Where an agent was at the sill, seen from the customer."""
    customer = next((arrival.door[record] for record in sorted(people) if record in arrival.door), None)
    if customer is None or agent not in arrival.door:
        return "unseen"
    if sure(arrival.door[agent], customer):
        return "ahead"
    return "behind" if sure(customer, arrival.door[agent]) else "level"


@fact
def door_order(moment: Moment, argument: Argument) -> Found:
    """The confirming agent and the one rival of the same visit at the door: ``{is: together, tolerance_s: N}`` (both
    ahead of the customer, at one moment), ``{is: first}`` (brings the customer in, all rivals cross after the
    customer), ``{is: late}`` (crosses after the customer whom a rival brings in)."""
    found = visit_of(moment)
    who = getattr(moment.entry, "by", None)
    others = [claim for claim in rivals(moment) if found and visit(moment, claim) is found]
    if found is None or who is None or not others or not isinstance(argument, dict):
        return None
    agents = [agent for claim in others if (agent := _agent(moment, claim.entries[1])) is not None]
    my_place = place(found, who, moment.people)
    places = [place(found, agent, moment.people) for agent in agents]
    if argument["is"] == "first":
        return when(my_place in ("ahead", "level") and set(places) == {"behind"}, found)
    if argument["is"] == "late":
        return when(my_place == "behind" and {"ahead", "level"} & set(places), found)
    tolerance = float(moment.policy.number(argument["tolerance_s"]))
    together = len(agents) == 1 and my_place == "ahead" == places[0]
    return when(together and simultaneous(found.door[who], found.door[agents[0]], tolerance), found)


def _agent(moment: Moment, confirm: str) -> str | None:
    return next((getattr(e, "by", None) for e in moment.timeline.entries if e.id == confirm), None)
