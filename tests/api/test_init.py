"""`menjian init`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from models.access import SignedIn, sign_in
from models.site import open_site
from tests.api.conftest import Menjian
from tests.models.postgres import migrated_server


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


def test_a_site_on_postgresql_begins_there_with_its_administrator_and_only_in_an_empty_database(
    menjian: Menjian, tmp_path: Path
) -> None:
    with migrated_server() as server, server.database(server.template) as address:
        told = json.loads(menjian("init", tmp_path / "office", "--database", address, "--json").out)["admin"]
        with open_site(tmp_path / "office") as site:
            signed = sign_in(
                site.database, login=told["login"], password=told["password"], code=None, at=datetime.now(UTC)
            )
        assert isinstance(signed, SignedIn)
        again = menjian("init", tmp_path / "other", "--database", address)
        assert again.code == 1
        assert "holds a site's record already" in again.err
        assert not (tmp_path / "other").exists()


def test_a_database_that_settings_are_pointed_to_afterwards_holds_no_site(menjian: Menjian, tmp_path: Path) -> None:
    menjian("init", tmp_path / "office")
    with migrated_server() as server, server.database(server.template) as address:
        with (tmp_path / "office" / "site.yaml").open("a") as settings:
            settings.write(f"database: {address}\n")
        ran = menjian("serve", "--site", tmp_path / "office")
        assert ran.code == 1
        assert "--database" in ran.err
