"""Unit of work on a site's database. Reading and writing are two types; only the opener commits, and rolls back
unless the block ends well. SQLite is the embedded default, PostgreSQL the other."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import (
    URL,
    Connection,
    Delete,
    Engine,
    Executable,
    Insert,
    Result,
    ScalarResult,
    Select,
    Update,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from models.base import Base, ModelsError
from models.signing import Signer
from models.vault import Vault

BUSY_TIMEOUT_MS = 10_000
WRITER_LOCK = 0x6D656E6A69616E
"""PostgreSQL's advisory lock of whoever writes: one at a time, as in SQLite, so that the ledger stays one chain."""

POOL: Mapping[str, int] = {"pool_size": 16, "max_overflow": 24}
"""Connections kept open, and beyond: one for each of the 40 threads in which a service answers."""

WAITING = 24
"""So many threads may wait to write: more would leave a service none to answer anybody else with."""

PLACE_S = 0.25
"""How long one more waits for a place among them: a crowd that the database keeps up with gets in, one before a
database that stands still does not."""

T = TypeVar("T")
Record = TypeVar("Record", bound=Base)


class ReadSession:
    """One consistent look at the database. The connection itself refuses to write."""

    def __init__(self, session: Session, vault: Vault) -> None:
        self._session = session
        self.vault = vault

    def get(self, record: type[Record], key: object) -> Record | None:
        """The record with this primary key, or None."""
        return self._session.get(record, key)

    def scalars(self, statement: Select[T]) -> ScalarResult[T]:
        """Single values or records of a select."""
        return self._session.scalars(statement)

    def rows(self, statement: Executable, values: Mapping[str, object] | None = None) -> Result[Any]:
        """Rows of a select with several columns; ``values`` of its parameters."""
        return self._session.execute(statement, values)


class WriteSession(ReadSession):
    """One transaction. It holds the database's write lock from its start; what it did is kept when its block ends
    well, and gone otherwise. There is no ``commit`` here on purpose."""

    def __init__(self, session: Session, vault: Vault, signer: Signer) -> None:
        super().__init__(session, vault)
        self.signer = signer

    def add(self, record: Base) -> None:
        """Store a new record; constraints are checked at once."""
        self._session.add(record)
        self._session.flush()

    def add_rows(self, statement: Insert, rows: Sequence[Mapping[str, object]]) -> None:
        """Store many rows in one go."""
        self._session.execute(statement, rows)

    def change(self, statement: Update | Delete) -> int:
        """Run an update or a delete; how many rows it met."""
        self._session.flush()
        result = self._session.execute(statement, execution_options={"synchronize_session": "fetch"})
        return int(getattr(result, "rowcount", 0))


class Database:
    """A site's database. ``address``: an SQLite file (write-ahead log, foreign keys on, deleted content overwritten,
    every commit on the disk) or the address of a PostgreSQL database, `postgresql://user@host/name`; its password comes
    from `PGPASSWORD` or `~/.pgpass`. Both wait for a busy writer.

    Raises ``ModelsError`` for an address that is none, or that holds a password.
    """

    def __init__(self, address: Path | str, vault: Vault, signer: Signer) -> None:
        self._url = _url(address)
        self.name = str(address) if isinstance(address, Path) else self._url.set(password=None).render_as_string()
        self._vault = vault
        self._signer = signer
        self._reader = _engine(self._url, writes=False)
        self._writer = _engine(self._url, writes=True)
        self._turn = Lock()
        self._places = BoundedSemaphore(1 + WAITING)

    @property
    def file(self) -> Path | None:
        """The SQLite file; None on a server."""
        return Path(str(self._url.database)) if self._url.get_backend_name() == "sqlite" else None

    @contextmanager
    def read_session(self) -> Iterator[ReadSession]:
        """Open a session that sees one state of the data. Raises ``ModelsError`` when the file cannot be read."""
        with _told(self.name), Session(self._reader) as session:
            yield ReadSession(session, self._vault)

    @contextmanager
    def write_session(self) -> Iterator[WriteSession]:
        """Open a transaction; commits at the block's good end. Raises ``ModelsError`` when the file cannot be
        written (disk full, locked by another program, damaged), or `WAITING` others wait to write already."""
        with self._in_turn(), _told(self.name), Session(self._writer, autoflush=True) as session, session.begin():
            session.connection()  # takes the write lock now: what is read here is still so when it is written
            yield WriteSession(session, self._vault, self._signer)

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        # SQLite would have the threads of this process ask again and again, and the unlucky one last
        if not self._places.acquire(timeout=PLACE_S):
            raise ModelsError(f"{self.name}: {WAITING} others wait to write already; try again in a second")
        try:
            if not self._turn.acquire(timeout=BUSY_TIMEOUT_MS / 1000):
                raise ModelsError(f"{self.name}: the database refused: {_advice('locked')}")
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._places.release()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A bare writing transaction, for migrations."""
        with _told(self.name), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def outside_transactions(self) -> Iterator[Connection]:
        """A bare connection on which every statement stands alone, for the database's own upkeep (`VACUUM`)."""
        with _told(self.name), self._reader.connect() as connection:
            driver = connection.connection.driver_connection
            if isinstance(driver, sqlite3.Connection):
                driver.execute("PRAGMA query_only = 0")
            yield connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.invalidate()

    def close(self) -> None:
        """Give the database back."""
        self._reader.dispose()
        self._writer.dispose()


@contextmanager
def read_only(address: Path | str) -> Iterator[Connection]:
    """One consistent look at a database, for a check that has no keys. An SQLite file is not even opened for writing:
    an auditor's copy stays as it is, also on a medium nobody can write. Raises ``ModelsError`` when it cannot be read.
    """
    engine = _sqlite_copy(address) if isinstance(address, Path) else _engine(_url(address), writes=False)
    try:
        with _told(str(address)), engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _told(name: str) -> Iterator[None]:
    # the driver's own first line only: the statement's parameters are personal data
    try:
        yield
    except (DatabaseError, sqlite3.Error) as error:
        said = error.orig if isinstance(error, DatabaseError) else error
        raise ModelsError(f"{name}: the database refused: {_advice(str(said))}") from None


def _url(address: Path | str) -> URL:
    if isinstance(address, Path):
        return URL.create("sqlite", database=str(address))
    try:
        url = make_url(address)
    except ArgumentError:
        raise ModelsError("database: not an address; give postgresql://user@host/name") from None
    if url.get_backend_name() != "postgresql":
        raise ModelsError(f"database: {url.drivername} is not known here; give postgresql://user@host/name")
    if url.password:
        raise ModelsError("database: leave the password out of the address; put it in PGPASSWORD or ~/.pgpass")
    return url.set(drivername="postgresql+psycopg")


def _advice(said: str) -> str:
    line = said.strip().partition("\n")[0]
    if "malformed" in line or "not a database" in line:
        return f"{line}; stop every Menjian, keep the file aside, restore the last backup, then: menjian verify --site"
    if "disk" in line or "No space left" in line:
        return f"{line}; nothing of this was kept: make room on its disk, or replace a failing one, then try again"
    if "locked" in line or "lock timeout" in line:
        return f"{line}; another program has held it for {BUSY_TIMEOUT_MS // 1000} s, stop that and try again"
    return line


def _engine(url: URL, *, writes: bool) -> Engine:
    return _sqlite(url, writes=writes) if url.get_backend_name() == "sqlite" else _postgresql(url, writes=writes)


def _sqlite(url: URL, *, writes: bool) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, **POOL)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        assert isinstance(connection, sqlite3.Connection)
        connection.isolation_level = None  # BEGIN is ours: the driver's own starts too late to guard what was read
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
            "recursive_triggers = ON",  # without, INSERT OR REPLACE deletes behind the back of the ledger's triggers
            f"query_only = {int(not writes)}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _sqlite_copy(path: Path) -> Engine:
    query = {"uri": "true", "mode": "ro"}
    if not _can_be_shared(path) and not _has_log(path):
        query["immutable"] = "1"
    engine = create_engine(URL.create("sqlite", database=f"file:{quote(str(path.absolute()))}", query=query))

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        assert isinstance(connection, sqlite3.Connection)
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _can_be_shared(path: Path) -> bool:
    """Whether it can be read beside a writer. The log mode wants a file beside it for that, which cannot be made on a
    medium nobody writes, nor on a full disk."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)) as connection:
            connection.execute("SELECT 1 FROM sqlite_schema").fetchall()
    except sqlite3.Error:
        return False
    return True


def _has_log(path: Path) -> bool:
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


def _postgresql(url: URL, *, writes: bool) -> Engine:
    level = "READ COMMITTED" if writes else "REPEATABLE READ"
    settings = f"-c timezone=UTC -c lock_timeout={BUSY_TIMEOUT_MS}"
    options = {"options": settings}
    engine = create_engine(url, isolation_level=level, connect_args=options, pool_pre_ping=True, **POOL)
    if not writes:
        return engine.execution_options(postgresql_readonly=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")

    return engine
