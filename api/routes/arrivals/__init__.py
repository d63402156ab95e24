"""Arrivals, their frames, and whom they are bound to."""

from __future__ import annotations

from fastapi import APIRouter

from api.routes.arrivals import board, frames

router = APIRouter()
for part in (board, frames):
    router.include_router(part.router)
