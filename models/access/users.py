"""People who sign in: who they are, and what an administrator may do with their accounts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import delete, func, select, update

from models.access import secrets
from models.access.records import User, UserSession
from models.base import ModelsError
from models.ledger.append import append
from models.ledger.kinds import AccessChanged
from models.people import Person
from models.session import ReadSession, WriteSession

LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
FIRST_PASSWORD = timedelta(hours=72)
"""How long a one-time password is good."""

ADMIN, AGENT, LIAISON = "admin", "agent", "liaison"
"""Roles that this module knows apart from the others."""

STAFF = frozenset({"reception", "specialist", "manager", "risk"})
"""Who may be a claimant besides: they do not rule on what they have a part in."""


class AccessError(ModelsError):
    """A user or device that cannot be made or changed as asked."""


class UnknownError(AccessError):
    """There is no such user or device."""


class TakenError(AccessError):
    """A login that somebody has."""


class PasswordShortError(AccessError):
    """A new password that is too short."""


class PasswordSameError(AccessError):
    """A new password that is the old one once more."""


class LastAdminError(AccessError):
    """Nobody would be left who can let others in."""


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
        raise TakenError("login: taken; choose another")
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


def belonging(session: ReadSession, *, role: str, person: str | None, distributor: str | None) -> str | None:
    """The distributor a new user belongs to: an agent is somebody on record and their distributor follows from that, as
    it does for one of the `STAFF` who is a claimant too; a liaison is of a distributor that has agents. Raises
    ``AccessError`` naming what is missing or too much."""
    if role not in {AGENT, *STAFF} and person is not None:
        raise AccessError("person: only an agent, or staff of the sales office, is a claimant; leave it out")
    if role == LIAISON:
        of_theirs = select(Person.id).where(Person.distributor == distributor)
        if distributor is None or session.scalars(of_theirs.limit(1)).first() is None:
            raise AccessError("distributor: give the name of one that has agents on record")
        return distributor
    if role != AGENT and person is None:
        if distributor is not None:
            raise AccessError("distributor: only an agent or liaison belongs to one; leave it out")
        return None
    found = session.get(Person, person) if person else None
    if found is None or found.role not in ("agent", "consultant"):
        raise AccessError("person: give the id of an agent or consultant on record")
    if distributor not in (None, found.distributor):
        raise AccessError("distributor: not the one this agent works for; leave it out")
    return found.distributor


def users(session: ReadSession, *, before: int | None, limit: int) -> tuple[list[Standing], int | None]:
    """Everybody who may sign in or once might, the newest first: those numbered below ``before``, counted from the
    first that was made, at most ``limit``; and the ``before`` of the next page."""
    everybody = session.scalars(select(func.count()).select_from(User)).one()
    top = everybody if before is None else min(before - 1, everybody)
    newest = select(User).order_by(User.created_at.desc(), User.id.desc())
    found = session.scalars(newest.offset(everybody - top).limit(limit)) if top > 0 else ()
    return [standing(user) for user in found], top - limit + 1 if top > limit else None


def standing_of(session: ReadSession, user_id: str) -> Standing:
    """One user. Raises ``UnknownError`` when there is none."""
    return standing(existing(session, user_id))


def reset_password(session: WriteSession, user_id: str, *, at: datetime, by: str) -> NewUser:
    """A new one-time password for a user who lost theirs, without second factor and lock; their sessions end. Raises
    ``UnknownError``, ``LastAdminError``: a one-time password runs out."""
    user = existing(session, user_id)
    _keep_an_admin(session, user, at)
    return _reset(session, user, at=at, by=by)


def let_back_in(session: WriteSession, login: str, *, at: datetime, by: str) -> NewUser:
    """The same, asked for at the machine itself: also for the last administrator, who can be let in there again. Raises
    ``UnknownError`` when nobody has the ``login``, or its user was disabled."""
    user = session.scalars(select(User).where(User.login == login.strip().lower())).first()
    if user is None or user.disabled_at is not None:
        raise UnknownError("login: nobody who may sign in has it; look for it in the list of users")
    return _reset(session, user, at=at, by=by)


def _reset(session: WriteSession, user: User, *, at: datetime, by: str) -> NewUser:
    made = NewUser(id=user.id, password=secrets.one_time_password())
    set_password(session, user.id, made.password, until=at + FIRST_PASSWORD)
    cleared = {"totp_sealed": None, "totp_offered_sealed": None, "totp_used": None, "failures": 0, "locked_until": None}
    session.change(update(User).where(User.id == user.id).values(**cleared))
    append(session, [AccessChanged(at=at, what="password reset", subject=user.id, role=user.role)], at=at, by=by)
    return made


def disable_user(session: WriteSession, user_id: str, *, at: datetime, by: str) -> None:
    """Let a user in no more; what they did stays theirs. Raises ``UnknownError``, ``LastAdminError``."""
    user = existing(session, user_id)
    _keep_an_admin(session, user, at)
    session.change(update(User).where(User.id == user_id).values(disabled_at=at))
    session.change(delete(UserSession).where(UserSession.user_id == user_id))
    append(session, [AccessChanged(at=at, what="user disabled", subject=user_id, role=user.role)], at=at, by=by)


def set_password(session: WriteSession, user_id: str, password: str, *, until: datetime | None) -> None:
    """Store a new password, good ``until`` then; every session of the user ends."""
    kept = {"password_hash": secrets.hashed(password), "password_until": until}
    session.change(update(User).where(User.id == user_id).values(**kept))
    session.change(delete(UserSession).where(UserSession.user_id == user_id))


def existing(session: ReadSession, user_id: str) -> User:
    """The record of a user. Raises ``UnknownError``."""
    user = session.get(User, user_id)
    if user is None:
        raise UnknownError("user: unknown")
    return user


def standing(user: User) -> Standing:
    """What is told of a user."""
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


def _keep_an_admin(session: ReadSession, user: User, at: datetime) -> None:
    can_come_in = User.disabled_at.is_(None) & (User.password_until.is_(None) | (User.password_until > at))
    others = select(User.id).where(User.role == ADMIN, User.id != user.id, can_come_in)
    if user.role == ADMIN and session.scalars(others.limit(1)).first() is None:
        raise LastAdminError("user: the last administrator; make another first")
