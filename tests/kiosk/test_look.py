"""Looking for faces region by region: found once, in the picture's own pixels, whatever the scale."""

from __future__ import annotations

import numpy as np
import pytest

from kiosk.look import Region, around_face, detect_in, once
from recognition.types import Detection
from tests.kiosk.marks import MarkEngine, wall
from tests.kiosk.walks import face_at

EVERYTHING = (0.0, 0.0, 320.0, 180.0)


def middles(found: list[Detection]) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (each.landmarks_px[:2].mean(axis=0) for each in found)]


@pytest.mark.parametrize("face_px", [10.0, 16.0, 40.0])
@pytest.mark.parametrize("measure", [True, False])
@pytest.mark.parametrize("box", [EVERYTHING, (80.0, 20.0, 190.0, 130.0), (99.5, 49.5, 161.3, 111.9)])
def test_landmarks_are_in_the_pictures_pixels_at_every_scale(
    face_px: float, measure: bool, box: tuple[float, float, float, float]
) -> None:
    region = Region(box_xyxy_px=box, face_px=face_px, measure=measure)
    (found,) = detect_in(MarkEngine(), wall((130, 80)), [region])
    assert middles([found])[0] == pytest.approx((130, 80), abs=0.8)


@pytest.mark.parametrize(("measure", "wanted_px"), [(True, 40.0), (False, 20.0)])
def test_a_region_is_scaled_to_the_size_its_engine_works_best_at(measure: bool, wanted_px: float) -> None:
    engine = MarkEngine()
    detect_in(engine, wall((130, 80)), [Region(box_xyxy_px=(100, 50, 160, 110), face_px=16.0, measure=measure)])
    (width, height) = engine.shown[0]
    assert width == pytest.approx(61 * wanted_px / 16, abs=1)
    assert height == pytest.approx(61 * wanted_px / 16, abs=1)


def test_a_face_in_two_regions_is_found_once_and_the_measured_look_wins() -> None:
    engine = MarkEngine()
    regions = [
        Region(box_xyxy_px=EVERYTHING, face_px=16.0),
        around_face((122.0, 72.0, 138.0, 88.0), 0.5),
    ]
    (found,) = detect_in(engine, wall((130, 80)), regions)
    (alone,) = detect_in(engine, wall((130, 80)), regions[1:])
    assert (found.box_xyxy_px == alone.box_xyxy_px).all()


def test_two_faces_side_by_side_are_both_found() -> None:
    found = detect_in(MarkEngine(), wall((100, 80), (120, 80)), [Region(box_xyxy_px=EVERYTHING, face_px=16.0)])
    assert sorted(round(x) for x, _ in middles(found)) == [100, 120]


@pytest.mark.parametrize(
    "box",
    [
        (400.0, 10.0, 500.0, 60.0),  # right of the picture
        (-90.0, -90.0, -10.0, -10.0),  # above and left of it
        (316.0, 10.0, 400.0, 60.0),  # a sliver of it
        (50.0, 50.0, 50.0, 50.0),  # nothing
    ],
)
def test_a_region_out_of_the_picture_is_not_searched(box: tuple[float, float, float, float]) -> None:
    engine = MarkEngine()
    assert detect_in(engine, wall((130, 80)), [Region(box_xyxy_px=box, face_px=16.0)]) == []
    assert engine.shown == []


def test_a_face_at_the_pictures_edge_is_looked_for_in_what_there_is() -> None:
    (found,) = detect_in(MarkEngine(), wall((9, 80)), [around_face((1.0, 72.0, 17.0, 88.0), 0.5)])
    assert middles([found])[0] == pytest.approx((9, 80), abs=0.8)


def test_a_small_face_inside_a_larger_one_is_a_double() -> None:
    large, small = face_at(np.array([100.0, 100.0]), 40.0), face_at(np.array([101.0, 100.0]), 12.0)
    assert once([large, small]) == [large]
