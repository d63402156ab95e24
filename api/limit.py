"""How much a request may carry: what is larger is refused before a byte of it is read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from starlette.formparsers import MultiPartParser
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import answer

MOST_BYTES = 1_000_000
"""A body of JSON is far smaller."""

LARGER: Sequence[tuple[re.Pattern[str], int]] = (
    (re.compile(r"/api/v1/reports/import"), 8_000_000),
    (re.compile(r"/api/v1/relations/\d+/papers"), 10_000_000),
)
"""Paths that take files, with the bytes of a whole body."""

# the framework would put longer files on the disk, unsealed; nothing longer than this gets past the limit
MultiPartParser.spool_max_size = max(most for _, most in LARGER)


class Limit:
    """Refuses bodies of more than `most_bytes`, and those that do not say how long they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass, or answer 411 or 413."""
        request = Request(scope) if scope["type"] == "http" else None
        if request is not None and "transfer-encoding" in request.headers:
            await answer(request, 411, "length_required")(scope, receive, send)
        elif request is not None and _length(request) > most_bytes(request.url.path):
            await answer(request, 413, "too_large")(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def most_bytes(path: str) -> int:
    """How much a request to this path may carry.

    >>> most_bytes("/api/v1/reports"), most_bytes("/api/v1/relations/12/papers")
    (1000000, 10000000)
    """
    return next((most for pattern, most in LARGER if pattern.fullmatch(path)), MOST_BYTES)


def _length(request: Request) -> int:
    # the server has refused what is no number already
    given = request.headers.get("content-length", "0")
    return int(given) if given.isdecimal() else MOST_BYTES + 1
