"""Blurring: nobody can be found or read in what is left, whatever the picture, and nothing else is touched."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from insightface.data import get_image

from kiosk.blur import CELLS, blur_faces, head_box
from recognition.engine import load_engine
from recognition.enrol import detect_photo
from recognition.types import Image


@pytest.fixture(scope="module")
def noise() -> Image:
    return np.random.default_rng(1).integers(0, 256, (240, 320, 3)).astype(np.uint8)


def test_a_blurred_face_is_no_longer_found_and_the_others_are() -> None:
    engine, picture = load_engine("dlib"), np.asarray(get_image("t1"), np.uint8)
    faces = detect_photo(engine, picture)
    hidden = [face.box_xyxy_px for face in faces[:3]]
    left = detect_photo(engine, blur_faces(picture, hidden))
    assert len(faces) == 6
    assert len(left) == 3
    assert detect_photo(engine, blur_faces(picture, [face.box_xyxy_px for face in faces])) == []


def test_no_detail_is_left_that_a_filter_could_bring_back(noise: Image) -> None:
    box = [120, 80, 180, 140]
    left, top, right, bottom = box
    part = blur_faces(noise, [box])[top:bottom, left:right].astype(np.float32).mean(axis=2)
    power = np.abs(np.fft.fft2(part - part.mean())) ** 2
    waves = np.minimum(np.arange(60), 60 - np.arange(60))
    fine = np.maximum(waves[:, None], waves[None, :]) > CELLS
    before = noise[top:bottom, left:right].astype(np.float32).mean(axis=2).var() * part.size**2
    assert power[fine].sum() < 1e-3 * before


def test_two_faces_with_the_same_average_colours_cannot_be_told_apart() -> None:
    """Every cell of the first is striped the other way round than in the second."""
    stripes = np.zeros((300, 300, 3), np.uint8)
    stripes[:, ::2] = 200
    swapped = stripes.copy()
    swapped[:, :] = 200 - swapped
    one, two = (blur_faces(picture, [[100, 100, 148, 148]]) for picture in (stripes, swapped))
    core = np.s_[100:148, 100:148]
    assert np.abs(one[core].astype(int) - two[core]).max() <= 10
    assert np.abs(stripes[core].astype(int) - swapped[core]).min() == 200


def test_what_is_not_a_head_stays_as_it_was(noise: Image) -> None:
    kept = noise.copy()
    blurred = blur_faces(noise, [[120, 80, 180, 140]])
    left, top, right, bottom = head_box([120, 80, 180, 140])
    outside = np.ones(noise.shape[:2], bool)
    outside[top:bottom, left:right] = False
    assert (blurred[outside] == noise[outside]).all()
    assert (noise == kept).all()


@given(
    corner=st.tuples(st.integers(-400, 400), st.integers(-400, 400)),
    size=st.tuples(st.integers(1, 300), st.integers(1, 300)),
)
def test_a_box_anywhere_is_blurred_where_it_lies_in_the_picture(corner: tuple[int, int], size: tuple[int, int]) -> None:
    board = np.asarray(np.indices((120, 160)).sum(axis=0) % 2 * 255, np.uint8)
    picture = np.asarray(cv2.cvtColor(board, cv2.COLOR_GRAY2BGR), np.uint8)
    box = (*corner, corner[0] + size[0], corner[1] + size[1])
    blurred = blur_faces(picture, [box])
    x0, y0, x1, y1 = max(0, box[0]), max(0, box[1]), min(160, box[2]), min(120, box[3])
    assert blurred.shape == picture.shape
    if x1 - x0 > 3 and y1 - y0 > 3:
        assert blurred[y0:y1, x0:x1].std() < 45  # 127 before


@pytest.mark.parametrize(
    "box",
    [
        [10, 10, 5, 20],  # right is left of left
        [10, 10, 20, 10],  # no height
        [float("nan"), 10, 20, 20],  # nowhere
        [10, 10, 20],  # not a box
    ],
)
def test_a_face_that_cannot_be_found_is_refused_rather_than_shown(noise: Image, box: list[float]) -> None:
    with pytest.raises(ValueError, match="a face's box is left, top, right, bottom"):
        blur_faces(noise, [box])
