"""What people may ask about themselves, and the rules in force."""

from __future__ import annotations

from collections.abc import Mapping

from api.access.roles import Allowed, Place

TABLE: Mapping[Place, Allowed] = {}
