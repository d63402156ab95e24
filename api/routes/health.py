"""Whether the service is there, and how far the record reaches."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict

from api.access.roles import PREFIX
from api.deps import SiteDep
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


@router.get("/healthz")
def healthz(site: SiteDep) -> Health:
    """Alive, and the record can be read."""
    with site.read_session() as session:
        head(session)
    return Health()


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
