"""The site folder: made with defaults, opened again, refused with one line when something is off."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from models.base import ModelsError
from models.ledger.seal import seal_head
from models.site import create_site, open_site
from tests.models.builders import FOUNDED
from tests.models.limits import files_limited_to


def newer_schema(folder: Path) -> None:
    connection = sqlite3.connect(folder / "menjian.db")
    connection.execute("UPDATE alembic_version SET version_num = 'r9999'")
    connection.commit()
    connection.close()


def no_key(folder: Path) -> None:
    (folder / "keys/site.key").unlink()


def open_key(folder: Path) -> None:
    (folder / "keys/site.key").chmod(0o644)


def unknown_setting(folder: Path) -> None:
    with (folder / "site.yaml").open("a") as file:
        file.write("crop_wait: 5\n")


def no_database(folder: Path) -> None:
    (folder / "menjian.db").unlink()


def damaged_database(folder: Path) -> None:
    (folder / "menjian.db").write_bytes(b"x" * 4096)


def no_settings(folder: Path) -> None:
    (folder / "site.yaml").unlink()


def test_a_new_site_opens_again_with_its_defaults(tmp_path: Path) -> None:
    with create_site(tmp_path / "office", at=FOUNDED) as made, open_site(tmp_path / "office") as opened:
        assert opened.settings == made.settings
        assert opened.settings.consent_mode == "consent_first"
        assert opened.doorway_path == tmp_path / "office/doorway.yaml"


def test_only_the_owner_reads_the_key(tmp_path: Path) -> None:
    create_site(tmp_path / "office", at=FOUNDED).close()
    assert (tmp_path / "office/keys/site.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "office/keys").stat().st_mode & 0o077 == 0


def test_only_the_owner_reads_a_site(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    with create_site(folder, at=FOUNDED) as site:
        seal_head(site, FOUNDED)
        assert folder.stat().st_mode & 0o777 == 0o700
        open_to_others = {str(one.relative_to(folder)) for one in folder.rglob("*") if one.stat().st_mode & 0o077}
        assert {one.name for one in folder.iterdir()} >= {"menjian.db", "menjian.db-wal", "checkpoints.jsonl"}
    assert open_to_others == {"keys/signing.pub"}  # public keys


@pytest.mark.parametrize(
    "room_bytes",
    [
        0,  # not even the site key
        70,  # the site key, and no list of public keys
        2_000,  # the keys, and no settings
        50_000,  # the files, and half a database
    ],
)
def test_a_site_that_does_not_fit_on_the_disk_leaves_nothing_and_can_be_made_later(
    tmp_path: Path, room_bytes: int
) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/doorway.yaml").write_text("sill: []\n")
    for folder in (tmp_path / "new/office", tmp_path / "kept"):
        with files_limited_to(room_bytes), pytest.raises(ModelsError):
            create_site(folder, at=FOUNDED)
        assert [one.name for one in tmp_path.rglob("*")] == ["kept", "doorway.yaml"]
    create_site(tmp_path / "kept", at=FOUNDED).close()


def test_the_notice_is_known_by_its_exact_text(tmp_path: Path) -> None:
    with create_site(tmp_path / "office", at=FOUNDED) as site:
        text = tmp_path / "office/notice.txt"
        assert site.notice().sha256 == sha256(text.read_bytes()).hexdigest()
        text.unlink()
        with pytest.raises(ModelsError, match=r"notice\.txt: the notice cannot be read"):
            site.notice()


def test_a_site_is_never_made_over_another(tmp_path: Path) -> None:
    create_site(tmp_path, at=FOUNDED).close()
    with pytest.raises(ModelsError, match="there is a site already"):
        create_site(tmp_path, at=FOUNDED)


def test_a_site_cannot_be_made_where_a_file_is(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelsError, match="cannot make the site"):
        create_site(tmp_path / "file" / "office", at=FOUNDED)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (newer_schema, r"menjian\.db: written by a newer Menjian \(schema r9999\); update this program"),
        (no_key, r"site\.key: the site key is missing"),
        (open_key, r"site\.key: the site key is open to other users"),
        (unknown_setting, r"site\.yaml: unknown key 'crop_wait'; known are name, "),
        (no_database, r"menjian\.db: the database is missing"),
        (damaged_database, r"menjian\.db: the database refused: file is not a database"),
        (no_settings, r"no site here .* make one with: menjian init"),
    ],
)
def test_a_spoilt_site_is_refused_with_one_line(tmp_path: Path, spoil: Callable[[Path], None], says: str) -> None:
    folder = tmp_path / "office"
    create_site(folder, at=FOUNDED).close()
    spoil(folder)
    with pytest.raises(ModelsError, match=says) as caught:
        open_site(folder)
    assert "\n" not in str(caught.value)
