"""Alembic revisions of a site's database, shipped with the program: ``upgrade`` brings a file to this program's schema.

A new revision is written by hand in ``versions/`` (``rNNNN_what.py``, ``down_revision`` the one before); a test
compares the result with the records.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from models.base import ModelsError

FOLDER = Path(__file__).parent


class SchemaError(ModelsError):
    """The database's schema is one this program does not know."""


def upgrade(connection: Connection, name: str) -> None:
    """Bring the database behind ``connection`` to the newest schema, in the connection's transaction.

    ``name`` is what an error calls the file. Raises ``SchemaError`` when it was written by a newer program.
    """
    config = _config(connection)
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    if current == scripts.get_current_head():
        return
    try:
        scripts.get_revision(current or "base")
    except CommandError:
        raise SchemaError(f"{name}: written by a newer Menjian (schema {current}); update this program") from None
    command.upgrade(config, "head")


def downgrade(connection: Connection, revision: str) -> None:
    """Bring the database back to ``revision`` ("base": empty)."""
    command.downgrade(_config(connection), revision)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
