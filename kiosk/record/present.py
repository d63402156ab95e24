"""Doors that write evidence on one site at a time, each in a process of its own, and what a stopped one left behind."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from models.base import ModelsError
from models.evidence import sweep
from models.ledger.append import append
from models.ledger.kinds import Orphans
from models.site import Site

log = logging.getLogger(__name__)


@contextmanager
def present(site: Site, *, at: datetime, by: str) -> Iterator[None]:
    """This door writes evidence until the block ends: a lock that it shares with the site's other doors.

    A stop at a bad moment may leave frames that no entry tells of: the first door to come removes them and puts that on
    record ``at`` (now) as ``by``. A later one does not: what the others are about to tell looks the same.
    """
    try:
        site.frames.folder.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(site.frames.folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        log.warning("%s: no frame can be kept (%s)", site.frames.folder, error.strerror)
        yield
        return
    try:
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _sweep(site, at, by)
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def _sweep(site: Site, at: datetime, by: str) -> None:
    try:
        with site.write_session() as session:
            found = sweep(session, site.frames, before=at)
            if found.strays:
                append(session, [Orphans(at=at, files=found.hashes)], at=at, by=by)
        site.frames.unlink(found.strays)
    except ModelsError as error:
        log.warning("frames of a door that was stopped wait for the next start: %s", error)
