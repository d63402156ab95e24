"""客户确认单: on record, and on paper."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response
from pydantic import Field

from api.access.roles import PREFIX
from api.deps import ActorDep, Now, SiteDep
from api.print.confirmation import confirmation_pdf
from api.routes.desk.acts import Act, Mobile, act
from api.schemas import Claimant, Line, PersonId, Recorded, SeqPath
from models.desk.confirmations import confirmation_of

router = APIRouter(prefix=PREFIX, tags=["desk"])

PDF = "application/pdf"


class NewConfirmation(Act):
    """The customer confirms at the desk with whom they came."""

    person: PersonId
    by: Claimant
    name: Line | None = Field(None, description="as the customer wrote it", examples=["王芳"])
    phone: Mobile | None = None


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
