"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass

from api.access.roles import Role


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A signed-in user or device: ``id`` is what the ledger holds as `recorded_by` (`user:…`, `device:…`). ``person``
    is the claimant an agent or consultant is, ``distributor`` whom an agent or liaison belongs to."""

    id: str
    role: Role
    person: str | None = None
    distributor: str | None = None
