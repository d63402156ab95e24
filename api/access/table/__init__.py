"""Who may do what: every route with the roles it is open to. What is not in the table is refused, and a test fails."""

from __future__ import annotations

from collections.abc import Mapping

from api.access.roles import Allowed, Place
from api.access.table import (
    arrivals,
    customers,
    desk,
    disputes,
    kiosk,
    live,
    people,
    policies,
    privacy,
    reports,
    schema,
    settlements,
)

MATRIX: Mapping[Place, Allowed] = {
    **people.TABLE,
    **reports.TABLE,
    **kiosk.TABLE,
    **arrivals.TABLE,
    **desk.TABLE,
    **customers.TABLE,
    **disputes.TABLE,
    **settlements.TABLE,
    **live.TABLE,
    **privacy.TABLE,
    **policies.TABLE,
    **schema.TABLE,
}
"""(method, path) -> roles. Each area's routes stand together, in a module of the area's name."""
