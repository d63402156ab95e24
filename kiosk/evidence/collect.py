"""What the door's thread does for the evidence: hand frames over, remember where faces were, cut out each crossing."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from kiosk.evidence.ring import REACH_S, FrameRing, RingFrame
from kiosk.evidence.veil import BEFORE_S, Box, Trail
from kiosk.pipeline import Arrival
from kiosk.track import MEMORY_S, Track
from kiosk.types import Frame

KEPT_S = 2 * REACH_S
"""Where faces were is remembered longer than the frames: it costs next to nothing."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Job:
    """One crossing to be written: its ``frames``, oldest first, how many more there should be (``lost``), and the
    ``trails`` of every face the door saw around that time."""

    arrival: Arrival
    frames: tuple[RingFrame, ...]
    lost: int
    trails: tuple[Trail, ...]


class Collector:
    """Cuts ``span_s`` seconds before and after each crossing out of the ring and hands them to ``submit``, as soon as
    the door has seen enough of what came after. Owned by the door's thread; nothing here waits."""

    def __init__(self, ring: FrameRing, submit: Callable[[Job], None], *, span_s: float) -> None:
        self._ring, self._submit, self._span_s = ring, submit, span_s
        self._pending: list[Arrival] = []
        self._times: deque[float] = deque()
        self._found: defaultdict[int, list[tuple[float, Box]]] = defaultdict(list)

    def see(self, frame: Frame, live: Iterable[Track]) -> None:
        """Take a frame after the pipeline has: ``live`` are the tracks in the picture, established or not."""
        self._ring.add(frame)
        self._times.append(frame.t)
        for track in live:
            if track.last.t == frame.t:
                self._found[track.number].append((frame.t, track.last.face.box_xyxy_px.astype(np.float64)))
        # a face found only after the last frame was there before, and one that is lost may come back
        ready_s = self._span_s + max(BEFORE_S, MEMORY_S)
        self._cut([arrival for arrival in self._pending if frame.t - arrival.crossing.t > ready_s])
        self._forget(frame.t - KEPT_S)

    def arrived(self, arrival: Arrival) -> None:
        """Somebody crossed: keep what is around it."""
        self._pending.append(arrival)

    def finish(self) -> None:
        """The source has ended: nothing more will come after the last crossings."""
        self._ring.settle()
        self._cut(self._pending)

    def _cut(self, due: Iterable[Arrival]) -> None:
        for arrival in list(due):
            from_t, to_t = arrival.crossing.t - self._span_s, arrival.crossing.t + self._span_s
            frames = self._ring.between(from_t, to_t)
            passed = sum(from_t <= t <= to_t for t in self._times)
            trails = tuple(Trail.of(number, found) for number, found in self._found.items())
            self._pending.remove(arrival)
            self._submit(Job(arrival=arrival, frames=frames, lost=passed - len(frames), trails=trails))

    def _forget(self, before_t: float) -> None:
        while self._times and self._times[0] < before_t:
            self._times.popleft()
        for number, found in list(self._found.items()):
            if found[-1][0] < before_t:
                del self._found[number]
            elif found[0][0] < before_t:
                self._found[number] = [one for one in found if one[0] >= before_t]
