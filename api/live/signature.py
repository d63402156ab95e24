"""Signatures of webhooks, as Standard Webhooks 1.0 has them (standardwebhooks.com): what the service signs, and
`verify`, the guard in front of whoever receives.

A receiver keeps the ids it has taken for ten minutes or longer, gives them to `verify` as ``seen``, and answers 200 to
a message it has taken before: it is sent again when the answer got lost. A copy of this file, which needs nothing but
the standard library, is all a receiver in Python needs.
"""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Container, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256

PREFIX = "whsec_"
TOLERANCE = timedelta(minutes=5)
"""How far the clocks of sender and receiver may be apart."""


class SignatureError(Exception):
    """A message that is not to be believed; its text says why."""


class ReplayedError(SignatureError):
    """A message that was taken before: answer 200 and do nothing."""


def signed_headers(body: bytes, secret: str, *, message: str, now: datetime) -> dict[str, str]:
    """The headers that make ``body`` the message of id ``message``, sent at ``now`` (aware), under ``secret``
    (`whsec_…`).

    >>> headers = signed_headers(b"{}", "whsec_" + "A" * 44, message="m1", now=datetime(2026, 3, 1, tzinfo=UTC))
    >>> headers["webhook-timestamp"], headers["webhook-signature"][:10]
    ('1772323200', 'v1,3QCT7EN')
    """
    timestamp = str(int(now.timestamp()))
    return {
        "webhook-id": message,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{b64encode(_mac(body, secret, message, timestamp)).decode()}",
    }


def verify(headers: Mapping[str, str], body: bytes, secret: str, *, now: datetime, seen: Container[str] = ()) -> str:
    """The id of a message that was signed with ``secret`` (`whsec_…`) at most `TOLERANCE` from ``now`` (aware), for
    the receiver to keep. ``headers``: names in lower case; ``body``: the bytes as they came, before they are parsed;
    ``seen``: ids of messages that were taken before.

    Raises ``SignatureError`` when a header is missing, the message too old or too new, or signed otherwise, and
    ``ReplayedError`` for one of ``seen``.
    """
    try:
        message, timestamp, signatures = (headers[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
    except KeyError as error:
        raise SignatureError(f"the header {error.args[0]} is missing") from None
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 11):
        raise SignatureError("the time of the message is no number")
    mac = _mac(body, secret, message, timestamp)
    if not any(hmac.compare_digest(mac, given) for given in _macs(signatures)):
        raise SignatureError("not signed with this secret, or changed since")
    if abs(now - datetime.fromtimestamp(int(timestamp), UTC)) > TOLERANCE:
        raise SignatureError("too old, or from the future; check both clocks")
    if message in seen:
        raise ReplayedError("taken before")
    return message


def _mac(body: bytes, secret: str, message: str, timestamp: str) -> bytes:
    key = b64decode(secret.removeprefix(PREFIX), validate=True)
    return hmac.digest(key, f"{message}.{timestamp}.".encode() + body, sha256)


def _macs(signatures: str) -> list[bytes]:
    """The signatures of version 1 in a header, which may hold several: of an old secret and a new one."""
    found = []
    for one in signatures.split():
        version, _, text = one.partition(",")
        if version == "v1":
            try:
                found.append(b64decode(text, validate=True))
            except (binascii.Error, ValueError):
                continue
    return found
