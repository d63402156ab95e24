"""The solver: iteratively reweighted Gauss-Newton over one walk's knots and personal parameters."""

from __future__ import annotations

import numpy as np

from kiosk.doorway import Camera
from kiosk.smoother.person import DROP, EYE_DISTANCE_M, EYE_HEIGHT, LOG_EYES, PRIOR_MEAN, PRIOR_SIGMA, STEP_HZ, Array
from kiosk.smoother.sight import Sight
from kiosk.smoother.walk import KNOT_S, Sightings, Walk

ACCELERATION = 0.15
"""White-noise acceleration, m/s per square root of a second: how much a walk's speed wanders within a second."""

STEADY = 4.0
"""Degrees of freedom (Student's t) of that acceleration: now and then somebody stops or turns, and must not be drawn
on past the sill."""

NARROW = 3.0
"""The gate on soles when it has closed, in standard deviations."""

MOST = 0.7
LEAST_SOLES = 4
SOLES_AGREE = 0.4
"""Soles count when at least this part of them fits one walk,"""
ODD_SIGMAS = 3.2
MANY_SOLES = 8
"""and make a likely person: each of the first five parameters within so many sigmas, unless many and `MOST` agree."""


def fit_walk(seen: Sightings, camera: Camera) -> Walk:
    """Fit one body's walk. Needs at least four face sightings over at least 0.15 s; raises ValueError otherwise."""
    if len(seen.face_t) < 4 or np.ptp(seen.face_t) < 0.15:
        raise ValueError("a walk needs at least four sightings of the face over 0.15 s")
    return _Fit(seen, camera).solve()


class _Fit(Sight):
    """The least-squares problem of one walk."""

    def __init__(self, seen: Sightings, camera: Camera) -> None:
        super().__init__(seen, camera)
        self.motion = self._motion_rows()
        self.state = self._first_guess()

    def solve(self) -> Walk:
        """Faces alone first, then the soles with a gate that closes, then gait at the step frequency that fits. Soles
        that hardly agree with each other or with a human being are left out again."""
        self._iterate(6, gate=None, held=True)
        self._iterate(8, gate=None)
        gate = None
        if len(self.sole_t) >= LEAST_SOLES:
            alone = self.state
            self._fit_soles(alone)
            gate = NARROW
            if not self._soles_agree():
                gate, self.state, self.sole_weight = None, alone, np.zeros(len(self.sole_t))
        self.step_hz = self._best_step_hz(gate is not None)
        normal = self._iterate(10, gate=gate)
        if gate is not None and not self._soles_agree():
            self.sole_weight = np.zeros(len(self.sole_t))
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

    def _fit_soles(self, alone: Array) -> None:
        """Close the gate on the soles. Where many stay outside, the faces may have misjudged the distance as a whole:
        then a person some centimetres taller and shorter is tried too, and the likeliest stands."""
        found = [self._closed(alone)]
        if self.sole_weight.sum() < MOST * len(self.sole_t):
            found += [self._closed(self._of_height(alone, by)) for by in (-0.2, -0.1, 0.1)]
        _, self.state, self.sole_weight = min(found, key=lambda each: each[0])

    def _closed(self, start: Array) -> tuple[float, Array, Array]:
        """Cost, state and sole weights after the gate has closed, from one start."""
        self.state = start
        for gate in (8.0, 5.0, NARROW):
            self._iterate(3, gate=gate)
        face, sole = self._face_block()[0], self._sole_block()[0]
        personal = (self.state[2 * self.k :] - PRIOR_MEAN) / PRIOR_SIGMA
        cost = np.sum(np.minimum(face**2, 4.0 * np.abs(face) - 4.0)) + np.sum(sole**2 / (1.0 + (sole / NARROW) ** 2))
        return float(cost + personal @ personal), self.state, self.sole_weight

    def _of_height(self, state: Array, by_m: float) -> Array:
        """The same picture seen of a person taller ``by_m``: nearer, and with eyes closer together."""
        below = self.camera.height_m - state[2 * self.k + EYE_HEIGHT]
        scale = np.clip((below - by_m) / below, 0.5, 2.0) if abs(below) > 0.1 else 1.0
        moved = state.copy()
        moved[: 2 * self.k] *= scale
        moved[2 * self.k + EYE_HEIGHT] += by_m
        moved[2 * self.k + LOG_EYES] += np.log(scale)
        return moved

    def _soles_agree(self) -> bool:
        odd = np.abs(self.state[2 * self.k :] - PRIOR_MEAN)[: DROP + 1] / PRIOR_SIGMA[: DROP + 1]
        counted, part = float(self.sole_weight.sum()), float(self.sole_weight.mean())
        likely = bool(odd.max() < ODD_SIGMAS) or (counted >= MANY_SOLES and part >= MOST)
        return likely and counted >= LEAST_SOLES and part >= SOLES_AGREE

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
