"""A file that is no whole bundle, or a zip that would harm, ends in one clear line."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.bundle import BundleError, check_bundle
from models.bundle.zipped import write_zip
from tests.models.bundle.bundles import Good, packed, told


def test_a_bundle_cut_anywhere_or_no_zip_at_all_is_one_line(good: Good, tmp_path: Path) -> None:
    whole = good.path.read_bytes()
    cut = tmp_path / "cut.zip"
    for length in (0, 1, len(whole) // 2, len(whole) - 1):
        cut.write_bytes(whole[:length])
        assert told(cut) == "not a whole zip file; it was cut or damaged, ask for it once more"
    assert told(tmp_path / "none.zip") == "cannot be read: No such file or directory"


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("../outside.txt", b"x", "holds '../outside.txt', which is no part of a bundle; do not unpack it"),
        ("/etc/x", b"x", "holds '/etc/x', which is no part"),
        ("frames/..jpg", b"x", "holds 'frames/..jpg', which is no part"),
        ("checkpoint.tsr", bytes((64 << 20) + 1), "checkpoint.tsr has 67108865 bytes unpacked, at most 67108864"),
    ],
)
def test_a_zip_that_would_harm_is_not_unpacked(
    good: Good, tmp_path: Path, name: str, content: bytes, line: str
) -> None:
    harmful = tmp_path / "harmful.zip"
    with ZipFile(harmful, "w", ZIP_DEFLATED) as archive:
        for each, its in {**good.files, name: content}.items():
            archive.writestr(each, its)
    assert told(harmful).startswith(line)


def test_too_many_files_and_too_many_bytes_in_all_are_refused(good: Good, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with ZipFile(bomb, "w") as archive:
        for number in range(20_001):
            archive.writestr(f"frames/{number:064x}.jpg", b"")
    assert told(bomb) == "20001 files; a bundle has at most 20000"
    write_zip(bomb, good.files.items())
    # the sizes a zip states are in its list at the end: 40 files that claim 60 MB each
    small = packed({f"frames/{number:064x}.jpg": b"x" for number in range(40)}, bomb)
    stated = small.read_bytes().replace((1).to_bytes(4, "little") * 2, (60 << 20).to_bytes(4, "little") * 2)
    small.write_bytes(stated)
    assert told(small) == f"{40 * (60 << 20)} bytes unpacked; a bundle has at most {2 << 30}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b"junk\n"),
        (b"", b"\0" * 22),
        (b"junk", b""),
        (b"", b"PK\5\6" + bytes(18)),  # the end of an archive of nothing
    ],
)
def test_nothing_may_stand_before_or_after_the_zip(good: Good, tmp_path: Path, before: bytes, after: bytes) -> None:
    longer = tmp_path / "longer.zip"
    longer.write_bytes(before + good.path.read_bytes() + after)
    with pytest.raises(BundleError):
        check_bundle(longer)


def test_bytes_after_the_zip_are_told(good: Good, tmp_path: Path) -> None:
    longer = tmp_path / "longer.zip"
    longer.write_bytes(good.path.read_bytes() + b"junk\n")
    assert told(longer) == "something stands before or after the zip; ask for it once more"


def test_a_name_that_stands_twice_is_refused(good: Good, tmp_path: Path) -> None:
    twice = tmp_path / "twice.zip"
    with pytest.warns(UserWarning, match="Duplicate name"):
        write_zip(twice, [*good.files.items(), ("keys.json", b"[]")])
    assert told(twice) == "1 of its files are there twice"


@pytest.mark.parametrize(
    ("manifest", "line"),
    [
        (b'{"version": 2, "shape": "new"}', "manifest.json: bundle format 2; this program reads 1, use the one for it"),
        (b"{}", "manifest.json: version: Field required"),
        (b"{", "manifest.json: Invalid JSON"),
        (b'{"version": 1}', "manifest.json: dispute: Field required"),
        (b"[" * 100_000, "manifest.json: Invalid JSON"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_one_line(good: Good, tmp_path: Path, manifest: bytes, line: str) -> None:
    other = packed({**good.files, "manifest.json": manifest}, tmp_path / "other.zip")
    assert told(other).startswith(line)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_no_changed_byte_of_the_file_passes_unless_its_content_is_the_same(
    good: Good, tmp_path: Path, place: float, flip: int
) -> None:
    whole = bytearray(good.path.read_bytes())
    whole[int(place * len(whole))] ^= flip
    changed = tmp_path / "changed.zip"
    changed.write_bytes(whole)
    try:
        check_bundle(changed)
    except BundleError:
        return
    with ZipFile(changed) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == good.files
