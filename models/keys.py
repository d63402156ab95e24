"""Data keys: one per person or arrival, wrapped by the master key. Dropping a key makes everything sealed under it
unreadable, wherever a copy of it may lie."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, ModelsError, UTCDateTime
from models.session import ReadSession, WriteSession
from models.vault import Sealer


class KeyGoneError(ModelsError):
    """What was asked for was erased: its data key is no longer there."""


class DataKey(Base):
    """A wrapped data key; ``owner`` is `person:ID` or `arrival:ID`."""

    __tablename__ = "data_key"

    owner: Mapped[str] = mapped_column(primary_key=True)
    wrapped: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


def of_person(person: str) -> str:
    """The owner's name of a person's key.

    >>> of_person("7f3a")
    'person:7f3a'
    """
    return f"person:{person}"


def of_arrival(arrival: str) -> str:
    """The owner's name of an arrival's key."""
    return f"arrival:{arrival}"


def ensure_key(session: WriteSession, owner: str, *, at: datetime) -> Sealer:
    """The owner's data key, made now if there is none."""
    standing = session.get(DataKey, owner)
    if standing is not None:
        return session.vault.unwrapped(standing.wrapped, owner)
    sealer, wrapped = session.vault.new_key(owner)
    session.add(DataKey(owner=owner, wrapped=wrapped, created_at=at))
    return sealer


def sealer_of(session: ReadSession, owner: str) -> Sealer:
    """The owner's data key. Raises ``KeyGoneError`` when it was erased or never there."""
    standing = session.get(DataKey, owner)
    if standing is None:
        raise KeyGoneError(f"{owner}: erased; nothing of it can be read any more")
    return session.vault.unwrapped(standing.wrapped, owner)


def drop_key(session: WriteSession, owner: str) -> bool:
    """Erase the owner's data key; whether there was one."""
    return session.change(delete(DataKey).where(DataKey.owner == owner)) > 0
