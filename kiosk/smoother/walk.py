"""The values of the smoother: what was measured of one body, and the walk fitted to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kiosk.smoother.person import Array

KNOT_S = 0.2


@dataclass(frozen=True, kw_only=True, eq=False)
class Sightings:
    """What was measured of one body, arrays by time. ``face_t`` (n,) seconds, ``eyes_px`` (n, 2) midpoint of the eyes,
    ``eye_distance_px`` (n,); ``sole_t`` (m,) seconds, ``sole_px`` (m, 2) the lowest pixel of the body."""

    face_t: Array
    eyes_px: Array
    eye_distance_px: Array
    sole_t: Array
    sole_px: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Walk:
    """The fitted walk: ``knots_t`` (k,) seconds, ``floor_xz_m`` (k, 2) metres, ``covariance`` (2k, 2k) of all X then
    all Z, square metres; the person's ``eye_height_m`` with its standard deviation, and how many soles counted."""

    knots_t: Array
    floor_xz_m: Array
    covariance: Array
    eye_height_m: float
    eye_height_sigma_m: float
    soles_used: float

    def at(self, t: float) -> tuple[Array, Array]:
        """Floor position (2,) as X, Z in metres and velocity (2,) in m/s at ``t`` seconds, held to the knots' span."""
        row = interpolation(np.array([t]), self.knots_t)[0]
        last = np.clip(np.searchsorted(self.knots_t, t), 1, len(self.knots_t) - 1)
        step = (self.floor_xz_m[last] - self.floor_xz_m[last - 1]) / KNOT_S
        return row @ self.floor_xz_m, step

    def sigma_along(self, t: float, direction_xz: Array) -> float:
        """Standard deviation (m) of the position at ``t`` along a floor direction (2,)."""
        row = interpolation(np.array([t]), self.knots_t)[0]
        weights = np.concatenate([row * direction_xz[0], row * direction_xz[1]])
        return float(np.sqrt(max(0.0, weights @ self.covariance @ weights)))


def interpolation(t: Array, knots_t: Array) -> Array:
    """(n, k) weights that read knot values at times ``t`` by linear interpolation."""
    place = np.clip((t - knots_t[0]) / KNOT_S, 0, len(knots_t) - 1 - 1e-9)
    left = place.astype(int)
    weights = np.zeros((len(t), len(knots_t)))
    rows = np.arange(len(t))
    weights[rows, left] = 1 - (place - left)
    weights[rows, left + 1] = place - left
    return weights
