"""The faces scenes are rendered from: the built-in group picture, or a folder of photographs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.simulator import folder_faces, group_faces, write_people
from kiosk.types import KioskError
from recognition.engine import load_engine
from recognition.types import Detection, Image, Template


class Blind:
    """An engine that never sees a face."""

    pack = "blind"
    best_face_px = 100.0
    least_face_px = 40.0

    def detect(self, image: Image) -> list[Detection]:
        return []

    def embed(self, image: Image, detections: Sequence[Detection]) -> list[Template]:
        return []


def test_an_engine_that_misses_people_of_the_built_in_picture_is_named() -> None:
    with pytest.raises(KioskError, match="blind finds 0; try dlib"):
        group_faces(Blind())


def test_the_built_in_picture_gives_six_people_whose_photographs_differ(tmp_path: Path) -> None:
    engine = load_engine("dlib")
    faces = group_faces(engine)
    assert list(faces) == [f"person-{number}" for number in range(1, 7)]
    for enrolment, probe, _ in faces.values():
        assert not np.array_equal(enrolment.image, probe.image)
        assert len(engine.detect(enrolment.image)) == 1
    write_people(faces, tmp_path)
    assert list(folder_faces(tmp_path, engine)) == list(faces)


def test_a_folder_without_photographs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KioskError, match="no photographs"):
        folder_faces(tmp_path, Blind())


def test_a_photograph_without_a_face_is_named(tmp_path: Path) -> None:
    (tmp_path / "li").mkdir()
    cv2.imwrite(str(tmp_path / "li" / "00.jpg"), np.full((200, 200, 3), 90, np.uint8))
    with pytest.raises(KioskError, match=r"li/00\.jpg: no face found"):
        folder_faces(tmp_path, Blind())


def test_a_file_that_is_no_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "li").mkdir()
    (tmp_path / "li" / "00.jpg").write_bytes(b"not a picture")
    with pytest.raises(KioskError, match=r"li/00\.jpg: not readable"):
        folder_faces(tmp_path, Blind())
