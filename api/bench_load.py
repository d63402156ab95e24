"""Asking a service over loopback: as fast as it answers so many clients, or so many times a second whatever it does."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from math import ceil
from threading import local
from time import perf_counter, sleep

from models.base import ModelsError

Request = tuple[str, str, object]
"""Method, path, and what is sent as JSON (None: nothing)."""

Next = Callable[[int], Request]
"""The request with this number."""

WAIT_S = 30.0


class BenchError(ModelsError):
    """The service did not do what it was asked."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Requests a second, and after how long half of them and 99 of 100 were answered, ms."""

    per_s: float
    p50_ms: float
    p99_ms: float


class Asker:
    """Clients of one service; each thread keeps a connection of its own."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self._port, self._headers, self._own = port, {"Content-Type": "application/json", **headers}, local()

    def ask(self, request: Request) -> object:
        """The answer, read as JSON. Raises ``BenchError`` for a refusal."""
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=WAIT_S)
        connection: http.client.HTTPConnection = self._own.connection
        method, path, said = request
        body = None if said is None else json.dumps(said).encode()
        connection.request(method, path, body=body, headers=dict(self._headers))
        answer = connection.getresponse()
        told = answer.read()
        if answer.status >= 300:
            raise BenchError(f"{method} {path}: {answer.status} {told[:200]!r}")
        return json.loads(told)


def closed_loop(asker: Asker, following: Next, *, clients: int, requests: int) -> Pace:
    """``clients`` who each ask again as soon as they are answered, ``requests`` altogether."""
    numbers = count()

    def run(_client: int) -> list[float]:
        took = []
        while (number := next(numbers)) < requests:
            began = perf_counter()
            asker.ask(following(number))
            took.append(perf_counter() - began)
        return took

    began = perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        took = [each for some in pool.map(run, range(clients)) for each in some]
    return _pace(took, perf_counter() - began)


def open_loop(asker: Asker, following: Next, *, per_s: float, seconds: float, clients: int = 32) -> Pace:
    """A request every 1 / ``per_s`` seconds whether the ones before are answered or not; each counts from the instant
    it was due, so that a service that stands still is not asked less."""
    began = perf_counter() + 0.1

    def due(number: int) -> float:
        at = began + number / per_s
        sleep(max(0.0, at - perf_counter()))
        asker.ask(following(number))
        return perf_counter() - at

    with ThreadPoolExecutor(clients) as pool:
        took = list(pool.map(due, range(round(per_s * seconds))))
    return _pace(took, perf_counter() - began)


def percentile(took: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed (nearest rank).

    >>> percentile([4.0, 1.0, 3.0, 2.0], 0.5), percentile([4.0, 1.0, 3.0, 2.0], 0.99)
    (2.0, 4.0)
    """
    return sorted(took)[ceil(share * len(took)) - 1]


def _pace(took: Sequence[float], seconds: float) -> Pace:
    return Pace(per_s=len(took) / seconds, p50_ms=1000 * percentile(took, 0.5), p99_ms=1000 * percentile(took, 0.99))
