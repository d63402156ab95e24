"""The site a service runs on for days on end, also when its signing key is rotated meanwhile."""

from __future__ import annotations

from contextlib import ExitStack
from threading import Lock

from models.site import Site, open_site


class Opened:
    """An open site, opened once more whenever another signing key lies in its folder: nobody can write with the old
    one. Close it; the ``site`` it was made with stays open."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._key = _key_file(site)
        self._again = ExitStack()
        self._lock = Lock()

    def now(self) -> Site:
        """The site with the key that is in force. Raises ``ModelsError`` when it cannot be opened again."""
        key = _key_file(self._site)
        if key not in (None, self._key):
            with self._lock:
                if key != self._key:  # no other request was faster
                    self._site, self._key = self._again.enter_context(open_site(self._site.folder)), key
        return self._site

    def close(self) -> None:
        """Give back what was opened here."""
        self._again.close()


def _key_file(site: Site) -> tuple[int, int] | None:
    try:
        found = site.signing_path.stat()
    except OSError:  # without it nothing can be opened: the key at hand goes on
        return None
    return found.st_ino, found.st_mtime_ns
