"""What is happening now: events, webhooks, metrics, doors."""

from __future__ import annotations

from collections.abc import Mapping

from api.access.roles import ADMIN, DESK, PARTIES, PREFIX, PUBLIC, WATCHERS, Allowed, Place, Role

TABLE: Mapping[Place, Allowed] = {
    ("GET", f"{PREFIX}/healthz"): PUBLIC,
    ("GET", f"{PREFIX}/ledger/head"): frozenset({Role.MANAGER, Role.AUDITOR, Role.ADMIN}),
    ("GET", f"{PREFIX}/doors"): DESK | WATCHERS | ADMIN | {Role.KIOSK},
    ("GET", f"{PREFIX}/metrics"): frozenset({Role.KIOSK, Role.AUDITOR, Role.ADMIN}),
    ("GET", f"{PREFIX}/events"): DESK | WATCHERS | ADMIN | PARTIES | {Role.KIOSK},
    ("GET", f"{PREFIX}/webhooks"): ADMIN,
    ("POST", f"{PREFIX}/webhooks"): ADMIN,
    ("DELETE", PREFIX + "/webhooks/{webhook}"): ADMIN,
    ("GET", PREFIX + "/webhooks/{webhook}/deliveries"): ADMIN,
    ("POST", PREFIX + "/webhooks/{webhook}/test"): ADMIN,
}
