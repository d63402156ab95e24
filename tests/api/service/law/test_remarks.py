"""Reasons that stand in the ledger in the clear, for good, take no telephone number."""

from __future__ import annotations

import pytest

from api.access.roles import Role
from models.ledger.read import count
from models.site import Site
from tests.api.service.conftest import Client


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"/arrivals/main-1/frames/{'0' * 64}", {}),
        (f"/disputes/1/frames/main-1/{'0' * 64}", {}),
        ("/policies/switch", {"policy": "longcheng"}),
    ],
)
@pytest.mark.parametrize("number", ["13800138000", "138 0013 8000", "138***38000"])
def test_a_number_in_a_lasting_reason_is_refused(
    client: Client, office: Site, path: str, body: dict[str, str], number: str
) -> None:
    manager = client(Role.MANAGER)
    with office.read_session() as session:
        before = count(session)
    told = manager.post(f"/api/v1{path}", json={**body, "reason": f"查 {number} 的到访"})
    assert (told.status_code, told.json()["error"]["field"], number in told.text) == (422, "reason", False)
    with office.read_session() as session:
        assert count(session) == before
