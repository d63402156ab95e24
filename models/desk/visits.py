"""A visit (`arrive`) out of what the door saw: a customer, with every agent who crossed about the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from attribution.entries import Arrive
from models.ledger.kinds import Arrival
from models.people import Role

NEAR = timedelta(seconds=10)
"""Who crosses further apart than this does not come about the same time; the door orders arrivals up to there."""


def visit_of(customer: Arrival, crossed: Iterable[Arrival], role_of: Callable[[str], Role | None]) -> Arrive:
    """The visit that the arrival ``customer`` is, among all that ``crossed``; the `person` of each is who it was, None
    when nobody knows. ``role_of`` tells what somebody is. Its instant is that of whoever crossed first, customer or
    agent; `door` holds seconds after it and standard deviations."""
    near = [one for one in crossed if abs(one.at - customer.at) <= NEAR]
    agents = [one for one in near if _is(one, "agent", role_of)]
    first = min((customer, *agents), key=lambda one: one.at)
    door = {
        person: (round((one.at - first.at).total_seconds(), 6), one.sigma_s)
        for person, one in by_person((customer, *agents))
    }
    party = [one for one in near if one.party and one.party == customer.party and _is(one, "customer", role_of)]
    others = sorted({person for person, _ in by_person(party)} - {customer.person})
    return Arrive.model_validate(
        {"do": "arrive", "at": first.at, "person": customer.person, "door": door, "with": tuple(others)}
    )


def by_person(arrivals: Iterable[Arrival]) -> Iterator[tuple[str, Arrival]]:
    """Each person once, with the first of their arrivals."""
    seen: set[str] = set()
    for arrival in sorted(arrivals, key=lambda one: one.at):
        if arrival.person is not None and arrival.person not in seen:
            seen.add(arrival.person)
            yield arrival.person, arrival


def own_instant(visit: Arrive) -> datetime:
    """When the customer of a visit crossed the sill themselves."""
    after_s, _ = visit.door.get(visit.person, (0.0, 0.0))
    return visit.at + timedelta(seconds=after_s)


def _is(arrival: Arrival, role: Role, role_of: Callable[[str], Role | None]) -> bool:
    return arrival.person is not None and role_of(arrival.person) == role
