"""Second factors: the secret is made here, shown once, and in use from the first right code on."""

from __future__ import annotations

from datetime import datetime

import pyotp
from sqlalchemy import update

from models.access import secrets
from models.access.records import User
from models.access.users import AccessError, existing
from models.ledger.append import append
from models.ledger.kinds import AccessChanged
from models.session import WriteSession


def offer_totp(session: WriteSession, user_id: str) -> str:
    """A new secret (base32, 160 bits, RFC 4226) to be given to an authenticator app. The one in use stays until a code
    of the new one is shown. Raises ``UnknownError``."""
    user = existing(session, user_id)
    secret = pyotp.random_base32()
    sealed = session.vault.seal(secret.encode(), _about(user.id))
    session.change(update(User).where(User.id == user.id).values(totp_offered_sealed=sealed))
    return secret


def uri_of(secret: str, *, login: str, office: str) -> str:
    """What an authenticator app reads from a QR code (the otpauth scheme of Google Authenticator).

    >>> uri_of("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", login="li.ming", office="滨江")
    'otpauth://totp/%E6%BB%A8%E6%B1%9F:li.ming?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=%E6%BB%A8%E6%B1%9F'
    """
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=office)


def enrol_totp(session: WriteSession, user_id: str, *, code: str, at: datetime, by: str) -> None:
    """Take the secret last offered into use, since the app shows the right ``code`` for it. Raises ``AccessError`` when
    it does not, or when none was offered."""
    user = existing(session, user_id)
    if user.totp_offered_sealed is None:
        raise AccessError("code: ask for a secret first, and give it to the app")
    secret = session.vault.open(user.totp_offered_sealed, _about(user_id)).decode()
    step = secrets.totp_step(secret, code, at=at, after=None)
    if step is None:
        raise AccessError("code: not what the app should show now; check the clock of the phone")
    kept = {"totp_sealed": user.totp_offered_sealed, "totp_offered_sealed": None, "totp_used": step}
    session.change(update(User).where(User.id == user_id).values(**kept))
    append(session, [AccessChanged(at=at, what="code enrolled", subject=user_id, role=user.role)], at=at, by=by)


def takes_code(session: WriteSession, user: User, code: str | None, *, at: datetime) -> bool:
    """Whether ``code`` is right and newer than the last one; True where no second factor is enrolled."""
    if user.totp_sealed is None:
        return True
    secret = session.vault.open(user.totp_sealed, _about(user.id)).decode()
    step = secrets.totp_step(secret, code or "", at=at, after=user.totp_used)
    if step is not None:
        session.change(update(User).where(User.id == user.id).values(totp_used=step))
    return step is not None


def _about(user_id: str) -> str:
    return f"second factor of {user_id}"
