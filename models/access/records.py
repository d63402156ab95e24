"""Users, their sessions, and devices. Secrets stand here as hashes, or sealed under the site key."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime


class User(Base):
    """Somebody who signs in. ``person_id`` the agent or consultant they are, ``distributor`` whose liaison or agent;
    ``password_until``: a one-time password is good until then, and has to be changed; ``totp_offered_sealed``: a second
    factor that was shown and is not in use yet."""

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    distributor: Mapped[str | None]
    password_hash: Mapped[str]
    password_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    totp_sealed: Mapped[bytes | None]
    totp_used: Mapped[int | None]
    totp_offered_sealed: Mapped[bytes | None]
    failures: Mapped[int]
    locked_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class UserSession(Base):
    """A signed-in browser: the token is in its cookie, here only its SHA-256."""

    __tablename__ = "user_session"
    __table_args__ = (Index(None, "user_id"),)

    token_digest: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    csrf_digest: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Device(Base):
    """A kiosk: it shows its token with every request, here only its SHA-256."""

    __tablename__ = "device"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
