"""Puts PTS on one axis of seconds, and says where the axis has holes."""

from __future__ import annotations

from kiosk.types import Blind

SHORTEST_GAP_S = 0.25
LONGEST_GAP_INTERVALS = 3.0
CLOCK_RESTART_S = 1.0


class FileTimeline:
    """The instants of a file's frames: seconds since the first PTS, strictly increasing.

    A frame without PTS follows the last one by a nominal interval. A PTS that steps back a little is unusable and its
    frame is dropped; one that steps back by more than a second is a restarted clock: the axis goes on one interval
    later, and the stretch is blind because nobody knows how long it was.
    """

    def __init__(self, *, interval_s: float) -> None:
        self._interval_s = interval_s
        self._origin_s: float | None = None
        self._last_t: float | None = None
        self._errors = 0

    def place(self, pts_s: float | None, *, decode_errors: int) -> tuple[float | None, Blind | None]:
        """``t`` of the next frame (None: drop it) and the hole before it; ``decode_errors`` is the count so far."""
        if self._last_t is None:
            self._origin_s = pts_s
            self._last_t, self._errors = 0.0, decode_errors
            return 0.0, None
        last = self._last_t
        if self._origin_s is None and pts_s is not None:
            self._origin_s = pts_s - last - self._interval_s
        t = last + self._interval_s if pts_s is None or self._origin_s is None else pts_s - self._origin_s
        restarted = t < last - CLOCK_RESTART_S
        if restarted and pts_s is not None:
            t = last + self._interval_s
            self._origin_s = pts_s - t
        if t <= last:
            return None, None
        failed, self._errors = decode_errors > self._errors, decode_errors
        self._last_t = t
        gap_s = t - last
        if failed and gap_s > 1.5 * self._interval_s:
            return t, Blind(from_t=last, to_t=t, reason="decode error")
        if restarted or gap_s > max(SHORTEST_GAP_S, LONGEST_GAP_INTERVALS * self._interval_s):
            return t, Blind(from_t=last, to_t=t, reason="frames dropped")
        return t, None

    def end(self, duration_s: float | None, decode_errors: int) -> Blind | None:
        """The missing tail of a file that announced ``duration_s`` seconds and stopped early or in an error."""
        last = self._last_t or 0.0
        tail_s = (duration_s or 0.0) - last
        if tail_s > max(SHORTEST_GAP_S, LONGEST_GAP_INTERVALS * self._interval_s):
            return Blind(from_t=last, to_t=last + tail_s, reason="decode error")
        return None
