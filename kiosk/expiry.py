"""Crops that wait for consent go when their time is over or the desk says so, also while a stalled stream brings no
frame.

door's thread    waits for an item ─► works on it ─► waits …
expiry's thread  ····expires········   held off      ····expires···
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from time import monotonic

from kiosk.identity import ConsentGate
from kiosk.types import Blind, Frame

EVERY_S = 1.0


def expiring(
    gate: ConsentGate, source: Iterable[Frame | Blind], act: Callable[[], None] = lambda: None
) -> Iterator[Frame | Blind]:
    """The items of ``source``. Whenever the next one is waited for, ``gate`` is told how capture time goes on by this
    machine's clock; while an item is worked on, the gate is the caller's alone. ``act`` does what else concerns the
    gate: after each item, and every second while none comes."""
    ended, working = threading.Event(), threading.Lock()
    seen_t, seen_s = 0.0, monotonic()

    def expire() -> None:
        while not ended.wait(EVERY_S):
            with working:
                gate.expire(seen_t + monotonic() - seen_s)
                act()

    thread = threading.Thread(target=expire, name="expiry", daemon=True)
    thread.start()
    try:
        for item in source:
            with working:
                yield item
                act()
                if isinstance(item, Frame):
                    seen_t, seen_s = item.t, monotonic()
    finally:
        ended.set()
        thread.join()
