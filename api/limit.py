"""How much a request may carry: what is larger is refused before a byte of it is read."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import answer

MOST_BYTES = 1_000_000
"""A body of JSON is far smaller."""


class Limit:
    """Refuses bodies of more than `MOST_BYTES`, and those that do not say how long they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass, or answer 411 or 413."""
        request = Request(scope) if scope["type"] == "http" else None
        if request is not None and "transfer-encoding" in request.headers:
            await answer(request, 411, "length_required")(scope, receive, send)
        elif request is not None and _length(request) > MOST_BYTES:
            await answer(request, 413, "too_large")(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _length(request: Request) -> int:
    # the server has refused what is no number already
    given = request.headers.get("content-length", "0")
    return int(given) if given.isdecimal() else MOST_BYTES + 1
