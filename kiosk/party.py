"""Who came with whom: people who cross close in time and walk close together are one party.

Agents of two distributors are rivals and never one party, however close they walk: then the customer belongs to
whoever walked nearer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kiosk.crossing import Crossing

TOGETHER_S = 3.0
"""Crossings further apart than this are no party."""

TOGETHER_M = 2.2
"""Nor are people who walked further apart than this on average over what was seen of both."""

LOOK_BACK_S = 3.0
STEP_S = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class Member:
    """One arrival as parties see it: its ``arrival`` id, its crossing, when it was seen (seconds), the ``party`` it is
    in, and the ``distributor`` of a recognised agent."""

    arrival: str
    crossing: Crossing
    seen_from: float
    seen_to: float
    party: str
    distributor: str | None = None


def apart_m(one: Member, other: Member) -> float:
    """Mean distance on the floor (m) over the last seconds in which both were seen before the later crossing;
    infinite when they were never seen together."""
    end = min(max(one.crossing.t, other.crossing.t), one.seen_to, other.seen_to)
    start = max(end - LOOK_BACK_S, one.seen_from, other.seen_from)
    if end - start < 2 * STEP_S:
        return float("inf")
    times = np.arange(start, end, STEP_S)
    gaps = [np.hypot(*(one.crossing.walk.at(t)[0] - other.crossing.walk.at(t)[0])) for t in times]
    return float(np.mean(gaps))


def party_for(new: Member, earlier: Sequence[Member]) -> str:
    """The party of the nearest earlier arrival that ``new`` came with, or ``new.party`` when it came alone."""
    best, nearest = new.party, TOGETHER_M
    for other in earlier:
        if other.crossing.direction != new.crossing.direction or abs(other.crossing.t - new.crossing.t) > TOGETHER_S:
            continue
        rivals = {m.distributor for m in earlier if m.party == other.party and m.distributor}
        if new.distributor and rivals - {new.distributor}:
            continue
        distance = apart_m(new, other)
        if distance < nearest:
            best, nearest = other.party, distance
    return best
