"""Thumbnails: nobody is found in one by an engine, also enlarged, and what is left is colour and company."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from insightface.data import get_image

from api.errors import ApiError
from api.thumbnails import CELLS, WIDTH_PX, thumbnail
from recognition.engine import load_engine
from recognition.enrol import detect_photo
from recognition.types import Image


def jpeg_of(picture: Image) -> bytes:
    return bytes(cv2.imencode(".jpg", picture)[1])


def shown(picture: Image) -> Image:
    return np.asarray(cv2.imdecode(np.frombuffer(thumbnail(jpeg_of(picture)), np.uint8), cv2.IMREAD_COLOR), np.uint8)


@pytest.fixture(scope="module")
def group() -> Image:
    """Six people."""
    return np.asarray(get_image("t1"), np.uint8)


def test_no_face_is_found_in_it_near_or_far_as_it_is_or_enlarged(group: Image) -> None:
    engine = load_engine("dlib")
    faces = detect_photo(engine, group)
    left, top, right, bottom = (int(side) for side in faces[0].box_xyxy_px)
    half = (right - left) // 2
    near = group[max(0, top - half) : bottom + half, max(0, left - half) : right + half]
    assert (len(faces), len(detect_photo(engine, near))) == (6, 1)
    for picture in (group, near):
        small = shown(picture)
        large = np.asarray(cv2.resize(small, picture.shape[1::-1], interpolation=cv2.INTER_CUBIC), np.uint8)
        assert detect_photo(engine, small) == []
        assert detect_photo(engine, large) == []


def test_no_detail_is_left_that_a_filter_could_bring_back() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (720, 1280, 3)).astype(np.uint8)
    part = shown(noise).astype(np.float32).mean(axis=2)
    power = np.abs(np.fft.fft2(part - part.mean())) ** 2
    fine = np.abs(np.fft.fftfreq(WIDTH_PX, 1 / WIDTH_PX)) > CELLS
    assert power[:, fine].sum() < 1e-3 * noise.astype(np.float32).mean(axis=2).var() * part.size**2


@pytest.mark.parametrize("shape", [(720, 1280), (1280, 720), (3, 2000), (1, 1)])
def test_a_picture_of_any_shape_becomes_a_small_one_of_that_shape(shape: tuple[int, int]) -> None:
    height, width = shown(np.full((*shape, 3), 128, np.uint8)).shape[:2]
    assert (width, height) == (WIDTH_PX, max(1, round(WIDTH_PX * shape[0] / shape[1])))


def test_a_coat_keeps_its_colour() -> None:
    picture = np.zeros((720, 1280, 3), np.uint8)
    picture[200:700, 500:800] = (30, 30, 200)
    blue, green, red = shown(picture)[34, 48]
    assert red > 100 > 60 > max(blue, green)


@pytest.mark.parametrize("content", [b"", b"no picture", jpeg_of(np.zeros((9, 9, 3), np.uint8))[:20]])
def test_what_is_no_picture_is_not_shown(content: bytes) -> None:
    with pytest.raises(ApiError) as refused:
        thumbnail(content)
    assert (refused.value.status, refused.value.code) == (404, "not_found")
