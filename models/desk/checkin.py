"""Checking in: whoever stands at the kiosk or the desk, by a ticket, a phone or the staff's word, becomes a visit and
is told who will receive them. A face has no part in it.

check-in ─► who? ─► arrival known or picked ─► `bind` ─┐
                 └► none (no camera, not picked) ──────┴► visit (`arrive`) with who led it ─► receiver ─► `greeting`
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from attribution.entries import Arrive
from models.base import ModelsError
from models.desk.arrivals import How, arrival_of, last_arrival_of
from models.desk.binding import MADE_ANEW, SAME_VISIT, bind, role_of, standing_visits
from models.desk.rota import receiver_for
from models.desk.visits import CHECK_IN_SIGMA_S, Crossed, crossings_of, own_instant, with_crossings
from models.ledger.append import append
from models.ledger.kinds import Greeted, Recordable, Retracted
from models.ledger.read import entries_about
from models.people import PeopleError, people_with_phone, phone_number, same_human, withdraw_consent
from models.policies import PolicyTexts
from models.session import ReadSession, WriteSession

PICKED = timedelta(minutes=10)
"""How far back a visitor at the kiosk looks for themselves among the arrivals."""


class CheckInError(ModelsError):
    """Somebody cannot be checked in as asked."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What says who will receive a customer: the office's time zone, and the policy by which somebody owns them."""

    zone: ZoneInfo
    texts: PolicyTexts
    settings_policy: str


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Who showed what at the kiosk: ``person``, known by ``how``, with the ``report`` of their ticket and the
    ``arrival`` they picked; ``led_by`` the agent or consultant who brought this customer and checks in with them."""

    person: str
    how: How
    report: int | None = None
    arrival: str | None = None
    led_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class CheckedIn:
    """Somebody checked in: their ``visit`` (number of its entry; None for who is no customer), the ``arrival`` they are
    bound to, the claimant ``receiver`` who will receive them."""

    person: str
    visit: int | None
    arrival: str | None
    receiver: str | None


def customer_with_phone(session: ReadSession, phone: str) -> str | Literal["unknown", "unsure"]:
    """The customer who has this whole phone; "unsure" when several may be meant, or too little of a number is known.
    Raises ``PeopleError`` for what is no whole phone."""
    found = people_with_phone(session, whole_phone(phone))
    certain = [one.id for one in found.certain if one.role == "customer"]
    if certain:
        return certain[0] if set(certain) <= same_human(session, certain[0]) else "unsure"
    return "unsure" if any(one.role == "customer" for one in found.possible) else "unknown"


def whole_phone(phone: str) -> str:
    """The digits of a phone that is known in whole. Raises ``PeopleError`` for any other, without repeating it."""
    number = phone_number(phone)
    if "*" in number:
        raise PeopleError("phone: give the whole number; a part of it says too little")
    return number


def check_in(session: WriteSession, shown: Shown, *, rules: Rules, at: datetime, by: str) -> CheckedIn:
    """Check somebody in ``at`` (aware, now): bind the arrival they picked, or the one the door knew them by; make the
    visit of a customer unless it is on record; say who receives them, once a visit.

    Without a camera nobody but the kiosk saw who came together: who led the customer then stands in the visit with the
    kiosk's instant, `CHECK_IN_SIGMA_S` wide. Where the door saw them, its instants are taken.

    Raises ``CheckInError`` for an agent without an arrival and without a customer, and as `models.desk.binding.bind`
    does.
    """
    lately = at - SAME_VISIT
    arrival = shown.arrival or last_arrival_of(session, shown.person, since=lately)
    role = role_of(session, shown.person)
    if arrival is not None:
        bind(session, arrival, shown.person, how=shown.how, report=shown.report, at=at, by=by)
    elif role != "customer":
        raise CheckInError("arrival: pick the one that is yours, or scan your code together with your customer's")
    if role != "customer":
        return CheckedIn(person=shown.person, visit=None, arrival=arrival, receiver=None)
    visit = _visit(session, shown.person, shown.led_by, since=lately, at=at, by=by)
    receiver = _greeted(session, shown.person, arrival, rules=rules, at=at, by=by)
    return CheckedIn(person=shown.person, visit=visit, arrival=arrival, receiver=receiver)


def withdraw_by_phone(session: WriteSession, phone: str, *, at: datetime, by: str) -> None:
    """End the consents of everybody who has this whole phone, if there is anybody. Raises ``PeopleError`` for what is
    no whole phone.

    Nothing more is asked for: a phone is enough to check in and consent, and taking it back must not be harder (PIPL
    15). A name would have to be the one an agent reported, and who types another would believe it was done.
    """
    for one in people_with_phone(session, whole_phone(phone)).certain:
        withdraw_consent(session, one.id, at=at, by=by)


def can_lead(session: ReadSession, person: str) -> bool:
    """Whether somebody may have brought a customer: an agent or a consultant known here."""
    return role_of(session, person) in ("agent", "consultant")


def _visit(session: WriteSession, person: str, led_by: str | None, *, since: datetime, at: datetime, by: str) -> int:
    """The visit of a customer who is here now; made unless one stands on record, made anew when who led them was not
    on it."""
    lately = [(seq, visit) for seq, visit in standing_visits(session, person) if since <= own_instant(visit) <= at]
    if lately:
        seq, before = lately[-1]
        entries: list[Recordable] = [Retracted(at=at, person=person, undoes=seq, reason=MADE_ANEW)]
    else:
        seq, before = 0, Arrive.model_validate({"do": "arrive", "at": at, "person": person})
        entries = []
    visit = before if led_by is None else _led(session, before, led_by, since=since, at=at)
    if lately and visit == before:
        return seq
    return append(session, [*entries, visit], at=at, by=by)[-1].seq


def _led(session: ReadSession, visit: Arrive, led_by: str, *, since: datetime, at: datetime) -> Arrive:
    """The visit with who led it: by the door where it saw them, else by the kiosk, the first time counting."""
    known = crossings_of(visit).get(led_by)
    if known is not None and known[1] != CHECK_IN_SIGMA_S:
        return visit
    arrival = last_arrival_of(session, led_by, since=since)
    seen = arrival_of(session, arrival) if arrival is not None else None
    if seen is None and known is not None:
        return visit
    crossed: Crossed = (at, CHECK_IN_SIGMA_S) if seen is None else (seen.arrival.at, seen.arrival.sigma_s)
    return with_crossings(visit, {led_by: crossed})


def _greeted(
    session: WriteSession, person: str, arrival: str | None, *, rules: Rules, at: datetime, by: str
) -> str | None:
    """Who receives a customer: whoever they were handed to in this visit already, else who is to."""
    for one in reversed(entries_about(session, person, Greeted.model_fields["do"].default)):
        said = json.loads(one.payload)
        if said["person"] == person and one.at >= at - SAME_VISIT:
            return str(said["to"])
    receiver = receiver_for(
        session, person, at=at, zone=rules.zone, texts=rules.texts, settings_policy=rules.settings_policy
    )
    if receiver is not None:
        append(session, [Greeted(at=at, person=person, to=receiver, arrival=arrival)], at=at, by=by)
    return receiver
