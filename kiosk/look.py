"""Where to look for faces: small regions at the scale the detector likes, instead of the whole picture every time.

A face that is tracked is looked for where it must be by now; something that moves and has no face yet is looked at a
few times a second; the whole picture once in a while. That costs a tenth of a full detection and finds smaller faces,
because each region is scaled so that its face has the size at which the engine's detector works best.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from recognition.types import Detection, FaceEngine, Image

Box = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class Region:
    """A part of the picture to search: ``box_xyxy_px`` and the width of the face expected in it, px; ``measure`` is
    for a face whose landmarks count, otherwise it is enough to discover that there is one."""

    box_xyxy_px: Box
    face_px: float
    measure: bool = False


LARGEST_ENLARGEMENT = 5.0


def around_face(box_xyxy_px: Box, slack: float) -> Region:
    """The region in which a face last predicted at a box is looked for; ``slack`` more on each side, in face widths."""
    left, top, right, bottom = box_xyxy_px
    width = right - left
    middle, level, reach = (left + right) / 2, (top + bottom) / 2, width * (1.0 + slack)
    return Region(
        box_xyxy_px=(middle - reach, level - reach, middle + reach, level + reach), face_px=width, measure=True
    )


def detect_in(engine: FaceEngine, image: Image, regions: Iterable[Region]) -> list[Detection]:
    """Faces in the regions of an (H, W, 3) BGR picture, in its pixels, each once; measured ones come first and win."""
    measured: list[Detection] = []
    discovered: list[Detection] = []
    for region in regions:
        (measured if region.measure else discovered).extend(_search(engine, image, region))
    return once([*once(measured), *once(discovered)])


def once(found: Iterable[Detection]) -> list[Detection]:
    """Detections of different regions with doubles removed: of two that overlap by 40 % the first one stays.

    >>> at = lambda x, s: Detection(box_xyxy_px=np.float32([x, 0, x + 10, 10]), landmarks_px=np.zeros((5, 2)), score=s)
    >>> [d.score for d in once([at(0, 0.9), at(1, 0.5), at(30, 0.7)])]
    [0.9, 0.7]
    """
    kept: list[Detection] = []
    for one in found:
        if all(_overlap(one, other) < 0.4 for other in kept):
            kept.append(one)
    return kept


def _search(engine: FaceEngine, image: Image, region: Region) -> list[Detection]:
    height, width = image.shape[:2]
    left, top = max(0, int(region.box_xyxy_px[0])), max(0, int(region.box_xyxy_px[1]))
    right, bottom = min(width, int(region.box_xyxy_px[2]) + 1), min(height, int(region.box_xyxy_px[3]) + 1)
    if right - left < 8 or bottom - top < 8:
        return []
    wanted_px = engine.best_face_px if region.measure else engine.least_face_px
    scale = min(LARGEST_ENLARGEMENT, wanted_px / max(region.face_px, 1.0))
    part = image[top:bottom, left:right]
    size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    scaled = cv2.resize(part, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    # the real factors: rounding the size to whole pixels must not move the landmarks
    factor = np.array([(right - left) / size[0], (bottom - top) / size[1]], np.float32)
    shift = np.array([left, top], np.float32)
    return [
        Detection(
            box_xyxy_px=((face.box_xyxy_px.reshape(2, 2) * factor) + shift).reshape(4),
            landmarks_px=face.landmarks_px * factor + shift,
            score=face.score,
        )
        for face in engine.detect(np.ascontiguousarray(scaled, dtype=np.uint8))
    ]


def _overlap(one: Detection, other: Detection) -> float:
    """Shared area over the smaller area."""
    a, b = one.box_xyxy_px, other.box_xyxy_px
    across = float(min(a[2], b[2]) - max(a[0], b[0]))
    down = float(min(a[3], b[3]) - max(a[1], b[1]))
    smaller = min(float((box[2] - box[0]) * (box[3] - box[1])) for box in (a, b))
    return max(0.0, across) * max(0.0, down) / max(smaller, 1e-6)
