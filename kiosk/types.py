"""Value types of the door: frames as they come from a source, and stretches in which it saw nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from recognition.types import Image


class KioskError(Exception):
    """Base of every error this package raises on purpose; its text is one line for the user."""


BlindReason = Literal["stream cut", "frames dropped", "decode error", "lens covered"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """One picture of the door.

    ``t`` seconds of capture time since the source's first frame (from PTS, never from our own clock),
    ``at`` the same instant as aware UTC, ``image`` (H, W, 3) BGR uint8.
    """

    image: Image
    t: float
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Blind:
    """The door was not seen between ``from_t`` and ``to_t`` (seconds, same axis as ``Frame.t``)."""

    from_t: float
    to_t: float
    reason: BlindReason
