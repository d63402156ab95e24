"""A service on a free port, and what its listeners hear."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI

PATIENCE_S = 60.0
"""How long a test waits for what comes at once on a quiet machine."""


@contextmanager
def serving(service: FastAPI) -> Iterator[str]:
    """The service on a real server; its address."""
    server = uvicorn.Server(uvicorn.Config(service, port=0, log_level="error", timeout_graceful_shutdown=1))
    running = threading.Thread(target=server.run, daemon=True)
    running.start()
    wait_until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        running.join(PATIENCE_S)


def wait_until(holds: Callable[[], object]) -> None:
    """Wait for what another thread is about to do."""
    until = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One event as it came."""

    id: int
    event: str
    data: dict[str, Any]


class Ear:
    """Reads a stream of events, line by line."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = _in_time(lines)

    def next(self) -> Heard:
        """The next event; comments are passed over."""
        fields: dict[str, str] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if line.startswith(":"):
                continue
            if line:
                fields[name] = value
            elif "data" in fields:
                return Heard(id=int(fields["id"]), event=fields["event"], data=json.loads(fields["data"]))
            else:
                fields = {}
        raise EOFError("the stream ended")

    def until_comment(self, comment: str) -> None:
        """Read on until this comment comes."""
        for line in self._lines:
            if line.removeprefix(":").strip() == comment:
                return
        raise EOFError("the stream ended")

    def until_end(self) -> None:
        """Read on until the stream ends; a service that is stopped cuts it."""
        with suppress(httpx2.RemoteProtocolError):
            for _line in self._lines:
                pass


def _in_time(lines: Iterator[str]) -> Iterator[str]:
    until = time.monotonic() + PATIENCE_S
    for line in lines:
        assert time.monotonic() < until, "waited in vain"
        yield line


@contextmanager
def listening(address: str, headers: Mapping[str, str], *, after: int | None = None) -> Iterator[Ear]:
    """Somebody listens to the events of the service."""
    told = {} if after is None else {"Last-Event-ID": str(after)}
    with (
        httpx2.Client(trust_env=False, timeout=PATIENCE_S) as client,
        client.stream("GET", f"{address}/api/v1/events", headers={**headers, **told}) as stream,
    ):
        assert stream.status_code == 200, stream.read()
        ear = Ear(stream.iter_lines())
        ear.until_comment("listening")
        yield ear
