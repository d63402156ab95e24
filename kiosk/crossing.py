"""When a body crossed the sill: the zero of the fitted walk's distance from it, with its standard deviation.

distance from the sill (m)
  +2 |*
     |   *  *                         sigma_s = sigma of the position across the sill / speed across it
     |         *  *
   0 +---------------*===t===*------------------> t
     |                        *   *    -0.25 m: surely past, counts as crossed
  -1 |                                 *
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kiosk.doorway import Doorway
from kiosk.smoother import KNOT_S, Sightings, Walk, fit_walk
from kiosk.track import Sighting

Array = NDArray[np.float64]
Direction = Literal["in", "out"]

CLEAR_M = 0.25
"""Somebody has crossed who was seen, or is carried by the walk, this far on both sides of the sill."""

CARRIED_S = 0.6
"""A crossing up to this long before the first or after the last sighting is still stated, with its wider interval."""

FINE_S = 0.001
"""Step in which the time on the sill is measured."""

MODEL_SIGMA_S = 0.012
"""What the model itself leaves out (a head ahead of the hips, the sill's width), added to every interval."""

CALIBRATION = 0.8
"""Stated deviation over the smoother's own where soles were seen: it takes neighbouring errors for more alike than
they are. Measured on simulated scenes, the errors are 0.5 to 0.6 of its deviations; not all of it is used."""

SILL_MARGIN = 0.3
"""How far beside the sill's ends, as a part of its length, a crossing still counts."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Crossing:
    """A body over the sill: instant ``t`` (seconds, the source's axis) with ``sigma_s``, ``direction``, where on the
    floor (``floor_xz_m`` (2,), metres), its ``speed`` across the sill (m/s, positive) and the ``walk`` behind it."""

    t: float
    sigma_s: float
    direction: Direction
    floor_xz_m: Array
    speed: float
    walk: Walk


def measure(sightings: Sequence[Sighting], *, with_feet: bool = True) -> Sightings:
    """The arrays the smoother wants from one track's sightings."""
    soles = [(s.t, *s.sole_px) for s in sightings if with_feet and s.sole_px is not None]
    sole = np.array(soles, np.float64).reshape(-1, 3)
    return Sightings(
        face_t=np.array([s.t for s in sightings], np.float64),
        eyes_px=np.array([s.eyes_px for s in sightings]).reshape(-1, 2),
        eye_distance_px=np.array([s.eye_distance_px for s in sightings]),
        sole_t=sole[:, 0],
        sole_px=sole[:, 1:],
    )


def walk_of(sightings: Sequence[Sighting], doorway: Doorway, *, with_feet: bool = True) -> Walk | None:
    """The walk of one track, None while there is too little of it to say."""
    try:
        return fit_walk(measure(sightings, with_feet=with_feet), doorway.camera)
    except (ValueError, np.linalg.LinAlgError):
        return None


def find_crossing(walk: Walk, doorway: Doorway, seen_from: float, seen_to: float) -> Crossing | None:
    """The last crossing of the sill that changed side for good, or None.

    ``seen_from`` and ``seen_to`` are the first and last sighting (seconds). Swaying over the line without getting
    `CLEAR_M` past it is not a crossing; somebody who steps in, out and in again crossed when they came in to stay.
    """
    inside = (walk.knots_t >= seen_from - CARRIED_S) & (walk.knots_t <= seen_to + CARRIED_S)
    ahead = doorway.threshold.ahead_m(walk.floor_xz_m)
    side, crossed_at = 0, None
    last_side_index = 0
    for i in np.nonzero(inside)[0]:
        now = int(np.sign(ahead[i])) if abs(ahead[i]) >= CLEAR_M else 0
        if now and side and now != side:
            crossed_at = (last_side_index, int(i))
        if now:
            side, last_side_index = now, int(i)
    if crossed_at is None:
        return None
    return _crossing_between(walk, doorway, ahead, *crossed_at)


def _crossing_between(walk: Walk, doorway: Doorway, ahead: Array, before: int, after: int) -> Crossing | None:
    steps = np.arange(before, after)
    changes = steps[np.sign(ahead[steps]) != np.sign(ahead[steps + 1])]
    i = int(changes[-1])
    t = float(walk.knots_t[i] + KNOT_S * ahead[i] / (ahead[i] - ahead[i + 1]))
    place, _ = walk.at(t)
    if not -SILL_MARGIN <= doorway.threshold.along(place) <= 1 + SILL_MARGIN:
        return None
    around = slice(max(0, i - 1), i + 3)
    came_from = float(np.sign(ahead[before]))
    sigma_m = walk.sigma_along(t, doorway.threshold.normal_xz) * (CALIBRATION if walk.soles_used else 1.0)
    return Crossing(
        t=t,
        sigma_s=float(np.hypot(_doubt_s(walk.knots_t, ahead * came_from, after, sigma_m), MODEL_SIGMA_S)),
        direction="in" if (came_from > 0) == (doorway.inward == "toward_camera") else "out",
        floor_xz_m=place,
        speed=abs(float(np.polyfit(walk.knots_t[around], ahead[around], 1)[0])),
        walk=walk,
    )


def _doubt_s(knots_t: Array, to_go_m: Array, after: int, sigma_m: float) -> float:
    """Half the time (s) from last standing before the sill by a standard deviation to first standing past it by one:
    for somebody who walks on sigma over speed, for somebody who stops on the sill all of the stop."""
    times = np.arange(knots_t[0], knots_t[-1], FINE_S)
    to_go = np.interp(times, knots_t, to_go_m)
    left = float(times[(to_go > sigma_m) & (times < knots_t[after])].max(initial=knots_t[0]))
    there = float(times[(to_go < -sigma_m) & (times > left)].min(initial=knots_t[-1]))
    return (there - left) / 2
