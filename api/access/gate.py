"""The gate in front of every route: who asks, may they, and did their own page send it. Denied unless the table of
`api.access.table` says otherwise."""

from __future__ import annotations

import hmac
from datetime import datetime

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from api.access.actor import Actor
from api.access.roles import PREFIX, SECOND_FACTOR, Role
from api.access.table import MATRIX
from api.errors import ApiError
from api.opened import Opened
from models.access import Standing, device_of, seen, user_of
from models.access.secrets import digest
from models.site import Site

COOKIE = "menjian_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD"})

OWN_ACCOUNT = frozenset(
    {
        ("GET", f"{PREFIX}/me"),
        ("DELETE", f"{PREFIX}/session"),
        ("DELETE", f"{PREFIX}/me/sessions"),
        ("POST", f"{PREFIX}/me/password"),
        ("POST", f"{PREFIX}/me/code/offer"),
        ("POST", f"{PREFIX}/me/code"),
    }
)
"""All that is open to somebody who still has to change a one-time password or to enrol a second factor."""


def site_of(request: Request) -> Site:
    """The site this service runs on."""
    opened: Opened = request.app.state.opened
    return opened.now()


def now_of(request: Request) -> datetime:
    """Now, aware, by the service's clock."""
    now: datetime = request.app.state.clock()
    return now


async def gate(request: Request) -> None:
    """Let a request pass, with its actor in ``request.state.actor`` (None on a public route, which needs no thread
    here). Raises ``ApiError`` 401, 403."""
    place = (request.method, request.scope["route"].path)
    allowed = MATRIX.get(place, frozenset())
    request.state.actor = None
    if allowed is None:  # PUBLIC: also for somebody whose session is over
        return
    request.state.actor = await run_in_threadpool(_actor, request, place)
    if request.state.actor is None:
        raise ApiError(401, "unauthenticated")
    if request.state.actor.role not in allowed:
        raise ApiError(403, "forbidden")


def _actor(request: Request, place: tuple[str, str]) -> Actor | None:
    site, now = site_of(request), now_of(request)
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "device" and token:
        with site.read_session() as session:
            device = device_of(session, token)
        return Actor(id=f"device:{device}", role=Role.KIOSK) if device else None
    token = request.cookies.get(COOKIE, "")
    if not token:
        return None
    with site.read_session() as session:
        found = user_of(session, token, at=now)
    if found is None:
        return None
    standing, csrf, is_due = found
    if request.method not in SAFE and not hmac.compare_digest(digest(request.headers.get(CSRF_HEADER, "")), csrf):
        raise ApiError(403, "csrf")
    if is_due:
        with site.write_session() as writing:
            seen(writing, token, at=now)
    return _user(standing, place)


def _user(standing: Standing, place: tuple[str, str]) -> Actor:
    role = Role(standing.role)
    if place not in OWN_ACCOUNT:
        if standing.must_change:
            raise ApiError(403, "change_password")
        if role in SECOND_FACTOR and not standing.has_code:
            raise ApiError(403, "enrol_code")
    return Actor(id=f"user:{standing.id}", role=role, person=standing.person, distributor=standing.distributor)
