"""The desk: confirmations, receptions, follow-ups, relations, links, deals."""

from __future__ import annotations

from collections.abc import Mapping

from api.access.roles import DESK, MANAGER, PREFIX, Allowed, Place, Role

TABLE: Mapping[Place, Allowed] = {
    ("POST", f"{PREFIX}/confirmations"): DESK,
    ("POST", f"{PREFIX}/confirmations/check"): DESK,
    ("GET", PREFIX + "/confirmations/{entry}.pdf"): DESK,
    ("POST", f"{PREFIX}/receptions"): DESK,
    ("POST", PREFIX + "/receptions/{entry}/end"): DESK,
    ("POST", f"{PREFIX}/recognitions"): DESK,
    ("POST", f"{PREFIX}/follow-ups"): DESK | {Role.AGENT},
    ("POST", f"{PREFIX}/interactions"): DESK,
    ("POST", f"{PREFIX}/rota"): MANAGER,
    ("GET", f"{PREFIX}/rota"): DESK,
    ("GET", f"{PREFIX}/rota/next"): DESK,
    ("GET", f"{PREFIX}/receiver"): DESK,
    ("POST", f"{PREFIX}/referrals"): DESK,
    ("POST", f"{PREFIX}/relations"): DESK,
    ("POST", PREFIX + "/relations/{entry}/papers"): DESK,
    ("GET", PREFIX + "/relations/{entry}/papers"): DESK | {Role.RISK},
    ("POST", PREFIX + "/papers/{paper}/view"): DESK | {Role.RISK},
    ("POST", f"{PREFIX}/links"): DESK,
    ("POST", f"{PREFIX}/merges"): DESK,
    ("POST", PREFIX + "/ties/{entry}/undo"): DESK,
    ("POST", f"{PREFIX}/deals"): DESK,
    ("POST", f"{PREFIX}/hand-overs"): MANAGER,
    ("POST", f"{PREFIX}/agreements"): DESK,
    ("POST", f"{PREFIX}/activities"): DESK,
    ("POST", f"{PREFIX}/departures"): MANAGER,
    ("POST", f"{PREFIX}/complaints"): MANAGER,
    ("POST", f"{PREFIX}/retractions"): MANAGER,
}
