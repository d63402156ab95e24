"""Whether the service is there, how far the record reaches, and whether the doors can be relied on."""

from __future__ import annotations

import asyncio
from typing import Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.access.gate import site_of
from api.access.roles import PREFIX, Role
from api.deps import ActorDep, Listed, Now, SiteDep
from api.door_health import door_trust, reason_text
from api.errors import ApiError
from api.messages import language_of
from api.schemas import Row
from models.base import ModelsError
from models.desk.doors import Code, Reason
from models.ledger.read import head

router = APIRouter(prefix=PREFIX, tags=["health"])


class Health(BaseModel):
    """The service answers and can read its record."""

    model_config = ConfigDict(frozen=True)
    status: Literal["ok"] = "ok"


class Head(BaseModel):
    """The last entry of the ledger; ``sealed`` entries stand under the last checkpoint."""

    model_config = ConfigDict(frozen=True)
    entries: int
    hash: str
    at: AwareDatetime
    sealed: int
    sealed_at: AwareDatetime | None


class ReasonRow(Row):
    """Why a door is not to be relied on, in words (``says``) and for programs (``code``)."""

    code: Code
    says: str
    since: AwareDatetime | None
    count: int | None


class DoorRow(Row):
    """Whether a door can be relied on now: camera, clock, disk and ledger have nothing against it. ``door`` is null for
    a site whose door never ran. A kiosk is not told the reasons."""

    door: str | None = Field(examples=["main"])
    trusted: bool
    reasons: tuple[ReasonRow, ...]


@router.get("/healthz")
async def healthz(request: Request) -> Health:
    """Alive, and the record can be read."""
    try:
        # not a thread of those that answer requests: they may all be waiting to write, and the service is well
        await asyncio.to_thread(_read_head, request)
    except ModelsError:  # what it says names files: not for whoever asks
        raise ApiError(503, "record_unreadable") from None
    return Health()


def _read_head(request: Request) -> None:
    with site_of(request).read_session() as session:
        head(session)


@router.get("/doors")
def doors(request: Request, actor: ActorDep, site: SiteDep, now: Now) -> Listed[DoorRow]:
    """Whether each door can be relied on now, and why not."""
    language, zone = language_of(request), ZoneInfo(site.settings.time_zone)

    def told(why: Reason) -> ReasonRow:
        return ReasonRow(code=why.code, says=reason_text(why, language, zone), since=why.since, count=why.count)

    found = door_trust(site, now)
    if actor.role is Role.KIOSK:
        return Listed(items=[DoorRow(door=one.door, trusted=one.trusted, reasons=()) for one in found])
    return Listed(
        items=[DoorRow(door=one.door, trusted=one.trusted, reasons=tuple(map(told, one.reasons))) for one in found]
    )


@router.get("/ledger/head")
def ledger_head(site: SiteDep) -> Head:
    """How far the record reaches and how far a checkpoint vouches for it."""
    with site.read_session() as session:
        last = head(session)
    assert last is not None  # every ledger begins with the founding of its site
    sealed = site.checkpoints.last()
    return Head(
        entries=last.seq,
        hash=last.hash.hex(),
        at=last.at,
        sealed=sealed.count if sealed else 0,
        sealed_at=sealed.at if sealed else None,
    )
