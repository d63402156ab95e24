"""结佣 settlements."""

from __future__ import annotations

from collections.abc import Mapping

from api.access.roles import MANAGER, PREFIX, WATCHERS, Allowed, Place, Role

READ = MANAGER | WATCHERS | {Role.LIAISON}

TABLE: Mapping[Place, Allowed] = {
    ("GET", f"{PREFIX}/settlements"): READ,
    ("POST", f"{PREFIX}/settlements/close"): MANAGER,
    ("GET", PREFIX + "/settlements/preview.{form}"): READ,
    ("GET", PREFIX + "/settlements/{entry}.{form}"): READ,
    ("GET", PREFIX + "/settlements/{entry}"): READ,
}
