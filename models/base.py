"""What every record shares: the declarative base, the error type, and instants that are always aware UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, MetaData
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator


class ModelsError(Exception):
    """Base of every error this package raises on purpose; its text is one line for the user."""


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: only aware values go in (whatever their zone), aware UTC comes out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Normalise to UTC. Raises ``ModelsError`` for a naive value.

        >>> from sqlalchemy.dialects import sqlite
        >>> UTCDateTime().process_bind_param(datetime(2026, 3, 1), sqlite.dialect())
        Traceback (most recent call last):
        models.base.ModelsError: an instant without a time zone (2026-03-01 00:00:00) cannot be stored; give aware UTC
        """
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ModelsError(f"an instant without a time zone ({value}) cannot be stored; give aware UTC")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite hands back the UTC wall clock without its zone; other databases hand back aware values."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.utcoffset() is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of the records; constraint names follow one pattern, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
