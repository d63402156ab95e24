"""dlib behind the engine protocol: HOG detector, five-point landmarks, ResNet template. Only this file knows dlib.

The 68-point shape predictor is not used: its training data forbid commercial use. The five-point file is CC0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from recognition.types import Detection, FloatArray, Image, Template, unit

# Along the line from the eyes' middle to the nose base, in units of that distance.
_NOSE_TIP = 0.80
_MOUTH = 1.31
_MOUTH_HALF_WIDTH = 0.45
"""Half the mouth's width, in units of the distance between the eyes (ArcFace's mean face has 0.42)."""


def landmarks_from_corners(corners_px: FloatArray) -> FloatArray:
    """Five landmarks of the protocol from dlib's five points.

    ``corners_px`` (5, 2) float32: the right-hand eye's outer and inner corner, the left-hand eye's outer and
    inner corner (as seen in the picture), nose base. Eye centres are means of the measured corners. The nose tip
    and the mouth corners are **not measured**: they are extrapolated along the line from the eyes to the nose
    base, by proportions of a frontal face; use them for a rough pose, never as evidence.

    >>> flat = np.float32([[60, 0], [40, 0], [0, 0], [20, 0], [30, 30]])
    >>> landmarks_from_corners(flat)[:2].tolist()
    [[10.0, 0.0], [50.0, 0.0]]
    """
    right, left, nose_base = corners_px[:2].mean(axis=0), corners_px[2:4].mean(axis=0), corners_px[4]
    middle, across = (left + right) / 2, right - left
    down = nose_base - middle
    mouth = middle + _MOUTH * down
    return np.stack(
        [left, right, middle + _NOSE_TIP * down, mouth - _MOUTH_HALF_WIDTH * across, mouth + _MOUTH_HALF_WIDTH * across]
    ).astype(np.float32)


class _Point(Protocol):
    x: int
    y: int


class DlibEngine:
    """The embedded default: works from the package index alone, public-domain weights."""

    def __init__(self, *, pack: str, shape_predictor: Path, recogniser: Path, detector_threshold: float = 0.0) -> None:
        """``detector_threshold`` moves the HOG detector's cut: 0 is dlib's own, higher finds fewer faces."""
        import dlib

        self._dlib: Any = dlib
        self._detector: Any = dlib.get_frontal_face_detector()
        self._shape: Any = dlib.shape_predictor(str(shape_predictor))
        self._embedder: Any = dlib.face_recognition_model_v1(str(recogniser))
        self._threshold = detector_threshold
        self._pack = pack

    @property
    def pack(self) -> str:
        return self._pack

    @property
    def best_face_px(self) -> float:
        """The HOG window is 80 px wide; smaller faces are not found, larger ones only cost time."""
        return 100.0

    @property
    def least_face_px(self) -> float:
        return 85.0

    def detect(self, image: Image) -> list[Detection]:
        rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        rectangles, scores, _ = self._detector.run(rgb, 0, self._threshold)
        faces = [
            Detection(
                box_xyxy_px=np.array([r.left(), r.top(), r.right() + 1, r.bottom() + 1], np.float32),
                landmarks_px=landmarks_from_corners(_points(self._shape(rgb, r).parts())),
                score=float(score),
            )
            for r, score in zip(rectangles, scores, strict=True)
        ]
        return sorted(faces, key=lambda face: -face.score)

    def embed(self, image: Image, detections: Sequence[Detection]) -> list[Template]:
        if not detections:
            return []
        rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        shapes = self._dlib.full_object_detections()
        for detection in detections:
            left, top, right, bottom = (round(float(v)) for v in detection.box_xyxy_px)
            shapes.append(self._shape(rgb, self._dlib.rectangle(left, top, right - 1, bottom - 1)))
        vectors = self._embedder.compute_face_descriptor(rgb, shapes)
        return [Template(vector=unit(np.array(vector, np.float32)), pack=self._pack) for vector in vectors]


def _points(parts: Iterable[_Point]) -> FloatArray:
    return np.array([(part.x, part.y) for part in parts], np.float32)
