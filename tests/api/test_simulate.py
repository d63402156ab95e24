"""`menjian simulate` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api.conftest import Menjian


def test_scenes_are_written_with_truth_doorway_and_people_to_enrol(menjian: Menjian, tmp_path: Path) -> None:
    folder = tmp_path / "scenes"
    ran = menjian("simulate", folder, "--scenes", 1, "--seed", 2, "--fps", 5, "--people", "1-2")
    assert ran.code == 0, ran.err
    names = {path.name for path in folder.iterdir()}
    assert names == {"scene-00.mp4", "scene-00.json", "scene-00.doorway.yaml", "doorway.yaml", "people"}
    people = json.loads((folder / "scene-00.json").read_text())["people"]
    assert 1 <= len(people) <= 2
    assert {"who", "crossed_s"} <= set(people[0])
    assert len(list((folder / "people").glob("*/00.jpg"))) == 4


def test_a_folder_with_something_in_it_is_refused_without_force(menjian: Menjian, tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    ran = menjian("simulate", tmp_path)
    assert ran.code == 1
    assert "not an empty folder" in ran.err
    assert "--force" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_folder_that_cannot_be_made_is_one_line(menjian: Menjian, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ran = menjian("simulate", tmp_path / "file" / "scenes", "--scenes", 1)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == f"menjian: {tmp_path / 'file' / 'scenes'}: Not a directory\n"


@pytest.mark.parametrize("people", ["4-2", "0-3", "many", "2-9"])
def test_a_range_that_cannot_be_cast_is_a_usage_error(menjian: Menjian, tmp_path: Path, people: str) -> None:
    ran = menjian("simulate", tmp_path / "scenes", "--people", people)
    assert ran.code == 2
    assert "--people" in ran.err
    assert not (tmp_path / "scenes").exists()
