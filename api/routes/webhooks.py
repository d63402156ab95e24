"""Webhooks: whom outside the service tells of entries."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter
from pydantic import AfterValidator, AwareDatetime, Field

from api.access.roles import PREFIX
from api.deps import ActorDep, Listed, Now, PageDep, SiteDep
from api.live.pseudonymous import KINDS
from api.live.send import TIMEOUT_S, message_body, send
from api.schemas import Body, Line, PersonPath, Row
from models.desk import deliveries, webhooks
from models.desk.deliveries import State

router = APIRouter(prefix=PREFIX, tags=["health"])


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"not told to anybody; known are {', '.join(KINDS)}")
    return kind


Kind = Annotated[Line, AfterValidator(_known), Field(json_schema_extra={"enum": list(KINDS)})]


class NewWebhook(Body):
    """A receiver: told of every entry of these ``kinds`` from now on."""

    url: Line = Field(
        max_length=2000,
        description="https://…; http:// only to a loopback or private address",
        examples=["https://crm.example.com/menjian"],
    )
    kinds: tuple[Kind, ...] = Field(strict=False, min_length=1, max_length=len(KINDS), examples=[["report", "deal"]])


class WebhookSecret(Row):
    """A webhook just made; the secret that signs its messages is shown once."""

    id: str
    secret: str


class WebhookRow(Row):
    """A webhook, how many deliveries wait and how many were given up; ``disabled_at``: removed then."""

    id: str
    url: str
    kinds: tuple[str, ...]
    created_at: AwareDatetime
    disabled_at: AwareDatetime | None
    waiting: int
    given_up: int


class DeliveryRow(Row):
    """How far the delivery of entry ``seq`` is; ``last_status`` of HTTP, 0 when nobody answered within ten seconds."""

    id: str
    seq: int
    state: State
    attempts: int
    next_at: AwareDatetime | None
    done_at: AwareDatetime | None
    last_status: int | None


class Tried(Row):
    """What a receiver answered: the ``status`` of HTTP, 0 when nobody answered within ten seconds."""

    status: int = Field(examples=[200])


@router.post("/webhooks", status_code=201)
def add_webhook(body: NewWebhook, actor: ActorDep, site: SiteDep, now: Now) -> WebhookSecret:
    """Have a receiver told of entries; messages are signed as Standard Webhooks has it."""
    with site.write_session() as session:
        webhook, secret = webhooks.add_webhook(session, url=body.url, kinds=body.kinds, at=now, by=actor.id)
    return WebhookSecret(id=webhook, secret=secret)


@router.get("/webhooks")
def list_webhooks(site: SiteDep) -> Listed[WebhookRow]:
    """Every webhook, those removed too."""
    with site.read_session() as session:
        return Listed(items=[WebhookRow(**asdict(one)) for one in webhooks.webhooks(session)])


@router.delete("/webhooks/{webhook}", status_code=204)
def remove_webhook(webhook: PersonPath, actor: ActorDep, site: SiteDep, now: Now) -> None:
    """Tell a receiver nothing more; what waits is given up."""
    with site.write_session() as session:
        webhooks.remove_webhook(session, webhook, at=now, by=actor.id)


@router.get("/webhooks/{webhook}/deliveries")
def list_deliveries(webhook: PersonPath, site: SiteDep, page: PageDep) -> Listed[DeliveryRow]:
    """What was sent to a receiver, what waits and what was given up."""
    with site.read_session() as session:
        found = deliveries.deliveries(session, webhook, before=page.before, limit=page.limit)
    rows = [DeliveryRow(**asdict(one)) for one in found]
    return Listed(items=rows, next=rows[-1].seq if len(rows) == page.limit else None)


@router.post("/webhooks/{webhook}/test")
def try_webhook(webhook: PersonPath, site: SiteDep, now: Now) -> Tried:
    """Send a message of type `test` at once, and say what the receiver answered."""
    with site.read_session() as session:
        url, secret = webhooks.target_of(session, webhook)
    body = message_body(kind="test", seq=0, at=now, data={})
    sent = send(url, secret, body, message=f"test_{uuid4().hex}", now=now, timeout_s=TIMEOUT_S)
    return Tried(status=asyncio.run(sent))
