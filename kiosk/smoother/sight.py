"""What a walking person looks like to the camera: pixels and their derivatives, to be set against what was seen."""

from __future__ import annotations

import numpy as np

from kiosk.doorway import Camera
from kiosk.smoother.person import (
    BOB_C,
    BOB_S,
    DROP,
    EYE_DISTANCE_M,
    EYE_HEIGHT,
    LEAD,
    LOG_EYES,
    LOST_PX,
    PRIOR_MEAN,
    SWING_C,
    SWING_S,
    Array,
)
from kiosk.smoother.walk import KNOT_S, Sightings, interpolation

REACH_S = 0.8
"""How far before the first and after the last sighting the walk is carried on by the motion prior, seconds."""

FACE_MEMORY_S = 0.12
"""Errors of a face detector on neighbouring frames are alike for about this long: ten frames a second carry all there
is, however many are measured."""


class Sight:
    """One walk as the camera sees it under the present ``state``: X knots, Z knots, the nine personal parameters."""

    def __init__(self, seen: Sightings, camera: Camera) -> None:
        self.seen, self.camera = seen, camera
        start, end = float(seen.face_t.min()) - REACH_S, float(seen.face_t.max()) + REACH_S
        count = int(np.ceil((end - start) / KNOT_S)) + 1
        self.knots_t: Array = np.asarray(start + KNOT_S * np.arange(count), np.float64)
        self.k = len(self.knots_t)
        inside = (seen.sole_t >= start) & (seen.sole_t <= end)
        self.sole_t, self.sole_px = seen.sole_t[inside], seen.sole_px[inside]
        self.face_rows = interpolation(seen.face_t, self.knots_t)
        self.sole_rows = interpolation(self.sole_t, self.knots_t)
        per_s = len(seen.face_t) / max(float(np.ptp(seen.face_t)), KNOT_S)
        self.alike = np.sqrt(max(1.0, per_s * FACE_MEMORY_S))
        self.step_hz = 0.0
        self.sole_weight = np.zeros(len(self.sole_t))
        self.state = np.concatenate([np.zeros(2 * self.k), PRIOR_MEAN])

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
