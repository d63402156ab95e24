"""The picture to check a calibration by: a half-metre grid on the floor, the sill, the horizon, the points."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from kiosk.calibrate.solve import Calibration
from kiosk.doorway import Array, Camera, Doorway
from recognition.types import Image

Colour = tuple[int, int, int]
GRID_M = 0.5
_GRID, _METRE, _SILL, _HORIZON, _POINT, _OFF = (
    (200, 190, 120),
    (235, 225, 150),
    (60, 60, 240),
    (240, 200, 60),
    (90, 230, 90),
    (40, 170, 255),
)


def check_picture(image: Image, doorway: Doorway, calibration: Calibration) -> Image:
    """A copy of ``image`` (H, W, 3) BGR uint8 with the calibration drawn on it, residuals ten times as long."""
    drawn = image.copy()
    camera = doorway.camera
    ends = np.array([doorway.threshold.left, doorway.threshold.right])
    x0, x1 = np.floor(ends[:, 0].min() - 1.5), np.ceil(ends[:, 0].max() + 1.5)
    z0, z1 = max(0.5, np.floor(ends[:, 1].min() - 1.5)), np.ceil(ends[:, 1].max() + 4.0)
    for x in np.arange(x0, x1 + 1e-9, GRID_M):
        _floor_line(drawn, camera, (x, z0), (x, z1), _METRE if x % 1 == 0 else _GRID, 1)
    for z in np.arange(z0, z1 + 1e-9, GRID_M):
        _floor_line(drawn, camera, (x0, z), (x1, z), _METRE if z % 1 == 0 else _GRID, 1)
        label = camera.project([x0, 0.0, z])
        if z % 1 == 0 and not np.isnan(label).any():
            _text(drawn, f"{z:g} m", np.clip(label, 5, camera.width - 60), _METRE)
    _floor_line(drawn, camera, tuple(ends[0]), tuple(ends[1]), _SILL, 3)
    for name, end in zip(("left", "right"), ends, strict=True):
        _text(drawn, f"sill {name}", camera.project([end[0], 0.0, end[1]]) + np.array([6, 18]), _SILL)
    horizon = camera.project([[-1e5, camera.height_m, 1e5], [1e5, camera.height_m, 1e5]])
    _line(drawn, horizon, _HORIZON, 1)
    _text(drawn, "horizon", np.array([8.0, np.clip(horizon.mean(axis=0)[1] - 6, 14, camera.height - 6)]), _HORIZON)
    for number, (point, off) in enumerate(zip(calibration.points, calibration.residual_px, strict=True), 1):
        seen = np.array(point.px)
        _line(drawn, np.stack([seen, seen - 10 * off]), _OFF, 2)
        cv2.drawMarker(drawn, _whole(seen), _POINT, cv2.MARKER_CROSS, 18, 2)
        _text(drawn, f"{number}: {np.hypot(*off):.1f} px", seen + np.array([10, -8]), _POINT)
    return drawn


def _floor_line(
    image: Image,
    camera: Camera,
    start: tuple[float, ...],
    end: tuple[float, ...],
    colour: Colour,
    wide: int,
) -> None:
    places = np.linspace(start, end, 33)
    pixels = camera.project(np.insert(places, 1, 0.0, axis=1))
    for a, b in pairwise(pixels):
        _line(image, np.stack([a, b]), colour, wide)


def _line(image: Image, ends_px: Array, colour: Colour, wide: int) -> None:
    if not np.isnan(ends_px).any() and np.abs(ends_px).max() < 30_000:
        cv2.line(image, _whole(ends_px[0]), _whole(ends_px[1]), colour, wide, cv2.LINE_AA)


def _text(image: Image, text: str, at_px: Array, colour: Colour) -> None:
    if np.isnan(at_px).any():
        return
    (width, height), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)
    x, y = _whole(at_px)
    cv2.rectangle(image, (x - 2, y - height - 2), (x + width + 2, y + below), (30, 30, 30), -1)
    cv2.putText(image, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA)


def _whole(at_px: Array) -> tuple[int, int]:
    return round(float(at_px[0])), round(float(at_px[1]))
