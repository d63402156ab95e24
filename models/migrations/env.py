"""What Alembic runs: always on a connection that `models.migrations` hands over."""

from __future__ import annotations

from alembic import context

from models.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
