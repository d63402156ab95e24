"""What a static camera shows besides faces: bodies that move, their soles, and what is neither."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from kiosk.body import Mask, StaticView
from kiosk.doorway import Camera
from recognition.types import Detection, Image
from tests.kiosk.walks import face_at

CAMERA = Camera(width=640, height=360, hfov_deg=66.0, height_m=2.3, pitch_deg=18.0)
EYES_M, EYE_DISTANCE_M = 1.58, 0.063


def room() -> Image:
    """A floor and a wall with some structure, (360, 640, 3)."""
    rough = np.random.default_rng(0).normal(0, 14, (45, 80, 3))
    smooth = cv2.resize(rough, (640, 360), interpolation=cv2.INTER_CUBIC)
    return np.clip(140 + smooth, 0, 255).astype(np.uint8)


def stood(image: Image, x: float, z: float, *, eyes_m: float = EYES_M) -> tuple[Detection, float]:
    """Put a dark figure on the floor at X, Z (m); its face and the row of its sole, px."""
    pixels = CAMERA.project([[x, eyes_m + 0.1, z], [x, 0.0, z], [x - 0.22, 0.9, z], [x + 0.22, 0.9, z]])
    (top, sole, left, right) = pixels.round().astype(int).tolist()
    cv2.rectangle(image, (left[0], top[1]), (right[0], sole[1] - 1), (30, 34, 40), -1)
    eyes = CAMERA.project([x, eyes_m, z])
    depth = float((np.array([x, eyes_m - CAMERA.height_m, z])) @ CAMERA.rotation[2])
    return face_at(eyes, CAMERA.focal_px * EYE_DISTANCE_M / depth), float(sole[1])


def settled() -> StaticView:
    """A view that has seen the empty room for a second."""
    view = StaticView(CAMERA)
    for n in range(15):
        view.update(room(), n / 15)
    return view


def seen_with(draw: Callable[[Image], object]) -> tuple[StaticView, Mask]:
    view, image = settled(), room()
    draw(image)
    return view, view.update(image, 1.0)


def test_an_empty_room_has_no_foreground() -> None:
    view, mask = seen_with(lambda image: None)
    assert mask.shape == (360 // view.shrink, 640 // view.shrink)
    assert cv2.countNonZero(mask) == 0
    assert view.blobs_xyxy_px(mask, 4.0) == []


@pytest.mark.parametrize(("x", "z"), [(0.0, 4.0), (-0.8, 4.5), (0.9, 5.5), (0.2, 7.0)])
def test_the_sole_is_where_the_figure_stands(x: float, z: float) -> None:
    view, image = settled(), room()
    face, sole_row = stood(image, x, z)
    (sole,) = view.soles_px(view.update(image, 1.0), [face])
    assert sole is not None
    assert sole[1] == pytest.approx(sole_row, abs=2.5)
    assert CAMERA.on_floor(sole) == pytest.approx([x, z], abs=0.25)


def test_somebody_whose_feet_are_out_of_the_picture_has_no_sole() -> None:
    view, image = settled(), room()
    face, sole_row = stood(image, 0.0, 2.2)
    assert sole_row > 360
    assert view.soles_px(view.update(image, 1.0), [face]) == [None]


def test_who_stands_right_behind_another_has_no_sole_of_their_own() -> None:
    view, image = settled(), room()
    behind, _ = stood(image, 0.05, 5.5)
    before, row = stood(image, 0.0, 4.2)
    hidden, seen = view.soles_px(view.update(image, 1.0), [behind, before])
    assert hidden is None
    assert seen is not None
    assert seen[1] == pytest.approx(row, abs=2.5)


def test_people_side_by_side_each_have_their_sole() -> None:
    view, image = settled(), room()
    left, left_row = stood(image, -0.9, 5.0)
    right, right_row = stood(image, 0.9, 4.4)
    soles = view.soles_px(view.update(image, 1.0), [left, right])
    assert [sole[1] for sole in soles if sole] == pytest.approx([left_row, right_row], abs=2.5)


def test_a_face_on_a_poster_has_no_sole() -> None:
    view, mask = seen_with(lambda image: None)
    assert view.soles_px(mask, [face_at(np.array([300.0, 150.0]), 12.0)]) == [None]


def test_a_shadow_on_the_floor_is_no_body() -> None:
    def shadow(image: Image) -> None:
        image[200:300, 200:400] = (image[200:300, 200:400] * 0.85).astype(np.uint8)

    _, mask = seen_with(shadow)
    assert cv2.countNonZero(mask) < 0.02 * 100 * 200


@pytest.mark.parametrize("gain", [0.75, 1.3])
def test_a_change_of_exposure_is_nobody(gain: float) -> None:
    view = settled()
    mask = view.update(np.clip(room() * gain, 0, 255).astype(np.uint8), 1.0)
    assert view.blobs_xyxy_px(mask, 12.0) == []


def test_when_everything_changes_at_once_the_background_starts_anew() -> None:
    view = settled()
    other = np.flipud(255 - room()).copy()
    masks = [view.update(other, 1.0 + n / 15) for n in range(3)]
    assert [cv2.countNonZero(mask) for mask in masks] == [0, 0, 0]


def test_something_that_moves_is_boxed_in_the_pictures_pixels() -> None:
    view, mask = seen_with(lambda image: cv2.rectangle(image, (300, 100), (359, 279), (20, 20, 20), -1))
    (box,) = view.blobs_xyxy_px(mask, 12.0)
    assert box == pytest.approx((300, 100, 360, 280), abs=4)
