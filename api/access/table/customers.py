"""Customers, their timelines and decisions."""

from __future__ import annotations

from collections.abc import Mapping

from api.access.roles import DESK, PARTIES, PREFIX, WATCHERS, Allowed, Place, Role

LOOKS = DESK | WATCHERS
OFFICE_AND_PARTIES = LOOKS | PARTIES

TABLE: Mapping[Place, Allowed] = {
    ("POST", f"{PREFIX}/customers"): DESK,
    ("POST", f"{PREFIX}/customers/search"): LOOKS,
    ("GET", f"{PREFIX}/customers"): OFFICE_AND_PARTIES,
    ("GET", PREFIX + "/customers/{person}"): OFFICE_AND_PARTIES,
    ("POST", PREFIX + "/customers/{person}/phones"): DESK,
    ("GET", PREFIX + "/customers/{person}/timeline"): OFFICE_AND_PARTIES,
    ("GET", PREFIX + "/customers/{person}/decision"): OFFICE_AND_PARTIES,
    ("POST", PREFIX + "/customers/{person}/decision"): DESK | {Role.RISK},
    ("GET", PREFIX + "/customers/{person}/decisions"): OFFICE_AND_PARTIES,
    ("GET", PREFIX + "/customers/{person}/explanation"): OFFICE_AND_PARTIES,
    ("POST", f"{PREFIX}/claimants"): frozenset({Role.MANAGER, Role.ADMIN}),
    ("GET", f"{PREFIX}/claimants"): LOOKS | {Role.ADMIN},
}
