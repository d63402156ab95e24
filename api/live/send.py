"""One message to a webhook: signed, sent, at most so long waited for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime

import httpx2

from api.live.signature import signed_headers

TIMEOUT_S = 10.0
"""From looking up the name to the status of the answer, whose body is never read."""

NO_ANSWER = 0


def message_body(*, kind: str, seq: int, at: datetime, data: Mapping[str, object]) -> bytes:
    """A message about entry ``seq``, put on record ``at`` (aware), as JSON; ``data`` from `api.live.pseudonymous`."""
    said = {"type": kind, "seq": seq, "at": at.isoformat(), "data": data}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


async def send(url: str, secret: str, body: bytes, *, message: str, now: datetime, timeout_s: float) -> int:
    """Send a message; the status of the answer, `NO_ANSWER` when there was none within ``timeout_s`` (s). A redirect is
    an answer: the message goes nowhere else. No proxy and no password of the environment is used."""
    headers = {
        **signed_headers(body, secret, message=message, now=now),
        "content-type": "application/json",
        "user-agent": "menjian",
    }
    try:
        async with (
            asyncio.timeout(timeout_s),
            httpx2.AsyncClient(trust_env=False, follow_redirects=False, timeout=timeout_s) as client,
            client.stream("POST", url, content=body, headers=headers) as told,
        ):
            return told.status_code
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError):
        return NO_ANSWER
