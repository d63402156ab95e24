"""The description of the service for programs."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from api.access.roles import PREFIX
from api.openapi import description

router = APIRouter(prefix=PREFIX, tags=["schema"])


@router.get("/openapi.json")
def openapi(request: Request) -> dict[str, Any]:
    """This description: OpenAPI 3.1."""
    return description(request.app)
