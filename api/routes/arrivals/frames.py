"""The pictures of an arrival: sealed evidence, seen only with a reason on record; and a blurred one for the kiosk."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import Field

from api.access.roles import PREFIX, Role
from api.deps import ActorDep, Listed, Now, SiteDep
from api.errors import ApiError
from api.routes.arrivals.board import ArrivalPath, existing
from api.schemas import Body, Remark, Row, When
from api.thumbnails import thumbnail
from models.desk.checkin import PICKED
from models.evidence import frames_of, read_frame
from models.ledger.append import append
from models.ledger.kinds import Viewed

router = APIRouter(prefix=PREFIX, tags=["arrivals"])

JPEG = "image/jpeg"
PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"content": {JPEG: {"schema": {"type": "string", "format": "binary"}}}}
}
BEFORE = timedelta(seconds=0.7)
"""So long before the sill the body is seen from head to foot, and near."""


class FrameRow(Row):
    """A frame that is kept: its hash, as the ledger names it, and when it was taken."""

    sha256: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    at: When


class Reason(Body):
    """Why somebody looks at a frame. It stays on record for good: name nobody."""

    reason: Remark = Field(examples=["异议处理：核对先后"])


@router.get("/arrivals/{arrival}/frames")
def list_frames(arrival: ArrivalPath, site: SiteDep) -> Listed[FrameRow]:
    """Which frames are kept of an arrival, the oldest first; their pictures are asked for one by one, with a reason."""
    with site.read_session() as session:
        existing(session, arrival)
        return Listed(items=[FrameRow(sha256=one.sha256, at=one.at) for one in frames_of(session, arrival)])


@router.post("/arrivals/{arrival}/frames/{sha256}", response_class=Response, responses=PICTURE)
def view_frame(
    arrival: ArrivalPath,
    sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")],
    body: Reason,
    actor: ActorDep,
    site: SiteDep,
    now: Now,
) -> Response:
    """Look at a frame. That somebody did, and why, is on record before the picture leaves."""
    with site.write_session() as session:
        existing(session, arrival)
        if sha256 not in {one.sha256 for one in frames_of(session, arrival)}:
            raise ApiError(404, "not_found")
        append(session, [Viewed(at=now, what=arrival, reason=body.reason, frames=(sha256,))], at=now, by=actor.id)
    with site.read_session() as session:
        jpeg = read_frame(session, site.frames, arrival=arrival, sha256=sha256)
    return Response(jpeg, media_type=JPEG)


@router.get("/arrivals/{arrival}/thumbnail", response_class=Response, responses=PICTURE)
def arrival_thumbnail(arrival: ArrivalPath, actor: ActorDep, site: SiteDep, now: Now) -> Response:
    """A small picture in which nobody can be recognised; at the kiosk only of who came in a moment ago."""
    with site.read_session() as session:
        seen = existing(session, arrival).arrival
        if actor.role is Role.KIOSK and (seen.direction == "out" or now - seen.at > PICKED):
            raise ApiError(404, "not_found")
        kept = frames_of(session, arrival)
        if not kept:
            raise ApiError(404, "not_found")
        best = min(kept, key=lambda one: abs(one.at - (seen.at - BEFORE)))
        jpeg = read_frame(session, site.frames, arrival=arrival, sha256=best.sha256)
    return Response(thumbnail(jpeg), media_type=JPEG)
