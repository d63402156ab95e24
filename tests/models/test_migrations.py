"""Migrations lead from nothing to the records and back, and say when a file comes from the future."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text

from models.base import Base
from models.migrations import SchemaError, downgrade, upgrade


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as opened:
        yield opened
    engine.dispose()


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_an_empty_database_is_brought_to_every_record(connection: Connection) -> None:
    upgrade(connection, "x.db")
    assert tables(connection) == set(Base.metadata.tables)


def test_migrations_and_records_agree(connection: Connection) -> None:
    upgrade(connection, "x.db")
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    assert compare_metadata(context, Base.metadata) == []


def test_constraints_are_the_same_as_those_of_the_records(connection: Connection) -> None:
    upgrade(connection, "x.db")
    migrated = inspect(connection)
    engine = create_engine("sqlite://")
    with engine.begin() as fresh:
        Base.metadata.create_all(fresh)
        wanted = inspect(fresh)
        for table in Base.metadata.tables:
            assert migrated.get_check_constraints(table) == wanted.get_check_constraints(table)
            assert migrated.get_foreign_keys(table) == wanted.get_foreign_keys(table)
            assert migrated.get_unique_constraints(table) == wanted.get_unique_constraints(table)
    engine.dispose()


def test_upgrading_again_changes_nothing(connection: Connection) -> None:
    upgrade(connection, "x.db")
    before = connection.execute(text("SELECT sql FROM sqlite_master ORDER BY name")).all()
    upgrade(connection, "x.db")
    assert connection.execute(text("SELECT sql FROM sqlite_master ORDER BY name")).all() == before


def test_downgrading_to_the_base_leaves_nothing(connection: Connection) -> None:
    upgrade(connection, "x.db")
    downgrade(connection, "base")
    assert tables(connection) == set()


def test_a_database_of_a_newer_program_is_refused(connection: Connection) -> None:
    upgrade(connection, "x.db")
    connection.execute(text("UPDATE alembic_version SET version_num = 'r9999'"))
    with pytest.raises(SchemaError, match=r"^x\.db: written by a newer Menjian \(schema r9999\); update this program$"):
        upgrade(connection, "x.db")
