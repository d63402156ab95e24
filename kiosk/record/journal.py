"""Puts the door's entries on record from a thread of its own: a slow, full or locked disk never stops the door."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from models.base import ModelsError
from models.ledger.append import append
from models.ledger.kinds import Lost, Recordable
from models.ledger.seal import seal_head
from models.site import Site

log = logging.getLogger(__name__)

WAITING = 20_000
"""Entries that may wait for a disk that refuses them, some 1 kB each; one more is counted and lost."""

TOGETHER = 500
"""Entries of one transaction."""

AGAIN_S = 2.0
"""How long after a refusal the record is asked again."""

SEAL_S = 600.0
"""How often the head is sealed by a checkpoint outside the database."""

NO_ROOM = "the record refused them for too long"


@dataclass(frozen=True, kw_only=True)
class Left:
    """What could not be put on record until the end: how many ``entries``, and the last refusal (``why``)."""

    entries: int
    why: str | None


class Journal:
    """Entries go in from any thread and never wait; they are durable some milliseconds later, in the order they came.

    ``by`` is the device that records, ``clock`` gives now (aware). While the database refuses (disk full, locked),
    entries wait in memory; those there is no room for are counted and become a `lost` entry once it takes them again.
    """

    def __init__(self, site: Site, *, by: str, clock: Callable[[], datetime]) -> None:
        self._site, self._by, self._clock = site, by, clock
        self._changed = threading.Condition()
        self._waiting: deque[Recordable] = deque()
        self._lost: list[Recordable] = []
        self._lost_count = 0
        self._why: str | None = None
        self._sealed_at = monotonic()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def put(self, *entries: Recordable) -> None:
        """Have entries put on record."""
        with self._changed:
            for entry in entries:
                if len(self._waiting) < WAITING:
                    self._waiting.append(entry)
                else:
                    self._lost = [*self._lost[:1], entry]
                    self._lost_count += 1
            self._changed.notify()

    def close(self, limit_s: float = 30.0) -> Left:
        """Put on record what waits, within about ``limit_s`` seconds, and seal the head."""
        self._until = monotonic() + limit_s
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        left = len(self._waiting) + self._lost_count
        if not left:
            self._seal()
        return Left(entries=left, why=self._why if left else None)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing, timeout=SEAL_S)
                batch = [self._waiting[place] for place in range(min(TOGETHER, len(self._waiting)))]
            if not batch and self._closing:
                return
            if not self._stored(batch):
                if self._closing and monotonic() > self._until:
                    return
                with self._changed:
                    self._changed.wait_for(lambda: self._closing, timeout=AGAIN_S)
            if monotonic() - self._sealed_at > SEAL_S:
                self._seal()

    def _stored(self, batch: list[Recordable]) -> bool:
        lost, told = self._lost_count, self._told_losses()
        try:
            with self._site.write_session() as session:
                append(session, [*batch, *told], at=self._clock(), by=self._by)
        except ModelsError as error:
            if str(error) != self._why:
                log.warning("the door's entries wait in memory: %s", error)
            self._why = str(error)
            return False
        with self._changed:
            for _ in batch:
                self._waiting.popleft()
            self._lost_count -= lost
            self._lost = self._lost if self._lost_count else []
        return True

    def _told_losses(self) -> list[Recordable]:
        if not self._lost:
            return []
        first, last = self._lost[0].at, self._lost[-1].at
        return [Lost(at=min(first, last), until=max(first, last), count=self._lost_count, reason=NO_ROOM)]

    def _seal(self) -> None:
        self._sealed_at = monotonic()
        try:
            sealed = seal_head(self._site, self._clock())
        except ModelsError as error:
            log.warning("no checkpoint was written: %s", error)
            return
        if sealed.told:
            log.warning("%s", sealed.told)
