"""Disputes, from being opened to being closed, and what their parties are told."""

from __future__ import annotations

from fastapi import APIRouter

from api.routes.disputes import contest, evidence, hearing, ruling

router = APIRouter()
for part in (contest, hearing, evidence, ruling):
    router.include_router(part.router)
