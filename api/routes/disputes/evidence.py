"""The evidence of a dispute: single frames, each look on record with its reason, and the bundle to take away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, BinaryIO

from fastapi import APIRouter, Path, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from api.access.roles import PREFIX
from api.deps import ActorDep, Now, SiteDep
from api.errors import ApiError
from api.routes.disputes.standing import door_of, require_dispute, speaks_for
from api.schemas import Body, Claimant, Remark, SeqPath
from models.bundle import export_dispute
from models.desk.crossings import look_at, visible
from models.scratch import scratch_file

router = APIRouter(prefix=PREFIX, tags=["disputes"])

PIECE_BYTES = 1 << 16


class Look(Body):
    """Why a frame is looked at. It stays on record as it is: name nobody in it."""

    reason: Remark = Field(examples=["核对两位经纪人进门先后"])


class Recipient(Body):
    """Whom a bundle is for: a party; left out, whoever asks, and for the office its own copy."""

    recipient: Claimant | None = None


@router.post(
    "/disputes/{dispute}/frames/{arrival}/{sha256}",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}},
)
def look_at_frame(
    dispute: SeqPath,
    arrival: Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,64}$")],
    sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")],
    body: Look,
    actor: ActorDep,
    site: SiteDep,
    now: Now,
) -> Response:
    """Look at a frame. Parties see those in which nobody but themselves can be recognised."""
    with site.write_session() as session:
        found, sight = require_dispute(session, site, actor, dispute)
        frames = visible(door_of(session, found, sight).frames, None if sight.everything else sight.claimants)
        frame = next((one for one in frames if (one.arrival, one.sha256) == (arrival, sha256)), None)
        if frame is None:
            raise ApiError(404, "not_found")
        picture = look_at(session, site.frames, dispute, frame, reason=body.reason, at=now, by=actor.id)
    return Response(picture, media_type="image/jpeg")


@router.post(
    "/disputes/{dispute}/bundle",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}}},
)
def export_bundle(dispute: SeqPath, body: Recipient, actor: ActorDep, site: SiteDep, now: Now) -> StreamingResponse:
    """The bundle of a dispute, which anybody can check without trusting the office. That it left is on record. A party
    takes it once it is ruled: it holds all that bears on the customer, and a dispute costs nothing. Before that the
    office may hand a party its copy."""
    with site.read_session() as session:
        found, sight = require_dispute(session, site, actor, dispute)
    asks_for_own = not sight.everything
    recipient = speaks_for(actor, sight, body.recipient, field="recipient") if body.recipient or asks_for_own else None
    if asks_for_own and found.ruling is None:
        raise ApiError(409, "not_ruled")
    if recipient is not None and sight.everything and recipient not in found.parties:
        raise ApiError(422, "not_a_party", field="recipient")
    with scratch_file(site.folder, ".zip") as output:
        made = export_dispute(site, dispute, output, recipient=recipient, at=now, by=actor.id)
        content = made.path.open("rb")  # stays readable without its name, so nothing is left behind whatever happens
    headers = {"Content-Disposition": f'attachment; filename="dispute-{dispute}.zip"'}
    return StreamingResponse(_pieces(content), media_type="application/zip", headers=headers)


def _pieces(content: BinaryIO) -> Iterator[bytes]:
    with content:
        while piece := content.read(PIECE_BYTES):
            yield piece
