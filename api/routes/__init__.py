"""Every route of the service, one module an area; thin: read the request, call the record, answer."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from api.routes import (
    access,
    arrivals,
    customers,
    desk,
    disputes,
    health,
    kiosk,
    live,
    policies,
    privacy,
    reports,
    schema,
    settlements,
    webhooks,
)

ROUTERS: Sequence[APIRouter] = (
    access.router,
    reports.router,
    kiosk.router,
    arrivals.router,
    desk.router,
    customers.router,
    disputes.router,
    settlements.router,
    health.router,
    live.router,
    webhooks.router,
    privacy.router,
    policies.router,
    schema.router,
)
