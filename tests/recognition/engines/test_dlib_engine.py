"""The dlib engine on the group photograph that InsightFace's package carries."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from recognition.engine import load_engine
from recognition.engines.dlib_engine import landmarks_from_corners
from recognition.types import FaceEngine, Image


@pytest.fixture(scope="module")
def engine() -> FaceEngine:
    return load_engine("dlib")


def test_six_people_are_found_and_are_six_people(engine: FaceEngine, group_photo: Image) -> None:
    faces = engine.detect(group_photo)
    templates = engine.embed(group_photo, faces)
    assert len(faces) == 6
    assert [face.score for face in faces] == sorted((face.score for face in faces), reverse=True)
    cosines = [float(a.vector @ b.vector) for a, b in itertools.combinations(templates, 2)]
    assert max(cosines) < 0.93
    for template in templates:
        assert template.vector.dtype == np.float32
        assert np.linalg.norm(template.vector) == pytest.approx(1, abs=1e-5)


def test_a_face_found_in_a_region_gives_the_template_of_the_whole_picture(
    engine: FaceEngine, group_photo: Image
) -> None:
    face = engine.detect(group_photo)[0]
    left, top, right, bottom = (int(v) for v in face.box_xyxy_px)
    region = np.ascontiguousarray(group_photo[max(top - 60, 0) : bottom + 60, max(left - 60, 0) : right + 60])
    inside = engine.detect(region)
    assert len(inside) == 1
    one, other = engine.embed(group_photo, [face])[0], engine.embed(region, inside)[0]
    assert one.vector @ other.vector > 0.98


def test_no_faces_make_no_templates(engine: FaceEngine, group_photo: Image) -> None:
    assert engine.embed(group_photo, []) == []
    assert engine.detect(np.zeros((120, 120, 3), np.uint8)) == []


def test_landmarks_lie_eyes_above_nose_above_mouth() -> None:
    five = landmarks_from_corners(np.array([[75, 51], [65, 52], [33, 52], [43, 52], [56, 77]], np.float32))
    assert five.shape == (5, 2)
    assert five[0, 0] < five[2, 0] < five[1, 0]
    assert five[0, 1] < five[2, 1] < five[3, 1]
