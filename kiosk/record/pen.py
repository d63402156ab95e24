"""Writing to the record for days on end, also when its signing key is rotated meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeVar

from models.ledger.append import RotatedError
from models.site import Site, open_site

T = TypeVar("T")


class Pen:
    """Does work on a site, from any thread. When the signing key at hand turns out not to be the one in force, the site
    is opened again, which finds the new one, and the work is done once more. Close it; ``site`` stays open."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._again = ExitStack()
        self._lock = threading.Lock()

    def __call__(self, work: Callable[[Site], T]) -> T:
        """What ``work`` returns. Raises what it raises, and ``ModelsError`` when the site cannot be opened again."""
        site = self._site
        try:
            return work(site)
        except RotatedError:
            with self._lock:
                if self._site is site:  # no other thread was faster
                    self._site = self._again.enter_context(open_site(site.folder))
            return work(self._site)

    def close(self) -> None:
        """Give back what was opened here."""
        self._again.close()
