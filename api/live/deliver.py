"""The worker that tells webhooks: a thread of its own, so that a receiver that hangs keeps nobody else waiting."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import date
from threading import Event, Thread
from typing import Literal

from api.clock import Clock
from api.live.pseudonymous import told
from api.live.send import TIMEOUT_S, message_body, send
from models.base import ModelsError
from models.desk.deliveries import Due, claim, clear_old, has_work, make_deliveries, settle
from models.ledger.read import entry
from models.session import ReadSession
from models.site import Site

POLL_S = 1.0
"""How often the worker looks for new entries."""

STOP_S = 15.0
"""How long a stop waits for an attempt that is under way: longer than that takes."""

State = Literal["stopped", "idle", "delivering"]

log = logging.getLogger("api.live")


class Deliverer:
    """Makes deliveries of new entries and tries those that are due, one round after the other. ``state`` is written by
    the worker alone; `start` and `stop` belong to whoever runs the service."""

    def __init__(self, site: Site, clock: Clock) -> None:
        self._site = site
        self._clock = clock
        self._stopping = Event()
        self._thread: Thread | None = None
        self._cleared: date | None = None
        self.state: State = "stopped"

    def start(self) -> None:
        """Begin to work."""
        self._stopping.clear()
        self._thread = Thread(target=self._work, name="webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the round that is under way. What was claimed in a round that takes too long is tried again when
        its lease is over."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(STOP_S)

    def round(self) -> int:
        """Try everything that is due now, a few of each webhook; how many there were. Raises ``ModelsError`` when the
        record cannot be read or written."""
        at = self._clock()
        with self._site.read_session() as session:
            if not has_work(session, at=at):
                return 0
        with self._site.write_session() as session:
            if self._cleared != at.date():
                clear_old(session, at=at)
            make_deliveries(session, at=at)
            due = claim(session, at=at)
            bodies = {one.id: _body(session, one.seq) for one in due}
        self._cleared = at.date()
        if due:
            statuses = asyncio.run(self._sent(due, bodies))
            with self._site.write_session() as session:
                for one, status in zip(due, statuses, strict=True):
                    settle(session, one, status=status, at=self._clock())
        return len(due)

    async def _sent(self, due: Sequence[Due], bodies: Mapping[str, bytes]) -> list[int]:
        now = self._clock()
        return await asyncio.gather(
            *(send(one.url, one.secret, bodies[one.id], message=one.id, now=now, timeout_s=TIMEOUT_S) for one in due)
        )

    def _work(self) -> None:
        try:
            while not self._stopping.is_set():
                self.state = "delivering"
                if not self._tried():
                    self.state = "idle"
                    self._stopping.wait(POLL_S)
        finally:
            self.state = "stopped"

    def _tried(self) -> int:
        try:
            return self.round()
        except ModelsError as error:  # the database may be back at the next round
            log.warning("webhooks: %s", error)
            return 0


def _body(session: ReadSession, seq: int) -> bytes:
    found = entry(session, seq)
    assert found is not None  # deliveries are made of entries, which stay
    return message_body(kind=found.kind, seq=found.seq, at=found.at, data=told(found) or {})
