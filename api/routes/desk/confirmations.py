"""客户确认单: on record, and on paper."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response
from pydantic import Field, StringConstraints

from api.access.roles import PREFIX
from api.deps import ActorDep, Now, SiteDep
from api.print.confirmation import confirmation_pdf
from api.routes.desk.acts import Act, Mobile, act
from api.schemas import Body, Claimant, Line, PersonId, Recorded, Row, Seq, SeqPath
from models.desk.confirmations import CODE, check_code, confirmation_of

router = APIRouter(prefix=PREFIX, tags=["desk"])

PDF = "application/pdf"


class NewConfirmation(Act):
    """The customer confirms at the desk with whom they came."""

    person: PersonId
    by: Claimant
    name: Line | None = Field(None, description="as the customer wrote it", examples=["王芳"])
    phone: Mobile | None = None


class PaperCode(Body):
    """What the QR code on a 客户确认单 holds."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, pattern=rf"^{CODE.pattern}$")] = Field(
        examples=[f"MJ1.c.1042.{'0f' * 32}"]
    )


class CheckedPaper(Row):
    """Entry ``entry`` is what the paper names; ``genuine``: it is a confirmation of this office, with this very hash;
    ``retracted``: it was taken back since it was printed."""

    entry: Seq
    genuine: bool
    retracted: bool


@router.post("/confirmations", status_code=201)
def confirm(body: NewConfirmation, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Put a 客户确认单 on record."""
    return act(site, "confirm", body, actor, now)


@router.get(
    "/confirmations/{entry}.pdf",
    response_class=Response,
    responses={200: {"description": "The paper to sign.", "content": {PDF: {}}}},
)
def print_confirmation(entry: SeqPath, site: SiteDep, now: Now) -> Response:
    """The 客户确认单 to be signed: in Chinese, with the entry's number and hash as a QR code."""
    with site.read_session() as session:
        shown = confirmation_of(session, entry)
    zone = ZoneInfo(site.settings.time_zone)
    content = confirmation_pdf(shown, office=site.settings.name, zone=zone, printed=now)
    named = {"Content-Disposition": f'attachment; filename="confirmation-{entry}.pdf"'}
    return Response(content, media_type=PDF, headers=named)


@router.post("/confirmations/check")
def check_confirmation(body: PaperCode, site: SiteDep) -> CheckedPaper:
    """Check the QR code of a 客户确认单. It vouches for the entry, not for the paper around it: compare that with
    `GET /confirmations/{entry}.pdf`."""
    with site.read_session() as session:
        return CheckedPaper(**vars(check_code(session, body.code)))
