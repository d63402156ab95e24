"""What is uploaded never lies unsealed on a disk, not even for a moment."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from api.access.roles import Role
from models.site import Site
from tests.api.service.conftest import Client
from tests.models.somebody import Somebody, stored


def test_a_long_list_of_customers_is_read_in_memory(
    client: Client, office: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(office, Somebody(name="李明", consents=0))
    desk = client(Role.MANAGER)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))  # whoever writes there fails
    rows = "姓名,电话,经纪人,备注\n" + f"王芳,13800138000,李明,{'字' * 1000}\n" * 1000
    told = desk.post("/api/v1/reports/import", files={"file": ("a.csv", rows.encode())}, data={"mode": "preview"})
    assert (len(rows.encode()) > 2_000_000, told.status_code, told.json()["rows"]) == (True, 200, 1000)
