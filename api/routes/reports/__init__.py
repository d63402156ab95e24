"""报备 reports: filing, withdrawing, listing, tickets, import."""

from __future__ import annotations

from fastapi import APIRouter

from api.routes.reports import filing, imports, lists, tickets

router = APIRouter()
for part in (imports, filing, lists, tickets):
    router.include_router(part.router)
