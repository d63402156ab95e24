"""Puts presentation time stamps (PTS) on one axis of seconds, and says where pictures are missing from it."""

from __future__ import annotations

from kiosk.types import Blind, BlindReason

STEP_BACK_S = 1.0
AHEAD_OF_CLOCK_S = 10.0
ERROR_MEMORY_S = 1.0


class Axis:
    """Seconds since the first picture, strictly increasing, from PTS.

    A picture without PTS follows the last one by what the clock says, or by a nominal interval where there is no
    clock (a file). A PTS that steps back a little is unusable: its picture is dropped. One that steps back by more
    than a second, or runs ahead of the clock by more than ten, is a restarted clock; so is a new session after a
    reconnect (``restart``): the axis goes on as if that picture had no PTS, and the step is reported.
    """

    def __init__(self, *, interval_s: float) -> None:
        self.last_t = 0.0
        self.last_clock_s: float | None = None
        self._interval_s = interval_s
        self._origin_s: float | None = None
        self._begun = False

    def restart(self) -> None:
        """The next PTS has nothing to do with those before it."""
        self._origin_s = None

    def place(self, pts_s: float | None, *, clock_s: float | None = None) -> tuple[float | None, bool]:
        """``t`` of the next picture (None: drop it) and whether the clock of the PTS was restarted before it.

        ``pts_s`` seconds on the stream's own clock, ``clock_s`` a monotonic clock's seconds (None: a file).

        >>> axis = Axis(interval_s=0.04)
        >>> [axis.place(pts) for pts in (7.0, 7.04, 7.03, 7.08, 0.0)]
        [(0.0, False), (0.04, False), (None, False), (0.08, False), (0.12, True)]
        """
        if not self._begun:
            self._begun, t, restarted = True, 0.0, False
        else:
            passed_s = self._passed_s(clock_s)
            t = self.last_t + passed_s
            restarted = False
            if pts_s is not None and self._origin_s is not None:
                by_pts = pts_s - self._origin_s
                ahead_s = by_pts - t if clock_s is not None else 0.0
                restarted = by_pts < self.last_t - STEP_BACK_S or ahead_s > AHEAD_OF_CLOCK_S
                t = t if restarted else by_pts
            t = round(t, 6)
            if t <= self.last_t:
                return None, False
        if pts_s is not None and (restarted or self._origin_s is None):
            self._origin_s = pts_s - t
        self.last_t, self.last_clock_s = t, clock_s
        return t, restarted

    def _passed_s(self, clock_s: float | None) -> float:
        if clock_s is None or self.last_clock_s is None:
            return self._interval_s
        return max(clock_s - self.last_clock_s, 1e-3)


class Gaps:
    """Turns the instants of the pictures handed over into blind stretches between them."""

    def __init__(self, *, shortest_s: float) -> None:
        self.last_t: float | None = None
        self._shortest_s = shortest_s

    def see(self, t: float, cause: BlindReason | None = None) -> Blind | None:
        """The stretch before the picture at ``t`` s, if it is too long or something is known to have happened in it.

        >>> gaps = Gaps(shortest_s=0.25)
        >>> gaps.see(0.0), gaps.see(0.2), gaps.see(0.9)
        (None, None, Blind(from_t=0.2, to_t=0.9, reason='frames dropped'))
        """
        last, self.last_t = self.last_t, t
        if last is None or (cause is None and t - last <= self._shortest_s):
            return None
        return Blind(from_t=last, to_t=t, reason=cause or "frames dropped")


class ErrorMemory:
    """Whether a missing picture goes back to a decode error: a threaded decoder reports one a few pictures early."""

    def __init__(self) -> None:
        self._count = 0
        self._until_t = float("-inf")

    def explains(self, *, last_t: float, t: float, interval_s: float, decode_errors: int) -> bool:
        """True if pictures are missing between ``last_t`` and ``t`` (s) and an error was counted shortly before."""
        if decode_errors > self._count:
            self._count, self._until_t = decode_errors, last_t + ERROR_MEMORY_S
        explained = last_t <= self._until_t and t - last_t > 1.5 * interval_s
        if explained:
            self._until_t = float("-inf")
        return explained
