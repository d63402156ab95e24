"""A PostgreSQL to measure on: the one that is named, else one started for the time being."""

from __future__ import annotations

import os
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
from sqlalchemy import make_url

from models.base import ModelsError

VARIABLE = "MENJIAN_TEST_POSTGRES"
"""Environment variable with the address of a database whose user may create others; the password in `PGPASSWORD`."""


class NoServerError(ModelsError):
    """There is no PostgreSQL here."""


@contextmanager
def new_database() -> Iterator[str]:
    """The address of a new database, which is dropped at the end. Raises ``NoServerError`` saying why there is none."""
    with _server() as address:
        name = f"menjian_bench_{uuid4().hex}"
        _run(address, f"CREATE DATABASE {name}")
        yield make_url(address).set(database=name).render_as_string()
        _run(address, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _server() -> Iterator[str]:
    if address := os.environ.get(VARIABLE):
        yield address
        return
    with TemporaryDirectory(prefix="menjian-postgres-") as folder:
        try:
            with warnings.catch_warnings(action="ignore"):  # of a folder it makes for itself
                from pgserver.postgres_server import get_server

            server = get_server(Path(folder) / "data")
        except (ImportError, OSError, subprocess.SubprocessError) as error:
            raise NoServerError(
                f"no PostgreSQL starts here ({type(error).__name__}): install pgserver, or name one in {VARIABLE}"
            ) from None
        with server:
            yield server.get_uri().replace(":@", "@")  # no password


def _run(address: str, statement: str) -> None:
    try:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())
    except psycopg.Error as error:
        raise NoServerError(f"{VARIABLE}: the server refused: {str(error).strip().partition(chr(10))[0]}") from None
