"""`menjian export dispute`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.bundle import check_bundle
from models.site import create_site
from tests.api.conftest import Menjian
from tests.models.builders import FOUNDED
from tests.models.dispute import put_on_record


@pytest.fixture
def disputed(tmp_path: Path) -> tuple[Path, int]:
    """A site with a dispute, and its number."""
    with create_site(tmp_path / "site", at=FOUNDED) as site:
        return site.folder, put_on_record(site)


def test_it_writes_a_bundle_that_holds_and_says_what_to_tell(
    menjian: Menjian, tmp_path: Path, disputed: tuple[Path, int]
) -> None:
    folder, number = disputed
    ran = menjian("export", "dispute", number, "-o", tmp_path / "b.zip", "--for", "north", "--site", folder)
    assert (ran.code, ran.err) == (0, "")
    report = check_bundle(tmp_path / "b.zip")
    assert (report.dispute, report.recipient, report.frames_withheld) == (number, "north", 2)
    assert f"{report.entries} entries, 4 frames, 2 withheld" in ran.out
    assert f"fingerprint by another way: {report.fingerprints[0]}" in ran.out


def test_json_tells_the_same(menjian: Menjian, tmp_path: Path, disputed: tuple[Path, int]) -> None:
    folder, number = disputed
    ran = menjian("export", "dispute", number, "-o", tmp_path / "b.zip", "--site", folder, "--json")
    report = check_bundle(tmp_path / "b.zip")
    told = json.loads(ran.out)
    assert told.pop("bundle") == str(tmp_path / "b.zip")
    assert len(told.pop("sha256")) == 64
    assert told == {
        "entries": report.entries,
        "frames": 6,
        "frames_withheld": 0,
        "fingerprint": report.fingerprints[0],
    }


def test_what_cannot_be_exported_is_one_line_and_exit_code_1(
    menjian: Menjian, tmp_path: Path, disputed: tuple[Path, int]
) -> None:
    folder, number = disputed
    for entry, output, options, line in (
        # not a dispute
        (1, "b.zip", (), "entry 1: no dispute; give the number of the entry by which somebody contests"),
        # nobody of this dispute
        (number, "b.zip", ("--for", "p1"), f"entry {number}: the recipient is no party; give a claimant's id, or"),
        # a folder that is not there; a folder
        (number, "site", (), f"{folder}: cannot be a bundle's file; name a file in a folder that is there"),
        (number, "none/b.zip", (), f"{tmp_path / 'none' / 'b.zip'}: cannot be a bundle's file; name a file"),
    ):
        ran = menjian("export", "dispute", entry, "-o", tmp_path / output, "--site", folder, *options)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith(f"menjian: {line}")
        assert ran.err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site"]
