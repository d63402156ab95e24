"""A request that is sent twice, because its answer was lost, is done once: the second time it gets the first answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete

from models.base import ModelsError
from models.desk.records import Answered
from models.session import WriteSession

KEPT = timedelta(days=2)
"""How long an answer is kept: nobody sends the same request again after that."""


class KeyReusedError(ModelsError):
    """A key that stood for another request."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request of ``actor`` with the ``key`` of their choice; ``request`` its whole content."""

    actor: str
    key: str
    request: str


def answer_to(session: WriteSession, asked: Asked) -> tuple[int, str] | None:
    """Status and answer of a request that was done before; None for a new one. Raises ``KeyReusedError`` when the key
    came with another request."""
    found = session.get(Answered, (asked.actor, _digest(session, asked.key)))
    if found is None:
        return None
    if found.request_digest != _digest(session, asked.request):
        raise KeyReusedError("Idempotency-Key: stood for another request; take a new key for each")
    return found.status, found.answer


def remember(session: WriteSession, asked: Asked, *, status: int, answer: str, at: datetime) -> None:
    """Keep the ``answer`` (JSON, nothing personal in it) to a request, in the transaction that did it. ``at`` aware."""
    forget_old(session, at=at)
    session.add(
        Answered(
            actor=asked.actor,
            key_digest=_digest(session, asked.key),
            request_digest=_digest(session, asked.request),
            status=status,
            answer=answer,
            at=at,
        )
    )


def forget_old(session: WriteSession, *, at: datetime) -> None:
    """Forget answers that nobody asks for any more."""
    session.change(delete(Answered).where(Answered.at < at - KEPT))


def _digest(session: WriteSession, text: str) -> bytes:
    return session.vault.digest(f"idempotency {text}")
