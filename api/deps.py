"""What routes ask for: the open site, the instant, who is asking; and the shape of a list.

A route opens its own session, `with site.write_session() as session:`, inside its body: a session that spanned the
request would hold the database's write lock while the answer is on its way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel

from api.access.actor import Actor
from api.access.gate import now_of, site_of
from api.errors import ApiError
from models.site import Site

T = TypeVar("T")


def _actor(request: Request) -> Actor:
    """Whoever the gate let through; a route that asks for one is not public."""
    actor: Actor | None = request.state.actor
    if actor is None:
        raise ApiError(401, "unauthenticated")
    return actor


SiteDep = Annotated[Site, Depends(site_of)]
Now = Annotated[datetime, Depends(now_of)]
ActorDep = Annotated[Actor, Depends(_actor)]


SKEW = timedelta(minutes=1)
"""How far a client's clock may be ahead."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A stretch of a list that is told the newest first: at most ``limit`` entries with numbers below ``before``."""

    limit: int
    before: int | None


def _page(
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[int | None, Query(ge=1, lt=2**53, description="`next` of the page before")] = None,
) -> Page:
    return Page(limit=limit, before=before)


PageDep = Annotated[Page, Depends(_page)]


class Listed(BaseModel, Generic[T]):
    """A list, or a page of it: ``next`` is the ``before`` of the following page, null on the last one."""

    items: Sequence[T]
    next: int | None = None


def happened(at: datetime | None, now: datetime) -> datetime:
    """When something recorded now happened: ``at`` when it is given. Raises ``ApiError`` 422 for the future."""
    if at is None:
        return now
    if at > now + SKEW:
        raise ApiError(422, "future", field="at")
    return min(at, now)
