"""For whom a kiosk may act: nobody but who has just checked in at it, or shows a ticket."""

from __future__ import annotations

from datetime import datetime

from api.access.actor import Actor
from api.access.roles import Role
from api.errors import ApiError
from api.pace import Pace
from models.desk.arrivals import arrival_of
from models.desk.checkin import PICKED, can_lead
from models.desk.passes import read_pass
from models.desk.tickets import Ticket, read_ticket
from models.people import people_among
from models.session import ReadSession

GUESSES = Pace(10)
"""Of a device in a minute: searches by phone, and tickets that are none."""


def no_guessing(actor: Actor, now: datetime) -> None:
    """Raises ``ApiError`` 429 when a kiosk asks for people too often. Staff may look people up anyway."""
    if actor.role is Role.KIOSK:
        GUESSES.step(actor.id, now)


def somebody(session: ReadSession, actor: Actor, *, token: str | None, person: str | None, at: datetime) -> str:
    """Whom a request is about: at a kiosk by the ``token`` of a check-in, at the desk also by id. Raises ``ApiError``
    403 for an id at a kiosk, 422 for a token that is over or another device's, or of a check-in that anybody with the
    ticket could have made, 404 for somebody unknown."""
    if token is not None:
        given = read_pass(session, token, device=actor.id, at=at)
        if given is None:
            raise ApiError(422, "pass_over", field="token")
        if not given.may_consent:
            raise ApiError(422, "arrival_needed", field="token")
        person = given.person
    elif actor.role is Role.KIOSK:
        raise ApiError(403, "forbidden", field="person")
    if person is None or not people_among(session, [person]):
        raise ApiError(404, "not_found", field="person")
    return person


def shown(session: ReadSession, actor: Actor, qr: str, *, at: datetime, field: str = "qr") -> Ticket:
    """The ticket somebody shows. Raises ``ApiError`` 422 for what is none, 429 when a kiosk is shown too many such."""
    ticket = read_ticket(session, qr)
    if ticket is None:
        no_guessing(actor, at)
        raise ApiError(422, "bad_ticket", field=field)
    return ticket


def leader(session: ReadSession, actor: Actor, *, agent_qr: str | None, led_by: str | None, at: datetime) -> str | None:
    """Who brought a customer, by their own ticket or, at the desk, by id. Raises ``ApiError`` 422 for a ticket that is
    nobody's who can, 403 for an id at a kiosk, 422 for one that is no agent's or consultant's."""
    if agent_qr is not None:
        ticket = shown(session, actor, agent_qr, at=at, field="agent_qr")
        if ticket.kind != "person" or not can_lead(session, ticket.person):
            raise ApiError(422, "bad_ticket", field="agent_qr")
        return ticket.person
    if led_by is not None and actor.role is Role.KIOSK:
        raise ApiError(403, "forbidden", field="led_by")
    if led_by is not None and not can_lead(session, led_by):
        raise ApiError(422, "unknown_name", field="led_by")
    return led_by


def picked(session: ReadSession, actor: Actor, arrival: str | None, at: datetime) -> None:
    """Raises ``ApiError`` 404 unless ``arrival`` (None: none) is somebody who came in, for a kiosk a moment ago."""
    seen = arrival_of(session, arrival) if arrival is not None else None
    if arrival is None:
        return
    if seen is None or seen.arrival.direction == "out" or (actor.role is Role.KIOSK and at - seen.arrival.at > PICKED):
        raise ApiError(404, "not_found", field="arrival")
