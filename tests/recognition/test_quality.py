"""Quality: every reason to refuse a face, and the scalar that chooses the best crop."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from recognition.align import ARCFACE_PX
from recognition.quality import ENROLMENT, Refusal, assess, pose_deg
from recognition.types import Detection, FloatArray, Image
from tests.recognition.fakes import face


def turned(yaw_deg: float, pitch_deg: float = 0.0, roll_deg: float = 0.0) -> FloatArray:
    """Landmarks (5, 2) of a head turned by these angles and seen from afar; the nose stands 0.4 eye distances out."""
    flat = np.array([[-0.5, 0, 0], [0.5, 0, 0], [0, 0.57, 0.4], [-0.42, 1.15, 0], [0.42, 1.15, 0]])
    yaw, pitch, roll = np.radians([yaw_deg, pitch_deg, roll_deg])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]])
    seen = (about_y @ about_x @ flat.T).T[:, :2]
    about_z = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    return np.asarray((about_z @ seen.T).T * 40 + 56, np.float32)


def test_a_sharp_frontal_face_is_good_enough_to_enrol(noise: Image) -> None:
    quality = assess(noise, face(left=200, top=150), ENROLMENT)
    assert quality.good
    assert 0.5 < quality.score <= 1


BIG = face(left=200, top=150)


@pytest.mark.parametrize(
    ("detection", "change", "refusal"),
    [
        (face(left=300, top=200, width=30), "", Refusal.TOO_SMALL),  # eyes 9 px apart
        (BIG, "blur", Refusal.TOO_BLURRED),  # Gaussian, a tenth of the eye distance
        (BIG, "darken", Refusal.TOO_DARK),  # mean grey 19
        (BIG, "brighten", Refusal.TOO_BRIGHT),  # mean grey 240
        (face(left=-40, top=150), "", Refusal.CUT_OFF),  # a third outside
        (face(left=200, top=150, score=0.1), "", Refusal.DOUBTFUL),  # the detector hardly believes it
    ],
)
def test_each_fault_is_named(noise: Image, detection: Detection, change: str, refusal: Refusal) -> None:
    images = {
        "": noise,
        "blur": cv2.GaussianBlur(noise, (0, 0), 4).astype(np.uint8),
        "darken": (noise // 7).astype(np.uint8),
        "brighten": (220 + noise // 6).astype(np.uint8),
    }
    quality = assess(images[change], detection)
    assert refusal in quality.refusals
    assert quality.score == 0
    assert not quality.good


@pytest.mark.parametrize(
    ("yaw", "pitch", "roll"),
    [(0, 0, 0), (20, 0, 0), (-30, 0, 0), (0, 15, 0), (0, -20, 0), (0, 0, 25), (15, 0, -20)],
)
def test_pose_is_read_from_landmarks(yaw: float, pitch: float, roll: float) -> None:
    assert pose_deg(turned(yaw, pitch, roll)) == pytest.approx((yaw, pitch, roll), abs=6)


def test_a_face_turned_away_is_refused(noise: Image) -> None:
    box = np.array([0, 0, 112, 112], np.float32)
    for landmarks, good in ((turned(20), True), (turned(55), False), (turned(0, -60), False)):
        quality = assess(noise, Detection(box_xyxy_px=box, landmarks_px=landmarks, score=0.9))
        assert (Refusal.TURNED_AWAY not in quality.refusals) is good


def test_the_better_crop_has_the_higher_score(noise: Image) -> None:
    soft = cv2.GaussianBlur(noise, (0, 0), 1.2).astype(np.uint8)
    best = assess(noise, BIG).score
    assert best > assess(soft, BIG).score > 0
    assert best > assess(noise, face(left=200, top=150, width=50)).score > 0
    box = np.array([0, 0, 112, 112], np.float32)
    aside = Detection(box_xyxy_px=box, landmarks_px=turned(35), score=0.9)
    ahead = Detection(box_xyxy_px=box, landmarks_px=ARCFACE_PX, score=0.9)
    assert assess(noise, ahead).score > assess(noise, aside).score > 0


@pytest.mark.parametrize("refusal", list(Refusal))
def test_every_refusal_speaks_both_languages(refusal: Refusal) -> None:
    assert refusal.text("en").isascii()
    assert not refusal.text("zh").isascii()
