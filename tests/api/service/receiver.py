"""A receiver of webhooks: a real HTTP server that answers as it is told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HANGS = -1
"""An answer that never comes."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """What came: where, the headers (names in lower case) and the bytes."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(kw_only=True)
class Receiver:
    """Answers with ``statuses`` one after the other, the last one for ever; a redirect leads to `/elsewhere`."""

    statuses: list[int] = field(default_factory=lambda: [200])
    took: list[Message] = field(default_factory=list)
    url: str = ""
    released: threading.Event = field(default_factory=threading.Event)

    def answers(self, statuses: Sequence[int]) -> None:
        self.statuses[:] = statuses

    def status(self) -> int:
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port of this machine."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.took.append(Message(path=self.path, headers=headers, body=body))
            status = receiver.status()
            if status == HANGS:
                receiver.released.wait()
                return
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/in"
    running = threading.Thread(target=server.serve_forever, daemon=True)
    running.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        server.server_close()
        running.join()
