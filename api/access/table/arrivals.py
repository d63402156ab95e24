"""Arrivals, their frames, and whom they are bound to."""

from __future__ import annotations

from collections.abc import Mapping

from api.access.roles import AT_THE_DOOR, DESK, PREFIX, Allowed, Place, Role

VIEWERS = frozenset({Role.MANAGER, Role.RISK, Role.PRIVACY, Role.AUDITOR})
"""Who may look at frames, saying why: who rules, searches for abuse, answers for the data, or checks the others.
Reception does its work with the blurred pictures."""

ONE = PREFIX + "/arrivals/{arrival}"

TABLE: Mapping[Place, Allowed] = {
    ("GET", f"{PREFIX}/arrivals"): DESK | VIEWERS,
    ("GET", ONE): DESK | VIEWERS,
    ("GET", ONE + "/frames"): VIEWERS,
    ("POST", ONE + "/frames/{sha256}"): VIEWERS,
    ("GET", ONE + "/thumbnail"): AT_THE_DOOR | VIEWERS,
    ("POST", ONE + "/binding"): DESK,
    ("PUT", ONE + "/binding"): DESK,
}
