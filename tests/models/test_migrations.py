"""Migrations lead from nothing to the records and back, on both databases, and say when one comes from the future."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, make_url, text

import models
from models.base import Base
from models.migrations import FOLDER, SchemaError, downgrade, upgrade
from tests.models.conftest import Engine
from tests.models.postgres import Server

for records in sorted(Path(models.__path__[0]).rglob("records.py")):  # every table, whoever else imports them
    import_module(".".join(("models", *records.relative_to(models.__path__[0]).with_suffix("").parts)))

REVISIONS = [script.revision for script in ScriptDirectory(str(FOLDER)).walk_revisions()][::-1]
ONLY_ROWS = "r0006"
"""The revision after this one changes rows and no table."""

TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname",
}
FUNCTIONS = {
    "sqlite": "SELECT 1 WHERE FALSE",
    "postgresql": "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY proname",
}


@contextmanager
def empty_database(engine: Engine, request: pytest.FixtureRequest) -> Iterator[Connection]:
    with ExitStack() as stack:
        url = make_url("sqlite://")
        if engine == "postgresql":
            server: Server = request.getfixturevalue("server")
            url = make_url(stack.enter_context(server.database())).set(drivername="postgresql+psycopg")
        made = create_engine(url)
        stack.callback(made.dispose)
        yield stack.enter_context(made.begin())


@pytest.fixture
def connection(engine: Engine, request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A transaction on an empty database."""
    with empty_database(engine, request) as opened:
        yield opened


@pytest.fixture
def other(engine: Engine, request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A transaction on another one."""
    with empty_database(engine, request) as opened:
        yield opened


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def schema(connection: Connection) -> dict[str, object]:
    """Everything the database enforces, by table; with triggers and functions."""
    seen, dialect = inspect(connection), connection.dialect.name
    found: dict[str, object] = {
        table: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"], c["default"]) for c in seen.get_columns(table)},
            "primary key": seen.get_pk_constraint(table)["constrained_columns"],
            "foreign keys": sorted(map(str, seen.get_foreign_keys(table))),
            "unique": sorted(map(str, seen.get_unique_constraints(table))),
            "checks": sorted(map(str, seen.get_check_constraints(table))),
            "indexes": sorted(
                (str(i["name"]), i["column_names"], i["unique"], str(i["dialect_options"].get(f"{dialect}_where")))
                for i in seen.get_indexes(table)
            ),
        }
        for table in tables(connection)
    }
    for kind, statement in (("triggers", TRIGGERS), ("functions", FUNCTIONS)):
        found[kind] = connection.execute(text(statement[dialect])).scalars().all()
    return found


def test_an_empty_database_is_brought_to_every_record(connection: Connection) -> None:
    upgrade(connection, "x.db")
    assert tables(connection) == set(Base.metadata.tables)


def test_migrations_and_records_agree(connection: Connection) -> None:
    upgrade(connection, "x.db")
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    assert compare_metadata(context, Base.metadata) == []


def test_constraints_and_indexes_are_the_same_as_those_of_the_records(
    connection: Connection, other: Connection
) -> None:
    upgrade(connection, "x.db")
    Base.metadata.create_all(other)
    migrated, wanted = schema(connection), schema(other)
    for beside in ("triggers", "functions"):  # these the records know nothing of
        assert wanted.pop(beside) == []
    assert {table: migrated[table] for table in wanted} == wanted


def test_upgrading_again_changes_nothing(connection: Connection) -> None:
    upgrade(connection, "x.db")
    before = schema(connection)
    upgrade(connection, "x.db")
    assert schema(connection) == before


@pytest.mark.parametrize("revision", ["base", *REVISIONS[:-1]])
def test_every_revision_can_be_gone_back_to_and_left_again(connection: Connection, revision: str) -> None:
    upgrade(connection, "x.db")
    newest = schema(connection)
    downgrade(connection, revision)
    older = schema(connection)
    upgrade(connection, "x.db")
    assert schema(connection) == newest
    assert (older == newest) == (revision == ONLY_ROWS)
    downgrade(connection, revision)
    assert schema(connection) == older


def test_downgrading_to_the_base_leaves_nothing(connection: Connection) -> None:
    upgrade(connection, "x.db")
    downgrade(connection, "base")
    assert schema(connection) == {"triggers": [], "functions": []}


def test_revisions_follow_one_another_by_number() -> None:
    assert [f"r{number:04}" for number in range(1, len(REVISIONS) + 1)] == REVISIONS


def test_a_database_of_a_newer_program_is_refused_as_it_is(connection: Connection) -> None:
    upgrade(connection, "x.db")
    connection.execute(text("UPDATE alembic_version SET version_num = 'r9999'"))
    before = schema(connection)
    with pytest.raises(SchemaError, match=r"^x\.db: written by a newer Menjian \(schema r9999\); update this program$"):
        upgrade(connection, "x.db")
    assert schema(connection) == before
