"""What people may ask about themselves, and what is held of how many."""

from __future__ import annotations

from collections.abc import Mapping

from api.access.roles import DESK, MANAGER, PREFIX, Allowed, Place, Role

PRIVACY = frozenset({Role.PRIVACY})
COUNTS = PRIVACY | MANAGER | {Role.AUDITOR}

TABLE: Mapping[Place, Allowed] = {
    ("GET", PREFIX + "/people/{person}/record"): PRIVACY,
    ("GET", PREFIX + "/people/{person}/record.pdf"): PRIVACY,
    ("POST", PREFIX + "/people/{person}/erasure"): PRIVACY,
    ("GET", PREFIX + "/erasures/{entry}"): PRIVACY | {Role.AUDITOR},
    ("POST", PREFIX + "/people/{person}/withdrawal"): PRIVACY | DESK,
    ("POST", PREFIX + "/people/{person}/correction"): PRIVACY,
    ("GET", f"{PREFIX}/consents"): COUNTS,
    ("GET", f"{PREFIX}/processing-log"): PRIVACY | {Role.AUDITOR},
}
