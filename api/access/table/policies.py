"""The rules that decide. Whoever is decided about may read them."""

from __future__ import annotations

from collections.abc import Mapping

from api.access.roles import MANAGER, PEOPLE, PREFIX, WATCHERS, Allowed, Place

TABLE: Mapping[Place, Allowed] = {
    ("GET", f"{PREFIX}/policies"): PEOPLE,
    ("GET", f"{PREFIX}/policies/switches"): MANAGER | WATCHERS,
    ("POST", f"{PREFIX}/policies/switch"): MANAGER,
    ("GET", PREFIX + "/policies/{name}"): PEOPLE,
    ("GET", PREFIX + "/policies/{name}/diff"): PEOPLE,
}
