"""The kiosk at the entrance."""

from __future__ import annotations

from fastapi import APIRouter

from api.routes.kiosk import checkin, consent

router = APIRouter()
for part in (checkin, consent):
    router.include_router(part.router)
