"""From arrivals to visits: a customer whom the door knows, with every agent who crossed about the same time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from attribution.entries import Arrive
from kiosk.pipeline import KEPT_S
from models.desk.visits import NEAR, visit_of
from models.ledger.kinds import Arrival
from models.people import Role

SETTLED = NEAR + timedelta(seconds=KEPT_S + 2.0)
"""Everybody who crossed about the same time has been stated this long after (in capture time), also who stayed at the
sill for long."""


@dataclass(kw_only=True, eq=False)
class Visits:
    """Collects arrivals as the ledger has them and makes a visit (`arrive`) of each known customer's. Of whom the door
    does not know, or is not sure, kiosk and reception make one by binding the arrival to a customer. ``role_of`` tells
    what somebody is, ``bound_to`` to whom an arrival is bound."""

    role_of: Callable[[str], Role | None]
    bound_to: Callable[[str], str | None]
    _recent: list[Arrival] = field(default_factory=list, init=False)
    _waiting: list[Arrival] = field(default_factory=list, init=False)

    def arrived(self, arrival: Arrival, *, made: bool = False) -> None:
        """Somebody crossed; ``made``: their own visit is on record, and they matter to those of others only."""
        if arrival.direction != "in":
            return
        self._recent.append(arrival)
        known = arrival.person if arrival.status == "known" else None
        if not made and known is not None and self.role_of(known) == "customer":
            self._waiting.append(arrival)

    def settled(self, at: datetime | None) -> list[Arrive]:
        """The visits that are complete when frames of the instant ``at`` (aware) are seen; None: all that are left."""
        due = [arrival for arrival in self._waiting if at is None or at - arrival.at > SETTLED]
        self._waiting = [arrival for arrival in self._waiting if arrival not in due]
        crossed = [self._told(arrival) for arrival in self._recent] if due else []
        # binding makes the visit itself
        unbound = [customer for customer in due if self.bound_to(customer.arrival) is None]
        visits = [visit_of(customer, crossed, self.role_of) for customer in unbound]
        self._recent = [one for one in self._recent if at is not None and at - one.at <= 2 * SETTLED]
        return visits

    def _told(self, arrival: Arrival) -> Arrival:
        """The arrival with who it was: by what the door's people say, else by its face."""
        known = arrival.person if arrival.status == "known" else None
        return arrival.model_copy(update={"person": self.bound_to(arrival.arrival) or known})
