"""The clock of the composition root: what is inside takes instants as arguments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives now, aware."""


def utc_now() -> datetime:
    """This machine's clock."""
    return datetime.now(UTC)
