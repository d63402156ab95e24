"""Webhooks: whom outside the service tells of entries. Their deliveries: `models.desk.deliveries`."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Literal
from urllib.parse import SplitResult, urlsplit
from uuid import uuid4

from sqlalchemy import func, select, update

from models.base import ModelsError
from models.desk.records import Delivery, Webhook
from models.ledger.append import append
from models.ledger.kinds import AccessChanged
from models.session import ReadSession, WriteSession

SECRET_PREFIX = "whsec_"
SECRET_BYTES = 32
MOST = 20
"""Webhooks of a site: one worker serves them all."""


class WebhookError(ModelsError):
    """A webhook that cannot be made as asked."""


class UnknownWebhookError(WebhookError):
    """There is no webhook of this id."""


@dataclass(frozen=True, kw_only=True)
class WebhookStanding:
    """A webhook as it is shown: told of entries of ``kinds`` until ``disabled_at``; ``waiting`` and ``given_up`` count
    its deliveries."""

    id: str
    url: str
    kinds: tuple[str, ...]
    created_at: datetime
    disabled_at: datetime | None
    waiting: int
    given_up: int


def add_webhook(session: WriteSession, *, url: str, kinds: Sequence[str], at: datetime, by: str) -> tuple[str, str]:
    """Have a webhook told of every entry of ``kinds`` from now on; its id, and the secret that is shown once. Raises
    ``WebhookError`` for an address that may not be told (see `checked_url`), or when there are `MOST` already."""
    url = checked_url(url)
    if len(live_webhooks(session)) >= MOST:
        raise WebhookError(f"url: there are {MOST} webhooks already; remove one first")
    webhook, secret = uuid4().hex, SECRET_PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    [written] = append(session, [_changed("webhook added", webhook, at)], at=at, by=by)[-1:]
    session.add(
        Webhook(
            id=webhook,
            url=url,
            kinds=",".join(dict.fromkeys(kinds)),
            secret_sealed=session.vault.seal(secret.encode(), _about(webhook)),
            cursor=written.seq,
            created_at=at,
        )
    )
    return webhook, secret


def checked_url(url: str) -> str:
    """An address that entries may be sent to: https, or http within this house (a loopback or private address), without
    user and password. Raises ``WebhookError``.

    >>> checked_url("https://crm.example.com/menjian"), checked_url("http://192.168.1.20:8000/in")
    ('https://crm.example.com/menjian', 'http://192.168.1.20:8000/in')
    >>> checked_url("http://crm.example.com/menjian")
    Traceback (most recent call last):
    models.desk.webhooks.WebhookError: url: give https://…; http:// only to a loopback or private address
    """
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
        host = (parts.hostname or "").encode("ascii").decode()
    except ValueError:  # a broken IPv6 address, a port out of range, letters that no name server knows
        raise WebhookError("url: not an address; give https://host/path") from None
    if not host or not has_port or not url.isascii() or any(mark <= " " or mark in "\\\x7f" for mark in url):
        raise WebhookError("url: not an address; give https://host/path")
    if parts.username is not None or parts.password is not None:
        raise WebhookError("url: leave user and password out of it; the signature says who sends")
    if parts.fragment:
        raise WebhookError("url: leave out what follows #; it is never sent")
    if not _may_be_told(parts, host):
        raise WebhookError("url: give https://…; http:// only to a loopback or private address")
    return url


def webhooks(session: ReadSession) -> list[WebhookStanding]:
    """Every webhook, the oldest first; those removed too, as their deliveries stay readable."""
    counted = select(Delivery.webhook_id, Delivery.next_at.is_not(None).label("waits"), func.count().label("number"))
    counted = counted.where(Delivery.done_at.is_(None)).group_by(Delivery.webhook_id, Delivery.next_at.is_not(None))
    numbers = {(row.webhook_id, bool(row.waits)): int(row.number) for row in session.rows(counted)}
    return [
        WebhookStanding(
            id=one.id,
            url=one.url,
            kinds=tuple(one.kinds.split(",")),
            created_at=one.created_at,
            disabled_at=one.disabled_at,
            waiting=numbers.get((one.id, True), 0),
            given_up=numbers.get((one.id, False), 0),
        )
        for one in session.scalars(select(Webhook).order_by(Webhook.created_at, Webhook.id))
    ]


def remove_webhook(session: WriteSession, webhook: str, *, at: datetime, by: str) -> None:
    """Tell a webhook nothing more; what waits is given up and its secret is gone. Raises ``UnknownWebhookError``."""
    live = (Webhook.id == webhook) & Webhook.disabled_at.is_(None)
    if not session.change(update(Webhook).where(live).values(disabled_at=at, secret_sealed=b"")):
        raise UnknownWebhookError("webhook: there is none of this id")
    session.change(update(Delivery).where(Delivery.webhook_id == webhook).values(next_at=None))
    append(session, [_changed("webhook removed", webhook, at)], at=at, by=by)


def target_of(session: ReadSession, webhook: str) -> tuple[str, str]:
    """Address and secret of a webhook. Raises ``UnknownWebhookError``, also for one that was removed."""
    found = session.get(Webhook, webhook)
    if found is None or found.disabled_at is not None:
        raise UnknownWebhookError("webhook: there is none of this id")
    return found.url, secret_of(session, found)


def live_webhooks(session: ReadSession) -> Sequence[Webhook]:
    """Those that are to be told, the oldest first."""
    live = select(Webhook).where(Webhook.disabled_at.is_(None))
    return session.scalars(live.order_by(Webhook.created_at, Webhook.id)).all()


def secret_of(session: ReadSession, webhook: Webhook) -> str:
    """The secret its messages are signed with."""
    return session.vault.open(webhook.secret_sealed, _about(webhook.id)).decode()


def backlog(session: ReadSession) -> tuple[int, int]:
    """How many deliveries wait, and how many were given up, of the webhooks that are to be told."""
    live = [one for one in webhooks(session) if one.disabled_at is None]
    return sum(one.waiting for one in live), sum(one.given_up for one in live)


def _may_be_told(parts: SplitResult, host: str) -> bool:
    if parts.scheme != "http":
        return parts.scheme == "https"
    try:
        address = ip_address(host)
    except ValueError:  # a name: who answers to it is for others to say, but for this machine's own
        return host == "localhost"
    address = getattr(address, "ipv4_mapped", None) or address  # ::ffff:169.254.169.254 is what stands in it
    # link-local: where clouds keep their keys
    return (address.is_private or address.is_loopback) and not (address.is_unspecified or address.is_link_local)


def _changed(what: Literal["webhook added", "webhook removed"], webhook: str, at: datetime) -> AccessChanged:
    return AccessChanged(at=at, what=what, subject=webhook, role="webhook")


def _about(webhook: str) -> str:
    return f"secret of webhook {webhook}"
