"""`menjian models`: licences at sight, faults named, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.api.conftest import Menjian


def test_the_list_says_who_may_use_a_pack(menjian: Menjian, tmp_path: Path) -> None:
    ran = menjian("models", "list", "--models", tmp_path)
    assert ran.code == 0
    assert "buffalo_l: For non-commercial research only" in ran.out
    assert "opencv-pack: For" not in ran.out


def test_the_list_says_in_full_where_a_pack_is_or_how_to_fetch_it(menjian: Menjian, tmp_path: Path) -> None:
    (tmp_path / "opencv-pack").mkdir()
    said = menjian("models", "list", "--models", tmp_path).out.splitlines()
    assert "antelopev2: not here; menjian models fetch antelopev2" in said
    (fault,) = (line for line in said if line.startswith("opencv-pack: "))
    assert str(tmp_path / "opencv-pack") in fault
    assert "missing" in fault


def test_the_list_is_machine_readable(menjian: Menjian, tmp_path: Path) -> None:
    packs = {
        pack["pack"]: pack
        for pack in json.loads(menjian("models", "list", "--models", tmp_path, "--json").out)["packs"]
    }
    assert packs["buffalo_l"]["commercial_use"] == "no"
    assert packs["buffalo_l"]["folder"] is None
    assert packs["dlib"]["commercial_use"] == "yes"
    assert packs["dlib"]["folder"].endswith("models")


def test_check_passes_what_is_right(menjian: Menjian, tmp_path: Path) -> None:
    ran = menjian("models", "check", "--models", tmp_path)
    assert (ran.code, ran.out, ran.err) == (0, "dlib: ok\n", "")


def test_check_fails_on_an_altered_file(menjian: Menjian, tmp_path: Path) -> None:
    (tmp_path / "buffalo_s").mkdir()
    (tmp_path / "buffalo_s" / "det_500m.onnx").write_bytes(b"altered")
    ran = menjian("models", "check", "--models", tmp_path)
    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert "det_500m.onnx: wrong SHA-256" in ran.err
    told = menjian("models", "check", "buffalo_s", "--models", tmp_path, "--json")
    assert told.code == 1
    assert json.loads(told.out)["packs"][0]["ok"] is False


def test_checking_what_is_not_there_fails(menjian: Menjian, tmp_path: Path) -> None:
    assert menjian("models", "check", "buffalo_l", "--models", tmp_path).code == 1
    ran = menjian("models", "check", "nobodys", "--models", tmp_path)
    assert ran.code == 1
    assert "no pack nobodys" in ran.err


def test_fetch_says_the_terms_before_anything_else(menjian: Menjian, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ran = menjian("models", "fetch", "buffalo_l", "--models", tmp_path / "file")
    assert ran.code == 1
    assert ran.err.startswith("pack buffalo_l: licence InsightFace non-commercial research")
    assert "cannot be written" in ran.err.splitlines()[-1]


def test_fetching_an_unknown_pack_is_one_line(menjian: Menjian, tmp_path: Path) -> None:
    ran = menjian("models", "fetch", "nobodys", "--models", tmp_path)
    assert ran.code == 1
    assert ran.err.strip().splitlines() == [
        "menjian: no pack 'nobodys': choose one of antelopev2, buffalo_l, buffalo_s, dlib, opencv-pack"
    ]
