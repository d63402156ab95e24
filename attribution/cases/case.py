"""What a case is: a record, and what a policy's own text says must come out of it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from attribution.entries import Share
from attribution.policy import AttributionError
from attribution.timeline import Timeline

WITHIN = Fraction(1, 1000)
"""Shares in case files are decimals: compared within this."""


class CaseFileError(AttributionError):
    """Case files that cannot be replayed: a line for each fault, naming file, line, case and key."""


class Wanted(BaseModel):
    """What must come out; a key left out is not compared."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    credit: dict[str, Share] | None = None
    commission: dict[str, Share] | None = None
    status: Literal["decided", "review"] = "decided"
    because: tuple[str, ...] = Field((), strict=False)
    report: Literal["accepted", "rejected", "expired"] | None = None
    arrival: Literal["natural", "reported"] | None = None
    next_turn: bool | None = None
    fine: int | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """One executable case."""

    id: str
    policy: str
    clause: tuple[str, ...]
    title: str
    timeline: Timeline
    wanted: Wanted
