"""What is happening now: the stream of events, and figures for Prometheus."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from api.access.roles import PREFIX
from api.deps import ActorDep, SiteDep
from api.errors import ApiError
from api.live.service import Live
from api.live.stream import Events, Listener, stream

router = APIRouter(prefix=PREFIX, tags=["health"])

LastEventId = Annotated[
    int | None,
    Header(ge=0, lt=2**53, description="number of the last entry you were told of; left out: from now on"),
]
STREAM = "id: the number of an entry; event: its kind; data: JSON with what you may know of it"


@router.get("/events", responses={200: {"description": STREAM, "content": {"text/event-stream": {}}}})
def events(request: Request, actor: ActorDep, site: SiteDep, last_event_id: LastEventId = None) -> Events:
    """Follow the ledger, as server-sent events: a comment every 15 seconds, no entry missed after `Last-Event-ID`.
    A kiosk is told of arrivals only, an agent or liaison of what concerns them."""
    live = _live(request)
    if not live.follower.is_open:
        raise ApiError(503, "not_listening")
    if not live.follower.has_room(actor.id):
        raise ApiError(429, "too_many")
    listener = Listener(site=site, request=request, actor=actor)
    return Events(stream(listener, live.follower, last_event_id, live.keep_alive_s))


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(request: Request) -> PlainTextResponse:
    """Figures of this process and the site, in Prometheus's text format."""
    return PlainTextResponse(generate_latest(_live(request).metrics.registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _live(request: Request) -> Live:
    live: Live = request.app.state.live
    return live
