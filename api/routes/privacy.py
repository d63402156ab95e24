"""What people may ask about themselves, and the rules in force."""

from __future__ import annotations

from fastapi import APIRouter

from api.access.roles import PREFIX

router = APIRouter(prefix=PREFIX, tags=["privacy"])
