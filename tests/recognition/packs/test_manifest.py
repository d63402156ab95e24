"""Manifests: the packs that ship, and faults named with their key."""

from __future__ import annotations

from pathlib import Path

import pytest

from recognition.packs import PackError, built_in, manifest_of, warning
from recognition.packs.manifest import read_manifest
from recognition.packs.store import installed_packs, models_folder


@pytest.mark.parametrize("name", ["buffalo_l", "buffalo_s", "antelopev2"])
def test_insightfaces_public_packs_say_they_are_not_for_business(name: str) -> None:
    manifest = built_in()[name]
    assert manifest.licence.commercial_use is False
    assert "non-commercial research" in (warning(manifest) or "")


@pytest.mark.parametrize("name", ["dlib", "opencv-pack"])
def test_packs_for_business_carry_no_warning(name: str) -> None:
    assert warning(built_in()[name]) is None


@pytest.mark.parametrize("name", sorted(built_in()))
def test_every_shipped_pack_can_be_checked_and_got(name: str) -> None:
    manifest = built_in()[name]
    assert {file.role for file in manifest.files} == {"detection", "recognition"}
    assert all(file.sha256 for file in manifest.files)
    assert manifest.package or manifest.archive or all(file.urls for file in manifest.files)
    addresses = [url for file in manifest.files for url in file.urls]
    addresses += manifest.archive.urls if manifest.archive else []
    assert all(address.startswith("https://") for address in addresses)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("name: [", "own.yaml: not YAML"),
        ("just words", "own.yaml: manifest: "),
        ("name: a\nengine: magic\nlicence: {name: x, commercial_use: true}", "own.yaml: engine: "),
        ("name: a\nengine: dlib\nlicence: {name: x}", "own.yaml: licence.commercial_use: "),
        ("name: a\nengine: dlib\nlicence: {name: x, commercial_use: true}\nsize: 3", "own.yaml: size: Extra"),
        ("name: ../a\nengine: dlib\nlicence: {name: x, commercial_use: true}", "own.yaml: name: "),
    ],
)
def test_a_faulty_manifest_is_named_with_its_key(text: str, fault: str) -> None:
    with pytest.raises(PackError) as caught:
        read_manifest(text, "own.yaml")
    assert str(caught.value).startswith(fault)
    assert "\n" not in str(caught.value)


def test_a_pack_nobody_knows_has_an_unknown_licence() -> None:
    manifest = manifest_of("bought")
    assert manifest.licence.commercial == "not stated"
    assert warning(manifest)


def test_installed_packs_are_the_folders_that_can_be_packs(tmp_path: Path) -> None:
    for name in (
        "two/det.onnx",
        "two/rec.onnx",
        "addon/one.onnx",
        "own/menjian-pack.yaml",
        "buffalo_l/x",
        "notes/a.txt",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "file.onnx").touch()
    assert [folder.name for folder in installed_packs(tmp_path)] == ["buffalo_l", "own", "two"]
    assert installed_packs(tmp_path / "nowhere") == []


def test_the_folder_of_packs_is_the_argument_then_the_environment_then_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MENJIAN_MODELS", str(tmp_path / "named"))
    assert models_folder(tmp_path / "given") == tmp_path / "given"
    assert models_folder() == tmp_path / "named"
    monkeypatch.delenv("MENJIAN_MODELS")
    assert models_folder().parts[-2:] == ("menjian", "models")
