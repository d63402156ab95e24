"""Unit of work: who commits, what is rolled back, what the connections enforce."""

from __future__ import annotations

import sqlite3
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import InvalidRequestError

from models.base import ModelsError
from models.people import Consent, Person, add_person
from models.session import WAITING, Database, ReadSession, WriteSession
from models.signing import create_signer
from models.site import Site
from models.vault import Vault

AT = datetime(2026, 3, 1, tzinfo=UTC)


class InterruptedBlockError(Exception):
    """Something went wrong inside the block."""


def names_stored(site: Site) -> int:
    with site.read_session() as session:
        return len(session.scalars(select(Person.id)).all())


def test_a_block_that_ends_well_is_kept(site: Site) -> None:
    with site.write_session() as session:
        add_person(session, name="李", role="staff", at=AT, by="desk")
    assert names_stored(site) == 1


def test_a_block_that_fails_leaves_nothing(site: Site) -> None:
    def interrupted() -> None:
        with site.write_session() as session:
            add_person(session, name="李", role="staff", at=AT, by="desk")
            raise InterruptedBlockError

    with pytest.raises(InterruptedBlockError):
        interrupted()
    assert names_stored(site) == 0


def test_nothing_inside_a_block_can_commit() -> None:
    assert not hasattr(ReadSession, "commit")
    assert not hasattr(WriteSession, "commit")


def test_a_reading_connection_cannot_write(site: Site) -> None:
    with pytest.raises(ModelsError, match=r"readonly|read-only"), site.database.read_session() as session:
        WriteSession.change(session, delete(Person))  # type: ignore[arg-type]  # what the types forbid, the file does too


def test_a_reader_sees_one_state_while_somebody_writes(site: Site) -> None:
    with site.read_session() as reader:
        assert reader.scalars(select(Person.id)).all() == []
        with site.write_session() as writer:
            add_person(writer, name="李", role="staff", at=AT, by="desk")
        assert reader.scalars(select(Person.id)).all() == []
    assert names_stored(site) == 1


def test_a_consent_of_nobody_breaks_a_foreign_key(site: Site) -> None:
    orphan = Consent(
        id="c",
        person_id="nobody",
        reference="r",
        mode="m",
        how="desk",
        notice_version="1",
        notice_sha256="0",
        given_at=AT,
    )
    with pytest.raises(ModelsError, match=r"(?i)foreign key"), site.write_session() as session:
        session.add(orphan)


def test_a_relationship_that_was_not_asked_for_raises(site: Site) -> None:
    with site.write_session() as session:
        person_id = add_person(session, name="李", role="staff", at=AT, by="desk")
    with site.read_session() as session:
        person = session.get(Person, person_id)
        assert person is not None
        with pytest.raises(InvalidRequestError, match="lazy='raise'"):
            assert person.consents


def test_the_file_keeps_a_write_ahead_log(embedded_site: Site) -> None:
    connection = sqlite3.connect(str(embedded_site.database.file))
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_file_that_is_no_database_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "menjian.db"
    path.write_bytes(b"no database at all" * 100)
    database = Database(path, Vault(bytes(32)), create_signer(tmp_path / "signing.key", Vault(bytes(32))))
    says = r"menjian\.db: the database refused: file is not a database; stop every Menjian"
    with pytest.raises(ModelsError, match=says), database.read_session() as session:
        session.get(Person, "p")
    database.close()


def test_no_more_writers_wait_than_there_are_places(site: Site) -> None:
    def write() -> None:
        with site.write_session() as session:
            add_person(session, name="李", role="staff", at=AT, by="desk")

    too_many = 3
    with ThreadPoolExecutor(WAITING + too_many) as pool:
        with site.write_session():
            writers = [pool.submit(write) for _ in range(WAITING + too_many)]
            waiting = set(writers)
            while len(waiting) > WAITING:
                _, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        told = [writer.exception() for writer in writers]
    refused = [error for error in told if error is not None]
    assert [type(error) for error in refused] == [ModelsError] * too_many
    assert all("wait to write already; try again" in str(error) for error in refused)
    assert names_stored(site) == WAITING
