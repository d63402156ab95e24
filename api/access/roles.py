"""Who may do what: every route with the roles it is open to. What is not in the table is refused, and a test fails."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

PREFIX = "/api/v1"


class Role(StrEnum):
    """What somebody is to the service."""

    KIOSK = "kiosk"
    RECEPTION = "reception"
    SPECIALIST = "specialist"
    MANAGER = "manager"
    RISK = "risk"
    PRIVACY = "privacy"
    AUDITOR = "auditor"
    AGENT = "agent"
    LIAISON = "liaison"
    ADMIN = "admin"


SECOND_FACTOR = frozenset({Role.RISK, Role.PRIVACY, Role.ADMIN})
"""Roles that sign in with a one-time code besides their password."""

PUBLIC = None
"""In the table: open to whoever asks, signed in or not."""

PEOPLE = frozenset(Role) - {Role.KIOSK}

_ADMIN = frozenset({Role.ADMIN})

MATRIX: Mapping[tuple[str, str], frozenset[Role] | None] = {
    ("POST", f"{PREFIX}/session"): PUBLIC,
    ("DELETE", f"{PREFIX}/session"): PEOPLE,
    ("GET", f"{PREFIX}/me"): PEOPLE,
    ("POST", f"{PREFIX}/me/password"): PEOPLE,
    ("POST", f"{PREFIX}/me/code"): PEOPLE,
    ("GET", f"{PREFIX}/users"): _ADMIN,
    ("POST", f"{PREFIX}/users"): _ADMIN,
    ("POST", PREFIX + "/users/{user}/password"): _ADMIN,
    ("DELETE", PREFIX + "/users/{user}"): _ADMIN,
    ("GET", f"{PREFIX}/devices"): _ADMIN,
    ("POST", f"{PREFIX}/devices"): _ADMIN,
    ("DELETE", PREFIX + "/devices/{device}"): _ADMIN,
    ("GET", f"{PREFIX}/healthz"): PUBLIC,
    ("GET", f"{PREFIX}/ledger/head"): frozenset({Role.MANAGER, Role.AUDITOR, Role.ADMIN}),
}
"""(method, path) -> roles. Each area's routes stand together."""
