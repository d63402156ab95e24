"""A live camera: a reader thread that never lags, reconnects by itself, and owns up to what it missed.

    reader thread                                 caller's thread
    session.read -> Axis.place -> NewestPictures -> Gaps.see -> Frame | Blind
         ^   |
         +---+ lost: back off, open again

The reader thread alone touches the session. Close is: stop event, wait for the reader (at most the session's own
time-out), which closes the session on its way out.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from kiosk.source.base import Picture, Source, SourceError, State, log, to_bgr
from kiosk.source.session import TIMEOUT_S, OpenSession, Session, SessionLostError
from kiosk.source.timeline import Axis, ErrorMemory, Gaps
from kiosk.types import Blind, BlindReason, Frame

QUEUE_LENGTH = 2
SHORTEST_GAP_S = 0.5
BACKOFF_S = (0.5, 30.0)
SETTLING_S = 3.0
"""Longest time after connecting in which pictures that were buffered are thrown away."""
SLEW = 1e-3
"""Seconds per second by which ``at`` may be moved after our clock: a camera's own runs off by seconds a day."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Taken:
    t: float
    picture: Picture
    cause: BlindReason | None


class NewestPictures:
    """Hand-over between two threads that drops the oldest picture when the taker is slow ("drop oldest").

    What is known about a dropped picture's gap stays with the next one.
    """

    def __init__(self) -> None:
        self._waiting: deque[_Taken] = deque()
        self._changed = threading.Condition()
        self._ended = False

    def put(self, item: _Taken) -> int:
        """Hand over a picture; how many were dropped for it."""
        with self._changed:
            self._waiting.append(item)
            dropped = len(self._waiting) > QUEUE_LENGTH
            if dropped:
                oldest = self._waiting.popleft()
                self._waiting[0] = replace(self._waiting[0], cause=oldest.cause or self._waiting[0].cause)
            self._changed.notify()
            return int(dropped)

    def take(self) -> _Taken | None:
        """The oldest picture not dropped, waited for; None once ended and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended)
            return self._waiting.popleft() if self._waiting else None

    def end(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()


class LiveSource(Source):
    """A network stream or a camera index.

    ``t`` follows the stream's PTS; over a reconnect, after which PTS start anew, it goes on by what our monotonic
    clock says passed between the last picture and the first one after (good to the network's jitter). ``started_at``
    is our clock when the first picture had arrived, and ``at`` is kept to our clock by at most 1 ms per second, so a
    camera's own clock never shows in it. Pictures buffered while connecting are dropped: they say nothing about now.

    After a lost connection it tries again for ever, or for ``reconnect_for_s``; waits double from 0.5 s to 30 s with
    jitter. Iterating raises SourceError when it gives up or when the size of the picture changes.
    """

    live = True
    duration_s = None

    def __init__(self, uri: str, open_session: OpenSession, *, reconnect_for_s: float | None = None) -> None:
        super().__init__(uri)
        self._open_session = open_session
        self._reconnect_for_s = reconnect_for_s
        self._stop = threading.Event()
        self._first_seen = threading.Event()
        self._newest = NewestPictures()
        self._error: str | None = None
        self._skew_s = 0.0
        self._wait_s = BACKOFF_S[0]
        self._enter(State.OPENING)
        try:
            session = open_session(self._count_decode_error)
        except SourceError:
            self._enter(State.FAILED)
            raise
        self.fps = session.fps
        self._axis, self._errors = Axis(interval_s=1.0 / self.fps), ErrorMemory()
        self._gaps = Gaps(shortest_s=max(SHORTEST_GAP_S, 3.0 / self.fps))
        self._reader = threading.Thread(target=self._run, args=(session,), name=f"reader {self.name}", daemon=True)
        self._reader.start()
        if not self._first_seen.wait(SETTLING_S + 2 * TIMEOUT_S) or self._axis.last_clock_s is None:
            self._enter(State.FAILED)
            self._join()
            raise SourceError(self._error or f"{self.name}: connected, but no picture came")

    def at(self, t: float) -> datetime:
        return super().at(t + self._skew_s)

    def close(self) -> None:
        self._enter(State.CLOSED)
        self._join()

    def _join(self) -> None:
        self._stop.set()
        self._newest.end()
        self._reader.join()

    def _items(self) -> Iterator[Frame | Blind]:
        while (taken := self._newest.take()) is not None and not self._stop.is_set():
            if blind := self._gaps.see(taken.t, taken.cause):
                log.warning("%s: blind from %.3f s to %.3f s: %s", self.name, blind.from_t, blind.to_t, blind.reason)
                yield blind
            yield Frame(image=to_bgr(taken.picture), t=taken.t, at=self.at(taken.t))
        if self._error is not None and self._axis.last_clock_s is not None:
            now_t = self._axis.last_t + time.monotonic() - self._axis.last_clock_s
            yield Blind(from_t=self._axis.last_t, to_t=now_t, reason="stream cut")
        if self.state is State.FAILED:
            raise SourceError(self._error or f"{self.name}: reading stopped in a way nobody foresaw; see the log")

    def _run(self, session: Session | None) -> None:
        try:
            while session is not None:
                try:
                    self._read(session)
                    return
                except SessionLostError as lost:
                    log.warning("%s: %s", self.name, lost)
                    self._error = f"{self.name}: {lost}"
                finally:
                    session.close()
                session = self._reconnect()
        finally:
            self._enter(State.FAILED)
            self._first_seen.set()
            self._newest.end()

    def _read(self, session: Session) -> None:
        """Read until stopped (returns) or lost (SessionLostError)."""
        cause: BlindReason | None = "stream cut" if self.state is State.RECONNECTING else None
        self._axis.restart()
        settled_by = time.monotonic() + SETTLING_S
        arrived_s = float("inf")  # the first picture may have waited in a buffer, however late it comes out
        is_settled = False
        for pts_s, picture in session.read():
            if self._stop.is_set():
                return
            last_arrived_s, arrived_s = arrived_s, time.monotonic()
            self._count(read=1)
            is_settled = is_settled or arrived_s - last_arrived_s > 0.5 / self.fps or arrived_s > settled_by
            if not is_settled:
                self._count(dropped=1)
                continue
            cause = self._hand_over(pts_s, picture, arrived_s, cause)

    def _hand_over(
        self, pts_s: float | None, picture: Picture, clock_s: float, cause: BlindReason | None
    ) -> BlindReason | None:
        """Place a picture and hand it over; the cause left for the next one where this one is unusable."""
        last_t = self._axis.last_t
        t, restarted = self._axis.place(pts_s, clock_s=clock_s)
        if t is None:
            self._count(dropped=1)
            return cause
        failed = self._errors.explains(
            last_t=last_t, t=t, interval_s=1.0 / self.fps, decode_errors=self.counters.decode_errors
        )
        cause = cause or ("decode error" if failed else "frames dropped" if restarted else None)
        self._keep_time(t, t - last_t, picture)
        self._count(dropped=self._newest.put(_Taken(t=t, picture=picture, cause=cause)))
        if self._enter(State.RUNNING):
            self._error, self._wait_s = None, BACKOFF_S[0]
            self._first_seen.set()
        return None

    def _keep_time(self, t: float, passed_s: float, picture: Picture) -> None:
        now = datetime.now(UTC)
        if self.state is State.OPENING:
            self.started_at = now - timedelta(seconds=t)
            self.height, self.width = to_bgr(picture).shape[:2]
            return
        off_s = (now - self.at(t)).total_seconds()
        self._skew_s += max(-SLEW * passed_s, min(SLEW * passed_s, off_s))

    def _reconnect(self) -> Session | None:
        """A new session, tried for until stopped or given up (None)."""
        if not self._enter(State.RECONNECTING):
            return None
        last_seen_s = self._axis.last_clock_s or 0.0
        while self._reconnect_for_s is None or time.monotonic() - last_seen_s < self._reconnect_for_s:
            if self._stop.wait(self._wait_s * random.uniform(0.5, 1.0)):
                return None
            self._wait_s = min(2.0 * self._wait_s, BACKOFF_S[1])
            try:
                session = self._open_session(self._count_decode_error)
            except SourceError as error:
                log.warning("%s", error)
                self._error = str(error)
                continue
            self._count(reconnects=1)
            return session
        return None

    def _count_decode_error(self) -> None:
        self._count(decode_errors=1)
