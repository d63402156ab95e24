"""The doorway file and its camera: faults named by file and key, floor and picture inverse to each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from kiosk.doorway import Camera, Doorway, DoorwayError, Threshold, load_doorway, save_doorway

GOOD = """\
door: main
camera: {width: 1280, height: 720, hfov_deg: 62, height_m: 2.30, pitch_deg: 12, roll_deg: 0}
threshold: {left: [-1.0, 2.6], right: [1.0, 2.6]}
inward: toward_camera
"""
SCENE = """{"width": 1280, "height": 720, "fps": 25,
 "hfov_deg": 62.0, "height_m": 2.3, "pitch_deg": 12.0, "threshold_m": 2.6}
"""


def fault(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(DoorwayError) as raised:
        load_doorway(path)
    return str(raised.value)


def test_the_layout_of_the_contract_is_read(tmp_path: Path) -> None:
    (tmp_path / "doorway.yaml").write_text(GOOD)
    door = load_doorway(tmp_path / "doorway.yaml")
    assert (door.door, door.camera.hfov_deg, door.threshold.right, door.inward) == (
        "main",
        62.0,
        (1.0, 2.6),
        "toward_camera",
    )


def test_the_layout_beside_rendered_scenes_is_read(tmp_path: Path) -> None:
    (tmp_path / "doorway.json").write_text(SCENE)
    door = load_doorway(tmp_path / "doorway.json")
    assert door.threshold.left[1] == door.threshold.right[1] == 2.6
    assert (door.camera.width, door.inward) == (1280, "toward_camera")


def test_what_is_saved_is_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    door = load_doorway(tmp_path / "a.yaml")
    save_doorway(door, tmp_path / "b.yaml")
    assert load_doorway(tmp_path / "b.yaml") == door
    assert len({door, load_doorway(tmp_path / "b.yaml")}) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.yaml", "b.yaml"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    target = tmp_path / "none" / "b.yaml"
    with pytest.raises(DoorwayError, match=str(target)):
        save_doorway(load_doorway(tmp_path / "a.yaml"), target)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("door: main", "door: main\ncolour: red", "unknown key 'colour'"),  # unknown at the top
        ("roll_deg: 0", "rol_deg: 0", "unknown key 'camera.rol_deg'"),  # misspelt below
        ("door: main\n", "", "door: "),  # a key left out
        ("height_m: 2.30", "height_m: high", "camera.height_m: "),  # a word for a number
        ("height_m: 2.30", "height_m: '2.30'", "camera.height_m: "),  # a number in quotes
        ("width: 1280", "width: 1280.5", "camera.width: "),  # half a pixel
        ("width: 1280", "width: -1", "camera.width: "),  # no picture
        ("hfov_deg: 62", "hfov_deg: 180", "camera.hfov_deg: "),  # no pinhole sees that
        ("height_m: 2.30", "height_m: .nan", "camera.height_m: "),  # not a number
        ("pitch_deg: 12", "pitch_deg: 90", "camera.pitch_deg: "),  # straight down
        ("door: main", "door: 7", "door: "),  # a number for a name
        ("door: main", "door: ''", "door: "),  # an empty name
        ("left: [-1.0, 2.6]", "left: [-1.0]", "threshold.left"),  # half a point
        ("left: [-1.0, 2.6]", "left: -1.0", "threshold.left"),  # no point
        ("left: [-1.0, 2.6]", "left: [.inf, 2.6]", "threshold.left.0: "),  # nowhere
        ("left: [-1.0, 2.6]", "left: [1.0, 2.6]", "threshold: left and right are the same point"),  # no width
        ("2.6", "-2.6", "threshold: the sill lies behind"),  # behind the camera's foot
        ("2.6", "0.1", "threshold: the sill lies behind or under"),  # under the lens
        ("pitch_deg: 12", "pitch_deg: -29, roll_deg: 0}\nx: {a: 1", "unknown key 'x'"),  # looking up, and a stray key
        ("inward: toward_camera", "inward: inside", "inward: "),  # no such way
        ("camera: {", "camera: [] #", "camera: "),  # a list for keys
    ],
)
def test_a_faulty_key_is_named_with_its_file_in_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "doorway.yaml"
    assert old in GOOD
    told = fault(path, GOOD.replace(old, new).encode())
    assert told.startswith(f"{path}: ")
    assert said in told
    assert "\n" not in told


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not nothing"),  # empty
        (b"# only a comment\n", "not nothing"),
        (b"- a\n- b\n", "not list"),  # a list
        (b"just words", "not str"),  # prose
        (b"door: [main\ncamera: }", "not readable as YAML"),  # not YAML
        (b"door:\tmain\n\tx: 1", "not readable as YAML"),  # tabs
        (b"\x00\x01\x02\xff\xfe", "not readable as YAML"),  # a picture, say
        ("door: 前门".encode("gb18030"), "not readable as YAML"),  # not UTF-8
        (b"door: 2026-02-30", "not readable as YAML"),  # read as a date that does not exist
        (b'{"threshold_m": "wide"}', "threshold"),  # the scene layout, with a word for metres
    ],
)
def test_a_file_that_is_no_doorway_says_so_in_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "doorway.yaml"
    told = fault(path, content)
    assert told.startswith(f"{path}: ")
    assert said in told
    assert "\n" not in told


def test_every_faulty_key_is_named_at_once(tmp_path: Path) -> None:
    told = fault(tmp_path / "d.yaml", GOOD.replace("main", "7").replace("720", "tall").encode())
    assert "door: " in told
    assert "camera.height: " in told


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(DoorwayError, match=r"none\.yaml: no such doorway file; make one with 'menjian calibrate'"):
        load_doorway(tmp_path / "none.yaml")


def test_a_folder_for_a_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DoorwayError, match="not readable"):
        load_doorway(tmp_path)


def test_a_camera_that_looks_over_the_sill_into_the_sky_does_not_see_it_behind() -> None:
    door = yaml.safe_load(GOOD) | {"threshold": {"left": [-1.0, 0.5], "right": [1.0, 0.5]}}
    door["camera"] |= {"pitch_deg": -29.0, "height_m": 9.0}
    with pytest.raises(ValueError, match="the sill lies behind the camera"):
        Doorway.model_validate(door)


cameras = st.builds(
    Camera,
    width=st.integers(320, 3840),
    height=st.integers(240, 2160),
    hfov_deg=st.floats(30, 110),
    height_m=st.floats(1.2, 4),
    pitch_deg=st.floats(-10, 50),
    roll_deg=st.floats(-20, 20),
)


@given(cameras, st.floats(-3, 3), st.floats(0.3, 12), st.floats(-0.1, 1.1))
def test_a_floor_point_is_found_again_from_its_pixel(camera: Camera, x: float, z: float, height_m: float) -> None:
    pixel = camera.project([x, height_m, z])
    assume(not np.isnan(pixel).any())
    assert camera.on_floor(pixel, height_m) == pytest.approx([x, z], abs=1e-6)


@given(cameras, st.floats(0, 1), st.floats(0, 1))
def test_a_pixel_is_found_again_from_its_floor_point(camera: Camera, across: float, down: float) -> None:
    pixel = np.array([across * camera.width, down * camera.height])
    x, z = camera.on_floor(pixel)
    assume(np.isfinite(x) and np.hypot(x, z) < 100)
    assert camera.project([x, 0.0, z]) == pytest.approx(pixel, abs=1e-4)


@given(cameras, st.floats(0, 1), st.floats(0, 1))
def test_a_ray_points_where_its_pixel_is(camera: Camera, across: float, down: float) -> None:
    pixel = np.array([across * camera.width, down * camera.height])
    ray = camera.rays(pixel)
    assert camera.project(np.array([0, camera.height_m, 0]) + 3.0 * ray) == pytest.approx(pixel, abs=1e-6)
    assert ray @ camera.rotation[2] == pytest.approx(1.0)


@given(cameras)
def test_a_rotation_turns_and_does_not_stretch(camera: Camera) -> None:
    # X right, Y up, Z ahead is left-handed, the camera's x, y, z right-handed: the determinant is -1
    assert camera.rotation @ camera.rotation.T == pytest.approx(np.eye(3))
    assert np.linalg.det(camera.rotation) == pytest.approx(-1.0)


def test_a_camera_turned_clockwise_sees_the_horizon_tilt_the_other_way() -> None:
    camera = Camera(width=1280, height=720, hfov_deg=62, height_m=2.3, pitch_deg=0, roll_deg=10)
    left, right = camera.project([[-1, 2.3, 5], [1, 2.3, 5]])
    assert left[1] > right[1]


@given(st.floats(-2, 2), st.floats(0.5, 5), st.floats(-2, 2), st.floats(0.5, 5), st.floats(-3, 3), st.floats(-3, 8))
def test_the_sills_two_ends_may_be_given_either_way_round(
    ax: float, az: float, bx: float, bz: float, x: float, z: float
) -> None:
    assume(np.hypot(ax - bx, az - bz) > 0.3)
    one, other = Threshold(left=(ax, az), right=(bx, bz)), Threshold(left=(bx, bz), right=(ax, az))
    assume(abs(one.ahead_m([0.0, 0.0])) > 1e-3)
    assert one.ahead_m([x, z]) == pytest.approx(other.ahead_m([x, z]), abs=1e-9)
    assert one.ahead_m([0.0, 0.0]) < 0
    assert one.along([x, z]) == pytest.approx(1 - other.along([x, z]), abs=1e-9)
