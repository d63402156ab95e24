"""Wrong passwords are counted, for logins that somebody has and for those that nobody has: who guesses is told the same
of both."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil
from threading import Lock
from typing import Literal

FAILURES = 5
LOCKED = timedelta(minutes=15)
REMEMBERED = 20_000
"""Logins nobody has that are counted; beyond, those longest not tried are forgotten. Each try takes a tenth of a
second: half an hour does not reach it."""


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Why somebody may not come in; ``minutes`` until a locked user may try again. With "too_many" nothing was tried:
    as many passwords as may be are being checked."""

    reason: Literal["wrong_login", "locked", "too_many"]
    minutes: int = 0


@dataclass(frozen=True, kw_only=True)
class Tries:
    """Tries in a row, each counted as failed until it is known to be right."""

    failures: int = 0
    locked_until: datetime | None = None

    def another(self, at: datetime) -> Tries | Refused:
        """One more; the fifth locks for `LOCKED`, and what comes meanwhile is refused unread.

        >>> from datetime import UTC
        >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
        >>> Tries(failures=3).another(noon).failures, Tries(failures=4).another(noon).locked_until == noon + LOCKED
        (4, True)
        >>> Tries(locked_until=noon + LOCKED).another(noon).minutes
        15
        """
        if self.locked_until is not None and self.locked_until > at:
            return Refused(reason="locked", minutes=ceil((self.locked_until - at) / timedelta(minutes=1)))
        if self.failures + 1 >= FAILURES:
            return Tries(locked_until=at + LOCKED)
        return Tries(failures=self.failures + 1)


class Strangers:
    """Tries at logins that nobody has: in this process only, by a hash, at most ``most`` of them."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._tries: OrderedDict[bytes, Tries] = OrderedDict()
        self._turn = Lock()

    def another(self, site: str, login: str, at: datetime) -> Refused | None:
        """Count one more at this ``login`` of a ``site``; why it is refused unread, None when it is not."""
        key = sha256(f"{site}\n{login}".encode()).digest()
        with self._turn:
            before = self._tries.pop(key, Tries())
            told = before.another(at)
            self._tries[key] = before if isinstance(told, Refused) else told
            if len(self._tries) > self._most:
                self._tries.popitem(last=False)
        return told if isinstance(told, Refused) else None
