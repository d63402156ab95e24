"""From a photograph to a template worth keeping, or the reason why not."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from recognition.quality import ENROLMENT, Limits, Refusal, assess
from recognition.types import Detection, FaceEngine, Image, RecognitionError, Template

_LONG_SIDES_PX = (1280, 640, 320)
_SAME_FACE = 0.4
"""Overlap (intersection over union) from which two detections are one face."""
_SECOND_FACE = 0.5
"""A second face at least this wide, against the first, makes a photo one of two people; smaller is background."""


class PhotoRefusedError(RecognitionError):
    """A photograph cannot be used; ``refusal`` says why."""

    def __init__(self, name: str, refusal: Refusal) -> None:
        super().__init__(f"{name}: {refusal.text('en')} ({refusal.text('zh')})")
        self.refusal = refusal


def read_photo(path: Path) -> Image:
    """A photograph as (H, W, 3) BGR uint8, turned as its EXIF says. RecognitionError when missing or no picture."""
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise RecognitionError(f"{path}: cannot be read: {error.strerror}") from error
    image = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if image is None:
        raise RecognitionError(f"{path}: not a picture that can be read (JPEG, PNG, WebP, BMP, TIFF)")
    return image.astype(np.uint8, copy=False)


def detect_photo(engine: FaceEngine, image: Image) -> list[Detection]:
    """Faces of any size in a photograph, largest first, in its pixels.

    A detector works at its own scale only, so the photograph is looked at in several; of one face seen in several
    scales the detection nearest to the detector's best face size stays.
    """
    longest = max(image.shape[:2])
    scales = sorted({min(1.0, side / longest) for side in _LONG_SIDES_PX} | {2.0 if longest <= 320 else 1.0})
    seen: list[tuple[float, Detection]] = []
    for scale in scales:
        interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        shown = image if scale == 1 else cv2.resize(image, None, fx=scale, fy=scale, interpolation=interpolation)
        for face in engine.detect(shown.astype(np.uint8, copy=False)):
            seen.append((abs(float(np.log(_width(face) / engine.best_face_px))), face.moved(scale=1 / scale)))
    faces: list[Detection] = []
    for _, face in sorted(seen, key=lambda each: each[0]):
        if all(_overlap(face, other) < _SAME_FACE for other in faces):
            faces.append(face)
    return sorted(faces, key=lambda face: -_width(face))


def enrolment_face(engine: FaceEngine, image: Image, name: str, limits: Limits = ENROLMENT) -> Detection:
    """The one usable face of a photograph. Raises PhotoRefusedError naming ``name`` and the first reason."""
    faces = detect_photo(engine, image)
    if not faces:
        raise PhotoRefusedError(name, Refusal.NO_FACE)
    if len(faces) > 1 and _width(faces[1]) >= _SECOND_FACE * _width(faces[0]):
        raise PhotoRefusedError(name, Refusal.SEVERAL_FACES)
    quality = assess(image, faces[0], limits)
    if quality.refusals:
        raise PhotoRefusedError(name, quality.refusals[0])
    return faces[0]


def enrolment_template(engine: FaceEngine, image: Image, name: str, limits: Limits = ENROLMENT) -> Template:
    """The template of the one person in a photograph; ``name`` is how errors call it (its file).

    ``image`` (H, W, 3) BGR uint8. Raises PhotoRefusedError: no face, several, too small, blurred, turned away, ...
    """
    return engine.embed(image, [enrolment_face(engine, image, name, limits)])[0]


def _width(face: Detection) -> float:
    return max(float(face.box_xyxy_px[2] - face.box_xyxy_px[0]), 1e-6)


def _overlap(one: Detection, other: Detection) -> float:
    a, b = one.box_xyxy_px, other.box_xyxy_px
    size = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    common = float(np.prod(np.maximum(size, 0)))
    return common / max(float(np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2])) - common, 1e-6)
