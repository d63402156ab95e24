"""How often somebody may try something that would let them guess."""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import datetime, timedelta
from threading import Lock

from api.errors import ApiError


class Pace:
    """Lets everybody try ``times`` in a minute. It counts in this process only: of several behind one address each
    counts for itself, and a restart begins anew."""

    def __init__(self, times: int) -> None:
        self._times = times
        self._tries: defaultdict[str, deque[datetime]] = defaultdict(lambda: deque(maxlen=times))
        self._turn = Lock()

    def step(self, who: str, at: datetime) -> None:
        """Count a try of ``who`` at an instant (aware). Raises ``ApiError`` 429 when that is one too many."""
        with self._turn:
            tries = self._tries[who]
            if len(tries) == self._times and at - tries[0] < timedelta(minutes=1):
                raise ApiError(429, "too_many", headers={"Retry-After": "60"})
            tries.append(at)
