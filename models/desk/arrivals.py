"""Arrivals as the desk sees them: what the door recorded, in which order, and whom each was bound to."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

from sqlalchemy import Select, select

from models.ledger.kinds import Arrival, Bound, Order, Retracted, SystemEntry
from models.ledger.read import entries_about
from models.ledger.records import About, LedgerRow
from models.session import ReadSession

Kind = TypeVar("Kind", bound=SystemEntry)
How = Literal["qr", "phone", "staff", "face"]

ARRIVAL, ORDER = Arrival.model_fields["do"].default, Order.model_fields["do"].default
BOUND, RETRACTED = Bound.model_fields["do"].default, Retracted.model_fields["do"].default
ARRIVALS: Select[*tuple[Any, ...]] = select(LedgerRow.seq, LedgerRow.payload).where(LedgerRow.kind == ARRIVAL)

LATELY = 20
"""Nobody goes in and out more often while a visit lasts."""

INTERVAL = 1.96
"""Standard deviations to both sides that hold 95 in 100 crossings."""

AROUND = 100
"""So many arrivals recorded before and after one hold everybody who crossed about the same time: the door states each
within half a minute."""


@dataclass(frozen=True, kw_only=True)
class Binding:
    """Entry ``seq``, of the instant ``at``: ``arrival`` was ``person``, found by ``how``, with their ``report``."""

    seq: int
    at: datetime
    arrival: str
    person: str
    how: How
    report: int | None


@dataclass(frozen=True, kw_only=True)
class SeenArrival:
    """Entry ``seq``: an ``arrival``, the verdicts about its ``orders`` among its neighbours, its ``binding``."""

    seq: int
    arrival: Arrival
    orders: tuple[Order, ...]
    binding: Binding | None

    @property
    def who(self) -> str | None:
        """Who it was: by the binding, else by the face the door knew for certain; None when nobody knows."""
        if self.binding is not None:
            return self.binding.person
        return self.arrival.person if self.arrival.status == "known" else None

    @property
    def told(self) -> Arrival:
        """The arrival with who it was as its `person`."""
        return self.arrival.model_copy(update={"person": self.who})

    @property
    def interval(self) -> tuple[datetime, datetime]:
        """From when to when the crossing lies, 95 times in 100."""
        half = timedelta(seconds=INTERVAL * self.arrival.sigma_s)
        return self.arrival.at - half, self.arrival.at + half


def arrivals(session: ReadSession, *, before: int | None, limit: int) -> list[SeenArrival]:
    """At most ``limit`` arrivals, the last recorded first, with numbers below ``before``."""
    asked = ARRIVALS.order_by(LedgerRow.seq.desc()).limit(limit)
    return _seen(session, _found(session, asked if before is None else asked.where(LedgerRow.seq < before)))


def arrival_of(session: ReadSession, arrival: str) -> SeenArrival | None:
    """One arrival by its id; None when there is none."""
    found = _seen(session, _found(session, _named([arrival]).limit(1)))
    return found[0] if found else None


def last_arrival_of(session: ReadSession, person: str, *, since: datetime) -> str | None:
    """The id of the last arrival by which somebody came in, by their face or by binding, at ``since`` (aware) or later;
    None when there is none."""
    told = select(LedgerRow.payload).join(About, About.seq == LedgerRow.seq)
    told = told.where(About.subject == person, LedgerRow.kind.in_((ARRIVAL, BOUND))).order_by(About.seq.desc())
    named = {str(json.loads(payload)["arrival"]) for payload in session.scalars(told.limit(LATELY))}
    theirs = [
        one.arrival
        for one in _seen(session, _found(session, _named(named)))
        if one.who == person and one.arrival.direction == "in" and one.arrival.at >= since
    ]
    return max(theirs, key=lambda one: one.at).arrival if theirs else None


def arrivals_around(session: ReadSession, one: SeenArrival, *, within: timedelta) -> list[SeenArrival]:
    """Everybody who came in by the same door at most ``within`` before or after ``one``, itself included."""
    earlier = ARRIVALS.where(LedgerRow.seq <= one.seq).order_by(LedgerRow.seq.desc()).limit(AROUND)
    later = ARRIVALS.where(LedgerRow.seq > one.seq).order_by(LedgerRow.seq).limit(AROUND)
    near = [
        (seq, other)
        for seq, other in (*_found(session, earlier), *_found(session, later))
        if (other.door, other.direction) == (one.arrival.door, "in") and abs(other.at - one.arrival.at) <= within
    ]
    return _seen(session, near)


def bindings_of(session: ReadSession, names: Collection[str]) -> dict[str, Binding]:
    """Whom these arrivals are bound to: of several bindings the last that was not taken back."""
    bound = [(seq, _read(Bound, payload)) for _, seq, payload in _told(session, names, BOUND)]
    if not bound:
        return {}
    # of all that was ever taken back little is as new as these: an agent's whole record is far longer
    since = min(seq for seq, _ in bound)
    later = select(LedgerRow.payload).where(LedgerRow.kind == RETRACTED, LedgerRow.seq > since)
    undone = {json.loads(payload)["undoes"] for payload in session.scalars(later)}
    return {
        one.arrival: Binding(seq=seq, at=one.at, arrival=one.arrival, person=one.person, how=one.how, report=one.report)
        for seq, one in bound
        if seq not in undone
    }


def arrivals_of(session: ReadSession, person: str) -> set[str]:
    """Arrivals that the ledger says were this person's, by their face or because they are bound to them."""
    told = [json.loads(one.payload) for one in entries_about(session, person, ARRIVAL, BOUND)]
    known = {str(one["arrival"]) for one in told if one.get("person") == person and one.get("status") == "known"}
    bound = bindings_of(session, {str(one["arrival"]) for one in told})
    return known | {arrival for arrival, binding in bound.items() if binding.person == person}


def _named(names: Collection[str]) -> Select[*tuple[Any, ...]]:
    return ARRIVALS.where(LedgerRow.seq.in_(select(About.seq).where(About.subject.in_(names))))


def _found(session: ReadSession, asked: Select[*tuple[Any, ...]]) -> list[tuple[int, Arrival]]:
    return [(row.seq, _read(Arrival, json.loads(row.payload))) for row in session.rows(asked)]


def _seen(session: ReadSession, found: Sequence[tuple[int, Arrival]]) -> list[SeenArrival]:
    names = [one.arrival for _, one in found]
    bound = bindings_of(session, names)
    orders: dict[str, list[Order]] = defaultdict(list)
    for subject, _, payload in _told(session, names, ORDER):
        orders[subject].append(_read(Order, payload))
    return [
        SeenArrival(seq=seq, arrival=one, orders=tuple(orders[one.arrival]), binding=bound.get(one.arrival))
        for seq, one in found
    ]


def _told(session: ReadSession, subjects: Collection[str], kind: str) -> Sequence[tuple[str, int, dict[str, Any]]]:
    asked = select(About.subject, LedgerRow.seq, LedgerRow.payload).join(LedgerRow, LedgerRow.seq == About.seq)
    asked = asked.where(About.subject.in_(subjects), LedgerRow.kind == kind).order_by(LedgerRow.seq)
    return [(row.subject, row.seq, json.loads(row.payload)) for row in session.rows(asked)]


def _read(kind: type[Kind], payload: dict[str, Any]) -> Kind:
    return kind.model_validate({name: said for name, said in payload.items() if name != "recorded_by"})
