"""Draws one walking person into a picture: limbs as tapered tubes, lighter in the middle, the head as a photo."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import sqrt

import cv2
import numpy as np

from kiosk.doorway import Camera
from kiosk.simulator.gait import UP, Leg, Pose
from kiosk.simulator.head import EYE_PX, Head, canvas_eyes, similarity
from kiosk.simulator.scene import Array, Clothes, Colour, Walker
from recognition.types import Image

SHIFT = 4
"""Fractional bits of polygon corners, so that a slow limb does not jump by whole pixels."""
ROUND = np.stack([np.cos(np.linspace(0, 2 * np.pi, 24, False)), np.sin(np.linspace(0, 2 * np.pi, 24, False))], -1)
SHADES = ((1.0, 0.70), (0.93, 0.79), (0.84, 0.86), (0.72, 0.92), (0.56, 0.97), (0.34, 1.0))
"""Share of a limb's width, and how light it is drawn, from the edge inwards."""


def draw_walker(image: Image, camera: Camera, walker: Walker, pose: Pose) -> None:
    """Draw ``walker`` in ``pose`` into ``image`` (H, W, 3) BGR uint8, in place; nothing when out of sight."""
    eyes = camera.project(pose.eyes)
    metre_px = _metre_px(camera, pose.foot + np.array([0.0, walker.eye_height_m, 0.0]))
    if not metre_px or np.isnan(eyes).any() or _outside(image, eyes, metre_px):
        return
    pen = _Pen(image, camera)
    _draw_shadow(image, camera, pose)
    for leg in sorted(pose.legs, key=lambda leg: leg.ahead_m):
        _draw_leg(pen, walker, leg)
    for number, arm_ahead in enumerate((pose.legs[1].ahead_m, pose.legs[0].ahead_m)):
        _draw_arm(pen, walker, pose, number, arm_ahead)
    _draw_torso(pen, walker, pose)
    if walker.direction == "out":
        middle = pose.at(up_m=walker.eye_height_m + pose.rise_m)
        pen.limb([(middle, 0.085), (middle + np.array([0, 0.02, 0]), 0.09)], walker.head.hair)
    else:
        _paste_head(image, walker.head, eyes)


class _Pen:
    """Draws round limbs of given thickness in metres into a picture."""

    def __init__(self, image: Image, camera: Camera) -> None:
        self.image, self.camera = image, camera

    def limb(self, joints: list[tuple[Array, float]], colour: Colour) -> None:
        """A tapered tube through joints (point (3,), radius), metres; not drawn when a joint is behind the camera."""
        points = self.camera.project(np.stack([point for point, _ in joints]))
        sizes = [_metre_px(self.camera, point) * radius for point, radius in joints]
        if np.isnan(points).any() or not all(sizes):
            return
        for width, light in SHADES:
            for (a, ra), (b, rb) in pairwise(zip(points, sizes, strict=True)):
                outline = np.vstack([a + ROUND * ra * width, b + ROUND * rb * width])
                hull = cv2.convexHull(outline.astype(np.float32)).reshape(-1, 2)
                self.polygon(np.asarray(hull, np.float64), _lit(colour, light))

    def outline(self, points: Array, colour: Colour) -> None:
        """A filled outline of points (N, 3), metres."""
        corners = self.camera.project(points)
        if not np.isnan(corners).any():
            self.polygon(corners, colour)

    def polygon(self, corners_px: Array, colour: Colour) -> None:
        """A filled polygon of corners (N, 2), px, with soft edges."""
        if np.abs(corners_px).max() < 8000:
            fixed = np.round(corners_px * 2**SHIFT).astype(np.int32)
            cv2.fillPoly(self.image, [fixed], colour, cv2.LINE_AA, SHIFT)


def _metre_px(camera: Camera, point: Array) -> float:
    depth = float(camera.rotation[2] @ (point - np.array([0.0, camera.height_m, 0.0])))
    return camera.focal_px / depth if depth > 0.25 else 0.0


def _outside(image: Image, eyes: Array, metre_px: float) -> bool:
    height, width = image.shape[:2]
    (x, y), margin = eyes.mean(axis=0), 0.45 * metre_px
    return bool(y - margin > height or x + margin < 0 or x - margin > width)


def _lit(colour: Colour, light: float) -> Colour:
    blue, green, red = (min(255.0, channel * light) for channel in colour)
    return blue, green, red


def _draw_shadow(image: Image, camera: Camera, pose: Pose) -> None:
    soles = [(pose.foot, 0.26, 0.14)] + [
        ((leg.heel + leg.toe) / 2 * np.array([1, 0, 1]), 0.15, 0.09) for leg in pose.legs
    ]
    for centre, along, across in soles:
        ring = centre + ROUND[:, :1] * across * pose.side + ROUND[:, 1:] * along * pose.ahead
        corners = camera.project(ring)
        if (
            np.isnan(corners).any()
            or corners[:, 1].min() > image.shape[0] + 40
            or np.ptp(corners[:, 0]) > image.shape[1]
        ):
            continue
        pad = min(40.0, float(np.ptp(corners[:, 1])) / 2 + 3)
        x0, y0 = np.maximum(np.floor(corners.min(axis=0) - pad), 0).astype(int)
        x1, y1 = np.minimum(np.ceil(corners.max(axis=0) + pad), (image.shape[1], image.shape[0])).astype(int)
        if x1 - x0 < 2 or y1 - y0 < 2:
            continue
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        cv2.fillPoly(mask, [np.round((corners - (x0, y0)) * 2**SHIFT).astype(np.int32)], 95, cv2.LINE_AA, SHIFT)
        size = 2 * round(pad / 3) + 1
        mask = cv2.blur(cv2.blur(mask, (size, size)), (size, size))
        part = image[y0:y1, x0:x1]
        cv2.multiply(part, cv2.merge([255 - mask] * 3), part, 1 / 255)


def _draw_leg(pen: _Pen, walker: Walker, leg: Leg) -> None:
    k, clothes = walker.height_m / 1.7, walker.clothes
    pen.limb([(leg.heel + 0.04 * UP, 0.038 * k), (leg.toe + 0.03 * UP, 0.042 * k)], clothes.shoes)
    pen.limb([(leg.hip, 0.088 * k), (leg.knee, 0.062 * k), (leg.ankle, 0.052 * k)], clothes.trousers)


def _draw_arm(pen: _Pen, walker: Walker, pose: Pose, number: int, ahead_m: float) -> None:
    k, out = walker.height_m / 1.7, (0.205 if number else -0.205)
    reach = 0.45 * ahead_m
    shoulder = pose.at(side_m=out * 0.80 * k, up_m=1.365 * k + pose.rise_m)
    elbow = pose.at(side_m=out * 1.07 * k, up_m=1.08 * k, ahead_m=0.4 * reach - 0.03)
    wrist = pose.at(side_m=out * 1.14 * k, up_m=0.86 * k + 0.05 * abs(reach), ahead_m=reach + 0.05)
    hand = pose.at(side_m=out * 1.12 * k, up_m=0.78 * k + 0.05 * abs(reach), ahead_m=reach + 0.07)
    pen.limb([(wrist, 0.03 * k), (hand, 0.038 * k)], walker.head.skin)
    pen.limb([(shoulder, 0.062 * k), (elbow, 0.05 * k), (wrist, 0.038 * k)], _lit(walker.clothes.top, 0.93))


_WIDTHS = (0.045, 0.10, 0.155, 0.192, 0.198, 0.182, 0.165, 0.168, 0.176, 0.172)
_HEIGHTS = (1.465, 1.44, 1.415, 1.37, 1.28, 1.15, 1.04, 0.95, 0.86, 0.80)
_TORSO = np.column_stack([_WIDTHS, _HEIGHTS])
"""Half width and height, metres, of a torso of 1.7 m body height, from the neck down."""


def _draw_torso(pen: _Pen, walker: Walker, pose: Pose) -> None:
    k = walker.height_m / 1.7
    to_camera = pose.foot / np.hypot(pose.foot[0], pose.foot[2])
    broad = sqrt(1 - 0.7 * float(to_camera @ pose.side) ** 2)
    across = np.array([to_camera[2], 0.0, -to_camera[0]])
    middle = pose.foot + pose.rise_m * UP

    def flat(points: list[tuple[float, float]] | Array) -> Array:
        """Points to the right and up of the body, seen from the camera, for a body of 1.7 m."""
        return np.asarray(middle + np.asarray(points) @ np.stack([across * broad, UP]) * k, np.float64)

    for width, light in SHADES:
        half = _TORSO * (width, 1.0)
        pen.outline(flat(np.vstack([half, half[::-1] * (-1.0, 1.0)])), _lit(walker.clothes.top, light))
    neck, chin = flat([(0.0, 1.41), (0.0, 1.43)])[0], pose.eyes.mean(axis=0) - 0.10 * UP
    pen.limb([(neck, 0.052 * k), (chin, 0.054 * k)], _lit(walker.head.skin, 0.80))
    if walker.direction != "out":
        _draw_collar(pen, walker.clothes, flat)


def _draw_collar(pen: _Pen, clothes: Clothes, flat: Callable[[list[tuple[float, float]]], Array]) -> None:
    if clothes.cut == "pullover":
        pen.outline(
            flat([(-0.07, 1.452), (0.0, 1.385), (0.07, 1.452), (0.055, 1.46), (0.0, 1.40), (-0.055, 1.46)]),
            _lit(clothes.top, 0.7),
        )
        return
    jacket = clothes.cut == "jacket"
    cloth = clothes.under if jacket else clothes.top
    if jacket:
        pen.outline(flat([(-0.075, 1.455), (0.0, 1.09), (0.075, 1.455), (0.0, 1.385)]), clothes.under)
        pen.outline(
            flat([(-0.018, 1.395), (0.018, 1.395), (0.026, 1.18), (0.0, 1.12), (-0.026, 1.18)]), clothes.trousers
        )
    else:
        pen.outline(flat([(-0.006, 1.38), (0.006, 1.38), (0.006, 0.82), (-0.006, 0.82)]), _lit(cloth, 0.8))
    for sign in (-1.0, 1.0):
        if jacket:
            lapel = [(0.08, 1.455), (0.125, 1.33), (0.10, 1.30), (0.11, 1.28), (0.0, 1.07), (0.055, 1.30)]
            pen.outline(flat([(sign * x, y) for x, y in lapel]), _lit(clothes.top, 0.82))
        tip = [(0.03, 1.475), (0.078, 1.46), (0.062, 1.37), (0.0, 1.395)]
        pen.outline(flat([(sign * x, y) for x, y in tip]), _lit(cloth, 1.06 if jacket else 0.88))


def _paste_head(image: Image, head: Head, eyes_px: Array) -> None:
    apart = float(np.hypot(*(eyes_px[1] - eyes_px[0])))
    level = min(len(head.levels) - 1, max(0, int(np.log2(max(1.0, EYE_PX / max(apart, 1e-3))))))
    patch = head.levels[level]
    matrix = similarity(canvas_eyes(level), eyes_px)
    height, width = patch.shape[:2]
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]]) @ matrix.T
    x0, y0 = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(corners.max(axis=0)) + 1, (image.shape[1], image.shape[0])).astype(int)
    if x1 <= x0 or y1 <= y0:
        return
    matrix[:, 2] -= (x0, y0)
    laid = cv2.warpAffine(patch, matrix, (int(x1 - x0), int(y1 - y0)), flags=cv2.INTER_LINEAR)
    part = image[y0:y1, x0:x1]
    behind = cv2.multiply(part, cv2.merge([255 - laid[..., 3]] * 3), None, 1 / 255)
    cv2.add(behind, laid[..., :3], part)
