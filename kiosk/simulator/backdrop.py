"""The still part of a rendered scene: tiled floor, glass front with its door frame, pavement and street outside."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.doorway import Doorway
from recognition.types import FloatArray, Image

STREET_M = 13.0
"""How far beyond the sill the street's far side stands."""
POST_M = 0.07


@dataclass(frozen=True, kw_only=True, eq=False)
class Backdrop:
    """``image`` (H, W, 3) BGR uint8 of the empty door, and the frame of the glass front, which hides who is outside:
    ``solid`` (H, W) uint8 mask of it, ``edge_at`` (N,) flat indices of pixels it covers in part, ``edge_alpha`` (N, 1)
    float32 0..1."""

    image: Image
    solid: NDArray[np.uint8]
    edge_at: NDArray[np.intp]
    edge_alpha: FloatArray

    def put_frame_before(self, image: Image) -> None:
        """Draw the frame over ``image`` (H, W, 3) in place."""
        cv2.copyTo(self.image, self.solid, image)
        flat = image.reshape(-1, 3)
        behind = flat[self.edge_at]
        own = self.image.reshape(-1, 3)[self.edge_at]
        flat[self.edge_at] = (behind + self.edge_alpha * (own.astype(np.float32) - behind)).astype(np.uint8)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Hits:
    """What every pixel sees, (H, W) float32 each: distance-like ``reach`` in ray lengths, position in metres."""

    along: FloatArray
    up: FloatArray
    beyond: FloatArray
    metre_px: FloatArray


def backdrop(doorway: Doorway, seed: int) -> Backdrop:
    """Render the empty door; ``seed`` picks its colours and grain."""
    rng = np.random.default_rng(seed)
    camera = doorway.camera
    rays = camera.rays(np.stack(np.meshgrid(np.arange(camera.width), np.arange(camera.height)), -1)).astype(np.float32)
    floor = _hit_floor(doorway, rays)
    front = _hit_upright(doorway, rays, 0.0)
    street = _hit_upright(doorway, rays, STREET_M)
    inside = _floor_inside(floor, rng)
    outside = np.where((floor.beyond < STREET_M)[..., None], _pavement(floor), _street(street, rng))
    outside = cv2.GaussianBlur(outside, (0, 0), camera.width / 700)
    image = np.where(((floor.beyond < 0) & (floor.up == 0))[..., None], inside, outside)
    sill_half_m = float(np.hypot(*(np.array(doorway.threshold.right) - doorway.threshold.left))) / 2
    alpha, colour = _frame(front, sill_half_m, max(2.5, camera.height_m + 0.2))
    image += (alpha[..., None] * (colour - image)).astype(np.float32)
    image *= _vignette(camera.width, camera.height)
    grain = rng.normal(0, 1.2, image.shape[:2]).astype(np.float32)
    edge_at = np.flatnonzero((alpha > 0.02) & (alpha < 0.98))
    return Backdrop(
        image=np.clip(image + grain[..., None], 0, 255).astype(np.uint8),
        solid=(alpha >= 0.98).astype(np.uint8),
        edge_at=edge_at,
        edge_alpha=alpha.reshape(-1, 1)[edge_at],
    )


def _hit_floor(doorway: Doorway, rays: FloatArray) -> _Hits:
    camera = doorway.camera
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(rays[..., 1] < -1e-4, -camera.height_m / rays[..., 1], np.inf).astype(np.float32)
        along, beyond = _sill_frame(doorway, rays, np.minimum(reach, 1e4))
    return _Hits(
        along=along,
        up=np.where(np.isfinite(reach), 0, 1).astype(np.float32),
        beyond=np.where(np.isfinite(reach), beyond, np.float32(1e4)),
        metre_px=(camera.focal_px / np.minimum(reach, 1e4)).astype(np.float32),
    )


def _hit_upright(doorway: Doorway, rays: FloatArray, beyond_m: float) -> _Hits:
    camera = doorway.camera
    start = float(doorway.threshold.ahead_m((0.0, 0.0)))
    rate = rays[..., ::2] @ doorway.threshold.normal_xz.astype(np.float32)
    reach = ((beyond_m - start) / np.maximum(rate, 1e-3)).astype(np.float32)
    along, beyond = _sill_frame(doorway, rays, reach)
    up = (camera.height_m + reach * rays[..., 1]).astype(np.float32)
    return _Hits(along=along, up=up, beyond=beyond, metre_px=(camera.focal_px / reach).astype(np.float32))


def _sill_frame(doorway: Doorway, rays: FloatArray, reach: FloatArray) -> tuple[FloatArray, FloatArray]:
    left, right = np.array(doorway.threshold.left), np.array(doorway.threshold.right)
    direction = (right - left) / np.hypot(*(right - left))
    xz = reach[..., None] * rays[..., ::2] - ((left + right) / 2).astype(np.float32)
    return (xz @ direction.astype(np.float32)), (xz @ doorway.threshold.normal_xz.astype(np.float32))


def _joints(at_m: FloatArray, every_m: float, metre_px: FloatArray) -> FloatArray:
    """1 on the joints between tiles, fading where a joint is thinner than a pixel."""
    off_m = np.abs((at_m / every_m + 0.5) % 1 - 0.5) * every_m
    width_px = np.maximum(0.012 * metre_px, 1.0)
    edge = np.clip(width_px / 2 + 0.5 - off_m * metre_px, 0, 1)
    return np.asarray(edge * np.clip(0.012 * metre_px * 1.5, 0, 1), np.float32)


def _floor_inside(floor: _Hits, rng: np.random.Generator) -> FloatArray:
    tone = np.array(rng.choice([[168, 180, 190], [150, 168, 182], [176, 180, 182]]), np.float32)
    daylight = 0.62 + 0.42 * np.exp(np.minimum(floor.beyond, 0) / 1.1)
    joints = np.maximum(_joints(floor.along, 0.8, floor.metre_px), _joints(floor.beyond, 0.8, floor.metre_px))
    cells = np.sin(np.floor(floor.along / 0.8 + 0.5) * 12.9 + np.floor(floor.beyond / 0.8 + 0.5) * 78.2) * 43.7
    patchy = 1 + 0.05 * (cells - np.floor(cells) - 0.5)
    mat = (np.abs(floor.along) < 0.75) & (floor.beyond < -0.12) & (floor.beyond > -0.95)
    shade = daylight * patchy * (1 - 0.30 * joints)
    colour = shade[..., None] * tone
    return np.where(mat[..., None], daylight[..., None] * np.array([52, 50, 56], np.float32), colour).astype(np.float32)


def _pavement(floor: _Hits) -> FloatArray:
    joints = np.maximum(_joints(floor.along, 0.6, floor.metre_px), _joints(floor.beyond, 0.3, floor.metre_px))
    haze = np.clip(floor.beyond / STREET_M, 0, 1)
    shade = (0.86 + 0.14 * haze) * (1 - 0.22 * joints)
    return np.asarray(shade[..., None] * np.array([176, 182, 186], np.float32), np.float32)


def _street(street: _Hits, rng: np.random.Generator) -> FloatArray:
    wall = np.array(rng.choice([[196, 202, 208], [186, 196, 204], [206, 204, 200]]), np.float32)
    window = ((street.along % 2.4) > 0.7) & ((street.up % 2.8) > 1.2) & (street.up > 2.2)
    image = np.where(window[..., None], wall * np.float32(0.72), wall)
    low = 0.9 + 0.12 * np.sin(street.along * 3.1) * np.sin(street.along * 1.3 + 1)
    leaves = 0.85 + 0.3 * rng.random(street.up.shape, np.float32)
    hedge = leaves[..., None] * np.array([70, 112, 92], np.float32)
    return np.where((street.up < low)[..., None], hedge, image).astype(np.float32)


def _frame(front: _Hits, half_m: float, lintel_m: float) -> tuple[FloatArray, FloatArray]:
    """Coverage (H, W) 0..1 and colour (H, W, 3) of posts, lintel and the rail under the panes beside the door."""

    def bar(off_m: FloatArray | NDArray[np.float64], thick_m: float) -> FloatArray:
        return np.asarray(np.clip((thick_m / 2 - np.abs(off_m)) * front.metre_px + 0.5, 0, 1), np.float32)

    standing = front.up > 0
    off = np.abs(front.along)
    posts = bar(off - half_m - POST_M / 2, POST_M)
    beside = np.where(off > half_m, bar((off - half_m) % 1.3 - 0.65, POST_M * 0.7), 0)
    rail = np.where(off > half_m, bar(front.up - 0.06, 0.12), 0)
    lintel = bar(front.up - lintel_m, 0.12)
    alpha = np.where(standing, np.max([posts, beside, rail, lintel], axis=0), 0).astype(np.float32)
    sheen = 1 + np.where(posts > 0, 0.25 * np.sin((off - half_m) / POST_M * 3.1), 0)
    return alpha, (sheen[..., None] * np.array([58, 56, 60], np.float32)).astype(np.float32)


def _vignette(width: int, height: int) -> FloatArray:
    x, y = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)
    return (1 - 0.12 * (x[None, :] ** 2 + y[:, None] ** 2))[..., None]
