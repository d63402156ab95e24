"""报备 reports."""

from __future__ import annotations

from collections.abc import Mapping

from api.access.roles import DESK, PARTIES, PREFIX, WATCHERS, Allowed, Place, Role

FILING = DESK | PARTIES
READING = FILING | WATCHERS

TABLE: Mapping[Place, Allowed] = {
    ("POST", f"{PREFIX}/reports"): FILING,
    ("GET", f"{PREFIX}/reports"): READING,
    ("POST", f"{PREFIX}/reports/import"): FILING,
    ("GET", PREFIX + "/reports/{seq}"): READING,
    ("POST", PREFIX + "/reports/{seq}/withdrawal"): FILING,
    ("GET", PREFIX + "/reports/{seq}/qr.svg"): FILING,
    ("GET", f"{PREFIX}/me/qr.svg"): frozenset({Role.AGENT}),
}
