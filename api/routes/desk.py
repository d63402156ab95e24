"""The desk: confirmations, receptions, follow-ups, relations, links, deals."""

from __future__ import annotations

from fastapi import APIRouter

from api.access.roles import PREFIX

router = APIRouter(prefix=PREFIX, tags=["desk"])
