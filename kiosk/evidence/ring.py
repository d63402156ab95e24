"""The door's last frames, in memory, as JPEG. The door only hands its frames over; the ring's thread encodes them."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from queue import Full, Queue

import cv2
import numpy as np

from kiosk.types import Frame
from recognition.types import Image

REACH_S = 18.0
"""How far the ring reaches back: a crossing may be stated long after it happened, while its body stays at the sill."""

QUALITY = 88
WAITING = 16
"""Frames that may wait for the encoder, 2.8 MB each at 1280 x 720; one more is dropped and counted."""


@dataclass(frozen=True, kw_only=True)
class RingFrame:
    """One frame as ``jpeg``, taken at ``t`` seconds of capture time and ``at`` (aware UTC)."""

    jpeg: bytes
    t: float
    at: datetime


class FrameRing:
    """Frames of the last `REACH_S` seconds. ``patient``: wait for the encoder instead of dropping a frame, for a film
    that is read faster than it was taken. Close it."""

    def __init__(self, *, patient: bool = False) -> None:
        self._patient = patient
        self._queue: Queue[Frame | None] = Queue(maxsize=WAITING)
        self._frames: deque[RingFrame] = deque()
        self._lock = threading.Lock()
        self.dropped = 0
        self._thread = threading.Thread(target=self._encode, name="evidence ring", daemon=True)
        self._thread.start()

    def add(self, frame: Frame) -> None:
        """Take a frame; never waits unless patient."""
        try:
            self._queue.put(frame, block=self._patient)
        except Full:
            self.dropped += 1

    def between(self, from_t: float, to_t: float) -> tuple[RingFrame, ...]:
        """The encoded frames from ``from_t`` to ``to_t`` seconds, both inside, oldest first."""
        with self._lock:
            return tuple(frame for frame in self._frames if from_t <= frame.t <= to_t)

    def settle(self) -> None:
        """Wait until every frame that was taken is encoded."""
        self._queue.join()

    def close(self) -> None:
        """End the encoder and let go of the frames."""
        self._queue.put(None)
        self._thread.join()
        self._frames.clear()

    def _encode(self) -> None:
        while (frame := self._queue.get()) is not None:
            encoded = RingFrame(jpeg=encode(frame.image), t=frame.t, at=frame.at)
            with self._lock:
                self._frames.append(encoded)
                while frame.t - self._frames[0].t > REACH_S:
                    self._frames.popleft()
            self._queue.task_done()


def encode(image: Image) -> bytes:
    """An (H, W, 3) BGR uint8 picture as JPEG.

    >>> decode(encode(np.full((16, 16, 3), 90, np.uint8)))[0, 0].tolist()
    [90, 90, 90]
    """
    _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return jpeg.tobytes()


def decode(jpeg: bytes) -> Image:
    """A JPEG as (H, W, 3) BGR uint8. Raises ValueError when it is none."""
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError("not a JPEG")
    return np.asarray(image, np.uint8)
