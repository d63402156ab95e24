"""What goes wrong under the ledger: one clear line that says what to do, and nothing half-written."""

from __future__ import annotations

import resource
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from models.base import ModelsError
from models.ledger.append import append
from models.ledger.read import entries
from models.site import Site, open_site
from models.vault import KEY_VARIABLE
from tests.models.builders import FOUNDED
from tests.models.ledger.builders import blind, chain_fault, numbers
from tests.models.ledger.writer import Process, put_on_record
from tests.models.locks import held_by_another

ROOM_BYTES = 200_000
"""Takes several blocks of entries, and not many."""


def whole(site: Site) -> list[int]:
    """The numbers on record, their chain checked."""
    with site.write_session() as session:
        assert chain_fault(list(entries(session)), session.signer.public) is None
        return numbers(session)


def write(site: Site, number: int) -> None:
    with site.write_session() as session:
        append(session, [blind(number)], at=FOUNDED, by="door")


def one_line(told: str) -> bool:
    return "\n" not in told and len(told) < 500


def until_the_disk_is_full(told: Connection, folder: Path, room_bytes: int) -> None:
    """Write as long as no file grows beyond ``room_bytes``; tell the numbers, then the error."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (room_bytes, room_bytes))
    try:
        put_on_record(told, folder, first=0, count=10_000, group=20)
    except ModelsError as error:
        told.send(str(error))


def test_on_a_full_disk_what_was_acknowledged_stays_and_the_rest_leaves_nothing(embedded_site: Site) -> None:
    file = embedded_site.folder / "menjian.db"
    largest = max(one.stat().st_size for one in embedded_site.folder.glob("menjian.db*"))
    *acknowledged, error = Process(until_the_disk_is_full, embedded_site.folder, largest + ROOM_BYTES).told()
    assert error.startswith(f"{file}: the database refused: ")
    assert error.endswith("; nothing of this was kept: make room on its disk, or replace a failing one, then try again")
    assert one_line(error)
    assert whole(embedded_site) == acknowledged == list(range(len(acknowledged)))
    assert len(acknowledged) >= 20
    write(embedded_site, 77_777)  # there is room again
    assert whole(embedded_site) == [*acknowledged, 77_777]


@pytest.fixture
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.session.BUSY_TIMEOUT_MS", 200)


@pytest.mark.usefixtures("short_wait")
def test_a_database_that_another_program_holds_is_told_and_readable_meanwhile(site: Site) -> None:
    with open_site(site.folder) as again:
        with held_by_another(again):
            with pytest.raises(ModelsError, match=r"(locked|lock timeout); another program has held it for") as caught:
                write(again, 1)
            with again.read_session() as session:
                assert numbers(session) == []
        assert one_line(str(caught.value))
        write(again, 2)
        assert whole(again) == [2]


def garbage_header(file: Path) -> None:
    file.write_bytes(b"\xde\xad" * 50 + file.read_bytes()[100:])


def garbage_pages(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[:8192] + bytes(range(256)) * ((len(content) - 8192) // 256))


def cut_in_half(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 8192 * 4096])


@pytest.mark.parametrize("spoil", [garbage_header, garbage_pages, cut_in_half])
def test_a_damaged_database_file_says_how_to_recover(embedded_site: Site, spoil: Callable[[Path], None]) -> None:
    for number in range(300):
        write(embedded_site, number)
    embedded_site.close()
    file = embedded_site.folder / "menjian.db"
    for beside in embedded_site.folder.glob("menjian.db-*"):
        beside.unlink()
    spoil(file)
    with (
        pytest.raises(ModelsError, match="stop every Menjian, keep the file aside, restore the last backup") as caught,
        open_site(embedded_site.folder) as site,
        site.read_session() as session,
    ):
        numbers(session)
    assert str(caught.value).startswith(f"{file}: the database refused: ")
    assert one_line(str(caught.value))


def test_a_record_of_a_newer_program_is_refused_as_it_is(site: Site) -> None:
    with site.write_session() as session:
        session.rows(text("UPDATE alembic_version SET version_num = 'r9999'"))
    with pytest.raises(ModelsError, match=r"written by a newer Menjian \(schema r9999\); update this program$"):
        open_site(site.folder)
    assert whole(site) == []


def no_key(folder: Path) -> None:
    (folder / "keys" / "site.key").unlink()


def another_key(folder: Path) -> None:
    (folder / "keys" / "site.key").write_text("ab" * 32, encoding="ascii")


def open_key(folder: Path) -> None:
    (folder / "keys" / "site.key").chmod(0o644)


def no_signing_key(folder: Path) -> None:
    (folder / "keys" / "signing.key").unlink()


def no_database(folder: Path) -> None:
    for file in folder.glob("menjian.db*"):
        file.unlink()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (no_key, "the site key is missing; restore it from the backup"),
        (another_key, "not sealed with this site's key; restore both keys from one backup"),
        (open_key, "run: chmod 600"),
        (no_signing_key, "the signing key is missing; restore it from the backup"),
        (no_database, "the database is missing or empty; restore it from the backup"),
    ],
)
def test_a_site_that_lacks_something_does_not_open(
    embedded_site: Site, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Path], None], says: str
) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    write(embedded_site, 1)
    embedded_site.close()
    spoil(embedded_site.folder)
    with pytest.raises(ModelsError, match=says) as caught:
        open_site(embedded_site.folder)
    assert one_line(str(caught.value))
    assert str(embedded_site.folder) in str(caught.value)


@pytest.mark.parametrize("engine", ["postgresql"])
def test_a_server_that_does_not_have_the_database_is_told(site: Site) -> None:
    name = make_url(str(site.settings.database)).database
    settings = site.settings_path.read_text(encoding="utf-8")
    site.settings_path.write_text(settings.replace(str(name), "nowhere"), encoding="utf-8")
    with pytest.raises(ModelsError, match=r"the database refused: .*nowhere") as caught:
        open_site(site.folder)
    assert one_line(str(caught.value))
