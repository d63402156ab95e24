"""One body's walk over the floor, fitted to everything the camera saw of it: rays, sizes, soles, gait.

The unknowns are the floor position at knots a fifth of a second apart (linear in between, held together by a
white-noise acceleration prior) and what is this person's own: eye height, eye distance, gait. The measurements are

    eyes  (u, v)   the ray through the midpoint of the eyes, at eye height plus the head's bob
    eye distance   focal length * own eye distance / depth, less what the detector loses on small faces
    sole  v        the lowest pixel of the body: the foot nearest the camera, `lead` metres ahead of the body

                    eyes o . . . . . . . . ray . . . . . . . . . . o camera
                         |                                         |
             body axis   |   lead = mean + swing(step phase)       | H
                         |                                         |
      floor -------------+---->x sole ---------sill----------------+---
                         Z                     Zs                  0

Solved by iteratively reweighted Gauss-Newton (Huber weights on faces, Geman-McClure on soles, as a sole seen through
somebody else's legs is simply wrong); the inverse of the normal matrix is the covariance. The method is that of a
fixed-interval smoother (Rauch, Tung, Striebel 1965) written as one least-squares problem.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.doorway import Camera

Array = NDArray[np.float64]

KNOT_S = 0.2
REACH_S = 0.8
"""How far before the first and after the last sighting the walk is carried on by the motion prior, seconds."""

ACCELERATION = 0.15
"""White-noise acceleration, m/s per square root of a second: how much a walk's speed wanders within a second."""

STEADY = 4.0
"""Degrees of freedom (Student's t) of that acceleration: now and then somebody stops or turns, and must not be drawn
on past the sill."""

EYE_DISTANCE_M = 0.063
STEP_HZ = np.arange(1.2, 2.85, 0.05)

EYE_HEIGHT, LOG_EYES, LOST_PX, LEAD, DROP, SWING_C, SWING_S, BOB_C, BOB_S = range(9)
PRIOR_MEAN = np.array([1.56, 0.0, 0.0, 0.20, 0.03, 0.0, 0.0, 0.0, 0.0])
PRIOR_SIGMA = np.array([0.11, 0.055, 0.5, 0.06, 0.02, 0.06, 0.06, 0.012, 0.012])
"""Adults: eye height 1.56 m +- 0.11, eye distance 63 mm +- 5.5 % with the
detector's own bias; a detector's eyes lie up to a pixel too close on
small faces; the sole seen is 0.20 m ahead on average (half a step and the toe), drawn some centimetres too low by the
edge of the foreground mask; head and foot swing at the step frequency."""

LEAST_SOLES = 4
SOLES_AGREE = 0.35
"""Soles count when at least this part of them fits one walk,"""
ODD_SIGMAS = 3.2
MANY_SOLES = 8
"""and, where they are few, make a likely person: each of the first five parameters within so many sigmas."""

FACE_MEMORY_S = 0.12
"""Errors of a face detector on neighbouring frames are alike for about this long: ten frames a second carry all there
is, however many are measured."""


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
        row = _interpolation(np.array([t]), self.knots_t)[0]
        last = np.clip(np.searchsorted(self.knots_t, t), 1, len(self.knots_t) - 1)
        step = (self.floor_xz_m[last] - self.floor_xz_m[last - 1]) / KNOT_S
        return row @ self.floor_xz_m, step

    def sigma_along(self, t: float, direction_xz: Array) -> float:
        """Standard deviation (m) of the position at ``t`` along a floor direction (2,)."""
        row = _interpolation(np.array([t]), self.knots_t)[0]
        weights = np.concatenate([row * direction_xz[0], row * direction_xz[1]])
        return float(np.sqrt(max(0.0, weights @ self.covariance @ weights)))


def fit_walk(seen: Sightings, camera: Camera) -> Walk:
    """Fit one body's walk. Needs at least four face sightings over at least 0.15 s; raises ValueError otherwise."""
    if len(seen.face_t) < 4 or np.ptp(seen.face_t) < 0.15:
        raise ValueError("a walk needs at least four sightings of the face over 0.15 s")
    return _Fit(seen, camera).solve()


def _interpolation(t: Array, knots_t: Array) -> Array:
    """(n, k) weights that read knot values at times ``t`` by linear interpolation."""
    place = np.clip((t - knots_t[0]) / KNOT_S, 0, len(knots_t) - 1 - 1e-9)
    left = place.astype(int)
    weights = np.zeros((len(t), len(knots_t)))
    rows = np.arange(len(t))
    weights[rows, left] = 1 - (place - left)
    weights[rows, left + 1] = place - left
    return weights


class _Fit:
    """The least-squares problem of one walk: its unknowns are X knots, Z knots, then the nine personal parameters."""

    def __init__(self, seen: Sightings, camera: Camera) -> None:
        self.seen, self.camera = seen, camera
        start, end = float(seen.face_t.min()) - REACH_S, float(seen.face_t.max()) + REACH_S
        count = int(np.ceil((end - start) / KNOT_S)) + 1
        self.knots_t: Array = np.asarray(start + KNOT_S * np.arange(count), np.float64)
        self.k = len(self.knots_t)
        inside = (seen.sole_t >= start) & (seen.sole_t <= end)
        self.sole_t, self.sole_px = seen.sole_t[inside], seen.sole_px[inside]
        self.face_rows = _interpolation(seen.face_t, self.knots_t)
        self.sole_rows = _interpolation(self.sole_t, self.knots_t)
        self.motion = self._motion_rows()
        per_s = len(seen.face_t) / max(float(np.ptp(seen.face_t)), KNOT_S)
        self.alike = np.sqrt(max(1.0, per_s * FACE_MEMORY_S))
        self.step_hz = 0.0
        self.sole_weight = np.zeros(len(self.sole_t))
        self.state = self._first_guess()

    def solve(self) -> Walk:
        """Faces alone first, then the soles with a gate that closes, then gait at the step frequency that fits. Soles
        that hardly agree with each other or with a human being are left out again."""
        self._iterate(6, gate=None, held=True)
        self._iterate(8, gate=None)
        gate = None
        if len(self.sole_t) >= LEAST_SOLES:
            alone = self.state
            for gate in (8.0, 5.0, 3.0):
                self._iterate(3, gate=gate)
            if not self._soles_agree():
                gate, self.state = None, alone
        self.step_hz = self._best_step_hz(gate is not None)
        normal = self._iterate(10, gate=gate)
        if gate is not None and not self._soles_agree():
            self.sole_weight[:] = 0.0
            normal = self._iterate(10, gate=None)
        covariance: Array = np.asarray(np.linalg.inv(normal), np.float64)
        personal = self.state[2 * self.k :]
        return Walk(
            knots_t=self.knots_t,
            floor_xz_m=np.stack([self.state[: self.k], self.state[self.k : 2 * self.k]], axis=1),
            covariance=covariance[: 2 * self.k, : 2 * self.k],
            eye_height_m=float(personal[EYE_HEIGHT]),
            eye_height_sigma_m=float(np.sqrt(covariance[2 * self.k + EYE_HEIGHT, 2 * self.k + EYE_HEIGHT])),
            soles_used=float(self.sole_weight.sum()),
        )

    def _soles_agree(self) -> bool:
        odd = np.abs(self.state[2 * self.k :] - PRIOR_MEAN)[: DROP + 1] / PRIOR_SIGMA[: DROP + 1]
        counted = float(self.sole_weight.sum())
        likely = bool(odd.max() < ODD_SIGMAS) or counted >= MANY_SOLES
        return likely and counted >= max(LEAST_SOLES, SOLES_AGREE * len(self.sole_t))

    def _first_guess(self) -> Array:
        depth = self.camera.focal_px * EYE_DISTANCE_M / np.maximum(self.seen.eye_distance_px, 1.0)
        where = self.camera.rays(self.seen.eyes_px) * depth[:, None]
        slope_free = np.vstack([self.face_rows * 1.0, 3.0 * self.motion])
        zeros = np.zeros(len(self.motion))
        knots = [np.linalg.lstsq(slope_free, np.concatenate([where[:, i], zeros]), rcond=None)[0] for i in (0, 2)]
        personal = PRIOR_MEAN.copy()
        personal[EYE_HEIGHT] = np.clip(np.median(self.camera.height_m + where[:, 1]), 1.2, 1.9)
        return np.concatenate([*knots, personal])

    def _motion_rows(self) -> Array:
        rows = np.zeros((self.k - 2, self.k))
        index = np.arange(self.k - 2)
        for offset, value in ((0, 1.0), (1, -2.0), (2, 1.0)):
            rows[index, index + offset] = value
        return rows

    def _phase(self, t: Array) -> tuple[Array, Array]:
        if not self.step_hz:
            return np.zeros(len(t)), np.zeros(len(t))
        angle = 2 * np.pi * self.step_hz * t
        return np.cos(angle), np.sin(angle)

    def _seen_point(self, rows: Array, height: Array, shift: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Pixel (n, 2), depth (n,) and derivatives of both by X, Y, Z of the point above or ahead of the walk."""
        place = np.stack([rows @ self.state[: self.k], height, rows @ self.state[self.k : 2 * self.k] + shift], axis=1)
        rotation, focal = self.camera.rotation, self.camera.focal_px
        local = (place - np.array([0.0, self.camera.height_m, 0.0])) @ rotation.T
        depth = np.maximum(local[:, 2], 0.05)
        centred = local[:, :2] / depth[:, None]
        pixel = centred * focal + np.array([self.camera.width / 2, self.camera.height / 2])
        by_xyz = focal * (rotation[None, :2, :] - centred[:, :, None] * rotation[None, 2:3, :]) / depth[:, None, None]
        return pixel, depth, by_xyz, rotation[2], place

    def _face_block(self) -> tuple[Array, Array]:
        personal, k = self.state[2 * self.k :], self.k
        cos, sin = self._phase(self.seen.face_t)
        height = personal[EYE_HEIGHT] + personal[BOB_C] * cos + personal[BOB_S] * sin
        pixel, depth, by_xyz, axis, _ = self._seen_point(self.face_rows, height, np.zeros(len(height)))
        size = self.camera.focal_px * EYE_DISTANCE_M * np.exp(personal[LOG_EYES]) / depth
        sigma_ray = np.hypot(0.5, 0.025 * self.seen.eye_distance_px) * self.alike
        sigma_size = np.hypot(0.35, 0.03 * self.seen.eye_distance_px) * self.alike
        wanted = [self.seen.eyes_px[:, 0], self.seen.eyes_px[:, 1], self.seen.eye_distance_px]
        by_all = [by_xyz[:, 0], by_xyz[:, 1], -(size / depth)[:, None] * axis[None, :]]
        residuals, jacobians = [], []
        for i, (got, target, by) in enumerate(zip([*pixel.T, size - personal[LOST_PX]], wanted, by_all, strict=True)):
            sigma = sigma_size if i == 2 else sigma_ray
            jacobian = np.zeros((len(target), 2 * k + 9))
            jacobian[:, :k], jacobian[:, k : 2 * k] = by[:, 0:1] * self.face_rows, by[:, 2:3] * self.face_rows
            for column, factor in ((EYE_HEIGHT, 1.0), (BOB_C, cos), (BOB_S, sin)):
                jacobian[:, 2 * k + column] = by[:, 1] * factor
            if i == 2:
                jacobian[:, 2 * k + LOG_EYES], jacobian[:, 2 * k + LOST_PX] = size, -1.0
            residuals.append((target - got) / sigma)
            jacobians.append(jacobian / sigma[:, None])
        return np.concatenate(residuals), np.vstack(jacobians)

    def _sole_block(self) -> tuple[Array, Array]:
        personal, k = self.state[2 * self.k :], self.k
        cos, sin = self._phase(self.sole_t)
        shift = -(personal[LEAD] + personal[SWING_C] * cos + personal[SWING_S] * sin)
        pixel, _, by_xyz, _, _ = self._seen_point(self.sole_rows, np.full(len(shift), -personal[DROP]), shift)
        by = by_xyz[:, 1]
        sigma = np.hypot(1.5, (0.04 if self.step_hz else 0.07) * by[:, 2]) * np.sqrt(self.alike)
        jacobian = np.zeros((len(shift), 2 * k + 9))
        jacobian[:, :k], jacobian[:, k : 2 * k] = by[:, 0:1] * self.sole_rows, by[:, 2:3] * self.sole_rows
        jacobian[:, 2 * k + DROP] = -by[:, 1]
        for column, factor in ((LEAD, 1.0), (SWING_C, cos), (SWING_S, sin)):
            jacobian[:, 2 * k + column] = -by[:, 2] * factor
        return (self.sole_px[:, 1] - pixel[:, 1]) / sigma, jacobian / sigma[:, None]

    def _iterate(self, times: int, gate: float | None, held: bool = False) -> Array:
        """Gauss-Newton steps; returns the last normal matrix. ``gate`` closes on soles, None leaves them out;
        ``held`` keeps the personal parameters as they are until the walk has found its place."""
        size = 2 * self.k + 9
        bend = 1.0 / (ACCELERATION * KNOT_S**1.5)
        for _ in range(times):
            residual, jacobian = self._face_block()
            weight = np.minimum(1.0, 2.0 / np.maximum(np.abs(residual), 1e-9))
            normal = (jacobian * weight[:, None]).T @ jacobian
            right = jacobian.T @ (weight * residual)
            if gate is not None:
                residual, jacobian = self._sole_block()
                self.sole_weight = 1.0 / (1.0 + (residual / gate) ** 2) ** 2
                normal += (jacobian * self.sole_weight[:, None]).T @ jacobian
                right += jacobian.T @ (self.sole_weight * residual)
            for part in (slice(0, self.k), slice(self.k, 2 * self.k)):
                turns = self.motion @ self.state[part]
                calm = self.motion * (bend**2 / (1.0 + (bend * turns) ** 2 / STEADY))[:, None]
                normal[part, part] += calm.T @ self.motion
                right[part] -= calm.T @ turns
            personal = np.arange(2 * self.k, size)
            normal[personal, personal] += PRIOR_SIGMA**-2
            right[personal] += (PRIOR_MEAN - self.state[personal]) / PRIOR_SIGMA**2
            if held:
                normal[personal, personal] = 1e12
            step = np.linalg.solve(normal, right)
            step *= min(1.0, 1.5 / max(float(np.abs(step).max()), 1e-9))
            self.state = self.state + step
            if np.abs(step).max() < 1e-5:
                break
        return normal

    def _best_step_hz(self, soles: bool) -> float:
        """Step frequency at which head bob and foot swing explain most of what the fit left over."""
        residual, _ = self._face_block()
        n = len(self.seen.face_t)
        parts = [(self.seen.face_t, residual[n : 2 * n], np.ones(n))]
        if soles:
            parts.append((self.sole_t, self._sole_block()[0], self.sole_weight))
        power = np.zeros(len(STEP_HZ))
        for t, left_over, weight in parts:
            wave = np.exp(2j * np.pi * STEP_HZ[:, None] * t[None, :])
            power += np.abs(wave @ (weight * (left_over - np.average(left_over, weights=weight)))) ** 2 / weight.sum()
        return float(STEP_HZ[int(np.argmax(power))])
