"""Customers, their timelines and decisions."""

from __future__ import annotations

from fastapi import APIRouter

from api.access.roles import PREFIX

router = APIRouter(prefix=PREFIX, tags=["customers"])
