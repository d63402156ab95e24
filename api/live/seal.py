"""Seals the head of the ledger from a thread of the service: an office whose door does not run is vouched for too."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from threading import Event, Thread

from api.clock import Clock
from api.opened import Opened
from models.base import ModelsError
from models.ledger.read import head
from models.ledger.seal import seal_head
from models.site import Site

SEAL = timedelta(minutes=10)
"""How old a checkpoint is when the next one is made, as at a door."""

LOOK_S = 10.0
"""How often the thread looks whether it is time."""

STOP_S = 25.0
"""How long a stop waits for the last checkpoint: for a database and an authority that both keep silent."""

log = logging.getLogger("api.live")


class Sealer:
    """Seals what is not sealed yet, every `SEAL` and at the end. Of several services and doors on one record the first
    one does: whoever comes after finds a fresh checkpoint. `start` and `stop` belong to whoever runs the service."""

    def __init__(self, opened: Opened, clock: Clock, *, look_s: float = LOOK_S) -> None:
        self._opened, self._clock, self._look_s = opened, clock, look_s
        self._stopping = Event()
        self._thread = Thread(target=self._work, name="sealer", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Seal what is not sealed yet, and end."""
        self._stopping.set()
        self._thread.join(STOP_S)

    def _work(self) -> None:
        while not self._stopping.wait(self._look_s):
            self._look(every=SEAL)
        self._look(every=timedelta(0))

    def _look(self, *, every: timedelta) -> None:
        try:
            site, at = self._opened.now(), self._clock()
            if is_due(site, at, every=every) and (told := seal_head(site, at).told):
                log.warning("%s", told)
        except (ModelsError, OSError) as error:  # the next look may have more luck
            log.warning("no checkpoint was written: %s", error)


def is_due(site: Site, at: datetime, *, every: timedelta) -> bool:
    """Whether entries of the ledger stand under no checkpoint, and the last one is older than ``every`` at ``at``
    (aware), or from a time that has not come. Raises ``ModelsError`` when one of the two cannot be read."""
    sealed = site.checkpoints.last()
    if sealed is not None and timedelta(0) <= at - sealed.at < every:
        return False
    with site.read_session() as session:
        last = head(session)
    return last is not None and last.seq > (sealed.count if sealed else 0)
