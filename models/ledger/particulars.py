"""Personal values that entries speak of lie beside the chain. An entry holds a commitment: SHA-256 over a random salt
and the value. With the value and its salt anybody can check it; once they are erased, it says nothing."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import bindparam, insert, select

from models.base import Base, ModelsError
from models.keys import DataKey, ensure_key, of_person
from models.ledger.records import Particular
from models.session import ReadSession, WriteSession
from models.vault import Sealer

PERSONAL = ("name", "phone", "reason")
"""Fields of the entries of `attribution`, and of those of `kinds.Reasoned`, that may hold something personal."""

SOUGHT = "phone"
"""The field by whose equal values one customer's record leads to others."""

SALT_BYTES = 16
INSERT = insert(Base.metadata.tables["particular"])
KEPT = (
    select(Particular.commitment, Particular.owner, Particular.field, Particular.sealed, DataKey.wrapped)
    .join(DataKey, DataKey.owner == Particular.owner)
    .where(Particular.commitment.in_(bindparam("wanted", expanding=True)))
)
"""Each with the key it was sealed under; without one it was erased, and the entry stands without it."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A personal ``value`` with the ``salt`` that proves it is the one an entry committed to."""

    value: str
    salt: bytes


def commitment(value: str, salt: bytes) -> str:
    """What an entry holds in place of ``value``, hex.

    >>> commitment("13800138000", bytes(16))[:16]
    '1a7c4874445d8928'
    """
    return sha256(b"menjian particular v1\0" + salt + value.encode()).hexdigest()


def put_away(session: WriteSession, payload: Mapping[str, Any], *, person: str, at: datetime) -> dict[str, Any]:
    """``payload`` with its personal values replaced by ``{"sealed": commitment}``; the values are kept under the key
    of ``person``."""
    values = {field: value for field in PERSONAL if isinstance(value := payload.get(field), str)}
    if not values:
        return dict(payload)
    kept, rows, owner = dict(payload), [], of_person(person)
    key = ensure_key(session, owner, at=at)
    for field, value in values.items():
        salt = secrets.token_bytes(SALT_BYTES)
        name = commitment(value, salt)
        digest = session.vault.digest(f"{field} {value}") if field == SOUGHT else None
        sealed = key.seal(salt + value.encode(), name)
        rows.append({"commitment": name, "owner": owner, "field": field, "digest": digest, "sealed": sealed})
        kept[field] = {"sealed": name}
    session.add_rows(INSERT, rows)
    return kept


def taken_out(session: ReadSession, payloads: list[dict[str, object]]) -> dict[str, Opened]:
    """The personal values that these payloads committed to and that are still there, by commitment. Raises
    ``ModelsError`` when a value is not the one committed to."""
    wanted = [name for payload in payloads for name in committed(payload).values()]
    found: dict[str, Opened] = {}
    keys: dict[str, Sealer] = {}
    for start in range(0, len(wanted), 500):
        for row in session.rows(KEPT, {"wanted": wanted[start : start + 500]}):
            if row.owner not in keys:
                keys[row.owner] = session.vault.unwrapped(row.wrapped, row.owner)
            plain = keys[row.owner].open(row.sealed, row.commitment)
            opened = Opened(value=plain[SALT_BYTES:].decode(), salt=plain[:SALT_BYTES])
            if not hmac.compare_digest(commitment(opened.value, opened.salt), row.commitment):
                raise ModelsError(f"{row.field} {row.commitment[:12]}: not the value its entry committed to")
            found[row.commitment] = opened
    return found


def committed(payload: Mapping[str, object]) -> dict[str, str]:
    """The commitments of a payload by field.

    >>> committed({"person": "p1", "phone": {"sealed": "ab"}})
    {'phone': 'ab'}
    """
    return {
        field: str(value["sealed"])
        for field in PERSONAL
        if isinstance(value := payload.get(field), Mapping) and "sealed" in value
    }
