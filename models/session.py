"""Unit of work on a site's database. Reading and writing are two types; only the opener commits, and rolls back
unless the block ends well."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Delete, Engine, ScalarResult, Select, Update, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from models.base import Base, ModelsError
from models.vault import Vault

BUSY_TIMEOUT_MS = 10_000
T = TypeVar("T")
Record = TypeVar("Record", bound=Base)


class ReadSession:
    """One consistent look at the database. The connection itself refuses to write."""

    def __init__(self, session: Session, vault: Vault) -> None:
        self._session = session
        self.vault = vault

    def get(self, record: type[Record], key: str) -> Record | None:
        """The record with this primary key, or None."""
        return self._session.get(record, key)

    def scalars(self, statement: Select[T]) -> ScalarResult[T]:
        """Single values or records of a select."""
        return self._session.scalars(statement)


class WriteSession(ReadSession):
    """One transaction. It holds the database's write lock from its start; what it did is kept when its block ends
    well, and gone otherwise. There is no ``commit`` here on purpose."""

    def add(self, record: Base) -> None:
        """Store a new record; constraints are checked at once."""
        self._session.add(record)
        self._session.flush()

    def change(self, statement: Update | Delete) -> int:
        """Run an update or a delete; how many rows it met."""
        self._session.flush()
        result = self._session.execute(statement, execution_options={"synchronize_session": "fetch"})
        return int(getattr(result, "rowcount", 0))


class Database:
    """A site's SQLite file: write-ahead log, foreign keys on, deleted content overwritten, waits for a busy writer."""

    def __init__(self, path: Path, vault: Vault) -> None:
        self.path = path
        self._vault = vault
        self._reader = _engine(path, writes=False)
        self._writer = _engine(path, writes=True)

    @contextmanager
    def read_session(self) -> Iterator[ReadSession]:
        """Open a session that sees one state of the data. Raises ``ModelsError`` when the file cannot be read."""
        with self._told(), Session(self._reader) as session:
            yield ReadSession(session, self._vault)

    @contextmanager
    def write_session(self) -> Iterator[WriteSession]:
        """Open a transaction; commits at the block's good end. Raises ``ModelsError`` when the file cannot be
        written (disk full, locked by another program, damaged)."""
        with self._told(), Session(self._writer, autoflush=True) as session, session.begin():
            yield WriteSession(session, self._vault)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A bare writing transaction, for migrations."""
        with self._told(), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give the file back."""
        self._reader.dispose()
        self._writer.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        # the driver's own words only: the statement's parameters are personal data
        try:
            yield
        except (DatabaseError, sqlite3.Error) as error:
            said = error.orig if isinstance(error, DatabaseError) else error
            raise ModelsError(f"{self.path}: the database refused: {said}") from None


def _engine(path: Path, *, writes: bool) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        assert isinstance(connection, sqlite3.Connection)
        connection.isolation_level = None  # BEGIN is ours: the driver's own starts too late to guard what was read
        for pragma in (
            "journal_mode = WAL",
            "foreign_keys = ON",
            "secure_delete = ON",
            f"query_only = {int(not writes)}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
