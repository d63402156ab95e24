"""One listener's stream of events, as text/event-stream (WHATWG HTML, 9.2): id the number of the entry, event its kind,
data JSON of what this listener may know of it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from api.access.actor import Actor
from api.access.gate import COOKIE, now_of
from api.access.roles import Role
from api.access.rows import sight_of
from api.live.follow import Follower, last_seq
from api.live.pseudonymous import Told, told_to, told_to_kiosk
from models.access import device_of, user_of
from models.base import ModelsError
from models.ledger.read import entries
from models.site import Site

KEEP_ALIVE_S = 15.0
"""How often a quiet stream says that it is there, and looks whether its listener may still listen: so it does before
it tells anything, too."""

BATCH = 500
"""Entries read in one go."""

RECONNECT_MS = 2000
STUCK_S = 30.0
"""A client that takes nothing for so long is dropped. It asks anew, and misses nothing."""

log = logging.getLogger("api.live")


@dataclass(frozen=True, kw_only=True)
class Event:
    """What a listener is told of entry ``seq``."""

    seq: int
    kind: str
    data: Told


@dataclass(frozen=True, kw_only=True)
class Listener:
    """Somebody who listens: the ``request`` they came with, and who they are."""

    site: Site
    request: Request
    actor: Actor

    def start(self, last_told: int | None) -> int:
        """After which entry they are told: the ``last_told`` one, else the last there is."""
        with self.site.read_session() as session:
            last = last_seq(session)
        return last if last_told is None else min(last_told, last)

    def read(self, after: int) -> tuple[Sequence[Event], int, bool]:
        """What they may know of the next `BATCH` entries after number ``after``, up to which number that is, and
        whether it is the end of the ledger."""
        with self.site.read_session() as session:
            last = last_seq(session)
            upto = min(last, after + BATCH)
            sight = sight_of(session, self.actor)
            is_kiosk = self.actor.role is Role.KIOSK
            told = [
                Event(seq=one.seq, kind=one.kind, data=data)
                for one in entries(session, first=after + 1, last=upto)
                if (data := told_to_kiosk(one) if is_kiosk else told_to(session, sight, one)) is not None
            ]
        return told, max(upto, after), upto >= last

    def may_listen(self) -> bool:
        """Whether their session or device is still good. A stream is no use of a session: it ends where nobody does
        anything else with it."""
        kind, _, token = self.request.headers.get("authorization", "").partition(" ")
        with self.site.read_session() as session:
            if kind.lower() == "device":
                return self.actor.id == f"device:{device_of(session, token)}"
            found = user_of(session, self.request.cookies.get(COOKIE, ""), at=now_of(self.request))
        if found is None:
            return False
        one = found[0]
        return self.actor == Actor(
            id=f"user:{one.id}", role=Role(one.role), person=one.person, distributor=one.distributor
        )


async def stream(
    listener: Listener, follower: Follower, last_told: int | None, keep_alive_s: float
) -> AsyncIterator[ServerSentEvent]:
    """The listener's events, until it may listen no more, the service stops or the record cannot be read: then the
    client asks anew, and is told why not."""
    clock = asyncio.get_running_loop().time
    who = listener.actor.id
    if not follower.has_room(who):  # many may have been let in at once
        return
    try:
        with follower.listening(who):
            after = await asyncio.to_thread(listener.start, last_told)
            yield ServerSentEvent(comment="listening", retry=RECONNECT_MS)
            looked = clock()
            while follower.is_open:
                told, after, is_end = await asyncio.to_thread(listener.read, after)
                if told and not await asyncio.to_thread(listener.may_listen):
                    return
                for event in told:
                    yield _sent(event)
                if clock() - looked >= keep_alive_s:
                    if not await asyncio.to_thread(listener.may_listen):
                        return
                    yield ServerSentEvent(comment="still here")
                    looked = clock()
                if is_end:
                    await follower.beyond(after, within_s=max(0.0, looked + keep_alive_s - clock()))
    except ModelsError:
        return


def _sent(event: Event) -> ServerSentEvent:
    data = json.dumps(event.data, ensure_ascii=False, separators=(",", ":"))
    return ServerSentEvent(data, event=event.kind, id=str(event.seq))


class Events(EventSourceResponse):
    """The answer that carries a stream."""

    def __init__(self, events: AsyncIterator[ServerSentEvent]) -> None:
        super().__init__(events, ping=0, send_timeout=STUCK_S)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream, until it ends or nobody takes it."""
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            log.warning("events: a client took nothing for %g s and was dropped", STUCK_S)
