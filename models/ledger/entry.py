"""One entry of the ledger: what is hashed, and how it hangs on the entry before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

FIRST_PREV = bytes(32)
"""What stands in the place of the previous hash in the first entry."""


@dataclass(frozen=True, kw_only=True)
class LedgerEntry:
    """``seq`` from 1 without gaps; ``at`` when it was put on record (UTC, µs), ``kind``, ``payload`` (canonical JSON,
    RFC 8785), ``prev_hash`` and ``hash`` (SHA-256, 32 bytes), ``signature`` (Ed25519 over the hash, 64 bytes).

    When something happened at the door or the desk stands in the payload: it may be put on record later.
    """

    seq: int
    at: datetime
    kind: str
    payload: str
    prev_hash: bytes
    hash: bytes
    signature: bytes


def instant_text(at: datetime) -> str:
    """An aware instant as the ledger writes it.

    >>> instant_text(datetime(2026, 3, 1, 2, 0, 5, 13000, tzinfo=UTC))
    '2026-03-01T02:00:05.013000Z'
    """
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def entry_hash(*, seq: int, at: datetime, kind: str, payload: str, prev_hash: bytes) -> bytes:
    """SHA-256 of the canonical JSON (RFC 8785) of the object {at, kind, payload, prev_hash, seq}; ``payload`` is
    canonical already, ``kind`` plain letters.

    >>> moment = datetime(2026, 3, 1, tzinfo=UTC)
    >>> entry_hash(seq=1, at=moment, kind="order", payload="{}", prev_hash=FIRST_PREV).hex()[:16]
    '22ecb316fa48040e'
    """
    return written_hash(seq=seq, instant=instant_text(at), kind=kind, payload=payload, prev_hash=prev_hash)


def written_hash(*, seq: int, instant: str, kind: str, payload: str, prev_hash: bytes) -> bytes:
    """`entry_hash` of an instant as the ledger writes it."""
    text = f'{{"at":"{instant}","kind":"{kind}","payload":{payload},"prev_hash":"{prev_hash.hex()}","seq":{seq}}}'
    return sha256(text.encode()).digest()
