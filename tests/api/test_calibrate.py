"""`menjian calibrate` as a user meets it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.doorway import load_doorway
from kiosk.simulator import Scene, random_doorway, write_scene
from tests.api.conftest import Menjian

DOOR = random_doorway(np.random.default_rng(4))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a second of an empty door."""
    path = tmp_path_factory.mktemp("door") / "door.mp4"
    write_scene(Scene(doorway=DOOR, fps=10, duration_s=0.5, walkers=(), seed=1), path)
    return path


def points() -> list[str]:
    """Floor points measured from the sill's left end along the axes of the camera's frame."""
    given = []
    for x, z in ((0.0, 0.3), (2.0, 0.3), (0.2, 2.5), (2.0, 2.5), (1.0, 4.0)):
        u, v = DOOR.camera.project([DOOR.threshold.left[0] + x, 0.0, DOOR.threshold.left[1] + z])
        given += ["--point", f"{u:.1f},{v:.1f}={x},{z}"]
    return given


def sill() -> list[str]:
    right = np.subtract(DOOR.threshold.right, DOOR.threshold.left)
    return ["--left", "0,0m", "--right", f"{right[0]:.3f},{right[1]:.3f}m"]


def test_a_doorway_file_and_its_picture_come_out(menjian: Menjian, film: Path, tmp_path: Path) -> None:
    door, picture = tmp_path / "doorway.yaml", tmp_path / "check.png"
    ran = menjian("calibrate", film, *points(), *sill(), "-o", door, "--picture", picture)
    assert ran.code == 0, ran.err
    found = load_doorway(door)
    assert found.camera.height_m == pytest.approx(DOOR.camera.height_m, abs=0.05)
    assert found.camera.pitch_deg == pytest.approx(DOOR.camera.pitch_deg, abs=0.5)
    assert found.threshold.left == pytest.approx(DOOR.threshold.left, abs=0.05)
    assert found.threshold.right == pytest.approx(DOOR.threshold.right, abs=0.05)
    assert "at the sill" in ran.out
    drawn = cv2.imread(str(picture))
    assert drawn is not None
    assert drawn.shape == (720, 1280, 3)


def test_an_existing_doorway_file_is_not_replaced_without_force(menjian: Menjian, film: Path, tmp_path: Path) -> None:
    door = tmp_path / "doorway.yaml"
    door.write_text("mine")
    ran = menjian("calibrate", film, *points(), *sill(), "-o", door)
    assert ran.code == 1
    assert "--force" in ran.err
    assert door.read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ([*points()[:6], *sill()], 1, "3 floor points are not enough"),
        ([*points(), "--left", "0,0m"], 2, "both ends"),
        ([*points(), *sill(), "--frame-at", "60"], 1, "ended before 60 s"),
        ([*points(), *sill(), "--picture", "check.what"], 2, ".png or .jpg"),
        ([*points(), *sill(), "--point", "nonsense"], 1, "'nonsense'"),
    ],
)
def test_what_is_missing_is_said_in_one_line_and_nothing_is_written(
    menjian: Menjian, film: Path, tmp_path: Path, arguments: list[str], code: int, says: str
) -> None:
    door, picture = tmp_path / "doorway.yaml", tmp_path / "check.png"
    ran = menjian("calibrate", film, "-o", door, "--picture", picture, *arguments)
    assert ran.code == code
    assert says in ran.err
    assert list(tmp_path.iterdir()) == []


def test_help_shows_what_a_points_file_holds(menjian: Menjian) -> None:
    assert "{px: [u, v], floor_m:" in " ".join(menjian("calibrate", "--help").out.split())


def test_a_point_outside_the_picture_is_named(menjian: Menjian, film: Path, tmp_path: Path) -> None:
    ran = menjian("calibrate", film, *points(), "--point", "640,962=1,0.1", *sill(), "-o", tmp_path / "doorway.yaml")
    assert ran.code == 1
    assert "640,962" in ran.err
    assert not (tmp_path / "doorway.yaml").exists()
