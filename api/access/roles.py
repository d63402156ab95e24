"""Roles, and the groups of them the table of access speaks of."""

from __future__ import annotations

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

Allowed = frozenset[Role] | None
Place = tuple[str, str]
"""Method and path."""

EVERYBODY = frozenset(Role)
PEOPLE = EVERYBODY - {Role.KIOSK}
ADMIN = frozenset({Role.ADMIN})
MANAGER = frozenset({Role.MANAGER})
DESK = frozenset({Role.RECEPTION, Role.SPECIALIST, Role.MANAGER})
"""Who works at the desk."""

AT_THE_DOOR = DESK | {Role.KIOSK}
PARTIES = frozenset({Role.AGENT, Role.LIAISON})
"""Who sees only their own rows; see `api.access.rows`."""

WATCHERS = frozenset({Role.RISK, Role.AUDITOR})
"""Who sees every customer and changes none."""
