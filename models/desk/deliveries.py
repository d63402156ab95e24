"""Entries on their way to webhooks. One process at a time makes and claims deliveries, in a write session; a claim is a
lease, so what a stopped process had claimed is tried again by another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid4

from sqlalchemy import delete, insert, select, update

from models.base import Base
from models.desk.records import Delivery, Webhook
from models.desk.webhooks import UnknownWebhookError, live_webhooks, secret_of
from models.ledger.read import head
from models.ledger.records import LedgerRow
from models.session import ReadSession, WriteSession

LEASE = timedelta(minutes=2)
"""A claimed delivery is nobody else's for so long: far longer than an attempt takes."""

BACKOFF: Sequence[timedelta] = (
    timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2),
    timedelta(hours=6), timedelta(hours=12), timedelta(hours=24),
)  # fmt: skip
"""How long after the first, second … failed attempt the next is made; after the last a delivery is given up."""

AT_ONCE = 8
"""Deliveries of one webhook that are claimed together: one that hangs does not keep the others waiting."""

KEPT = timedelta(days=30)
"""How long a delivery that arrived stays in the list, and one of an older entry that was given up."""

BEHIND = 1000
"""Entries of which deliveries are made in one go."""

State = Literal["waiting", "delivered", "given up"]
INSERT = insert(Base.metadata.tables["webhook_delivery"])


@dataclass(frozen=True, kw_only=True)
class DeliveryStanding:
    """How far the delivery of entry ``seq`` is; ``last_status`` of HTTP, 0 when nobody answered in time."""

    id: str
    seq: int
    state: State
    attempts: int
    next_at: datetime | None
    done_at: datetime | None
    last_status: int | None


@dataclass(frozen=True, kw_only=True)
class Due:
    """A delivery that is claimed: to be tried now, for the ``attempt``-th time."""

    id: str
    webhook: str
    url: str
    secret: str
    seq: int
    attempt: int


def deliveries(session: ReadSession, webhook: str, *, before: int | None, limit: int) -> list[DeliveryStanding]:
    """At most ``limit`` deliveries to a webhook of entries below ``before``, the newest first. Raises
    ``UnknownWebhookError``."""
    if session.get(Webhook, webhook) is None:
        raise UnknownWebhookError("webhook: there is none of this id")
    asked = select(Delivery).where(Delivery.webhook_id == webhook).order_by(Delivery.seq.desc()).limit(limit)
    if before is not None:
        asked = asked.where(Delivery.seq < before)
    return [_standing(one) for one in session.scalars(asked)]


def has_work(session: ReadSession, *, at: datetime) -> bool:
    """Whether deliveries are to be made or to be tried: a look that takes no lock."""
    last = head(session)
    behind = select(Webhook.id).where(Webhook.disabled_at.is_(None), Webhook.cursor < (last.seq if last else 0))
    due = select(Delivery.id).where(Delivery.next_at <= at)
    return any(session.scalars(asked.limit(1)).first() is not None for asked in (behind, due))


def make_deliveries(session: WriteSession, *, at: datetime) -> None:
    """Make a delivery of every new entry for every webhook that is to be told of it, a `BEHIND` at a time."""
    last = head(session)
    for webhook in live_webhooks(session):
        upto = min(last.seq if last else 0, webhook.cursor + BEHIND)
        if upto <= webhook.cursor:
            continue
        new = select(LedgerRow.seq).where(LedgerRow.seq > webhook.cursor, LedgerRow.seq <= upto)
        rows = [
            {"id": uuid4().hex, "webhook_id": webhook.id, "seq": seq, "attempts": 0, "next_at": at}
            for seq in session.scalars(new.where(LedgerRow.kind.in_(webhook.kinds.split(","))).order_by(LedgerRow.seq))
        ]
        if rows:
            session.add_rows(INSERT, rows)
        session.change(update(Webhook).where(Webhook.id == webhook.id).values(cursor=upto))


def claim(session: WriteSession, *, at: datetime) -> list[Due]:
    """Take what is due, up to `AT_ONCE` of each webhook, the oldest entries first: for the length of `LEASE` nobody
    else gets it."""
    claimed: list[Due] = []
    for webhook in live_webhooks(session):
        due = select(Delivery).where(Delivery.webhook_id == webhook.id, Delivery.next_at <= at)
        for one in session.scalars(due.order_by(Delivery.seq).limit(AT_ONCE)).all():
            claimed.append(
                Due(
                    id=one.id,
                    webhook=webhook.id,
                    url=webhook.url,
                    secret=secret_of(session, webhook),
                    seq=one.seq,
                    attempt=one.attempts + 1,
                )
            )
    ids = [one.id for one in claimed]
    taken = update(Delivery).where(Delivery.id.in_(ids)).values(next_at=at + LEASE, attempts=Delivery.attempts + 1)
    session.change(taken)
    return claimed


def settle(session: WriteSession, due: Due, *, status: int, at: datetime) -> None:
    """Note how an attempt ended: ``status`` of HTTP, 0 when nobody answered. 200 to 299 is a delivery; after anything
    else the next attempt comes by `BACKOFF`. Of an attempt whose lease ran out nothing is noted, somebody else has it.
    """
    if 200 <= status < 300:
        outcome = {"done_at": at, "next_at": None}
    else:
        outcome = {"next_at": at + BACKOFF[due.attempt - 1] if due.attempt <= len(BACKOFF) else None}
    mine = (Delivery.id == due.id) & (Delivery.attempts == due.attempt) & Delivery.next_at.is_not(None)
    session.change(update(Delivery).where(mine).values(last_status=status, **outcome))


def clear_old(session: WriteSession, *, at: datetime) -> None:
    """Forget deliveries that arrived more than `KEPT` ago, and those given up of entries that are older than that."""
    written = select(LedgerRow.at).where(LedgerRow.seq == Delivery.seq).scalar_subquery()
    given_up = Delivery.done_at.is_(None) & Delivery.next_at.is_(None) & (written < at - KEPT)
    session.change(delete(Delivery).where((Delivery.done_at < at - KEPT) | given_up))


def _standing(one: Delivery) -> DeliveryStanding:
    state: State = "delivered" if one.done_at else "waiting" if one.next_at else "given up"
    return DeliveryStanding(
        id=one.id,
        seq=one.seq,
        state=state,
        attempts=one.attempts,
        next_at=one.next_at,
        done_at=one.done_at,
        last_status=one.last_status,
    )
