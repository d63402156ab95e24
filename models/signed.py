"""Checking signatures, for which no secret is needed. Light to import: verification does it in processes of its own."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from nacl.bindings import crypto_sign_BYTES, crypto_sign_open, crypto_sign_PUBLICKEYBYTES
from nacl.exceptions import BadSignatureError


class Purpose(Enum):
    """What a signature is for. Its tag is signed along, so that one kind never passes for another."""

    LEDGER = b"menjian ledger v1\n"
    CHECKPOINT = b"menjian checkpoint v1\n"
    BUNDLE = b"menjian bundle v1\n"


def is_signed(public: bytes, digest: bytes, signature: bytes, purpose: Purpose) -> bool:
    """Whether ``signature`` (64 bytes) was made over ``digest`` for ``purpose`` with the private key of ``public``."""
    # libsodium reads by pointer: what has the wrong length must not reach it
    if len(public) != crypto_sign_PUBLICKEYBYTES or len(signature) != crypto_sign_BYTES:
        return False
    try:
        crypto_sign_open(signature + purpose.value + digest, public)
    except BadSignatureError:
        return False
    return True


def first_bad(checks: Sequence[tuple[bytes, bytes, bytes]], purpose: Purpose) -> int | None:
    """Index of the first of ``checks`` (public key, digest, signature) that does not hold, None when all hold."""
    return next((place for place, check in enumerate(checks) if not is_signed(*check, purpose)), None)
