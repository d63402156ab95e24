"""What runs beside the requests: started and stopped with the service."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from api.clock import Clock
from api.live.deliver import Deliverer
from api.live.follow import Follower
from api.live.metrics import Metrics
from api.live.seal import Sealer
from api.live.stream import KEEP_ALIVE_S
from models.scratch import clear_scratch
from models.site import Site

log = logging.getLogger("api.live")


class Live:
    """The follower of the ledger, the worker of the webhooks and the figures of one service."""

    def __init__(self, site: Site, clock: Clock, *, keep_alive_s: float = KEEP_ALIVE_S) -> None:
        self.keep_alive_s = keep_alive_s
        self.follower = Follower(site)
        self.deliverer = Deliverer(site, clock)
        self.metrics = Metrics(site, clock, self.follower, self.deliverer)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Run `app.state.live` and the sealer as long as the service. Streams end first, then the worker, and the sealer
    last: it vouches for all there is."""
    live: Live = app.state.live
    sealer = Sealer(app.state.opened, app.state.clock)
    await asyncio.to_thread(_clear, app.state.opened.now())
    following = asyncio.create_task(live.follower.run())
    live.deliverer.start()
    sealer.start()
    try:
        yield
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        await asyncio.to_thread(live.deliverer.stop)
        await asyncio.to_thread(sealer.stop)
        app.state.opened.close()


def _clear(site: Site) -> None:
    try:
        clear_scratch(site.folder)
    except OSError as error:
        log.warning("what an earlier run left for a moment stays: %s", error.strerror)
