"""The desk: confirmations, receptions, follow-ups, relations, links, deals."""

from __future__ import annotations

from fastapi import APIRouter

from api.routes.desk import confirmations, deals, matters, papers, receptions, relations, rota, ties

router = APIRouter()
for theme in (confirmations, receptions, rota, relations, papers, ties, deals, matters):
    router.include_router(theme.router)
