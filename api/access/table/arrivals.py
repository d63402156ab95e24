"""Arrivals, their frames, and whom they are bound to."""

from __future__ import annotations

from collections.abc import Mapping

from api.access.roles import AT_THE_DOOR, DESK, PREFIX, WATCHERS, Allowed, Place, Role

VIEWERS = frozenset({Role.MANAGER, Role.RISK, Role.PRIVACY, Role.AUDITOR})
"""Who may look at frames, saying why: who rules, searches for abuse, answers for the data, or checks the others.
Reception does its work with the blurred pictures."""

ONE = PREFIX + "/arrivals/{arrival}"

TABLE: Mapping[Place, Allowed] = {
    ("GET", f"{PREFIX}/arrivals"): DESK | WATCHERS,
    ("GET", ONE): DESK | WATCHERS,
    ("GET", ONE + "/frames"): VIEWERS,
    ("POST", ONE + "/frames/{sha256}"): VIEWERS,
    ("GET", ONE + "/thumbnail"): AT_THE_DOOR | WATCHERS,
    ("POST", ONE + "/binding"): DESK,
    ("PUT", ONE + "/binding"): DESK,
}
