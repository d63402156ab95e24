"""Reading ahead: one thread fetches the next items while the caller works on the present one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")

DEPTH = 3
"""Items fetched ahead: enough to decode beside the detector, few enough to cost no memory."""


class ReadAhead(Generic[T]):
    """Iterates ``items`` in a thread of its own, at most `DEPTH` ahead; an error in there is raised at its place.

    >>> list(ReadAhead(iter([1, 2, 3, 4, 5])))
    [1, 2, 3, 4, 5]
    """

    def __init__(self, items: Iterator[T]) -> None:
        self._items = items
        self._closed = False
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")

    def __iter__(self) -> Iterator[T]:
        waiting: deque[Future[tuple[T, ...]]] = deque()
        try:
            while not self._closed:
                try:
                    while len(waiting) < DEPTH:
                        waiting.append(self._reader.submit(self._fetch))
                    fetched = waiting.popleft().result()
                except (CancelledError, RuntimeError):
                    if self._closed:  # from another thread, in between
                        return
                    raise
                if not fetched:
                    return
                yield fetched[0]
        finally:
            self.close()

    def _fetch(self) -> tuple[T, ...]:
        """The next item, or nothing at the end."""
        return next(((item,) for item in self._items), ())

    def close(self) -> None:
        """Fetch no more and wait for the item being fetched; closing twice does nothing."""
        self._closed = True
        self._reader.shutdown(wait=True, cancel_futures=True)
