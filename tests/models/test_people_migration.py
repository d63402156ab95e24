"""People stored by an older program come through the migrations whole, and back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from models.base import Base, ModelsError
from models.keys import DataKey, drop_key, of_person, sealer_of
from models.migrations import FOLDER, downgrade, upgrade
from models.people import (
    FaceTemplate,
    Person,
    add_person,
    add_phone,
    consents_of,
    gallery_snapshot,
    people,
    people_with_phone,
)
from models.session import Database
from models.signing import create_signer
from models.vault import Vault, VaultError
from tests.models.conftest import Engine
from tests.models.somebody import template

AT = datetime(2026, 2, 1, 3, tzinfo=UTC)
VAULT = Vault(b"m" * 32)
FACE = template(1, 2, 3)
INSTANT = sa.DateTime(timezone=True)

Rows = list[dict[str, Any]]


@pytest.fixture
def database(engine: Engine, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty one."""
    signer = create_signer(tmp_path / "signing.key", VAULT)
    if engine == "sqlite":
        made = Database(tmp_path / "menjian.db", VAULT, signer)
        yield made
        made.close()
        return
    with request.getfixturevalue("server").database() as address:
        made = Database(address, VAULT, signer)
        yield made
        made.close()


def person(person_id: str, name: str, *, phone: str | None = None, role: str = "customer") -> dict[str, Any]:
    """As r0001 has it."""
    return {
        "id": person_id,
        "role": role,
        "name_sealed": VAULT.seal(name.encode(), f"name of {person_id}"),
        "distributor": "贝壳" if role == "agent" else None,
        "phone_sealed": VAULT.seal(phone.encode(), f"phone of {person_id}") if phone else None,
        "phone_digest": VAULT.digest(phone) if phone else None,
        "phone_last4": phone[-4:] if phone else None,
        "created_at": AT,
    }


def old_rows() -> dict[str, Rows]:
    """An agent with a phone, a consent and a template; a customer with an ended consent."""
    consent = {"mode": "consent_first", "notice_version": "1", "notice_sha256": "ab" * 32, "given_at": AT}
    return {
        "person": [person("p1", "李明", phone="13800138000", role="agent"), person("p2", "王芳")],
        "consent": [
            consent | {"id": "c1", "person_id": "p1", "reference": "F-1", "withdrawn_at": None},
            consent | {"id": "c2", "person_id": "p2", "reference": "F-2", "withdrawn_at": AT},
        ],
        "template": [
            {
                "id": "t1",
                "person_id": "p1",
                "pack": "toy-1",
                "vector_sealed": VAULT.seal(FACE.vector.tobytes(), "template of t1"),
                "quality": 0.75,
                "source_sha256": "00" * 32,
                "created_at": AT,
            }
        ],
    }


def stored(connection: sa.Connection) -> dict[str, Rows]:
    """Everything in the tables of r0001, opened."""
    found: dict[str, Rows] = {}
    for table in ("person", "consent", "template"):
        reflected = sa.Table(table, sa.MetaData(), autoload_with=connection)
        rows = connection.execute(sa.select(reflected).order_by(reflected.c.id)).mappings()
        found[table] = [opened(dict(row)) for row in rows]
    return found


def opened(row: dict[str, Any]) -> dict[str, Any]:
    for column, what in (("name_sealed", "name"), ("phone_sealed", "phone"), ("vector_sealed", "template")):
        if row.get(column) is not None:
            row[column] = VAULT.open(row[column], f"{what} of {row['id']}")
    for column in ("created_at", "given_at", "withdrawn_at"):
        if row.get(column) is not None:
            row[column] = row[column].replace(tzinfo=UTC)
    return row


def at_revision(database: Database, revision: str, rows: dict[str, Rows]) -> None:
    """Bring an empty database to a schema of the past and fill it."""
    with database.connection() as connection:
        config = Config()
        config.set_main_option("script_location", str(FOLDER))
        config.attributes |= {"connection": connection, "vault": None}
        command.upgrade(config, revision)
        for table, told in rows.items():
            connection.execute(sa.Table(table, sa.MetaData(), autoload_with=connection).insert(), told)


def to_the_newest(database: Database) -> None:
    with database.connection() as connection:
        upgrade(connection, database.name, VAULT)


@pytest.mark.parametrize("revision", ["r0001", "r0003"])
def test_people_of_an_older_program_are_all_there_under_keys_of_their_own(database: Database, revision: str) -> None:
    at_revision(database, revision, old_rows())
    to_the_newest(database)
    with database.read_session() as session:
        agent, customer = people(session)
        assert (agent.name, agent.role, agent.distributor, agent.phones) == ("李明", "agent", "贝壳", ("8000",))
        assert (customer.name, customer.phones) == ("王芳", ())
        assert people_with_phone(session, "13800138000").certain == (agent,)
        assert people_with_phone(session, "138***38000").possible == (agent,)
        gallery = gallery_snapshot(session, "toy-1")
        assert gallery.people == ("p1",)
        np.testing.assert_array_equal(gallery.matrix, [FACE.vector])
        [first], [second] = consents_of(session, "p1"), consents_of(session, "p2")
        assert [(one.reference, one.how, one.given_at, one.withdrawn_at) for one in (first, second)] == [
            ("F-1", "paper", AT, None),
            ("F-2", "paper", AT, AT),
        ]
        for sealed, about in (
            (session.scalars(select_name("p1")).one(), "name of p1"),
            (session.scalars(sa.select(FaceTemplate.vector_sealed)).one(), "template of t1"),
        ):
            with pytest.raises(VaultError):
                VAULT.open(sealed, about)


def select_name(person_id: str) -> sa.Select[bytes]:
    return sa.select(Person.name_sealed).where(Person.id == person_id)


def test_a_key_that_frames_are_sealed_under_already_is_kept(database: Database) -> None:
    _, wrapped = VAULT.new_key(of_person("p1"))
    key = {"owner": of_person("p1"), "wrapped": wrapped, "created_at": AT}
    at_revision(database, "r0003", old_rows() | {"data_key": [key]})
    to_the_newest(database)
    with database.read_session() as session:
        assert [one.wrapped for one in session.scalars(sa.select(DataKey)) if one.owner == of_person("p1")] == [wrapped]
        assert people(session)[0].name == "李明"
        sealer_of(session, of_person("p2"))


def test_going_back_brings_back_what_was_there(database: Database) -> None:
    at_revision(database, "r0003", old_rows())
    with database.connection() as connection:
        before = stored(connection)
        upgrade(connection, database.name, VAULT)
        downgrade(connection, "r0003", VAULT)
        assert stored(connection) == before
        upgrade(connection, database.name, VAULT)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    with database.read_session() as session:
        assert [one.name for one in people(session)] == ["李明", "王芳"]


def test_going_back_leaves_out_only_what_the_older_schema_cannot_hold(database: Database) -> None:
    at_revision(database, "r0003", old_rows())
    to_the_newest(database)
    with database.write_session() as session:
        add_phone(session, "p1", "13900139000", at=AT + timedelta(days=1))
        add_phone(session, "p2", "138***88888", at=AT)
        consultant = add_person(session, name="赵", role="consultant", at=AT, by="desk", phone="02112345678")
        erased = add_person(session, name="钱", role="staff", at=AT, by="desk")
        drop_key(session, of_person(erased))
    with database.connection() as connection:
        downgrade(connection, "r0003", VAULT)
        found = {row["id"]: row for row in stored(connection)["person"]}
    assert {one: (row["role"], row["phone_sealed"]) for one, row in found.items()} == {
        "p1": ("agent", b"13800138000"),  # the first phone
        "p2": ("customer", None),  # one known in part only had no place
        consultant: ("staff", b"02112345678"),
    }


def test_what_hangs_on_a_person_still_goes_with_the_person(database: Database) -> None:
    at_revision(database, "r0001", old_rows())
    to_the_newest(database)
    with database.write_session() as session:
        session.change(sa.delete(Person).where(Person.id == "p1"))
        assert session.scalars(sa.select(FaceTemplate.id)).all() == []
        assert people_with_phone(session, "13800138000").certain == ()
        assert [one.id for one in consents_of(session, "p2")] == ["c2"]


def test_without_the_site_key_people_are_not_migrated(database: Database) -> None:
    at_revision(database, "r0003", old_rows())
    with pytest.raises(ModelsError, match="needs the site key"), database.connection() as connection:
        upgrade(connection, database.name)
    with database.connection() as connection:
        assert [row["id"] for row in stored(connection)["person"]] == ["p1", "p2"]
