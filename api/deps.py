"""What routes ask for: the open site, the instant, who is asking; and the shape of a list.

A route opens its own session, `with site.write_session() as session:`, inside its body: a session that spanned the
request would hold the database's write lock while the answer is on its way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Request
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


class Listed(BaseModel, Generic[T]):
    """A list."""

    items: Sequence[T]
