"""The tables of the ledger. Triggers of the database refuse to change or delete what stands in the first two."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime


class LedgerRow(Base):
    """See `models.ledger.entry.LedgerEntry`."""

    __tablename__ = "ledger"
    __table_args__ = (UniqueConstraint("prev_hash"), Index(None, "kind", "seq"))

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    kind: Mapped[str]
    payload: Mapped[str]
    prev_hash: Mapped[bytes]
    hash: Mapped[bytes]
    signature: Mapped[bytes]


class About(Base):
    """Entry ``seq`` is about ``subject`` (a person, a claimant, an arrival; empty: the office); ``tie``: it joins the
    records of several customers."""

    __tablename__ = "ledger_about"
    __table_args__ = (
        Index("ix_ledger_about_tie", "seq", sqlite_where=text("tie = 1"), postgresql_where=text("tie")),
        {"sqlite_with_rowid": False},
    )

    subject: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, ForeignKey("ledger.seq"), primary_key=True, autoincrement=False)
    tie: Mapped[bool]


class Particular(Base):
    """A personal value an entry speaks of (a name, a phone, a reason): the entry holds only the ``commitment``. A phone
    has a keyed ``digest``, so that records which name the same one are found."""

    __tablename__ = "particular"
    __table_args__ = (Index(None, "owner"), Index(None, "digest"))

    commitment: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    field: Mapped[str]
    digest: Mapped[bytes | None]
    sealed: Mapped[bytes]
