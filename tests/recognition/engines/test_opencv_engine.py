"""The OpenCV engine: YuNet's rows, SFace's templates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recognition.engines.opencv_engine import OpencvEngine
from recognition.types import Image


@pytest.fixture
def engine(shared: Path, tmp_path: Path, small_recogniser: Callable[[Path], None]) -> OpencvEngine:
    small_recogniser(tmp_path / "recogniser.onnx")
    detector = shared / "models" / "opencv-pack" / "face_detection_yunet_2023mar.onnx"
    return OpencvEngine(pack="p", detector=detector, recogniser=tmp_path / "recogniser.onnx")


def test_yunet_finds_six_people_and_each_gets_a_template(engine: OpencvEngine, group_photo: Image) -> None:
    faces = engine.detect(group_photo)
    assert len(faces) == 6
    templates = engine.embed(group_photo, faces)
    assert [template.vector.shape for template in templates] == [(128,)] * 6
    for template in templates:
        assert np.linalg.norm(template.vector) == pytest.approx(1, abs=1e-5)
    assert templates[0].vector @ templates[1].vector < 1 - 1e-6


def test_the_detector_follows_the_size_of_each_picture(engine: OpencvEngine, group_photo: Image) -> None:
    face = engine.detect(group_photo)[0]
    left, top, right, bottom = (int(v) for v in face.box_xyxy_px)
    top, left = max(top - 40, 0), max(left - 40, 0)
    region = np.ascontiguousarray(group_photo[top : bottom + 40, left : right + 40])
    inside = engine.detect(region)[0].moved(dx_px=left, dy_px=top)
    assert np.abs(inside.landmarks_px - face.landmarks_px).max() < 15


def test_nothing_is_found_in_an_empty_picture(engine: OpencvEngine) -> None:
    assert engine.detect(np.zeros((100, 130, 3), np.uint8)) == []
