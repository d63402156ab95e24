"""What a running door says of itself, every few seconds: when its last word is old, it is not watching any more."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from time import monotonic

from kiosk.source.lens import is_flat
from kiosk.types import Frame
from models.base import ModelsError
from models.desk.doors import SAYS_EVERY_S, Blindness, DoorStanding, put_door_state
from models.site import Site

log = logging.getLogger(__name__)

LOOKED_EVERY_S = 1.0
"""How often the newest frame is looked at for a covered lens, in capture time."""


class Pulse:
    """Writes the state of ``door`` every `SAYS_EVERY_S` from a thread of its own: a slow database never holds up the
    door. ``is_cut`` tells whether the camera's stream is lost, ``waiting`` how many entries the record refuses,
    ``clock`` gives now (aware). Close it."""

    def __init__(
        self,
        site: Site,
        door: str,
        *,
        is_cut: Callable[[], bool],
        waiting: Callable[[], int],
        clock: Callable[[], datetime],
    ) -> None:
        self._site, self._door, self._is_cut, self._waiting, self._clock = site, door, is_cut, waiting, clock
        self._frame_at: datetime | None = None
        self._looked_t = float("-inf")
        self._covered = False
        self._frames = self._told_frames = 0
        self._told_s = monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)
        self._thread.start()

    def see(self, frame: Frame) -> None:
        """Take the newest frame, on the door's thread."""
        self._frame_at, self._frames = frame.at, self._frames + 1
        if frame.t - self._looked_t >= LOOKED_EVERY_S:
            self._looked_t, self._covered = frame.t, is_flat(frame.image)

    def close(self) -> None:
        """Say that the door was stopped."""
        self._ended.set()
        self._thread.join()
        self._say("stopped")

    def _run(self) -> None:
        self._say(self._blind())
        while not self._ended.wait(SAYS_EVERY_S):
            self._say(self._blind())

    def _blind(self) -> Blindness | None:
        return "stream cut" if self._is_cut() else "lens covered" if self._covered else None

    def _say(self, blind: Blindness | None) -> None:
        frames, now_s = self._frames, monotonic()
        fps = (frames - self._told_frames) / max(now_s - self._told_s, 1e-3)
        self._told_frames, self._told_s = frames, now_s
        standing = DoorStanding(
            door=self._door,
            at=self._clock(),
            frame_at=self._frame_at,
            fps=round(fps, 1),
            blind=blind,
            waiting=self._waiting(),
        )
        try:
            with self._site.write_session() as session:
                put_door_state(session, standing)
        except ModelsError as error:
            log.warning("door %s cannot say how it stands: %s", self._door, error)
