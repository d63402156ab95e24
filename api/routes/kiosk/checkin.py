"""Checking in, by a ticket, a phone or the staff's word, with or without a picture of the door."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from pydantic import Field, model_validator

from api.access.actor import Actor
from api.access.roles import PREFIX, Role
from api.deps import ActorDep, Listed, Now, SiteDep
from api.errors import ApiError
from api.routes.arrivals.board import ArrivalId
from api.routes.kiosk.acting import leader, no_guessing, picked, shown, somebody
from api.schemas import Body, Line, PersonId, PhoneText, Row, Seq, When
from models.desk.arrivals import arrivals
from models.desk.checkin import PICKED, CheckedIn, Rules, Shown, can_lead, check_in, customer_with_phone
from models.desk.claimants import names_of
from models.desk.customers import add_customer
from models.desk.identity import NAMELESS
from models.desk.passes import GOOD_FOR, give_pass
from models.evidence import frames_of
from models.people import person_summary
from models.session import ReadSession, WriteSession

router = APIRouter(prefix=PREFIX, tags=["kiosk"])

LATELY = 200
"""More do not come in within ten minutes."""


class PickRow(Row):
    """Somebody who came in a moment ago and has not been bound yet. ``has_picture``: ask for its thumbnail."""

    id: str = Field(examples=["main-20260301T020005013Z-12"])
    at: When
    has_picture: bool


class CheckIn(Body):
    """Who checks in: by a ticket, a whole phone, or (staff only) the customer's id; ``arrival``: the one they picked as
    theirs; ``name``: so that somebody new is taken into the book; ``agent_qr`` or (staff only) ``led_by``: who brought
    the customer and checks in with them, so that the visit is theirs where no camera saw it."""

    qr: Line | None = Field(None, description="text of the scanned QR code")
    phone: PhoneText | None = Field(None, examples=["13800138000"])
    person: PersonId | None = None
    arrival: ArrivalId | None = None
    name: Line | None = Field(None, examples=["王芳"])
    agent_qr: Line | None = Field(None, description="text of the agent's own QR code, scanned with the customer's")
    led_by: PersonId | None = Field(None, description="staff only: the agent or consultant who brought the customer")

    @model_validator(mode="after")
    def _one_of_them(self) -> CheckIn:
        if sum(one is not None for one in (self.qr, self.phone, self.person)) != 1:
            raise ValueError("give a qr, a phone or a person, one of them")
        if self.agent_qr is not None and self.led_by is not None:
            raise ValueError("give agent_qr or led_by, one of them")
        return self


class CheckedInRow(Row):
    """What the kiosk says. ``welcome``: it is on record; ``ask_reception``: reception has to look; ``unknown``: nobody
    has this phone, ask for a name. ``greeting`` tells nobody a name they do not know; ``person`` and ``name`` are for
    staff. With ``token`` the kiosk may act for them ``until`` then, unless they showed nothing but the ticket
    of a visit, which their agent has too: consent is refused with `arrival_needed`."""

    state: Literal["welcome", "ask_reception", "unknown"]
    greeting: str | None = Field(None, examples=["王**"])
    receiver: str | None = Field(None, description="who will receive them, by name")
    visit: Seq | None = None
    arrival: str | None = None
    token: str | None = None
    until: When | None = None
    person: PersonId | None = None
    name: str | None = None


@router.get("/kiosk/arrivals")
def arrivals_to_pick(site: SiteDep, now: Now) -> Listed[PickRow]:
    """Who came in during the last ten minutes and is not bound to anybody: "which of these are you"."""
    with site.read_session() as session:
        return Listed(
            items=[
                PickRow(
                    id=one.arrival.arrival, at=one.arrival.at, has_picture=bool(frames_of(session, one.arrival.arrival))
                )
                for one in arrivals(session, before=None, limit=LATELY)
                if one.who is None and one.arrival.direction == "in" and now - one.arrival.at <= PICKED
            ]
        )


@router.post("/kiosk/check-in")
def check_in_visitor(body: CheckIn, actor: ActorDep, site: SiteDep, now: Now) -> CheckedInRow:
    """Check somebody in: a customer's visit is put on record, with the agent who checks in with them, and who will
    receive them is told; an agent alone is bound to the arrival they picked."""
    with site.write_session() as session:
        picked(session, actor, body.arrival, now)
        led_by = leader(session, actor, agent_qr=body.agent_qr, led_by=body.led_by, at=now)
        found = _found(session, body, actor, now)
        if not isinstance(found, Shown):
            return CheckedInRow(state=found)
        rules = Rules(
            zone=ZoneInfo(site.settings.time_zone), texts=site.policy_texts, settings_policy=site.settings.policy
        )
        if led_by is not None and can_lead(session, found.person):
            raise ApiError(422, "bad_ticket", field="qr")
        told = check_in(session, replace(found, led_by=led_by), rules=rules, at=now, by=actor.id)
        return _welcome(session, found, told, actor, now)


def _found(
    session: WriteSession, body: CheckIn, actor: Actor, now: datetime
) -> Shown | Literal["ask_reception", "unknown"]:
    if body.qr is not None:
        ticket = shown(session, actor, body.qr, at=now)
        return Shown(person=ticket.person, how="qr", report=ticket.report, arrival=body.arrival)
    if body.phone is None:
        person = somebody(session, actor, token=None, person=body.person, at=now)
        return Shown(person=person, how="staff", arrival=body.arrival)
    no_guessing(actor, now)
    person = customer_with_phone(session, body.phone)
    if person == "unsure":
        return "ask_reception"
    if person == "unknown":
        if body.name is None:
            return "unknown"
        person, _ = add_customer(session, name=body.name, phone=body.phone, at=now, by=actor.id)
    return Shown(person=person, how="phone", arrival=body.arrival)


def _welcome(session: ReadSession, shown: Shown, told: CheckedIn, actor: Actor, now: datetime) -> CheckedInRow:
    name = person_summary(session, told.person).name
    is_staff = actor.role is not Role.KIOSK
    may_consent = is_staff or shown.report is None or shown.arrival is not None
    return CheckedInRow(
        state="welcome",
        greeting=f"{name[0]}**" if name != NAMELESS else None,
        receiver=names_of(session, [told.receiver])[told.receiver] if told.receiver else None,
        visit=told.visit,
        arrival=told.arrival,
        token=give_pass(session, told.person, device=actor.id, at=now, may_consent=may_consent),
        until=now + GOOD_FOR,
        person=told.person if is_staff else None,
        name=name if is_staff else None,
    )
