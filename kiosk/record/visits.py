"""From arrivals to visits: a customer whom the door knows, with every agent who crossed about the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from attribution.entries import Arrive
from kiosk.pipeline import KEPT_S, ORDERED_S, Arrival
from models.people import Role

SETTLED_S = ORDERED_S + KEPT_S + 2.0
"""Everybody who crossed about the same time has been stated this long after (seconds of capture time), also who stayed
at the sill for long."""


@dataclass(kw_only=True, eq=False)
class Visits:
    """Collects arrivals and makes a visit (`arrive`) of each known customer's. Of whom the door does not know, or is
    not sure, reception makes one by binding the arrival to a customer. ``role_of`` tells what somebody is."""

    role_of: Callable[[str], Role | None]
    _recent: list[Arrival] = field(default_factory=list, init=False)
    _waiting: list[Arrival] = field(default_factory=list, init=False)

    def arrived(self, arrival: Arrival) -> None:
        """Somebody crossed."""
        if arrival.crossing.direction != "in" or arrival.identity.status != "known":
            return
        self._recent.append(arrival)
        if self._role(arrival) == "customer":
            self._waiting.append(arrival)

    def settled(self, t: float) -> list[Arrive]:
        """The visits that are complete at ``t`` seconds of capture time; infinity: all that are left."""
        due = [arrival for arrival in self._waiting if t - arrival.crossing.t > SETTLED_S]
        self._waiting = [arrival for arrival in self._waiting if arrival not in due]
        visits = [self._visit(arrival) for arrival in due]
        self._recent = [one for one in self._recent if t - one.crossing.t <= 2 * SETTLED_S]
        return visits

    def _visit(self, customer: Arrival) -> Arrive:
        near = [one for one in self._recent if abs(one.crossing.t - customer.crossing.t) <= ORDERED_S]
        agents = [one for one in near if self._role(one) == "agent"]
        first = min((customer, *agents), key=lambda one: one.at)
        door = {
            person: (round((one.at - first.at).total_seconds(), 6), round(one.crossing.sigma_s, 6))
            for person, one in _by_person((customer, *agents))
        }
        party = [one for one in near if one.party == customer.party and self._role(one) == "customer"]
        others = sorted({person for person, _ in _by_person(party)} - {customer.identity.person})
        return Arrive.model_validate(
            {"do": "arrive", "at": first.at, "person": customer.identity.person, "door": door, "with": tuple(others)}
        )

    def _role(self, arrival: Arrival) -> Role | None:
        return self.role_of(arrival.identity.person) if arrival.identity.person else None


def _by_person(arrivals: Iterable[Arrival]) -> Iterator[tuple[str, Arrival]]:
    """Each person once, with the first of their arrivals."""
    seen: set[str] = set()
    for arrival in sorted(arrivals, key=lambda one: one.at):
        person = arrival.identity.person
        if person is not None and person not in seen:
            seen.add(person)
            yield person, arrival
