"""Every route of the service, one module an area; thin: read the request, call the record, answer."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from api.routes import access, health

ROUTERS: Sequence[APIRouter] = (access.router, health.router)
