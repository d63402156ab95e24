"""From a photograph to a template, or one line saying why not."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from recognition.engine import load_engine
from recognition.enrol import PhotoRefusedError, detect_photo, enrolment_template, read_photo
from recognition.quality import Refusal
from recognition.types import Detection, Image, RecognitionError
from tests.recognition.fakes import FakeEngine, face

ONE = face(left=200, top=150)


def test_one_good_face_gives_one_template(noise: Image) -> None:
    engine = FakeEngine(faces=[ONE])
    assert enrolment_template(engine, noise, "ann.jpg").pack == engine.pack
    assert engine.embedded == [1]


@pytest.mark.parametrize(
    ("faces", "refusal"),
    [
        ([], Refusal.NO_FACE),
        ([ONE, face(left=400, top=150, width=80)], Refusal.SEVERAL_FACES),  # two people
        ([face(left=200, top=150, width=40)], Refusal.TOO_SMALL),  # eyes 13 px apart
    ],
)
def test_a_photo_that_cannot_be_used_is_named_with_the_reason(
    noise: Image, faces: list[Detection], refusal: Refusal
) -> None:
    engine = FakeEngine(faces=faces)
    with pytest.raises(PhotoRefusedError, match=r"^ann\.jpg: ") as caught:
        enrolment_template(engine, noise, "ann.jpg")
    assert caught.value.refusal is refusal
    assert refusal.text("en") in str(caught.value)
    assert refusal.text("zh") in str(caught.value)
    assert "\n" not in str(caught.value)
    assert engine.embedded == []


def test_a_blurred_photo_is_refused(noise: Image) -> None:
    soft = cv2.GaussianBlur(noise, (0, 0), 4).astype(np.uint8)
    with pytest.raises(PhotoRefusedError) as caught:
        enrolment_template(FakeEngine(faces=[ONE]), soft, "ann.jpg")
    assert caught.value.refusal is Refusal.TOO_BLURRED


def test_a_small_face_in_the_background_does_not_matter(noise: Image) -> None:
    engine = FakeEngine(faces=[face(left=500, top=20, width=40), ONE])
    assert enrolment_template(engine, noise, "ann.jpg").pack == engine.pack


def test_a_face_is_counted_once_though_seen_in_several_scales(noise: Image) -> None:
    found = detect_photo(FakeEngine(faces=[ONE]), noise)
    assert len(found) == 1
    assert found[0].box_xyxy_px == pytest.approx(ONE.box_xyxy_px, abs=1e-3)


@pytest.mark.parametrize("width", [110, 250, 420])
def test_faces_too_large_for_the_detector_are_found_in_a_smaller_picture(noise: Image, width: int) -> None:
    large = face(left=20, top=10, width=width)
    engine = FakeEngine(faces=[large], smallest_px=50, largest_px=220)
    assert detect_photo(engine, noise)[0].box_xyxy_px == pytest.approx(large.box_xyxy_px, abs=1e-2)


def test_six_people_are_too_many(group_photo: Image) -> None:
    with pytest.raises(PhotoRefusedError) as caught:
        enrolment_template(load_engine("dlib"), group_photo, "group.jpg")
    assert caught.value.refusal is Refusal.SEVERAL_FACES


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "cannot be read"),  # missing
        (b"", "not a picture"),  # empty
        (b"GIF87a no", "not a picture"),  # something else
    ],
)
def test_a_file_that_is_no_picture_is_named(tmp_path: Path, content: bytes | None, fault: str) -> None:
    path = tmp_path / "李明.jpg"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecognitionError, match=rf"李明\.jpg: {fault}"):
        read_photo(path)


def test_a_picture_is_read_as_it_was_written(tmp_path: Path, noise: Image) -> None:
    path = tmp_path / "王芳.png"
    path.write_bytes(cv2.imencode(".png", noise)[1].tobytes())
    assert (read_photo(path) == noise).all()
