"""Puts the door's entries on record from a thread of its own: a slow, full or locked disk never stops the door."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from time import monotonic

from kiosk.record.owed import Owed, loss_of, together
from kiosk.record.pen import Pen
from kiosk.record.told import is_told
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


@dataclass(frozen=True, kw_only=True)
class Left:
    """What could not be put on record until the end: how many ``entries``, and the last refusal (``why``)."""

    entries: int
    why: str | None


class Journal:
    """Entries go in from any thread and never wait; they are durable some milliseconds later, in the order they came.

    ``by`` is the device that records, ``clock`` gives now (aware). While the database refuses (disk full, locked),
    entries wait in memory; those there is no room for are counted and become a `lost` entry once it takes them again,
    also when that is at a later start: until then they are noted in ``owed``.
    """

    def __init__(self, pen: Pen, owed: Owed, *, by: str, clock: Callable[[], datetime]) -> None:
        self._pen, self._owed, self._by, self._clock = pen, owed, by, clock
        self._changed = threading.Condition()
        self._waiting: deque[Recordable] = deque()
        self._lost: Lost | None = None
        self._why: str | None = None
        self._sealed_at = monotonic()
        self._until: float | None = None
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def put(self, *entries: Recordable) -> None:
        """Have entries put on record."""
        if not entries:
            return
        with self._changed:
            room = WAITING - len(self._waiting)
            self._waiting.extend(entries[:room])
            self._lost = together(self._lost, loss_of(entry.at for entry in entries[room:]))
            self._changed.notify()

    def lose(self, instants: Iterable[datetime]) -> None:
        """Have it put on record that entries of these instants (aware) are lost."""
        with self._changed:
            self._lost = together(self._lost, loss_of(instants))
            self._changed.notify()

    @property
    def refused(self) -> int:
        """How many entries wait because the record refuses them; 0 while it takes them."""
        return len(self._waiting) if self._why else 0

    def close(self, limit_s: float = 10.0) -> Left:
        """Put on record what waits and seal the head; a record that refuses is asked for about ``limit_s`` seconds, and
        what it still refuses is noted for the next start."""
        with self._changed:
            self._until = monotonic() + limit_s
            self._changed.notify()
        self._thread.join()
        left = together(self._lost, loss_of(entry.at for entry in self._waiting))
        if left is None:
            self._seal()
            return Left(entries=0, why=None)
        self._owed.add(left)
        return Left(entries=left.count, why=self._why)

    def _run(self) -> None:
        self._settle()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._lost or self._until, timeout=SEAL_S)
                until = self._until
                batch = list(islice(self._waiting, TOGETHER))
                lost, self._lost = self._lost, None
            if not (batch or lost):
                if until:
                    return
            elif not self._stored(batch, lost):
                if until and monotonic() > until:
                    return
                self._pause(until)
            if monotonic() - self._sealed_at > SEAL_S:
                self._seal()

    def _pause(self, until: float | None) -> None:
        """For a while, or until it is to end."""
        with self._changed:
            self._changed.wait_for(lambda: self._until != until, timeout=AGAIN_S)

    def _settle(self) -> None:
        """Put on record what an earlier run of a door lost at its end."""

        def record(lost: Lost) -> None:
            def store(site: Site) -> None:
                with site.write_session() as session:
                    if not is_told(session, lost):  # a kill may have come between the entry and its note's end
                        append(session, [lost], at=self._clock(), by=self._by)

            self._pen(store)

        try:
            self._owed.settle(record)
        except ModelsError as error:
            log.warning("what an earlier run lost is put on record at the next start: %s", error)

    def _stored(self, batch: Sequence[Recordable], lost: Lost | None) -> bool:
        def store(site: Site) -> None:
            with site.write_session() as session:
                append(session, [*batch, lost] if lost else batch, at=self._clock(), by=self._by)

        try:
            self._pen(store)
        except ModelsError as error:
            if str(error) != self._why:
                log.warning("the door's entries wait in memory: %s", error)
            self._why = str(error)
            with self._changed:
                self._lost = together(lost, self._lost)
            return False
        with self._changed:
            for _ in batch:
                self._waiting.popleft()
        self._why = None
        return True

    def _seal(self) -> None:
        self._sealed_at = monotonic()
        try:
            sealed = self._pen(lambda site: seal_head(site, self._clock()))
        except ModelsError as error:
            log.warning("no checkpoint was written: %s", error)
            return
        if sealed.told:
            log.warning("%s", sealed.told)
