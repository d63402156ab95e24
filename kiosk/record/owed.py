"""What a door still owes the record when it ends: a loss noted in a small file that needs no room on a full disk."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from models.durable import sync_folder
from models.ledger.kinds import Lost

log = logging.getLogger(__name__)

FILE = "owed"
SIZE_BYTES = 4096
"""One block of the disk, taken while there is room: writing over it needs no more."""

NO_ROOM = "the record refused them for too long"


class Owed:
    """The file ``owed`` in a site's ``folder``, shared by its doors. It never stops a door: what is wrong with it goes
    to the log."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        with self._warned(), self._opened() as handle:
            if os.fstat(handle).st_size < SIZE_BYTES:
                self._write(handle, None)
                sync_folder(folder)

    def add(self, loss: Lost) -> None:
        """Note a loss, together with what is owed already."""
        with self._warned(), self._opened() as handle:
            self._write(handle, together(self._read(handle), loss))

    def settle(self, record: Callable[[Lost], None]) -> None:
        """Have ``record`` put on record what is owed, then forget it; when that raises, it stays, and the error goes
        on."""
        with self._warned(), self._opened() as handle:
            if loss := self._read(handle):
                record(loss)
                self._write(handle, None)

    @contextmanager
    def _warned(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            log.warning("%s: losses cannot be noted (%s)", self._path, error.strerror)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """The file, kept from other doors meanwhile."""
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle
        finally:
            os.close(handle)

    def _read(self, handle: int) -> Lost | None:
        noted = os.pread(handle, SIZE_BYTES, 0).strip()
        try:
            return Lost.model_validate_json(noted) if noted else None
        except ValidationError:
            log.warning("%s: not readable; a loss may be missing on record", self._path)
            return None

    def _write(self, handle: int, loss: Lost | None) -> None:
        noted = loss.model_dump_json().encode() if loss else b""
        os.pwrite(handle, noted.ljust(SIZE_BYTES), 0)
        os.fsync(handle)


def loss_of(instants: Iterable[datetime]) -> Lost | None:
    """The loss of entries of these instants (aware)."""
    ats = sorted(instants)
    return Lost(at=ats[0], until=ats[-1], count=len(ats), reason=NO_ROOM) if ats else None


def together(one: Lost | None, other: Lost | None) -> Lost | None:
    """Two losses as one."""
    if one is None or other is None:
        return one or other
    at, until = min(one.at, other.at), max(one.until, other.until)
    return Lost(at=at, until=until, count=one.count + other.count, reason=NO_ROOM)
