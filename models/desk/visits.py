"""A visit (`arrive`) out of what the door saw: a customer, with every agent who crossed about the same time; or out of
what the kiosk was shown: a customer, with the agent who checked in with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from attribution.entries import Arrive
from models.ledger.kinds import Arrival
from models.people import Role

NEAR = timedelta(seconds=10)
"""Who crosses further apart than this does not come about the same time; the door orders arrivals up to there."""

CHECK_IN_SIGMA_S = 60.0
"""Standard deviation of an instant taken at the kiosk, in seconds: people read a notice and find their code before they
show it, so it is not the sill's. Two check-ins are told apart from about 200 s on."""

Crossed = tuple[datetime, float]
"""When somebody crossed the sill, and its standard deviation in seconds."""


def visit_of(customer: Arrival, crossed: Iterable[Arrival], role_of: Callable[[str], Role | None]) -> Arrive:
    """The visit that the arrival ``customer`` is, among all that ``crossed``; the `person` of each is who it was, None
    when nobody knows. ``role_of`` tells what somebody is. Its instant is that of whoever crossed first, customer or
    agent; `door` holds seconds after it and standard deviations."""
    near = [one for one in crossed if abs(one.at - customer.at) <= NEAR]
    agents = [one for one in near if _is(one, "agent", role_of)]
    at, door = _door({person: (one.at, one.sigma_s) for person, one in by_person((customer, *agents))})
    party = [one for one in near if one.party and one.party == customer.party and _is(one, "customer", role_of)]
    others = sorted({person for person, _ in by_person(party)} - {customer.person})
    return Arrive.model_validate(
        {"do": "arrive", "at": at, "person": customer.person, "door": door, "with": tuple(others)}
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


def crossings_of(visit: Arrive) -> dict[str, Crossed]:
    """When each who stands in the `door` of a visit crossed the sill."""
    return {who: (visit.at + timedelta(seconds=after_s), sigma_s) for who, (after_s, sigma_s) in visit.door.items()}


def with_crossings(visit: Arrive, crossed: Mapping[str, Crossed]) -> Arrive:
    """The visit with these crossings in place of, or beside, its own; the customer's own is always among them."""
    own = {visit.person: (own_instant(visit), CHECK_IN_SIGMA_S)}
    at, door = _door({**own, **crossings_of(visit), **crossed})
    return visit.model_copy(update={"at": at, "door": door})


def is_checked_in(visit: Arrive) -> bool:
    """Whether the customer's instant is the kiosk's and no door's."""
    return visit.door.get(visit.person, (0.0, CHECK_IN_SIGMA_S))[1] == CHECK_IN_SIGMA_S


def not_by_door(visit: Arrive, crossed: Iterable[Arrival]) -> dict[str, Crossed]:
    """Who else stands in the `door` of a visit without one of these crossings being theirs: who checked in with the
    customer."""
    seen = {(one.at, one.sigma_s) for one in crossed}
    return {who: one for who, one in crossings_of(visit).items() if who != visit.person and one not in seen}


def _door(crossed: Mapping[str, Crossed]) -> tuple[datetime, dict[str, tuple[float, float]]]:
    """The instant of who crossed first, and the `door` that counts from it."""
    first = min(at for at, _ in crossed.values())
    return first, {who: (round((at - first).total_seconds(), 6), sigma_s) for who, (at, sigma_s) in crossed.items()}


def _is(arrival: Arrival, role: Role, role_of: Callable[[str], Role | None]) -> bool:
    return arrival.person is not None and role_of(arrival.person) == role
