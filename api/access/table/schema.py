"""The description of the service."""

from __future__ import annotations

from collections.abc import Mapping

from api.access.roles import PREFIX, PUBLIC, Allowed, Place

TABLE: Mapping[Place, Allowed] = {("GET", f"{PREFIX}/openapi.json"): PUBLIC}
