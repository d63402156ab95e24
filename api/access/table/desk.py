"""The desk: confirmations, receptions, follow-ups, relations, links, deals."""

from __future__ import annotations

from collections.abc import Mapping

from api.access.roles import Allowed, Place

TABLE: Mapping[Place, Allowed] = {}
