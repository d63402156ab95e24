"""What is read of a request: JSON that means one thing, come within a while. Refused before a route sees it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import answer

READ_S = 30.0
FILES_S = 300.0
"""How long JSON and files may take to come."""

JSON, FORM = "application/json", "multipart/form-data"


class Strict:
    """Passes on requests without a body, with files, and with JSON that every reader understands alike."""

    def __init__(self, app: ASGIApp, *, read_s: float = READ_S) -> None:
        self._app, self._read_s = app, read_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass, or answer 408, 415 or 422."""
        request = Request(scope, receive) if scope["type"] == "http" else None
        if request is None or request.headers.get("content-length", "0") == "0":
            await self._app(scope, receive, send)
            return
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in (JSON, FORM):
            await answer(request, 415, "unsupported_type")(scope, receive, send)
            return
        if kind == FORM:
            await self._app(scope, _within(FILES_S, receive), send)
            return
        try:
            body = await asyncio.wait_for(request.body(), self._read_s)
        except ClientDisconnect:
            return
        except TimeoutError:
            await answer(request, 408, "too_slow", headers={"Connection": "close"})(scope, receive, send)
            return
        if fault := fault_of(body):
            await answer(request, 422, "invalid", hint=fault)(scope, receive, send)
            return
        await self._app(scope, _replayed(body, receive), send)


def fault_of(body: bytes) -> str | None:
    """Why a body is not JSON that means one thing (RFC 8259, RFC 7493); None when it is.

    >>> fault_of(b'{"a": 1}'), fault_of(b'{"a": 1, "a": 2}'), fault_of(b'[NaN]')
    (None, 'the same field twice', 'a number that is none')
    """
    try:
        text = body.decode()
        read = json.loads(text, parse_constant=_no_number, object_pairs_hook=_once)
        if "\\ud" in text.lower():
            json.dumps(read, ensure_ascii=False).encode()
    except UnicodeDecodeError:
        return "not UTF-8"
    except UnicodeEncodeError:
        return "half a character (a lone surrogate)"
    except RecursionError:
        return "nested too deeply"
    except json.JSONDecodeError as error:
        return f"not JSON: {error.msg}, line {error.lineno} column {error.colno}"
    except ValueError as error:
        return str(error).partition(":")[0]
    return None


def _no_number(_said: str) -> float:
    raise ValueError("a number that is none")


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise ValueError("the same field twice")
    return read


def _within(seconds: float, receive: Receive) -> Receive:
    """Has the client gone when the body is not there in time; what follows the body may take as long as it likes."""
    until = asyncio.get_running_loop().time() + seconds
    is_whole = False

    async def timed() -> Message:
        nonlocal is_whole
        if is_whole:
            return await receive()
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            return {"type": "http.disconnect"}
        is_whole = not message.get("more_body", False)
        return message

    return timed


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
