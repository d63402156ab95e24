"""`menjian evaluate door` on one rendered scene."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from kiosk.simulator import Faces, write_people
from tests.api.conftest import Menjian
from tests.kiosk.rendered import FIRST


@pytest.fixture
def scenes(film: Path, faces: Faces, tmp_path: Path) -> Path:
    """A folder with the scene, and the first of its two people enrolled."""
    for path in film.parent.glob("scene-00*"):
        shutil.copy(path, tmp_path)
    write_people({FIRST: faces[FIRST]}, tmp_path / "people")
    return tmp_path


def test_a_scene_is_measured_against_its_truth(menjian: Menjian, scenes: Path) -> None:
    ran = menjian("evaluate", "door", scenes, "--json")
    assert ran.code == 0
    told = json.loads(ran.out)
    assert (told["scenes"], told["people"], told["missed"], told["invented"]) == (1, 2, 0, 0)
    assert {row["method"] for row in told["timings"]} >= {"face only", "with feet"}
    assert told["orders"] == {"before_right": 1, "before_wrong": 0, "simultaneous": 0, "apart": 1, "apart_right": 1}
    assert told["identities"] == {"right": 1, "wrong": 0, "uncertain": 0, "unknown": 0}


def test_a_folder_without_scenes_is_one_line(menjian: Menjian, tmp_path: Path) -> None:
    ran = menjian("evaluate", "door", tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.strip() == f"menjian: {tmp_path}: no scene-*.mp4 here; make some with 'menjian simulate'"
