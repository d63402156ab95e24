"""The table that lists the frames on the disk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime


class FrameRecord(Base):
    """One frame of one arrival; ``owner`` names the data key it is sealed under, ``size_bytes`` what its file takes."""

    __tablename__ = "frame"
    __table_args__ = (Index(None, "owner"), Index(None, "at"))

    arrival: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    owner: Mapped[str]
    size_bytes: Mapped[int]
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)
