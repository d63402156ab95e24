"""Passwords (Argon2id, RFC 9106), one-time codes (TOTP, RFC 6238) and random tokens."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from threading import BoundedSemaphore

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

TOTP_STEP_S = 30
SHORTEST = 10
"""Characters of a password, at least."""

_HASHER = PasswordHasher()
_TURN = BoundedSemaphore(2)
"""Each takes 64 MiB: a flood of passwords must not take all there is."""

WAITING = 8
"""So many may wait for their turn: more would leave the service no thread to answer anybody else with."""

_PLACES = BoundedSemaphore(2 + WAITING)

_NOBODY = _HASHER.hash(secrets.token_hex(8))
"""Checked against when there is no such user, so that the answer takes as long."""


@contextmanager
def place_in_line() -> Iterator[bool]:
    """A place among those whose passwords are checked or wait for it; False at once when there is none."""
    if not _PLACES.acquire(blocking=False):
        yield False
        return
    try:
        yield True
    finally:
        _PLACES.release()


def hashed(password: str) -> str:
    """The Argon2id hash of a password, with its salt and parameters."""
    with _TURN:
        return _HASHER.hash(password)


def fits(password: str, stored: str | None) -> bool:
    """Whether it is the password that was hashed; with None it takes as long and is not.

    >>> fits("correct horse", hashed("correct horse")), fits("wrong", None)
    (True, False)
    """
    try:
        with _TURN:
            return _HASHER.verify(stored or _NOBODY, password) and stored is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def token() -> str:
    """A random token of 256 bits."""
    return secrets.token_urlsafe(32)


def digest(given: str) -> bytes:
    """What is stored of a token: it is random, so a plain SHA-256 tells nothing of it."""
    return sha256(given.encode()).digest()


def one_time_password() -> str:
    """A password to be read out and typed: four groups of four characters without look-alikes."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def totp_step(secret: str, code: str, *, at: datetime, after: int | None) -> int | None:
    """The time step (30 s) of a code that is right now or was in the step before; None when it is wrong, or not newer
    than step ``after``: a code counts once."""
    now = int(at.timestamp()) // TOTP_STEP_S
    machine = pyotp.TOTP(secret, interval=TOTP_STEP_S)
    for step in (now, now - 1):
        right = secrets.compare_digest(machine.at(step * TOTP_STEP_S).encode(), code.strip().encode())
        if right and (after is None or step > after):
            return step
    return None
