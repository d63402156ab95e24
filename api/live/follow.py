"""How far the ledger reaches, looked up for everybody who listens at once. A listener reads the entries itself, from
the last one it was told of: so none is missed, nothing piles up in memory for a slow one, and what it may know is what
it may know at that moment."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from models.base import ModelsError
from models.ledger.read import head
from models.session import ReadSession
from models.site import Site

POLL_S = 0.25
MOST, MOST_EACH = 200, 20
"""Listeners of one process, and of one user or device: nobody takes the place of all others."""

log = logging.getLogger("api.live")


class Follower:
    """Looks at the head of the ledger every `POLL_S` while somebody listens. Everything here belongs to the thread of
    the event loop, but the look itself."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._head = 0
        self._moved = asyncio.Condition()
        self._wanted = asyncio.Event()
        self.listeners = 0
        self._of_each = Counter[str]()
        self.is_open = False

    def has_room(self, who: str) -> bool:
        """Whether ``who`` (id of a user or device) may listen once more."""
        return self.listeners < MOST and self._of_each[who] < MOST_EACH

    @contextmanager
    def listening(self, who: str) -> Iterator[None]:
        """``who`` listens for the length of the block."""
        self.listeners += 1
        self._of_each[who] += 1
        self._wanted.set()
        try:
            yield
        finally:
            self.listeners -= 1
            self._of_each -= Counter({who: 1})
            if not self.listeners:
                self._wanted.clear()

    async def beyond(self, seq: int, *, within_s: float) -> bool:
        """Wait until there is an entry after ``seq``, or the follower is closed; False when ``within_s`` passed before
        that."""
        async with self._moved:
            try:
                await asyncio.wait_for(self._moved.wait_for(lambda: self._head > seq or not self.is_open), within_s)
            except TimeoutError:
                return False
        return True

    async def run(self) -> None:
        """Follow the ledger until cancelled."""
        self.is_open = True
        try:
            while True:
                await self._wanted.wait()
                await self._look()
                await asyncio.sleep(POLL_S)
        finally:
            self.is_open = False
            async with self._moved:
                self._moved.notify_all()

    async def _look(self) -> None:
        try:
            now = await asyncio.to_thread(self._read)
        except ModelsError as error:  # the database may be back at the next look
            log.warning("events: %s", error)
            return
        if now > self._head:
            async with self._moved:
                self._head = now
                self._moved.notify_all()

    def _read(self) -> int:
        with self._site.read_session() as session:
            return last_seq(session)


def last_seq(session: ReadSession) -> int:
    """The number of the last entry; 0 in an empty ledger."""
    last = head(session)
    return last.seq if last else 0
