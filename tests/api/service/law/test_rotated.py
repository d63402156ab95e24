"""The service goes on when somebody rotates the site's signing key under it."""

from __future__ import annotations

from starlette.testclient import TestClient

from api.access.roles import Role
from models.ledger.rotate import rotate_key
from models.ledger.verify import verify_site
from models.site import Site, open_site
from tests.api.service.conftest import Client, Clock

CUSTOMERS = "/api/v1/customers"


def _added(desk: TestClient) -> int:
    return desk.post(CUSTOMERS, json={"name": "王芳"}).status_code


def test_the_next_write_is_signed_with_the_new_key(client: Client, office: Site, clock: Clock) -> None:
    desk = client(Role.RECEPTION)
    assert _added(desk) == 201
    with open_site(office.folder) as another:
        rotate_key(another, reason="yearly change", at=clock.now, by="test")
    assert [_added(desk), _added(desk)] == [201, 201]
    office.signing_path.rename(office.folder / "aside")  # a key that is gone stops nothing that runs
    assert _added(desk) == 201
    assert not verify_site(office.folder).faults
