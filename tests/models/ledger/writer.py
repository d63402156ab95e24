"""Processes that write to a site's record, to be run several at a time or to be killed at any instant.

They are forked from a server that has imported everything already, so that one starts within milliseconds.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

from models.ledger.append import append
from models.site import open_site
from tests.models.builders import FOUNDED
from tests.models.ledger.builders import blind, report

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__, "sqlalchemy.dialects.sqlite.pysqlite", "psycopg"])
FIRST_WORD_S = 30.0

P = ParamSpec("P")
Work = Callable[Concatenate[Connection, P], None]
"""What a process does; it tells what it did over the connection, once that is sure to last."""


class Process:
    """A running process and what it has told so far."""

    def __init__(self, work: Work[P], *args: P.args, **kwargs: P.kwargs) -> None:
        self._read, write = CONTEXT.Pipe(duplex=False)
        self._process = CONTEXT.Process(target=work, args=(write, *args), kwargs=kwargs)
        self._process.start()
        write.close()  # the process's own end is the only one left: when it dies, reading ends

    def told(self) -> list[Any]:
        """Everything it tells until it ends, and nothing it began to tell only."""
        found: list[Any] = []
        try:
            while True:
                found.append(self._read.recv())
        except (EOFError, OSError):  # OSError: it was killed within a message
            self._process.join()
        self._read.close()
        return found

    def wait_for_a_word(self) -> None:
        """Until it has told something."""
        assert self._read.poll(FIRST_WORD_S), "the process tells nothing"

    def kill(self) -> list[Any]:
        """Kill it with SIGKILL; what it had told by then."""
        self._process.kill()
        return self.told()

    @property
    def failed(self) -> bool:
        """Whether it ended in an error."""
        return self._process.exitcode != 0


def put_on_record(told: Connection, folder: Path, *, first: int, count: int, group: int) -> None:
    """Put ``count`` entries numbered from ``first`` on record in blocks of ``group``, each block with a report besides;
    tell every number once its block has ended."""
    with open_site(folder) as site:
        for start in range(first, first + count, group):
            block = range(start, start + group)
            with site.write_session() as session:
                append(session, [*map(blind, block), report(f"p{start}")], at=FOUNDED, by="writer")
            for number in block:
                told.send(number)


def killed_after(seconds: float, work: Work[P], *args: P.args, **kwargs: P.kwargs) -> list[Any]:
    """What a process told that was killed so long after it told something for the first time."""
    process = Process(work, *args, **kwargs)
    process.wait_for_a_word()
    time.sleep(seconds)
    return process.kill()
