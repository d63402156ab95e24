"""People who sign in. A refusal is a value, not an error: the failed attempt behind it has to be kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Literal
from uuid import uuid4

from sqlalchemy import delete, select, update

from models.access import secrets
from models.access.records import User, UserSession
from models.base import ModelsError
from models.ledger.append import append
from models.ledger.kinds import AccessChanged
from models.session import ReadSession, WriteSession

LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
FIRST_PASSWORD = timedelta(hours=72)
"""How long a one-time password is good."""

IDLE, LONGEST = timedelta(hours=1), timedelta(hours=12)
"""A session ends after so long without a request, and at the latest so long after signing in."""

SEEN_EVERY = timedelta(minutes=1)
FAILURES = 5
LOCKED = timedelta(minutes=15)


class AccessError(ModelsError):
    """A user or device that cannot be made, found or changed as asked."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is known of a user: ``person`` the claimant they are, ``distributor`` whom they belong to; ``must_change``:
    they signed in with a one-time password; ``has_code``: a second factor is enrolled."""

    id: str
    login: str
    role: str
    person: str | None
    distributor: str | None
    must_change: bool
    has_code: bool
    disabled: bool


@dataclass(frozen=True, kw_only=True)
class NewUser:
    """A user just made, with the one-time ``password`` that is shown once."""

    id: str
    password: str


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """A session: ``token`` for the cookie, ``csrf`` for the page."""

    token: str
    csrf: str
    standing: Standing


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Why somebody may not come in; ``minutes`` until a locked user may try again."""

    reason: Literal["wrong_login", "locked"]
    minutes: int = 0


def add_user(
    session: WriteSession,
    *,
    login: str,
    role: str,
    at: datetime,
    by: str,
    person: str | None = None,
    distributor: str | None = None,
) -> NewUser:
    """Make a user with a one-time password. Raises ``AccessError`` for a login that is taken or not 2 to 32 of a-z,
    0-9, dot, dash and underscore."""
    if not LOGIN.fullmatch(login):
        raise AccessError("login: give 2 to 32 of a-z, 0-9, dot, dash, underscore, a letter or digit first")
    if session.scalars(select(User.id).where(User.login == login)).first() is not None:
        raise AccessError("login: taken; choose another")
    made = NewUser(id=uuid4().hex, password=secrets.one_time_password())
    session.add(
        User(
            id=made.id,
            login=login,
            role=role,
            person_id=person,
            distributor=distributor,
            password_hash=secrets.hashed(made.password),
            password_until=at + FIRST_PASSWORD,
            failures=0,
            created_at=at,
        )
    )
    append(session, [AccessChanged(at=at, what="user added", subject=made.id, role=role)], at=at, by=by)
    return made


def users(session: ReadSession) -> list[Standing]:
    """Everybody who may sign in or once might, by login."""
    return [_standing(user) for user in session.scalars(select(User).order_by(User.login))]


def standing_of(session: ReadSession, user_id: str) -> Standing:
    """One user. Raises ``AccessError`` when there is none."""
    return _standing(_existing(session, user_id))


def sign_in(session: WriteSession, *, login: str, password: str, code: str | None, at: datetime) -> SignedIn | Refused:
    """A new session for whoever gives the right password, and the right code where a second factor is enrolled.
    After `FAILURES` wrong tries in a row the user is locked for `LOCKED`. Commit a refusal too."""
    user = session.scalars(select(User).where(User.login == login.strip().lower())).first()
    if user is not None and user.locked_until is not None and user.locked_until > at:
        return Refused(reason="locked", minutes=ceil((user.locked_until - at) / timedelta(minutes=1)))
    right = secrets.fits(password, user.password_hash if user and user.disabled_at is None else None)
    if user is None or not right or _is_late(user, at) or not _has_code(session, user, code, at):
        return _refused(session, user, at)
    session.change(update(User).where(User.id == user.id).values(failures=0, locked_until=None))
    signed = SignedIn(token=secrets.token(), csrf=secrets.token(), standing=_standing(user))
    session.add(
        UserSession(
            token_digest=secrets.digest(signed.token),
            user_id=user.id,
            csrf_digest=secrets.digest(signed.csrf),
            created_at=at,
            seen_at=at,
        )
    )
    return signed


def user_of(session: ReadSession, token: str, *, at: datetime) -> tuple[Standing, bytes, bool] | None:
    """Whose session a token is, the digest of its CSRF token, and whether it is time to note that it was seen; None
    when it is nobody's any more."""
    found = session.get(UserSession, secrets.digest(token))
    if found is None or at - found.seen_at > IDLE or at - found.created_at > LONGEST:
        return None
    user = session.get(User, found.user_id)
    if user is None or user.disabled_at is not None:
        return None
    return _standing(user), found.csrf_digest, at - found.seen_at > SEEN_EVERY


def seen(session: WriteSession, token: str, *, at: datetime) -> None:
    """Note that a session is in use, and clear away those that are over."""
    session.change(update(UserSession).where(UserSession.token_digest == secrets.digest(token)).values(seen_at=at))
    session.change(
        delete(UserSession).where((UserSession.seen_at < at - IDLE) | (UserSession.created_at < at - LONGEST))
    )


def sign_out(session: WriteSession, token: str) -> None:
    """End a session."""
    session.change(delete(UserSession).where(UserSession.token_digest == secrets.digest(token)))


def change_password(session: WriteSession, user_id: str, *, old: str, new: str, at: datetime, by: str) -> None:
    """Take a new password; other sessions of the user end. Raises ``AccessError`` when the old one is wrong or the new
    one too short."""
    user = _existing(session, user_id)
    if not secrets.fits(old, user.password_hash):
        raise AccessError("old: not your password")
    if len(new) < secrets.SHORTEST or new == old:
        raise AccessError(f"new: give at least {secrets.SHORTEST} characters, other than before")
    _set_password(session, user_id, new, until=None)
    append(session, [AccessChanged(at=at, what="password changed", subject=user_id, role=user.role)], at=at, by=by)


def reset_password(session: WriteSession, user_id: str, *, at: datetime, by: str) -> NewUser:
    """A new one-time password for a user who lost theirs, without second factor and lock; their sessions end."""
    user = _existing(session, user_id)
    made = NewUser(id=user_id, password=secrets.one_time_password())
    _set_password(session, user_id, made.password, until=at + FIRST_PASSWORD)
    cleared = {"totp_sealed": None, "totp_used": None, "failures": 0, "locked_until": None}
    session.change(update(User).where(User.id == user_id).values(**cleared))
    append(session, [AccessChanged(at=at, what="password reset", subject=user_id, role=user.role)], at=at, by=by)
    return made


def disable_user(session: WriteSession, user_id: str, *, at: datetime, by: str) -> None:
    """Let a user in no more; what they did stays theirs."""
    user = _existing(session, user_id)
    session.change(update(User).where(User.id == user_id).values(disabled_at=at))
    session.change(delete(UserSession).where(UserSession.user_id == user_id))
    append(session, [AccessChanged(at=at, what="user disabled", subject=user_id, role=user.role)], at=at, by=by)


def enrol_totp(session: WriteSession, user_id: str, *, secret: str, code: str, at: datetime, by: str) -> None:
    """Enrol an authenticator app that shows the right ``code`` for ``secret`` (base32). Raises ``AccessError``."""
    user = _existing(session, user_id)
    step = secrets.totp_step(secret, code, at=at, after=None)
    if step is None:
        raise AccessError("code: not what the app should show now; check the clock of the phone")
    sealed = session.vault.seal(secret.encode(), _about(user_id))
    session.change(update(User).where(User.id == user_id).values(totp_sealed=sealed, totp_used=step))
    append(session, [AccessChanged(at=at, what="code enrolled", subject=user_id, role=user.role)], at=at, by=by)


def _has_code(session: WriteSession, user: User, code: str | None, at: datetime) -> bool:
    if user.totp_sealed is None:
        return True
    secret = session.vault.open(user.totp_sealed, _about(user.id)).decode()
    step = secrets.totp_step(secret, code or "", at=at, after=user.totp_used)
    if step is not None:
        session.change(update(User).where(User.id == user.id).values(totp_used=step))
    return step is not None


def _refused(session: WriteSession, user: User | None, at: datetime) -> Refused:
    if user is not None:
        failures = user.failures + 1
        locked = at + LOCKED if failures >= FAILURES else None
        kept = {"failures": 0 if locked else failures, "locked_until": locked}
        session.change(update(User).where(User.id == user.id).values(**kept))
    return Refused(reason="wrong_login")


def _set_password(session: WriteSession, user_id: str, password: str, *, until: datetime | None) -> None:
    kept = {"password_hash": secrets.hashed(password), "password_until": until}
    session.change(update(User).where(User.id == user_id).values(**kept))
    session.change(delete(UserSession).where(UserSession.user_id == user_id))


def _existing(session: ReadSession, user_id: str) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise AccessError(f"user {user_id}: unknown")
    return user


def _is_late(user: User, at: datetime) -> bool:
    return user.password_until is not None and user.password_until < at


def _standing(user: User) -> Standing:
    return Standing(
        id=user.id,
        login=user.login,
        role=user.role,
        person=user.person_id,
        distributor=user.distributor,
        must_change=user.password_until is not None,
        has_code=user.totp_sealed is not None,
        disabled=user.disabled_at is not None,
    )


def _about(user_id: str) -> str:
    return f"second factor of {user_id}"
