"""YuNet and SFace through OpenCV behind the engine protocol. Only this file knows their row layout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from recognition.types import Detection, FloatArray, Image, Template, unit

_NMS_OVERLAP = 0.3
_MOST_CANDIDATES = 500


class OpencvEngine:
    """YuNet finds, SFace makes the template (128 numbers); MIT and Apache-2.0 weights."""

    def __init__(self, *, pack: str, detector: Path, recogniser: Path, detector_threshold: float = 0.7) -> None:
        self._detector: Any = cv2.FaceDetectorYN.create(
            str(detector), "", (320, 320), detector_threshold, _NMS_OVERLAP, _MOST_CANDIDATES
        )
        self._embedder: Any = cv2.FaceRecognizerSF.create(str(recogniser), "")
        self._pack = pack

    @property
    def pack(self) -> str:
        return self._pack

    @property
    def best_face_px(self) -> float:
        return 80.0

    @property
    def least_face_px(self) -> float:
        return 24.0

    def detect(self, image: Image) -> list[Detection]:
        height, width = image.shape[:2]
        self._detector.setInputSize((width, height))
        _, rows = self._detector.detect(image)
        faces = [detection_of_row(row) for row in (rows if rows is not None else ())]
        return sorted(faces, key=lambda face: -face.score)

    def embed(self, image: Image, detections: Sequence[Detection]) -> list[Template]:
        crops = (self._embedder.alignCrop(image, row_of_detection(detection)) for detection in detections)
        return [
            Template(vector=unit(self._embedder.feature(crop).reshape(-1).copy()), pack=self._pack) for crop in crops
        ]


def detection_of_row(row: FloatArray) -> Detection:
    """A YuNet row (15,): x, y, width, height, five landmarks (picture's left eye first), score.

    >>> detection_of_row(np.arange(15, dtype=np.float32)).box_xyxy_px.tolist()
    [0.0, 1.0, 2.0, 4.0]
    """
    x, y, width, height = row[:4]
    return Detection(
        box_xyxy_px=np.array([x, y, x + width, y + height], np.float32),
        landmarks_px=np.asarray(row[4:14], np.float32).reshape(5, 2),
        score=float(row[14]),
    )


def row_of_detection(detection: Detection) -> FloatArray:
    """The inverse of `detection_of_row`.

    >>> row = np.arange(15, dtype=np.float32)
    >>> bool((row_of_detection(detection_of_row(row)) == row).all())
    True
    """
    left, top, right, bottom = detection.box_xyxy_px
    return np.concatenate(
        [[left, top, right - left, bottom - top], detection.landmarks_px.reshape(-1), [detection.score]]
    ).astype(np.float32)
