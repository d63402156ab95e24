"""What comes out: shares as exact fractions, a status, and reasons that quote clauses and entries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Shares = Mapping[str, Fraction]
Status = Literal["decided", "review"]


class Sentence(BaseModel):
    """The same said in Chinese and in English."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One step of the argument: the ``clause``, its sentence in both languages, the ``entries`` (ids) it rests on and
    what fact would have changed it, as a condition (Chinese: 若…)."""

    clause: str
    zh: str
    en: str
    entries: tuple[str, ...] = ()
    otherwise: Sentence | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Who owns the customer. ``credit`` None: nobody provisionally, a person must rule. ``commission`` equals credit
    where the rules do not part them."""

    policy: str
    version: str
    credit: Shares | None
    commission: Shares | None
    status: Status
    reasons: tuple[Reason, ...] = ()
    report: Literal["accepted", "rejected", "expired"] | None = None
    arrival: Literal["natural", "reported"] | None = None
    next_turn: bool | None = None
    fine: int | None = None

    @property
    def because(self) -> tuple[str, ...]:
        """The clauses cited, in order, each once."""
        return tuple(dict.fromkeys(reason.clause for reason in self.reasons))

    def plain(self) -> dict[str, object]:
        """The decision as strings, booleans and integers: shares as "1/2"."""
        return {
            "policy": self.policy,
            "version": self.version,
            "credit": _written(self.credit),
            "commission": _written(self.commission),
            "status": self.status,
            "report": self.report,
            "arrival": self.arrival,
            "next_turn": self.next_turn,
            "fine": self.fine,
            "reasons": [[reason.clause, list(reason.entries)] for reason in self.reasons],
        }

    def canonical(self) -> bytes:
        """Canonical JSON (RFC 8785) of `plain`."""
        return canonical_json(self.plain())

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the canonical JSON."""
        return sha256(self.canonical()).hexdigest()


def canonical_json(value: object) -> bytes:
    """RFC 8785 for values without floats.

    >>> canonical_json({"b": 1, "a": ["é", None]})
    b'{"a":["\\xc3\\xa9",null],"b":1}'
    """
    return json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _sorted(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value, key=lambda key: str(key).encode("utf-16-be"))}
    return [_sorted(item) for item in value] if isinstance(value, (list, tuple)) else value


def _written(shares: Shares | None) -> dict[str, str] | None:
    return None if shares is None else {who: f"{share.numerator}/{share.denominator}" for who, share in shares.items()}
