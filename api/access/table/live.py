"""What is happening now: events, webhooks, metrics, doors."""

from __future__ import annotations

from collections.abc import Mapping

from api.access.roles import PREFIX, PUBLIC, Allowed, Place, Role

TABLE: Mapping[Place, Allowed] = {
    ("GET", f"{PREFIX}/healthz"): PUBLIC,
    ("GET", f"{PREFIX}/ledger/head"): frozenset({Role.MANAGER, Role.AUDITOR, Role.ADMIN}),
}
