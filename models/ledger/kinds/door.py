"""What the door saw."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from models.ledger.kinds.base import Hash, SystemEntry


class Arrival(SystemEntry):
    """Somebody crossed the sill at `at`, give or take `sigma_s` (standard deviation, s)."""

    do: Literal["arrival"] = "arrival"
    arrival: str
    door: str
    direction: Literal["in", "out"]
    sigma_s: float = Field(ge=0)
    status: Literal["known", "unknown", "uncertain", "unconsented"]
    person: str | None = None
    score: float | None = None
    live: Literal["yes", "no", "unknown"] = "unknown"
    party: str | None = None
    track: int


class Order(SystemEntry):
    """The verdict about two arrivals, the earlier instant first, with P(order)."""

    do: Literal["order"] = "order"
    first: str
    second: str
    verdict: Literal["before", "simultaneous"]
    p: float = Field(ge=0, le=1)


class Blind(SystemEntry):
    """The door was not seen from `at` to `until`."""

    do: Literal["blind"] = "blind"
    door: str
    until: AwareDatetime
    reason: Literal["stream cut", "frames dropped", "decode error", "lens covered"]


class Lost(SystemEntry):
    """What could not be put on record in time: `count` entries of the door between `at` and `until`."""

    do: Literal["lost"] = "lost"
    until: AwareDatetime
    count: int = Field(ge=1)
    reason: str


class ClockJump(SystemEntry):
    """The clock of this machine was set back: it read `before`, and now reads `at`. Order stays that of the ledger."""

    do: Literal["clock_jump"] = "clock_jump"
    before: AwareDatetime


class Evidence(SystemEntry):
    """The frames kept of one arrival: capture instant and SHA-256 of each; `dropped` could not be kept, `why`."""

    do: Literal["evidence"] = "evidence"
    arrival: str
    frames: tuple[tuple[AwareDatetime, Hash], ...] = Field(strict=False)
    dropped: int = Field(0, ge=0)
    why: str | None = None


class Orphans(SystemEntry):
    """Frames found at a start that no entry tells of (the machine stopped in between): removed, by their hashes."""

    do: Literal["orphans"] = "orphans"
    files: tuple[Hash, ...] = Field((), strict=False)
