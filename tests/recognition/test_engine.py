"""Choosing an engine: names, packs, and one clear line when something is missing or altered."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recognition.engine import load_engine, pack_thresholds
from recognition.packs import PackError
from recognition.thresholds import ImpostorModel, thresholds_for


def test_the_default_is_dlib_and_its_id_is_stable() -> None:
    assert load_engine(None).pack == load_engine("dlib").pack == "dlib-e31262d7"


@pytest.fixture
def packs(
    tmp_path: Path, small_detector: Callable[[Path, bool], None], small_recogniser: Callable[[Path], None]
) -> Path:
    (tmp_path / "own").mkdir()
    small_detector(tmp_path / "own" / "det.onnx", False)
    small_recogniser(tmp_path / "own" / "rec.onnx")
    return tmp_path


def test_a_pack_is_found_by_name_by_path_and_by_the_environment(packs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_name = load_engine("insightface:own", models_dir=packs)
    assert by_name.pack.startswith("own-")
    assert load_engine("insightface", pack=str(packs / "own")).pack == by_name.pack
    monkeypatch.setenv("MENJIAN_MODELS", str(packs))
    assert load_engine("insightface:own").pack == by_name.pack


def test_other_weights_make_another_pack_id_and_other_file_names_do_not(packs: Path) -> None:
    before = load_engine("insightface:own", models_dir=packs).pack
    (packs / "own" / "rec.onnx").rename(packs / "own" / "a.onnx")
    assert load_engine("insightface:own", models_dir=packs).pack == before
    (packs / "own" / "a.onnx").write_bytes((packs / "own" / "a.onnx").read_bytes() + b"\x72\x00")
    assert load_engine("insightface:own", models_dir=packs).pack != before


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("magic", "no engine 'magic': choose one of dlib, insightface, opencv"),
        ("insightface", "pack buffalo_l is not in .*: `menjian models fetch buffalo_l`"),
        ("insightface:nobodys", "pack nobodys is not in .*: known packs: .*MENJIAN_MODELS"),
        ("opencv", "pack opencv-pack is not in .*: `menjian models fetch opencv-pack`"),
        ("opencv:buffalo_l", "pack buffalo_l is not in"),
        ("insightface:dlib", "pack dlib is for the engine dlib, not insightface"),
    ],
)
def test_what_is_missing_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, fault: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(PackError, match=fault) as caught:
        load_engine(name, models_dir=tmp_path / "models")
    assert "\n" not in str(caught.value)


def test_a_missing_file_of_a_pack_is_named(shared: Path, tmp_path: Path) -> None:
    (tmp_path / "opencv-pack").mkdir()
    name = "face_detection_yunet_2023mar.onnx"
    shutil.copy(shared / "models" / "opencv-pack" / name, tmp_path / "opencv-pack" / name)
    with pytest.raises(PackError, match=r"face_recognition_sface_2021dec\.onnx: missing"):
        load_engine("opencv", models_dir=tmp_path)


def test_a_file_with_a_wrong_digest_is_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "buffalo_s").mkdir()
    for name in ("det_500m.onnx", "w600k_mbf.onnx"):
        (tmp_path / "buffalo_s" / name).write_bytes(b"something else")
    with pytest.raises(PackError, match=r"det_500m\.onnx: wrong SHA-256, not loaded"):
        load_engine("insightface:buffalo_s", models_dir=tmp_path)


def test_a_folder_without_models_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(PackError, match="empty: no model files"):
        load_engine("insightface:empty", models_dir=tmp_path)


def test_choosing_a_pack_whose_terms_nobody_states_says_so_once(packs: Path, caplog: pytest.LogCaptureFixture) -> None:
    (packs / "own").rename(packs / "unheard-of")
    with caplog.at_level(logging.WARNING):
        load_engine("insightface:unheard-of", models_dir=packs)
        load_engine("insightface:unheard-of", models_dir=packs)
    assert [record.message for record in caplog.records if "licence not stated" in record.message] == [
        "pack unheard-of: licence not stated. Nobody states its terms here: whoever uses it must know them."
    ]


def test_a_pack_with_a_manifest_of_its_own_states_its_thresholds(packs: Path) -> None:
    (packs / "own" / "menjian-pack.yaml").write_text(
        "name: own\nengine: insightface\nlicence: {name: bought, commercial_use: true}\nscores: {sigma_deg: 4.0}\n"
    )
    engine = load_engine("insightface:own", models_dir=packs)
    assert np.isclose(
        pack_thresholds(engine.pack, people=1000, models_dir=packs).match,
        thresholds_for(ImpostorModel(sigma_deg=4.0), people=1000).match,
    )


def test_importing_loads_no_engine() -> None:
    code = "import sys, recognition.engine, recognition.evaluate; print({'dlib', 'insightface'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"
