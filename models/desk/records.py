"""The tables of the service."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime


class Answered(Base):
    """A request that carried an `Idempotency-Key`: asked again by the same ``actor`` it gets the same answer. Holds
    digests and an ``answer`` (JSON) without anything personal."""

    __tablename__ = "answered"
    __table_args__ = (Index(None, "at"),)

    actor: Mapped[str] = mapped_column(primary_key=True)
    key_digest: Mapped[bytes] = mapped_column(primary_key=True)
    request_digest: Mapped[bytes]
    status: Mapped[int]
    answer: Mapped[str]
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class Paper(Base):
    """A scanned paper of entry ``entry`` about a person, sealed under that person's key."""

    __tablename__ = "paper"
    __table_args__ = (Index(None, "person_id"), Index(None, "entry"))

    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    entry: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    sealed: Mapped[bytes]
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class Webhook(Base):
    """Whom the service tells of entries of ``kinds`` (comma-separated), signed with a secret; ``cursor``: the last
    entry it has made deliveries of."""

    __tablename__ = "webhook"

    id: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str]
    kinds: Mapped[str]
    secret_sealed: Mapped[bytes]
    cursor: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Delivery(Base):
    """An entry on its way to a webhook: tried ``attempts`` times, next at ``next_at`` (None: delivered or given up);
    ``last_status`` of HTTP, 0 when nobody answered."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (UniqueConstraint("webhook_id", "seq"), Index(None, "next_at"))

    id: Mapped[str] = mapped_column(primary_key=True)
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(BigInteger)
    attempts: Mapped[int]
    next_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_status: Mapped[int | None]


class DoorState(Base):
    """What a running door last said of itself: ``frame_at`` the capture instant of its newest frame, ``fps`` frames it
    takes in a second, ``blind`` why it sees nothing now, ``waiting`` entries the record has not taken yet."""

    __tablename__ = "door_state"

    door: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    frame_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    fps: Mapped[float]
    blind: Mapped[str | None]
    waiting: Mapped[int]
