"""Disputes, from being opened to being closed."""

from __future__ import annotations

from collections.abc import Mapping

from api.access.roles import DESK, MANAGER, PARTIES, PREFIX, WATCHERS, Allowed, Place, Role

SEES_FRAMES = frozenset({Role.MANAGER, Role.RISK, Role.AUDITOR}) | PARTIES

TABLE: Mapping[Place, Allowed] = {
    ("POST", f"{PREFIX}/disputes"): DESK | PARTIES,
    ("GET", f"{PREFIX}/disputes"): DESK | WATCHERS | PARTIES,
    ("GET", PREFIX + "/disputes/{dispute}"): DESK | WATCHERS | PARTIES,
    ("POST", PREFIX + "/disputes/{dispute}/statements"): PARTIES,
    ("POST", PREFIX + "/disputes/{dispute}/frames/{arrival}/{sha256}"): SEES_FRAMES,
    ("POST", PREFIX + "/disputes/{dispute}/bundle"): SEES_FRAMES,
    ("POST", PREFIX + "/disputes/{dispute}/proposal"): MANAGER,
    ("POST", PREFIX + "/disputes/{dispute}/confirmation"): MANAGER | {Role.RISK},
    ("GET", f"{PREFIX}/me/notices"): PARTIES,
}
