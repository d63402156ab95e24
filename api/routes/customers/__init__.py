"""Customers and claimants, their timelines and decisions."""

from __future__ import annotations

from fastapi import APIRouter

from api.routes.customers import book, claimants, decisions

router = APIRouter()
for part in (book, claimants, decisions):
    router.include_router(part.router)
