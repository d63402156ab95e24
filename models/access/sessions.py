"""Signing in and staying signed in. A refusal is a value, not an error: the failed attempt behind it has to be kept.

Checking a password takes a tenth of a second on purpose. It is done between two short transactions, so that nobody
waits for the database meanwhile; the attempt is counted in the first, so that many at once are no more than five.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, bindparam, delete, select, update

from models.access import secrets
from models.access.codes import takes_code
from models.access.records import User, UserSession
from models.access.tries import Refused, Strangers, Tries
from models.access.users import PasswordSameError, PasswordShortError, Standing, set_password, standing
from models.ledger.append import append
from models.ledger.kinds import AccessChanged
from models.session import Database, ReadSession, WriteSession

IDLE, LONGEST = timedelta(hours=1), timedelta(hours=12)
"""A session ends after so long without a request, and at the latest so long after signing in."""

SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """A session: ``token`` for the cookie, ``csrf`` for the page."""

    token: str
    csrf: str
    standing: Standing


@dataclass(frozen=True, kw_only=True)
class _Attempt:
    """A password to be checked, already counted as failed. ``user`` and ``stored`` None where nobody may come in."""

    user: str | None
    stored: str | None


_ACCOUNT, _OPEN = User.__table__.c, UserSession.__table__.c
_SESSION = (
    select(User.__table__, _OPEN.csrf_digest, _OPEN.seen_at, _OPEN.created_at.label("began_at"))
    .join(UserSession.__table__, _OPEN.user_id == _ACCOUNT.id)
    .where(_OPEN.token_digest == bindparam("token"))
)
"""Asked before every request: columns in one statement take a third of the time of two records."""

WRONG, TOO_MANY = Refused(reason="wrong_login"), Refused(reason="too_many")

_STRANGERS = Strangers()


def sign_in(database: Database, *, login: str, password: str, code: str | None, at: datetime) -> SignedIn | Refused:
    """A new session for whoever gives the right password, and the right code where a second factor is enrolled.
    After `FAILURES` wrong tries in a row the login is locked for `LOCKED`, also one that nobody has."""
    login = login.strip().lower()
    attempt = _shown(database, User.login == login, password, at, stranger=login)
    if isinstance(attempt, Refused):
        return attempt
    with database.write_session() as session:
        user = session.get(User, attempt.user)
        if user is None or user.password_hash != attempt.stored or _is_late(user, at):
            return WRONG
        if not takes_code(session, user, code, at=at):
            return WRONG
        _forget_failures(session, user.id)
        return begin_session(session, user, at=at)


def begin_session(session: WriteSession, user: User, *, at: datetime) -> SignedIn:
    """A new session of a user who has shown who they are."""
    signed = SignedIn(token=secrets.token(), csrf=secrets.token(), standing=standing(user))
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


def change_password(
    database: Database, user_id: str, *, old: str, new: str, at: datetime, by: str
) -> Literal["changed"] | Refused:
    """Take a new password; every session of the user ends. A wrong ``old`` counts as a failed attempt: a stolen session
    is no place to guess it. Raises ``PasswordShortError`` and ``PasswordSameError`` for a new one that will not do."""
    if len(new) < secrets.SHORTEST:
        raise PasswordShortError(f"new: give at least {secrets.SHORTEST} characters")
    if new == old:
        raise PasswordSameError("new: that is the old one; give another")
    attempt = _shown(database, User.id == user_id, old, at)
    if isinstance(attempt, Refused):
        return attempt
    with database.write_session() as session:
        user = session.get(User, user_id)
        if user is None or user.password_hash != attempt.stored:
            return WRONG
        _forget_failures(session, user_id)
        set_password(session, user_id, new, until=None)
        changed = AccessChanged(at=at, what="password changed", subject=user_id, role=user.role)
        append(session, [changed], at=at, by=by)
    return "changed"


def confirm_password(database: Database, user_id: str, password: str, *, at: datetime) -> Refused | None:
    """Whether it is the user's own hand: None when the password is right, else why it is refused. A wrong one counts as
    a failed attempt."""
    attempt = _shown(database, User.id == user_id, password, at)
    if isinstance(attempt, Refused):
        return attempt
    with database.write_session() as session:
        _forget_failures(session, user_id)
    return None


def user_of(session: ReadSession, token: str, *, at: datetime) -> tuple[Standing, bytes, bool] | None:
    """Whose session a token is, the digest of its CSRF token, and whether it is time to note that it was seen; None
    when it is nobody's any more."""
    found = session.rows(_SESSION, {"token": secrets.digest(token)}).mappings().first()
    if found is None or found["disabled_at"] is not None:
        return None
    if at - found["seen_at"] > IDLE or at - found["began_at"] > LONGEST:
        return None
    whose = Standing(
        id=found["id"],
        login=found["login"],
        role=found["role"],
        person=found["person_id"],
        distributor=found["distributor"],
        must_change=found["password_until"] is not None,
        has_code=found["totp_sealed"] is not None,
        disabled=False,
    )
    return whose, found["csrf_digest"], at - found["seen_at"] > SEEN_EVERY


def seen(session: WriteSession, token: str, *, at: datetime) -> None:
    """Note that a session is in use, and clear away those that are over."""
    session.change(update(UserSession).where(UserSession.token_digest == secrets.digest(token)).values(seen_at=at))
    clear_over(session, at=at)


def clear_over(session: WriteSession, *, at: datetime) -> None:
    """Clear away the sessions that are over."""
    over = (UserSession.seen_at < at - IDLE) | (UserSession.created_at < at - LONGEST)
    session.change(delete(UserSession).where(over))


def sign_out(session: WriteSession, token: str) -> None:
    """End a session."""
    session.change(delete(UserSession).where(UserSession.token_digest == secrets.digest(token)))


def sign_out_everywhere(session: WriteSession, user_id: str) -> None:
    """End every session of a user."""
    session.change(delete(UserSession).where(UserSession.user_id == user_id))


def _shown(
    database: Database, whose: ColumnElement[bool], password: str, at: datetime, *, stranger: str | None = None
) -> _Attempt | Refused:
    """The attempt of whoever gave the right password; ``stranger``: the login under which a try is counted that nobody
    has. A place in line comes first: who is sent away unread has not tried."""
    with secrets.place_in_line() as has_place:
        if not has_place:
            return TOO_MANY
        with database.write_session() as session:
            attempt = _attempt(session, whose, at)
        if isinstance(attempt, Refused):
            return attempt
        if attempt.user is None and stranger and (refused := _STRANGERS.another(database.name, stranger, at)):
            return refused
        return attempt if secrets.fits(password, attempt.stored) else WRONG


def _attempt(session: WriteSession, whose: ColumnElement[bool], at: datetime) -> _Attempt | Refused:
    user = session.scalars(select(User).where(whose)).first()
    if user is None or user.disabled_at is not None:
        return _Attempt(user=None, stored=None)
    tries = Tries(failures=user.failures, locked_until=user.locked_until).another(at)
    if isinstance(tries, Refused):
        return tries
    session.change(update(User).where(User.id == user.id).values(**asdict(tries)))
    return _Attempt(user=user.id, stored=user.password_hash)


def _forget_failures(session: WriteSession, user_id: str) -> None:
    session.change(update(User).where(User.id == user_id).values(failures=0, locked_until=None))


def _is_late(user: User, at: datetime) -> bool:
    return user.password_until is not None and user.password_until < at
