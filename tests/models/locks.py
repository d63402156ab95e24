"""Another program that holds a site's database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from models.session import WRITER_LOCK
from models.site import Site


@contextmanager
def held_by_another(site: Site) -> Iterator[None]:
    """Another program writes, and does not end."""
    if site.database.file is not None:
        connection = sqlite3.connect(site.database.file, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.close()
    else:
        with psycopg.connect(str(site.settings.database)) as held:
            held.execute("SELECT pg_advisory_xact_lock(%s)", [WRITER_LOCK])
            yield
