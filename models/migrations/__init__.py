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
from models.vault import Vault

FOLDER = Path(__file__).parent


class SchemaError(ModelsError):
    """The database's schema is one this program does not know."""


def upgrade(connection: Connection, name: str, vault: Vault | None = None) -> None:
    """Bring the database behind ``connection`` to the newest schema, in the connection's transaction.

    ``name`` is what an error calls the file; ``vault`` opens what has to be sealed anew, an empty database needs none.
    Raises ``SchemaError`` when it was written by a newer program.
    """
    config = _config(connection, vault)
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    if current == scripts.get_current_head():
        return
    _require_known(scripts, current, name)
    command.upgrade(config, "head")


def require_newest(connection: Connection, name: str) -> None:
    """Raises ``SchemaError`` when the database behind ``connection`` has another schema than this program's; changes
    nothing."""
    current = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory.from_config(_config(connection, None))
    if current == scripts.get_current_head():
        return
    _require_known(scripts, current, name)
    raise SchemaError(f"{name}: written by an older Menjian (schema {current}); open it with: menjian doctor --site")


def downgrade(connection: Connection, revision: str, vault: Vault | None = None) -> None:
    """Bring the database back to ``revision`` ("base": empty)."""
    command.downgrade(_config(connection, vault), revision)


def _require_known(scripts: ScriptDirectory, revision: str | None, name: str) -> None:
    try:
        scripts.get_revision(revision or "base")
    except CommandError:
        raise SchemaError(f"{name}: written by a newer Menjian (schema {revision}); update this program") from None


def _config(connection: Connection, vault: Vault | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["vault"] = vault
    return config
