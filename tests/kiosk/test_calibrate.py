"""Calibration: the camera that sees known floor points is found again, and nonsense is refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.calibrate import (
    Calibration,
    CalibrationError,
    FloorPoint,
    Place,
    calibrate,
    check_picture,
    load_points,
    make_doorway,
    parse_place,
    parse_point,
)
from kiosk.doorway import Camera, load_doorway, save_doorway

SIZE = (1280, 720)
SPOTS = ((200.0, 690.0), (1100.0, 640.0), (420.0, 470.0), (900.0, 440.0), (640.0, 560.0), (1010.0, 520.0))
CAMERA = Camera(width=1280, height=720, hfov_deg=70.0, height_m=2.4, pitch_deg=20.0, roll_deg=1.5)


def measured(
    camera: Camera, *, spots: tuple[tuple[float, float], ...] = SPOTS, turn: float = 0.5, noise_px: float = 0.0
) -> list[FloorPoint]:
    """Points seen by ``camera`` at ``spots``, measured in a floor frame that is turned and shifted against its own."""
    c, s = np.cos(turn), np.sin(turn)
    floor = (camera.on_floor(spots) - (1.0, 2.0)) @ np.array([[c, -s], [s, c]])
    seen = np.array(spots) + np.random.default_rng(1).normal(0, 1, (len(spots), 2)) * noise_px
    pairs = zip(seen.tolist(), floor.tolist(), strict=True)
    return [FloorPoint(px=(u, v), floor_m=(x, z)) for (u, v), (x, z) in pairs]


@settings(deadline=None, max_examples=12)
@given(
    hfov=st.floats(50, 95),
    height=st.floats(1.9, 3.2),
    pitch=st.floats(8, 40),
    roll=st.floats(-4, 4),
    turn=st.floats(-3.1, 3.1),
    known_height=st.booleans(),
)
def test_the_camera_that_saw_the_points_is_found_again(
    hfov: float, height: float, pitch: float, roll: float, turn: float, known_height: bool
) -> None:
    camera = Camera(width=1280, height=720, hfov_deg=hfov, height_m=height, pitch_deg=pitch, roll_deg=roll)
    found = calibrate(measured(camera, turn=turn), SIZE, height_m=height if known_height else None)
    assert found.rms_px < 0.01
    assert found.camera.height_m == pytest.approx(height, abs=0.01)
    assert found.camera.pitch_deg == pytest.approx(pitch, abs=0.1)
    assert found.camera.roll_deg == pytest.approx(roll, abs=0.1)
    assert found.camera.hfov_deg == pytest.approx(hfov, abs=0.2)


@pytest.mark.parametrize(
    ("known_hfov", "known_height"),
    [
        (70.0, 2.4),  # both from the installer's sheet
        (None, 2.4),  # a tape measure
        (70.0, None),  # the lens's data
        (None, None),
    ],
)
def test_four_points_are_enough(known_hfov: float | None, known_height: float | None) -> None:
    found = calibrate(measured(CAMERA, spots=SPOTS[:4]), SIZE, hfov_deg=known_hfov, height_m=known_height)
    assert found.camera.pitch_deg == pytest.approx(20.0, abs=0.1)
    assert found.camera.height_m == pytest.approx(2.4, abs=0.01)


def test_points_picked_a_pixel_off_give_a_camera_within_its_stated_uncertainty() -> None:
    found = calibrate(measured(CAMERA, noise_px=1.0), SIZE)
    sigma = found.covariance.diagonal() ** 0.5
    truth = np.array([CAMERA.height_m, CAMERA.pitch_deg, CAMERA.roll_deg, CAMERA.hfov_deg])
    assert (np.abs(found.solution[:4] - truth) < 3 * sigma[:4]).all()
    assert (sigma[:4] > 0).all()


def test_a_known_height_makes_the_sill_surer_for_heads_and_is_kept() -> None:
    points = measured(CAMERA, noise_px=0.5)
    free, known = calibrate(points, SIZE), calibrate(points, SIZE, height_m=2.4)
    assert known.camera.height_m == 2.4
    assert known.covariance[0, 0] == 0.0
    assert known.sigma_m((0.0, 3.0), 1.6) < free.sigma_m((0.0, 3.0), 1.6)
    assert free.sigma_m((0.0, 3.0)) < free.sigma_m((0.0, 3.0), 1.6)


def test_the_residual_on_the_floor_is_in_metres() -> None:
    points = measured(CAMERA)
    (x, z), px = points[4].floor_m, points[4].px
    points[4] = FloorPoint(px=px, floor_m=(x + 0.03, z))
    found = calibrate(points, SIZE)
    assert 0.003 < found.residual_m.max() < 0.03


@pytest.mark.parametrize("wrong", [0, 3, 5])
def test_the_point_that_does_not_fit_is_named(wrong: int) -> None:
    points = measured(CAMERA)
    x, z = points[wrong].floor_m
    points[wrong] = FloorPoint(px=points[wrong].px, floor_m=(x + 0.8, z - 0.5))
    with pytest.raises(CalibrationError, match=f"no camera fits these points: .* check point {wrong + 1} "):
        calibrate(points, SIZE)


def test_mirrored_points_are_recognised() -> None:
    mirrored = [FloorPoint(px=p.px, floor_m=(-p.floor_m[0], p.floor_m[1])) for p in measured(CAMERA)]
    with pytest.raises(CalibrationError, match="mirrored"):
        calibrate(mirrored, SIZE)


LINE = tuple((200.0 + 150 * i, 500.0 + 30 * i) for i in range(5))


@pytest.mark.parametrize(
    ("spots", "says"),
    [
        (SPOTS[:3], "3 floor points are not enough"),
        (LINE, "in one line"),
        ((*SPOTS[:3], SPOTS[0]), "on each other"),
    ],
)
def test_points_that_determine_nothing_are_refused(spots: tuple[tuple[float, float], ...], says: str) -> None:
    with pytest.raises(CalibrationError, match=says):
        calibrate(measured(CAMERA, spots=spots), SIZE)


@pytest.fixture(scope="module")
def found() -> Calibration:
    return calibrate(measured(CAMERA), SIZE)


def test_the_sill_is_the_same_from_pixels_and_from_metres(found: Calibration) -> None:
    ends = found.points[2], found.points[3]
    by_px = make_doorway(found, Place(at=ends[0].px, unit="px"), Place(at=ends[1].px, unit="px"))
    by_m = make_doorway(found, Place(at=ends[0].floor_m, unit="m"), Place(at=ends[1].floor_m, unit="m"))
    assert by_px.threshold.left == pytest.approx(by_m.threshold.left, abs=0.002)
    assert by_px.threshold.left == pytest.approx(CAMERA.on_floor(SPOTS[2]).tolist(), abs=0.005)
    assert by_px.threshold.right == pytest.approx(CAMERA.on_floor(SPOTS[3]).tolist(), abs=0.005)


def test_the_doorway_is_read_back_as_it_was_written(found: Calibration, tmp_path: Path) -> None:
    doorway = make_doorway(found, Place(at=SPOTS[2], unit="px"), Place(at=SPOTS[3], unit="px"), door="east")
    save_doorway(doorway, tmp_path / "doorway.yaml")
    assert load_doorway(tmp_path / "doorway.yaml").model_dump() == doorway.model_dump()


def test_a_sill_above_the_horizon_is_refused(found: Calibration) -> None:
    with pytest.raises(CalibrationError, match=r"right: .* above the horizon"):
        make_doorway(found, Place(at=SPOTS[2], unit="px"), Place(at=(900.0, 2.0), unit="px"))


def test_a_sill_far_from_a_few_close_points_is_refused() -> None:
    spots = ((600.0, 600.0), (640.0, 604.0), (640.0, 630.0), (602.0, 632.0))
    close = calibrate(measured(CAMERA, spots=spots, noise_px=0.5), SIZE)
    with pytest.raises(CalibrationError, match=r"known to [0-9.]+ m only"):
        make_doorway(close, Place(at=(300.0, 300.0), unit="px"), Place(at=(900.0, 300.0), unit="px"))


def test_a_sill_without_length_is_refused(found: Calibration) -> None:
    with pytest.raises(CalibrationError, match="same point"):
        make_doorway(found, Place(at=SPOTS[2], unit="px"), Place(at=SPOTS[2], unit="px"))


def test_the_check_picture_shows_the_sill_where_it_is_and_leaves_the_frame_alone(found: Calibration) -> None:
    doorway = make_doorway(found, Place(at=SPOTS[2], unit="px"), Place(at=SPOTS[3], unit="px"))
    image = np.full((720, 1280, 3), 90, np.uint8)
    drawn = check_picture(image, doorway, found)
    middle = np.mean([doorway.threshold.left, doorway.threshold.right], axis=0)
    u, v = np.round(CAMERA.project([middle[0], 0.0, middle[1]])).astype(int)
    assert drawn[v, u].argmax() == 2
    assert int(drawn[v, u, 2]) > 180
    assert (image == 90).all()


@pytest.mark.parametrize("text", ["", "640,500", "640=1,2", "640,500=1", "a,b=1,2", "1,2,3=1,2"])
def test_a_point_written_wrong_is_quoted(text: str) -> None:
    with pytest.raises(CalibrationError, match=r"u,v=X,Z|two numbers"):
        parse_point(text)


@pytest.mark.parametrize("text", ["", "1", "x,2m", "1,2,3"])
def test_an_end_of_the_sill_written_wrong_is_refused(text: str) -> None:
    with pytest.raises(CalibrationError, match="two numbers"):
        parse_place(text)


def test_a_points_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "points.yaml"
    path.write_text("points:\n- {px: [640, 500], floor_m: [0.5, 2]}\nleft: 0,0m\nheight_m: 2.3\n")
    read = load_points(path)
    assert read.floor_points == [FloorPoint(px=(640.0, 500.0), floor_m=(0.5, 2.0))]
    assert (read.left, read.right, read.height_m, read.hfov_deg) == ("0,0m", None, 2.3, None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("points: []\ncamera: x\n", "camera: Extra inputs"),  # an unknown key
        ("points:\n- {px: [1], floor_m: [1, 2]}\n", r"points\.0\.px"),  # half a point
        ("points: [\n", "not readable as YAML"),  # broken YAML
        ("a word\n", r"a points file holds keys \(points, left"),  # no keys at all
    ],
)
def test_a_faulty_points_file_is_named_with_its_key(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "points.yaml"
    path.write_text(text)
    with pytest.raises(CalibrationError, match=rf"points\.yaml: .*{says}|points\.yaml: {says}"):
        load_points(path)
