"""Whether a face in a picture is good enough for a template, why not, and how good it is among others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import cv2
import numpy as np

from recognition.align import aligned_crop
from recognition.types import Detection, FloatArray, Image

Language = Literal["zh", "en"]

# Of the 112 px crop: brow to chin, without background.
_FACE_ROWS, _FACE_COLUMNS = slice(20, 100), slice(16, 96)
# On a frontal face, in units of the distance between the eyes: how far the nose tip lies below the eyes, and how far
# it stands out of their plane (ArcFace's mean face; 25 mm on 63 mm).
_NOSE_DOWN, _NOSE_OUT = 0.57, 0.40


class Refusal(StrEnum):
    """Why a face or a photograph cannot be used."""

    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    TOO_SMALL = "too_small"
    TOO_BLURRED = "too_blurred"
    TURNED_AWAY = "turned_away"
    CUT_OFF = "cut_off"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    DOUBTFUL = "doubtful"

    def text(self, language: Language) -> str:
        """The reason in words.

        >>> Refusal.TOO_SMALL.text("zh")
        '人脸太小，请靠近拍摄'
        """
        return _TEXTS[self][language]


_TEXTS: dict[Refusal, dict[Language, str]] = {
    Refusal.NO_FACE: {"en": "no face found", "zh": "没有找到人脸"},
    Refusal.SEVERAL_FACES: {"en": "more than one face: use a photo of one person", "zh": "有多张人脸，请使用单人照片"},
    Refusal.TOO_SMALL: {"en": "the face is too small: come closer", "zh": "人脸太小，请靠近拍摄"},
    Refusal.TOO_BLURRED: {"en": "the face is blurred: hold still and focus", "zh": "人脸模糊，请保持不动并对焦"},
    Refusal.TURNED_AWAY: {"en": "the face is turned away: look at the camera", "zh": "人脸偏转过大，请正对镜头"},
    Refusal.CUT_OFF: {"en": "the face is cut off by the picture's edge", "zh": "人脸超出画面，请完整入镜"},
    Refusal.TOO_DARK: {"en": "the face is too dark: more light", "zh": "人脸过暗，请增加光线"},
    Refusal.TOO_BRIGHT: {"en": "the face is overexposed: less light", "zh": "人脸过曝，请减少光线"},
    Refusal.DOUBTFUL: {"en": "hardly a face: try another picture", "zh": "人脸特征不清晰，请更换照片"},
}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What is still good enough. The defaults are for crops of the door."""

    eye_distance_px: float = 10.0
    """Between the eye centres. Below it strangers grow alike: their templates show the blur, not the face."""
    sharpness: float = 0.10
    """See `sharpness`. At 0.10 a template keeps about 0.8 of its likeness, at 0.15 0.9, at 0.07 nothing reliable."""
    turn_deg: float = 45.0
    """Yaw or pitch, rough."""
    outside: float = 0.15
    """Share of the box beyond the picture's edge."""
    dark: float = 35.0
    bright: float = 225.0
    """Mean grey of the face, 0-255."""
    detection: float = 0.3
    """Detector's score; every engine's own threshold applies before it."""


ENROLMENT = Limits(eye_distance_px=24.0, sharpness=0.15, turn_deg=35.0, outside=0.05, dark=45.0, bright=215.0)
"""Stricter: a template that stays. ISO/IEC 29794-5 asks more; a phone photo at arm's length passes this."""


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Measures of one face and what they forbid.

    ``score`` 0..1 chooses the best of several crops and weighs them when fused; it is 0 only for a refused face.
    """

    score: float
    eye_distance_px: float
    sharpness: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    brightness: float
    detection: float
    refusals: tuple[Refusal, ...]

    @property
    def good(self) -> bool:
        """Nothing forbids a template."""
        return not self.refusals


def assess(image: Image, detection: Detection, limits: Limits | None = None) -> Quality:
    """Quality of one detected face in an (H, W, 3) BGR uint8 image.

    >>> from recognition.align import ARCFACE_PX
    >>> face = Detection(box_xyxy_px=np.float32([20, 20, 90, 105]), landmarks_px=ARCFACE_PX, score=0.9)
    >>> [str(r) for r in assess(np.full((112, 112, 3), 128, np.uint8), face).refusals]
    ['too_blurred']
    """
    limits = limits or Limits()
    grey = cv2.cvtColor(aligned_crop(image, detection.landmarks_px), cv2.COLOR_BGR2GRAY)
    face = grey[_FACE_ROWS, _FACE_COLUMNS].astype(np.float32)
    eyes_px = float(np.linalg.norm(detection.landmarks_px[1] - detection.landmarks_px[0]))
    yaw, pitch, roll = pose_deg(detection.landmarks_px)
    sharp, brightness = sharpness(face), float(face.mean())
    broken = (
        (Refusal.DOUBTFUL, detection.score < limits.detection),
        (Refusal.CUT_OFF, _outside(image, detection) > limits.outside),
        (Refusal.TOO_SMALL, eyes_px < limits.eye_distance_px),
        (Refusal.TOO_DARK, brightness < limits.dark),
        (Refusal.TOO_BRIGHT, brightness > limits.bright),
        (Refusal.TURNED_AWAY, max(abs(yaw), abs(pitch)) > limits.turn_deg),
        (Refusal.TOO_BLURRED, sharp < limits.sharpness),
    )
    refusals = tuple(refusal for refusal, is_broken in broken if is_broken)
    frontal = math.cos(math.radians(min(abs(yaw), 89))) * math.cos(math.radians(min(abs(pitch), 89)))
    score = frontal * min(sharp / 0.3, 1.0) * min(eyes_px / 40, 1.0) ** 0.5 * min(max(detection.score, 0.05), 1.0)
    return Quality(
        score=0.0 if refusals else score,
        eye_distance_px=eyes_px,
        sharpness=sharp,
        yaw_deg=yaw,
        pitch_deg=pitch,
        roll_deg=roll,
        brightness=brightness,
        detection=detection.score,
        refusals=refusals,
    )


def sharpness(grey_face: FloatArray) -> float:
    """Fine structure against contrast of an aligned grey face: spread of the Laplacian over spread of the grey.

    Independent of lighting. About 0.7 for a sharp photo, 0.2 when blurred by 3 % of the distance between the eyes
    (Gaussian sigma) or 16 px between the eyes, 0.12 at 5 %, 0.09 at 8 %.
    """
    fine: FloatArray = np.asarray(cv2.Laplacian(grey_face, cv2.CV_32F), np.float32)
    return float(fine.std()) / (float(grey_face.std()) + 4.0)


def pose_deg(landmarks_px: FloatArray) -> tuple[float, float, float]:
    """Yaw, pitch, roll in degrees from (5, 2) landmarks: rough, good for refusing, not for measuring.

    Yaw is positive when the nose points to the picture's right, pitch when it points down, roll clockwise.
    A nose tip 0.40 eye distances out of the plane of the eyes moves sideways by the tangent of yaw. Down it goes no
    further than at 35 degrees, so a head bowed deeper seems less bowed.

    >>> from recognition.align import ARCFACE_PX
    >>> all(abs(angle) < 3 for angle in pose_deg(ARCFACE_PX))
    True
    """
    left, right, nose = landmarks_px[0], landmarks_px[1], landmarks_px[2]
    across = right - left
    length = max(float(np.linalg.norm(across)), 1e-6)
    axis = across / length
    offset = (nose - (left + right) / 2) / length
    sideways = float(offset @ axis)
    down = float(offset @ np.array([-axis[1], axis[0]]))
    yaw = math.degrees(math.atan2(sideways, _NOSE_OUT))
    # Turning shortens the distance between the eyes, the unit of ``down``; the nose tip swings on a circle.
    seen = down * math.cos(math.radians(yaw)) / math.hypot(_NOSE_DOWN, _NOSE_OUT)
    pitch = math.degrees(math.atan2(_NOSE_OUT, _NOSE_DOWN) - math.acos(min(max(seen, -1.0), 1.0)))
    return yaw, pitch, math.degrees(math.atan2(float(axis[1]), float(axis[0])))


def _outside(image: Image, detection: Detection) -> float:
    height, width = image.shape[:2]
    left, top, right, bottom = (float(v) for v in detection.box_xyxy_px)
    area = max((right - left) * (bottom - top), 1e-6)
    inside = max(min(right, width) - max(left, 0), 0) * max(min(bottom, height) - max(top, 0), 0)
    return float(1 - inside / area)
