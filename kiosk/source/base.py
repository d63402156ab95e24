"""What every source is: an explicit state, counters, and one iterator of frames and blind stretches."""

from __future__ import annotations

import logging
import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from types import TracebackType

import numpy as np
from av.video.frame import VideoFrame

from kiosk.source.lens import LensWatch
from kiosk.types import Blind, Frame, KioskError
from recognition.types import Image

log = logging.getLogger("kiosk.source")


class SourceError(KioskError):
    """A source cannot be opened or went away for good; one line, without credentials."""


class State(Enum):
    """Where a source is in its life; ``ALLOWED_FROM`` says which steps there are."""

    CLOSED = "closed"
    OPENING = "opening"
    RUNNING = "running"
    RECONNECTING = "reconnecting"
    ENDED = "ended"
    FAILED = "failed"


ALLOWED_FROM: Mapping[State, frozenset[State]] = {
    State.OPENING: frozenset({State.CLOSED}),
    State.RUNNING: frozenset({State.OPENING, State.RECONNECTING}),
    State.RECONNECTING: frozenset({State.RUNNING, State.RECONNECTING}),
    State.ENDED: frozenset({State.RUNNING}),
    State.FAILED: frozenset({State.OPENING, State.RUNNING, State.RECONNECTING}),
    State.CLOSED: frozenset(State),
}


@dataclass(frozen=True, kw_only=True)
class Counters:
    """What happened so far: frames ``read`` (decoded), ``dropped`` unseen, ``decode_errors``, ``reconnects``."""

    read: int = 0
    dropped: int = 0
    decode_errors: int = 0
    reconnects: int = 0


def redact(uri: str) -> str:
    """``uri``, or any text that quotes one, without user name and password.

    >>> redact("rtsp://admin:s3cret@10.0.0.8:554/h264?user=a&password=b")
    'rtsp://***@10.0.0.8:554/h264?user=***&password=***'
    >>> redact("door.mp4")
    'door.mp4'
    """
    text = re.sub(r"(?<=://)[^\s'\"]*@", "***@", uri)
    secret_keys = r"([?&](?:user|username|usr|login|password|passwd|pwd|pass|token|key|auth)=)[^&\s'\"]*"
    return re.sub(secret_keys, r"\1***", text, flags=re.IGNORECASE)


Picture = VideoFrame | Image
"""As a reader delivers it; ``to_bgr`` makes the array, so that a dropped picture is never converted."""


def to_bgr(picture: Picture) -> Image:
    """A picture as (H, W, 3) BGR uint8."""
    return picture if isinstance(picture, np.ndarray) else np.asarray(picture.to_ndarray(format="bgr24"), np.uint8)


def nominal_fps(announced: float) -> float:
    """Frames per second as announced, or 25 where that is nonsense (0, a clock rate).

    >>> nominal_fps(12.5), nominal_fps(90_000.0)
    (12.5, 25.0)
    """
    return announced if 1.0 <= announced <= 240.0 else 25.0


class Source(ABC):
    """A camera, stream or file as an iterator of ``Frame | Blind``, in the order of ``t``; a context manager.

    A ``Blind`` comes before the first frame after it. Iterate once, from one thread; ``close`` may be called from
    any thread and ends the iteration. Lens watching (``kiosk.source.lens``) is built in.
    """

    width: int
    height: int
    fps: float
    """Nominal frames per second; the true instants are in ``Frame.t``."""
    duration_s: float | None
    """Announced length in seconds; None for a live source or where the file does not say."""
    live: bool
    started_at: datetime
    """Aware UTC instant of the first frame (``t == 0``)."""

    def __init__(self, uri: str) -> None:
        self.name = redact(uri)
        self._state = State.CLOSED
        self._counters = Counters()
        self._lock = threading.Lock()

    @property
    def state(self) -> State:
        return self._state

    @property
    def counters(self) -> Counters:
        return self._counters

    def at(self, t: float) -> datetime:
        """The UTC instant of ``t`` seconds on this source's axis."""
        return self.started_at + timedelta(seconds=t)

    def __enter__(self) -> Source:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def __iter__(self) -> Iterator[Frame | Blind]:
        """Frames and blind stretches until the source ends or is closed.

        Raises SourceError when a live source is given up for good, or pictures change their size.
        """
        lens = LensWatch()
        for item in self._items():
            if isinstance(item, Frame):
                if item.image.shape[:2] != (self.height, self.width):
                    self._enter(State.FAILED)
                    size = f"{item.image.shape[1]} x {item.image.shape[0]}"
                    was = f"{self.width} x {self.height}"
                    raise SourceError(
                        f"{self.name}: pictures are {size} now and were {was}; the doorway file fits one size"
                    )
                if covered := lens.see(item.t, item.image):
                    yield covered
            yield item
        if covered := lens.end():
            yield covered

    @abstractmethod
    def close(self) -> None:
        """Let go of the file, device or connection and wait for the reader; closing twice does nothing."""

    @abstractmethod
    def _items(self) -> Iterator[Frame | Blind]: ...

    def _count(self, *, read: int = 0, dropped: int = 0, decode_errors: int = 0, reconnects: int = 0) -> None:
        with self._lock:
            now = self._counters
            self._counters = replace(
                now,
                read=now.read + read,
                dropped=now.dropped + dropped,
                decode_errors=now.decode_errors + decode_errors,
                reconnects=now.reconnects + reconnects,
            )

    def _enter(self, state: State) -> bool:
        """Take a step if it is allowed from here; a source that was closed meanwhile stays closed (False)."""
        with self._lock:
            if self._state not in ALLOWED_FROM[state]:
                return False
            self._state = state
            return True
