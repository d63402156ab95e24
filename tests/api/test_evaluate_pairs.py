"""`menjian evaluate pairs` on two people of the group picture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api.conftest import Menjian


@pytest.fixture
def table(photographs: list[Path], tmp_path: Path) -> Path:
    path = tmp_path / "pairs.csv"
    path.write_text("file_x,file_y,Decision\n0.png,0.png,Yes\n0.png,1.png,No\n")
    return path


def test_the_figures_come_as_json_with_a_plot(
    menjian: Menjian, table: Path, photographs: list[Path], tmp_path: Path
) -> None:
    images, plot = photographs[0].parent, tmp_path / "scores.png"
    ran = menjian("evaluate", "pairs", table, "--images", images, "--json", "--plot", plot)
    assert ran.code == 0
    told = json.loads(ran.out)
    assert told["pack"].startswith("dlib-")
    assert (told["fmr"]["errors"], told["fmr"]["trials"]) == (0, 1)
    assert (told["fnmr"]["errors"], told["fnmr"]["trials"]) == (0, 1)
    assert told["fmr"]["interval_95"][1] > 0.5
    assert told["failures_to_detect"] == []
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_the_figures_come_as_text(menjian: Menjian, table: Path, photographs: list[Path]) -> None:
    ran = menjian("evaluate", "pairs", table, "--images", photographs[0].parent, "--threshold", "0.5")
    assert ran.code == 0
    assert "threshold 0.500" in ran.out
    assert "false match rate      100.00% (1 of 1;" in ran.out
    assert "failures to detect    0 of 2 photographs" in ran.out


def test_faults_of_the_table_are_named_with_their_lines(menjian: Menjian, tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("file_x,file_y,Decision\ngone.png,gone.png,Perhaps\n")
    ran = menjian("evaluate", "pairs", path, "--images", tmp_path)
    assert ran.code == 1
    assert ran.out == ""
    assert ran.err.strip().count("\n") == 0
    assert "line 2: file_x: no file gone.png" in ran.err
    assert "line 2: Decision is 'Perhaps', not Yes or No" in ran.err


def test_an_unknown_engine_is_one_line(menjian: Menjian, table: Path, photographs: list[Path]) -> None:
    ran = menjian("evaluate", "pairs", table, "--images", photographs[0].parent, "--engine", "magic")
    assert ran.code == 1
    assert "no engine 'magic'" in ran.err


def test_forgetting_the_images_is_a_usage_error(menjian: Menjian, table: Path) -> None:
    assert menjian("evaluate", "pairs", table).code == 2
