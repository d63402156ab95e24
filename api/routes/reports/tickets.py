"""Tickets to show at the kiosk, as QR codes."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import segno
from fastapi import APIRouter, Response

from api.access.roles import PREFIX
from api.deps import ActorDep, SiteDep
from api.errors import ApiError
from api.routes.reports.own import own_person, own_report
from api.schemas import SeqPath
from models.desk.reports import is_standing
from models.desk.tickets import person_ticket, visit_ticket
from models.people import Person

router = APIRouter(prefix=PREFIX, tags=["reports"])

SVG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}, "description": "the code, as a picture"}
}


class Picture(Response):
    """A QR code (ISO/IEC 18004)."""

    media_type = "image/svg+xml"


@router.get("/reports/{seq}/qr.svg", response_class=Picture, responses=SVG)
def visit_code(seq: SeqPath, actor: ActorDep, site: SiteDep) -> Picture:
    """The code with which the customer of a report checks in."""
    with site.read_session() as session:
        one = own_report(session, actor, seq)
        if not is_standing(session, one):
            raise ApiError(409, "report_withdrawn")
        return _drawn(visit_ticket(session, one.seq))


@router.get("/me/qr.svg", response_class=Picture, responses=SVG)
def own_code(actor: ActorDep, site: SiteDep) -> Picture:
    """The code with which an agent checks in."""
    with site.read_session() as session:
        person = own_person(actor)
        if session.get(Person, person) is None:
            raise ApiError(403, "no_person")
        return _drawn(person_ticket(session, person))


def _drawn(text: str) -> Picture:
    drawn = BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="svg", scale=8)
    return Picture(drawn.getvalue())
