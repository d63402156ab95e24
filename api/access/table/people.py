"""Accounts, sessions, devices."""

from __future__ import annotations

from collections.abc import Mapping

from api.access.roles import ADMIN, PEOPLE, PREFIX, PUBLIC, Allowed, Place

TABLE: Mapping[Place, Allowed] = {
    ("POST", f"{PREFIX}/session"): PUBLIC,
    ("DELETE", f"{PREFIX}/session"): PEOPLE,
    ("GET", f"{PREFIX}/me"): PEOPLE,
    ("DELETE", f"{PREFIX}/me/sessions"): PEOPLE,
    ("POST", f"{PREFIX}/me/password"): PEOPLE,
    ("POST", f"{PREFIX}/me/code/offer"): PEOPLE,
    ("POST", f"{PREFIX}/me/code"): PEOPLE,
    ("GET", f"{PREFIX}/users"): ADMIN,
    ("POST", f"{PREFIX}/users"): ADMIN,
    ("POST", PREFIX + "/users/{user}/password"): ADMIN,
    ("DELETE", PREFIX + "/users/{user}"): ADMIN,
    ("GET", f"{PREFIX}/devices"): ADMIN,
    ("POST", f"{PREFIX}/devices"): ADMIN,
    ("DELETE", PREFIX + "/devices/{device}"): ADMIN,
}
