"""Where the camera hangs and how it looks, from points on the floor whose distances from each other are known.

The points are measured in any frame of the floor (tiles will do) with Z away from the camera and X to its right. Solved
for together: height, pitch, roll, field of view, and the turn and shift that carry that frame into the camera's own.
With N points there are 2 N pixel coordinates for at most seven unknowns; what is left over is the residual.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Literal

import numpy as np
from pydantic import ValidationError
from scipy.optimize import least_squares

from kiosk.doorway import Array, Camera, Doorway, Threshold
from kiosk.types import KioskError

FEWEST_POINTS = 4
CLICK_PX = 1.0
"""Least standard deviation granted to a pixel coordinate picked by hand, at ``CLICK_WIDTH`` px of picture width."""
CLICK_WIDTH = 1280
WORST_RMS_PX = 6.0
"""Largest root mean square residual of a calibration that is believed, at ``CLICK_WIDTH`` px of picture width."""
THINNEST = 0.06
"""Least spread of the points across their main direction, over the spread along it."""
WORST_SILL_M = 0.5
_LOW = (0.6, -25.0, -40.0, 20.0, -np.inf, -np.inf, -np.inf)
_HIGH = (9.5, 78.0, 40.0, 140.0, np.inf, np.inf, np.inf)
_HEIGHT, _HFOV = 0, 3


class CalibrationError(KioskError):
    """Points from which no camera follows; the text says which point or what to add."""


@dataclass(frozen=True, kw_only=True)
class FloorPoint:
    """A point of the floor: where it is seen (px, x and y) and where it lies (metres, X and Z of the points' frame)."""

    px: tuple[float, float]
    floor_m: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Place:
    """One end of the sill, in pixels of the picture (``px``) or metres of the points' frame (``m``)."""

    at: tuple[float, float]
    unit: Literal["px", "m"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Calibration:
    """A camera found. ``solution`` (7,) height m, pitch, roll, hfov (degrees), turn (radians), shift X and Z (metres);
    ``covariance`` (7, 7) of it, zero where a value was given; ``residual_px`` (N, 2) seen minus fitted."""

    points: tuple[FloorPoint, ...]
    size_px: tuple[int, int]
    solution: Array
    covariance: Array
    residual_px: Array

    @cached_property
    def camera(self) -> Camera:
        """The camera, with its values rounded as they go into the file."""
        return _camera(np.round(self.solution, 4), self.size_px)

    @property
    def rms_px(self) -> float:
        """Root mean square distance between seen and fitted points, px."""
        return float(np.sqrt((self.residual_px**2).sum(axis=1).mean()))

    @property
    def residual_m(self) -> Array:
        """(N,) distance on the floor between each point as measured and as its pixel says, metres."""
        seen = self.to_points_frame([point.px for point in self.points], self.solution)
        return np.asarray(np.hypot(*(seen - np.array([point.floor_m for point in self.points])).T), np.float64)

    def to_camera_frame(self, floor_m: Array) -> Array:
        """Floor positions (..., 2) of the points' frame, in the camera's."""
        return np.asarray(floor_m @ _turn(self.solution).T + self.solution[5:], np.float64)

    def to_points_frame(self, px: Sequence[tuple[float, float]] | Array, solution: Array, up_m: float = 0.0) -> Array:
        """Where pixels (..., 2) see the plane ``up_m`` above the floor, in the points' frame, for that solution."""
        floor = _camera(solution, self.size_px).on_floor(px, up_m)
        return np.asarray((floor - solution[5:]) @ _turn(solution), np.float64)

    def sigma_m(self, floor_m: tuple[float, float], up_m: float = 0.0) -> float:
        """Standard deviation, metres, with which something ``up_m`` above a floor point (the camera's frame) is placed
        in the points' frame: first-order propagation of ``covariance``; the worse of the two directions."""
        pixel = _camera(self.solution, self.size_px).project([floor_m[0], up_m, floor_m[1]])
        steps = np.eye(7) * 1e-5
        rise = [self.to_points_frame(pixel, self.solution + step, up_m) for step in steps]
        fall = [self.to_points_frame(pixel, self.solution - step, up_m) for step in steps]
        slope = (np.array(rise) - np.array(fall)).T / 2e-5
        return float(np.sqrt(np.linalg.eigvalsh(slope @ self.covariance @ slope.T).max()))


def calibrate(
    points: Sequence[FloorPoint],
    size_px: tuple[int, int],
    *,
    hfov_deg: float | None = None,
    height_m: float | None = None,
) -> Calibration:
    """The camera of a picture of ``size_px`` (width, height) that sees ``points``; known values are kept as they are.

    Raises CalibrationError when there are fewer than four points, when they lie in one line, when they do not
    determine a camera, or when none fits them: then it names the point that fits worst.
    """
    _check_spread(points)
    known = {_HEIGHT: height_m, _HFOV: hfov_deg}
    given = {index: value for index, value in known.items() if value is not None}
    found = _solve(points, size_px, given)
    limit = WORST_RMS_PX * size_px[0] / CLICK_WIDTH
    if found.rms_px > limit:
        mirrored = [FloorPoint(px=p.px, floor_m=(-p.floor_m[0], p.floor_m[1])) for p in points]
        if _fits(mirrored, size_px, given) < limit:
            raise CalibrationError("the points fit only mirrored: X must grow to the right and Z away from the camera")
        raise CalibrationError(
            f"no camera fits these points: {found.rms_px:.1f} px off on average, {limit:.1f} px are allowed; "
            f"check point {_worst(found, given)} first"
        )
    return found


def make_doorway(calibration: Calibration, left: Place, right: Place, *, door: str = "main") -> Doorway:
    """The doorway of a calibrated camera with the sill between two places.

    Raises CalibrationError when an end of the sill is not on the floor in front of the camera, or the points leave
    its position too unsure.
    """
    ends = [_in_camera_frame(calibration, name, place) for name, place in (("left", left), ("right", right))]
    sigma = max(calibration.sigma_m(end) for end in ends)
    if not sigma < WORST_SILL_M:
        raise CalibrationError(
            f"the sill would be known to {sigma:.1f} m only; add points near it and far from each other, "
            "or give the height or the field of view of the camera"
        )
    try:
        sill = Threshold(left=ends[0], right=ends[1])
        return Doorway(door=door, camera=calibration.camera, threshold=sill, inward="toward_camera")
    except ValidationError as error:
        raise CalibrationError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None


def _in_camera_frame(calibration: Calibration, name: str, place: Place) -> tuple[float, float]:
    at = np.array(place.at)
    floor = calibration.to_camera_frame(at) if place.unit == "m" else calibration.camera.on_floor(at)
    if np.isnan(floor).any():
        raise CalibrationError(f"{name}: ({at[0]:g}, {at[1]:g}) px lies above the horizon, not on the floor")
    return round(float(floor[0]), 3), round(float(floor[1]), 3)


def _check_spread(points: Sequence[FloorPoint]) -> None:
    if len(points) < FEWEST_POINTS:
        raise CalibrationError(f"{len(points)} floor points are not enough; give {FEWEST_POINTS} or more")
    for what, places in (("on the floor", [p.floor_m for p in points]), ("in the picture", [p.px for p in points])):
        centred = np.array(places) - np.mean(places, axis=0)
        along, across = np.linalg.svd(centred, compute_uv=False)
        if across < THINNEST * along or len(set(places)) < FEWEST_POINTS:
            raise CalibrationError(f"the points lie in one line {what}, or on each other; add points beside the line")


def _solve(points: Sequence[FloorPoint], size_px: tuple[int, int], given: dict[int, float]) -> Calibration:
    floor, seen = np.array([p.floor_m for p in points]), np.array([p.px for p in points])
    free = [index for index in range(7) if index not in given]
    best = None
    for start in _starts(floor, seen, size_px, given):

        def off(values: Array, whole: Array = start) -> Array:
            whole = whole.copy()
            whole[free] = values
            aimed = floor @ _turn(whole).T + whole[5:]
            fitted = _camera(whole, size_px).project(np.insert(aimed, 1, 0.0, axis=1))
            return np.asarray(np.nan_to_num(seen - fitted, nan=1e4).ravel(), np.float64)

        bounds = (np.array(_LOW)[free], np.array(_HIGH)[free])
        fit = least_squares(off, start[free], bounds=bounds, x_scale="jac", max_nfev=60)
        if best is None or fit.cost < best[0].cost:
            best = fit, start
    if best is None:
        raise CalibrationError("no camera sees these points on its floor; are the pixels (x, y) and the metres (X, Z)?")
    fit, solution = best[0], best[1].copy()
    solution[free] = fit.x
    spare = max(1, 2 * len(points) - len(free))
    variance = max((CLICK_PX * size_px[0] / CLICK_WIDTH) ** 2, 2 * fit.cost / spare)
    covariance = np.zeros((7, 7))
    covariance[np.ix_(free, free)] = variance * np.linalg.pinv(fit.jac.T @ fit.jac, rcond=1e-14)
    return Calibration(
        points=tuple(points),
        size_px=size_px,
        solution=solution,
        covariance=covariance,
        residual_px=fit.fun.reshape(-1, 2),
    )


def _starts(floor: Array, seen: Array, size_px: tuple[int, int], given: dict[int, float]) -> Iterator[Array]:
    """Cameras to start from, each with the turn and shift that lay the points best where it sees them (Procrustes)."""
    heights = [given[_HEIGHT]] if _HEIGHT in given else [2.0, 3.0]
    views = [given[_HFOV]] if _HFOV in given else [45.0, 65.0, 90.0]
    for height, pitch, hfov in product(heights, (8.0, 20.0, 35.0, 55.0), views):
        start = np.array([height, pitch, 0.0, hfov, 0.0, 0.0, 0.0])
        lies = _camera(start, size_px).on_floor(seen)
        if np.isnan(lies).any():
            continue
        (a, b), (from_centre, to_centre) = (floor.T, lies.T), (floor.mean(axis=0), lies.mean(axis=0))
        turned = ((b[0] - to_centre[0]) + 1j * (b[1] - to_centre[1])) @ np.conj(
            (a[0] - from_centre[0]) + 1j * (a[1] - from_centre[1])
        )
        start[4] = np.angle(turned)
        start[5:] = to_centre - _turn(start) @ from_centre
        yield start


def _fits(points: Sequence[FloorPoint], size_px: tuple[int, int], given: dict[int, float]) -> float:
    return _solve(points, size_px, given).rms_px


def _worst(found: Calibration, given: dict[int, float]) -> str:
    """The point without which the others fit best; with four points, simply the one that is farthest off."""
    points = found.points
    if len(points) == FEWEST_POINTS:
        number = int(np.argmax((found.residual_px**2).sum(axis=1)))
    else:
        without = [_fits([p for p in points if p is not left_out], found.size_px, given) for left_out in points]
        number = int(np.argmin(without))
    (u, v), (x, z) = points[number].px, points[number].floor_m
    return f"{number + 1} ({u:g},{v:g}={x:g},{z:g})"


def _turn(solution: Array) -> Array:
    c, s = np.cos(solution[4]), np.sin(solution[4])
    return np.array([[c, -s], [s, c]])


def _camera(solution: Array, size_px: tuple[int, int]) -> Camera:
    height, pitch, roll, hfov = (float(value) for value in solution[:4])
    return Camera(width=size_px[0], height=size_px[1], hfov_deg=hfov, height_m=height, pitch_deg=pitch, roll_deg=roll)
