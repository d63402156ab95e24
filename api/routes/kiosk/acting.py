"""For whom a kiosk may act: nobody but who has just checked in at it, or shows a ticket."""

from __future__ import annotations

from datetime import datetime

from api.access.actor import Actor
from api.access.roles import Role
from api.errors import ApiError
from api.pace import Pace
from models.desk.arrivals import arrival_of
from models.desk.checkin import PICKED
from models.desk.passes import read_pass
from models.desk.tickets import Ticket, read_ticket
from models.people import people_among
from models.session import ReadSession

GUESSES = Pace(10)
"""Of a device in a minute, whether somebody can be found by a phone or a ticket."""


def no_guessing(actor: Actor, now: datetime) -> None:
    """Raises ``ApiError`` 429 when a kiosk asks for people too often. Staff may look people up anyway."""
    if actor.role is Role.KIOSK:
        GUESSES.step(actor.id, now)


def somebody(session: ReadSession, actor: Actor, *, token: str | None, person: str | None, at: datetime) -> str:
    """Whom a request is about: at a kiosk by the ``token`` of a check-in, at the desk also by id. Raises ``ApiError``
    403 for an id at a kiosk, 422 for a token that is over or another device's, 404 for somebody unknown."""
    if token is not None:
        person = read_pass(session, token, device=actor.id, at=at)
        if person is None:
            raise ApiError(422, "pass_over", field="token")
    elif actor.role is Role.KIOSK:
        raise ApiError(403, "forbidden", field="person")
    if person is None or not people_among(session, [person]):
        raise ApiError(404, "not_found", field="person")
    return person


def shown(session: ReadSession, qr: str) -> Ticket:
    """The ticket somebody shows. Raises ``ApiError`` 422 for what is none."""
    ticket = read_ticket(session, qr)
    if ticket is None:
        raise ApiError(422, "bad_ticket", field="qr")
    return ticket


def picked(session: ReadSession, actor: Actor, arrival: str | None, at: datetime) -> None:
    """Raises ``ApiError`` 404 unless ``arrival`` (None: none) is somebody who came in, for a kiosk a moment ago."""
    seen = arrival_of(session, arrival) if arrival is not None else None
    if arrival is None:
        return
    if seen is None or seen.arrival.direction == "out" or (actor.role is Role.KIOSK and at - seen.arrival.at > PICKED):
        raise ApiError(404, "not_found", field="arrival")
