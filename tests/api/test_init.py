"""`menjian init`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from models.access import SignedIn, sign_in
from models.site import open_site
from tests.api.conftest import Menjian


def test_it_makes_a_site_that_opens_and_says_to_back_up_the_key(menjian: Menjian, tmp_path: Path) -> None:
    ran = menjian("init", tmp_path / "office")
    assert ran.code == 0
    assert "back up" in ran.out
    assert "site.key" in ran.out
    open_site(tmp_path / "office").close()


def test_json_names_what_was_made(menjian: Menjian, tmp_path: Path) -> None:
    told = json.loads(menjian("init", tmp_path / "office", "--json").out)
    assert set(told) == {"site", "settings", "key", "admin"}
    assert all(Path(told[name]).exists() for name in ("site", "settings", "key"))


def test_the_first_administrator_can_sign_in_with_what_is_shown(menjian: Menjian, tmp_path: Path) -> None:
    told = json.loads(menjian("init", tmp_path / "office", "--json").out)["admin"]
    with open_site(tmp_path / "office") as site:
        signed = sign_in(site.database, login=told["login"], password=told["password"], code=None, at=datetime.now(UTC))
    assert isinstance(signed, SignedIn)
    assert signed.standing.must_change


def test_a_second_time_is_one_line_and_exit_code_1(menjian: Menjian, tmp_path: Path) -> None:
    menjian("init", tmp_path)
    ran = menjian("init", tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == f"menjian: {tmp_path}: there is a site already; choose another folder\n"
