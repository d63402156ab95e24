"""Kiosks: a device shows its token with every request until it is revoked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select, update

from models.access import secrets
from models.access.records import Device
from models.access.users import AccessError, UnknownError
from models.ledger.append import append
from models.ledger.kinds import AccessChanged
from models.session import ReadSession, WriteSession


@dataclass(frozen=True, kw_only=True)
class Kiosk:
    """A device as it is shown: its id, where it stands, since when, and until when it was let in."""

    id: str
    name: str
    created_at: datetime
    revoked_at: datetime | None


def add_device(session: WriteSession, *, name: str, at: datetime, by: str) -> tuple[str, str]:
    """Make a kiosk; its id and its token, which is shown once. Raises ``AccessError`` for an empty name."""
    if not name.strip():
        raise AccessError("name: empty; say where the device stands")
    device, token = uuid4().hex, secrets.token()
    session.add(Device(id=device, name=name.strip(), token_digest=secrets.digest(token), created_at=at))
    append(session, [AccessChanged(at=at, what="device added", subject=device, role="kiosk")], at=at, by=by)
    return device, token


def devices(session: ReadSession) -> list[Kiosk]:
    """Every device, the oldest first."""
    return [
        Kiosk(id=one.id, name=one.name, created_at=one.created_at, revoked_at=one.revoked_at)
        for one in session.scalars(select(Device).order_by(Device.created_at, Device.id))
    ]


def device_of(session: ReadSession, token: str) -> str | None:
    """The id of the device whose token it is; None when it is nobody's or revoked."""
    live = (Device.token_digest == secrets.digest(token)) & Device.revoked_at.is_(None)
    return session.scalars(select(Device.id).where(live)).first()


def revoke_device(session: WriteSession, device: str, *, at: datetime, by: str) -> None:
    """Let a device in no more. Raises ``UnknownError``, also when it is revoked already."""
    live = (Device.id == device) & Device.revoked_at.is_(None)
    if not session.change(update(Device).where(live).values(revoked_at=at)):
        raise UnknownError("device: unknown")
    append(session, [AccessChanged(at=at, what="device revoked", subject=device, role="kiosk")], at=at, by=by)
