"""A disk that takes nothing more: the service says so in its one shape, keeps nothing by halves, and recovers."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from api.access.roles import Role
from models.ledger.verify import verify_site
from models.receipts import RECEIPTS_FOLDER
from models.site import Site
from tests.api.service.conftest import Client
from tests.models.somebody import CUSTOMER, stored


def _refused(officer: TestClient, person: str) -> tuple[int, str]:
    told = officer.post(f"/api/v1/people/{person}/erasure", json={"reason": "request"})
    return told.status_code, told.json().get("error", {}).get("code", "")


def test_an_erasure_whose_receipt_cannot_be_written_is_refused_and_can_be_asked_for_again(
    client: Client, office: Site
) -> None:
    person, officer = stored(office, CUSTOMER), client(Role.PRIVACY)
    in_the_way = office.folder / RECEIPTS_FOLDER
    in_the_way.symlink_to(Path("/dev/full"))
    assert _refused(officer, person) == (503, "record_refused")
    assert officer.get(f"/api/v1/people/{person}/record").json()["name"] == "王芳"
    in_the_way.unlink()
    assert _refused(officer, person) == (202, "")
    assert not verify_site(office.folder).faults
