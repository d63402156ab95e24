"""A real PostgreSQL for the tests: started for the session, or the one that `MENJIAN_TEST_POSTGRES` names (an address
whose user may create databases; its password comes from `PGPASSWORD`)."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from models.migrations import upgrade

VARIABLE = "MENJIAN_TEST_POSTGRES"
MEMORY = Path("/dev/shm")
"""Where there is one with room, the databases lie in memory: copying the template is ten times as fast."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """``address`` of a database of a running server, ``template`` the name of one that is migrated and never used."""

    address: str
    template: str

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The address of a new database, a copy of ``template``, dropped at the end."""
        name = f"menjian_{uuid4().hex}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield _of(self.address, name)
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        _run(self.address, statement)


@contextmanager
def migrated_server() -> Iterator[Server]:
    """A server with its template. Skips the test, saying why, where none can be started."""
    with _running() as address:
        template = f"menjian_template_{uuid4().hex}"
        _run(address, f"CREATE DATABASE {template}")
        url = make_url(_of(address, template)).set(drivername="postgresql+psycopg")
        engine = create_engine(url, poolclass=NullPool)
        with engine.begin() as connection:
            upgrade(connection, template)
        yield Server(address=address, template=template)
        _run(address, f"DROP DATABASE {template}")


@contextmanager
def _running() -> Iterator[str]:
    if address := os.environ.get(VARIABLE):
        yield address
        return
    try:
        with warnings.catch_warnings(action="ignore"):  # of a folder it makes for itself
            from pgserver.postgres_server import get_server

        roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 1e9
        folder = tempfile.mkdtemp(prefix="menjian-postgres-", dir=MEMORY if roomy else None)
        server = get_server(Path(folder), cleanup_mode="delete")
    except (ImportError, OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"no PostgreSQL can be started here ({type(error).__name__}: {error}); name one in {VARIABLE}")
    with server:
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf()")  # nobody pulls the plug of this one
        yield server.get_uri().replace(":@", "@")  # no password


def _run(address: str, statement: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement.encode())


def _of(address: str, database: str) -> str:
    return make_url(address).set(database=database).render_as_string()
