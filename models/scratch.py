"""Files that are handed out and then gone: they lie in the clear, in the site's own folder and nowhere else."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

FOLDER = "tmp"


@contextmanager
def scratch_file(site: Path, suffix: str) -> Iterator[Path]:
    """A name in the folder of a ``site`` for a file; what was written there is removed when the block ends. Raises
    ``OSError`` when there can be no folder for it."""
    folder = site / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    path = folder / f"{uuid4().hex}{suffix}"
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield path
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def clear_scratch(site: Path) -> None:
    """Remove what a killed process left, unless another one is using the folder of the ``site`` now. Raises ``OSError``
    for what cannot be removed."""
    folder = site / FOLDER
    if not folder.is_dir():
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for left in folder.iterdir():
            left.unlink(missing_ok=True)
    except BlockingIOError:  # somebody writes there: what is left waits for the next start
        return
    finally:
        os.close(handle)
