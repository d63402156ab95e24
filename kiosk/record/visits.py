"""From arrivals to visits: a customer whom the door knows, with every agent who crossed about the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from attribution.entries import Arrive
from kiosk.pipeline import KEPT_S, ORDERED_S
from models.ledger.kinds import Arrival
from models.people import Role

NEAR = timedelta(seconds=ORDERED_S)

SETTLED = NEAR + timedelta(seconds=KEPT_S + 2.0)
"""Everybody who crossed about the same time has been stated this long after (in capture time), also who stayed at the
sill for long."""


@dataclass(kw_only=True, eq=False)
class Visits:
    """Collects arrivals as the ledger has them and makes a visit (`arrive`) of each known customer's. Of whom the door
    does not know, or is not sure, reception makes one by binding the arrival to a customer. ``role_of`` tells what
    somebody is."""

    role_of: Callable[[str], Role | None]
    _recent: list[Arrival] = field(default_factory=list, init=False)
    _waiting: list[Arrival] = field(default_factory=list, init=False)

    def arrived(self, arrival: Arrival, *, made: bool = False) -> None:
        """Somebody crossed; ``made``: their own visit is on record, and they matter to those of others only."""
        if arrival.direction != "in" or arrival.status != "known":
            return
        self._recent.append(arrival)
        if not made and self._role(arrival) == "customer":
            self._waiting.append(arrival)

    def settled(self, at: datetime | None) -> list[Arrive]:
        """The visits that are complete when frames of the instant ``at`` (aware) are seen; None: all that are left."""
        due = [arrival for arrival in self._waiting if at is None or at - arrival.at > SETTLED]
        self._waiting = [arrival for arrival in self._waiting if arrival not in due]
        visits = [self._visit(arrival) for arrival in due]
        self._recent = [one for one in self._recent if at is not None and at - one.at <= 2 * SETTLED]
        return visits

    def _visit(self, customer: Arrival) -> Arrive:
        near = [one for one in self._recent if abs(one.at - customer.at) <= NEAR]
        agents = [one for one in near if self._role(one) == "agent"]
        first = min((customer, *agents), key=lambda one: one.at)
        door = {
            person: (round((one.at - first.at).total_seconds(), 6), one.sigma_s)
            for person, one in _by_person((customer, *agents))
        }
        party = [one for one in near if one.party == customer.party and self._role(one) == "customer"]
        others = sorted({person for person, _ in _by_person(party)} - {customer.person})
        return Arrive.model_validate(
            {"do": "arrive", "at": first.at, "person": customer.person, "door": door, "with": tuple(others)}
        )

    def _role(self, arrival: Arrival) -> Role | None:
        return self.role_of(arrival.person) if arrival.person else None


def _by_person(arrivals: Iterable[Arrival]) -> Iterator[tuple[str, Arrival]]:
    """Each person once, with the first of their arrivals."""
    seen: set[str] = set()
    for arrival in sorted(arrivals, key=lambda one: one.at):
        if arrival.person is not None and arrival.person not in seen:
            seen.add(arrival.person)
            yield arrival.person, arrival
