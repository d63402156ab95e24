"""`menjian verify` and `menjian keys`."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.api.conftest import Menjian


@pytest.fixture
def office(menjian: Menjian, tmp_path: Path) -> Path:
    menjian("init", tmp_path / "office")
    return tmp_path / "office"


def bend(office: Path) -> None:
    with closing(sqlite3.connect(office / "menjian.db")) as connection, connection:
        connection.execute("DROP TRIGGER ledger_no_update")
        connection.execute("UPDATE ledger SET payload = '{}' WHERE seq = 1")


def test_a_new_site_is_good_and_says_what_nobody_vouches_for(menjian: Menjian, office: Path) -> None:
    ran = menjian("verify", "--site", office)
    assert (ran.code, ran.err) == (0, "")
    said = " ".join(ran.out.split())
    assert "good: nothing that was checked has been changed" in said
    assert "none: no outside authority vouches for any instant" in said
    assert menjian("keys", "show", "--site", office).out.split()[1] in said


def test_a_bent_ledger_is_exit_code_1_with_the_first_bad_entry_in_one_line(menjian: Menjian, office: Path) -> None:
    bend(office)
    ran = menjian("verify", "--site", office)
    assert ran.code == 1
    assert "good:" not in ran.out
    assert ran.err.startswith("menjian: entry 1: its content was changed afterwards")


def test_json_names_the_first_bad_entry_and_the_faults(menjian: Menjian, office: Path) -> None:
    good = json.loads(menjian("verify", "--site", office, "--json").out)
    assert (good["good"], good["first_bad"], good["entries"], good["sealed"]) == (True, None, 2, 2)
    bend(office)
    ran = menjian("verify", "--site", office, "--json")
    bad = json.loads(ran.out)
    assert (ran.code, bad["good"], bad["first_bad"], bad["faults"][0]["seq"]) == (1, False, 1, 1)


def test_a_folder_without_a_database_is_one_line(menjian: Menjian, tmp_path: Path) -> None:
    ran = menjian("verify", "--site", tmp_path)
    assert (ran.code, ran.out.strip()) == (1, "")
    assert ran.err.endswith(
        "menjian.db: the database is missing or empty; name a site's folder, or restore the backup\n"
    )


def test_a_rotated_key_is_shown_last_and_the_ledger_stays_good(menjian: Menjian, office: Path) -> None:
    ran = menjian("keys", "rotate", "--reason", "yearly change", "--site", office)
    assert (ran.code, "start the programs of this site again" in ran.out) == (0, True)
    keys = json.loads(menjian("keys", "show", "--site", office, "--json").out)["keys"]
    assert len(keys) == 2
    assert f"the site signs with {keys[-1]['fingerprint']} from entry 4 on" in ran.out
    told = json.loads(menjian("verify", "--site", office, "--json").out)
    assert (told["good"], told["entries"], told["sealed"]) == (True, 3, 3)
    assert told["keys"] == [key["fingerprint"] for key in keys]


def test_a_rotation_needs_a_reason(menjian: Menjian, office: Path) -> None:
    assert menjian("keys", "rotate", "--reason", " ", "--site", office).code == 2
    assert json.loads(menjian("verify", "--site", office, "--json").out)["entries"] == 2
