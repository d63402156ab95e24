"""Where the joints of a walking body are: feet that stay on the floor in stance, arms that swing against the legs.

Feet fall a step apart, left and right in turn. Counted in steps, the foot of footfall `k` stands while the body is
between ``LEAD`` before it and ``TRAIL`` after it, then swings two steps ahead.

      body --->       g
    ------------------+-----------------> steps walked
        [k-LEAD .. k .. k+TRAIL]          footfall k on the floor
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, pi, sin

import numpy as np

from kiosk.doorway import Threshold
from kiosk.simulator.scene import Array, Walker, on_sill

LEAD, TRAIL = 0.40, 0.72
LIFT_M = 0.09
ANKLE_M, FOOT_M = 0.08, 0.25
HIP, THIGH, SHANK = 0.53, 0.245, 0.246
"""Over body height (Drillis and Contini, Body Segment Parameters, 1966)."""
UP = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True, kw_only=True, eq=False)
class Leg:
    """Joints (3,) X, Y, Z in metres; the sole's middle is ``ahead_m`` before the body, ``planted`` on the floor."""

    hip: Array
    knee: Array
    ankle: Array
    heel: Array
    toe: Array
    ahead_m: float
    planted: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Pose:
    """One body at one instant: ``foot`` is where its axis meets the floor, ``ahead`` and ``side`` unit vectors (the
    latter to the right in the picture for somebody who walks in), ``eyes`` (2, 3) left and right in the picture."""

    foot: Array
    ahead: Array
    side: Array
    eyes: Array
    legs: tuple[Leg, Leg]
    rise_m: float

    def at(self, *, side_m: float = 0.0, up_m: float = 0.0, ahead_m: float = 0.0) -> Array:
        """(3,) point of the body given in its own frame, metres."""
        return np.asarray(self.foot + side_m * self.side + up_m * UP + ahead_m * self.ahead, np.float64)


def pose(walker: Walker, threshold: Threshold, t: float) -> Pose:
    """The body of ``walker`` at ``t`` seconds."""
    here, there = on_sill(threshold, walker.course(np.array([t, t + 0.05])))
    ahead = _on_floor((there - here) / np.hypot(*(there - here)))
    side = np.array([-ahead[2], 0.0, ahead[0]])
    steps = float(walker.travelled_m(t)) / walker.step_m + walker.phase / pi
    rise = walker.bob_m / 2 * float(np.cos(2 * pi * steps))
    foot = _on_floor(here)
    legs = tuple(_leg(walker, threshold, steps, parity, foot, ahead, side) for parity in (0, 1))
    return Pose(
        foot=foot,
        ahead=ahead,
        side=side,
        eyes=_eyes(walker, foot, side, rise, t),
        legs=(legs[0], legs[1]),
        rise_m=rise,
    )


def _eyes(walker: Walker, foot: Array, side: Array, rise_m: float, t: float) -> Array:
    if walker.direction == "past":
        side = np.array([foot[2], 0.0, -foot[0]]) / np.hypot(foot[0], foot[2])
    roll = 0.04 * sin(2 * pi * 0.3 * t + 3 * walker.phase)
    half = walker.eye_distance_m / 2 * (np.cos(roll) * side + sin(roll) * UP)
    middle = foot + (walker.eye_height_m + rise_m) * UP
    return np.stack([middle - half, middle + half])


def _leg(
    walker: Walker, threshold: Threshold, steps: float, parity: int, foot: Array, ahead: Array, side: Array
) -> Leg:
    fall = 2 * floor((steps + LEAD - parity) / 2) + parity
    swing = max(0.0, (steps - fall - TRAIL) / (2 - LEAD - TRAIL))
    reached = (fall + 2 * swing * swing * (3 - 2 * swing) - walker.phase / pi) * walker.step_m
    out = (0.055 if parity else -0.055) * walker.height_m / 1.7
    lift = LIFT_M * sin(pi * swing)
    middle = _on_floor(on_sill(threshold, walker.course(walker.time_at_m(reached)))) + out * side + lift * UP
    tip = 0.35 * sin(2 * pi * swing)
    heel = middle - FOOT_M / 2 * ahead + max(0.0, tip) * 0.25 * UP
    toe = middle + FOOT_M / 2 * ahead + max(0.0, -tip) * 0.25 * UP
    ankle = middle - 0.06 * ahead + (ANKLE_M + max(0.0, tip) * 0.2) * UP
    hip = foot + HIP * walker.height_m * UP + 1.3 * out * side
    return Leg(
        hip=hip,
        knee=_knee(hip, ankle, ahead, walker.height_m),
        ankle=ankle,
        heel=heel,
        toe=toe,
        ahead_m=float((middle - foot) @ ahead),
        planted=swing == 0.0,
    )


def _knee(hip: Array, ankle: Array, ahead: Array, height_m: float) -> Array:
    length = (THIGH + SHANK) * height_m
    bend = max(0.0, length**2 - float((hip - ankle) @ (hip - ankle))) ** 0.5 / 2
    return np.asarray((hip + ankle) / 2 + bend * ahead, np.float64)


def _on_floor(xz_m: Array) -> Array:
    return np.array([xz_m[0], 0.0, xz_m[1]])
