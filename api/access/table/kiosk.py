"""The kiosk at the entrance; the desk can do for a visitor whatever the kiosk can."""

from __future__ import annotations

from collections.abc import Mapping

from api.access.roles import AT_THE_DOOR, PREFIX, Allowed, Place

TABLE: Mapping[Place, Allowed] = {
    ("GET", f"{PREFIX}/kiosk/notice"): AT_THE_DOOR,
    ("GET", f"{PREFIX}/kiosk/arrivals"): AT_THE_DOOR,
    ("POST", f"{PREFIX}/kiosk/check-in"): AT_THE_DOOR,
    ("POST", f"{PREFIX}/kiosk/consent"): AT_THE_DOOR,
    ("POST", f"{PREFIX}/kiosk/refusal"): AT_THE_DOOR,
    ("POST", f"{PREFIX}/kiosk/withdrawal"): AT_THE_DOOR,
}
