"""`menjian bench api`: a real service, a real peer, and clients that count honestly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from time import sleep

import pytest

from api.bench_load import Asker, BenchError, Request, closed_loop, open_loop
from tests.api.conftest import Menjian


def request(number: int) -> Request:
    return "POST", f"/{number}", {"number": number}


@contextmanager
def answering(status: int = 200, *, gate: Event | None = None) -> Iterator[tuple[Asker, list[str]]]:
    """Clients of a server that answers what it is asked with ``{}``, once the gate is open; and the paths it was asked
    for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(self.path)
            if gate is not None:
                gate.wait()
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_said: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Asker(server.server_address[1], {}), asked
    finally:
        server.shutdown()
        server.server_close()


def test_every_request_is_sent_once_however_many_clients_there_are() -> None:
    with answering() as (asker, asked):
        pace = closed_loop(asker, request, clients=4, requests=20)
    assert sorted(asked) == sorted(f"/{number}" for number in range(20))
    assert pace.p99_ms >= pace.p50_ms > 0


def test_a_service_that_stands_still_is_asked_no_less_and_each_counts_from_when_it_was_due() -> None:
    gate = Event()
    with answering(gate=gate) as (asker, asked):
        opener = Thread(target=open_after, args=(gate, asked, 10))
        opener.start()
        pace = open_loop(asker, request, per_s=20, seconds=0.5)
        opener.join()
    assert len(asked) == 10
    assert pace.p99_ms > 400  # the first was due 450 ms before the last, and waited for it


def open_after(gate: Event, asked: list[str], number: int) -> None:
    while len(asked) < number:
        sleep(0.001)
    gate.set()


def test_a_refusal_is_no_figure() -> None:
    with answering(503) as (asker, _), pytest.raises(BenchError, match="503"):
        closed_loop(asker, request, clients=1, requests=1)


def test_service_and_peer_are_measured_in_one_run(menjian: Menjian, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENJIAN_TEST_POSTGRES", "postgresql://nobody@/nowhere?host=/nonexistent")
    ran = menjian("bench", "api", "--requests", 20, "--seconds", 1, "--json")
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert [side["name"] for side in told["sides"]] == ["service on SQLite", "bare FastAPI on SQLite"]
    assert told["no_postgresql"].startswith("MENJIAN_TEST_POSTGRES: ")
    assert all(one["crowd"]["per_s"] > 0 for side in told["sides"] for one in side["doing"])
