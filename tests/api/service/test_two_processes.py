"""Two processes of the service on one PostgreSQL database: one chain, nothing lost, nothing done twice."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

import httpx2 as httpx
import pytest

from api.access.gate import COOKIE, CSRF_HEADER
from api.access.roles import Role
from models import access
from models.ledger.verify import verify_site
from models.people import add_person
from models.settings import SiteSettings
from models.site import Site, create_site, open_site
from tests.api.service.conftest import PASSWORD
from tests.models.postgres import Server, migrated_server

STARTS_S = 120.0
API = "/api/v1"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with migrated_server() as running:
        yield running


@pytest.fixture
def folder(server: Server, tmp_path: Path) -> Iterator[Path]:
    """A site whose record lies in PostgreSQL."""
    with server.database(server.template) as address:
        settings = SiteSettings(database=address, policy="outreach-1031", reports_per_day=1000)
        create_site(tmp_path / "office", settings, at=datetime.now(UTC)).close()
        yield tmp_path / "office"


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A `menjian serve` of its own, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "api.cli", "serve", "--site", str(folder), "--port", str(port)]
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        until = monotonic() + STARTS_S
        while started.poll() is None and monotonic() < until and not is_open(port):
            sleep(0.1)
        yield f"http://127.0.0.1:{port}{API}"
    finally:
        started.terminate()
        assert started.wait(30) == 0  # it stops when it is told to


def is_open(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def signed_in(site: Site, login: str, role: Role, person: str | None = None) -> dict[str, str]:
    now = datetime.now(UTC)
    with site.write_session() as session:
        made = access.add_user(session, login=login, role=role, person=person, at=now, by="test")
    access.change_password(site.database, made.id, old=made.password, new=PASSWORD, at=now, by="test")
    told = access.sign_in(site.database, login=login, password=PASSWORD, code=None, at=now)
    assert isinstance(told, access.SignedIn)
    return {"Cookie": f"{COOKIE}={told.token}", CSRF_HEADER: told.csrf}


def at_once(ask: Callable[[int], httpx.Response], times: int) -> Sequence[httpx.Response]:
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(ask, range(times)))


def test_two_services_write_one_chain_and_do_nothing_twice(folder: Path) -> None:
    with ExitStack() as stack:
        site = stack.enter_context(open_site(folder))
        with site.write_session() as session:
            agent = add_person(session, name="李明", role="agent", distributor="贝壳", at=datetime.now(UTC), by="test")
        reporter, first, second = (
            signed_in(site, "agent", Role.AGENT, agent),
            signed_in(site, "first", Role.MANAGER),
            signed_in(site, "second", Role.MANAGER),
        )
        both = [stack.enter_context(serving(folder)) for _ in range(2)]

        reports = at_once(lambda number: report(both[number % 2], reporter, number, key=None), 40)
        assert {told.status_code for told in reports} == {201}
        assert len({told.json()["report"] for told in reports}) == 40

        repeated = at_once(lambda number: report(both[number % 2], reporter, 99, key="once"), 8)
        assert {told.status_code for told in repeated} == {201}
        assert len({told.json()["report"] for told in repeated}) == 1
        other = report(both[1], reporter, 98, key="once")
        assert (other.status_code, other.json()["error"]["code"]) == (409, "key_reused")

        customer = reports[0].json()["customer"]
        opened = post(both[0], "/disputes", reporter, {"person": customer})
        dispute = opened.json()["entry"]
        settled = {"to": {agent: "1"}, "reason": "画面清楚。"}
        proposed = post(both[0], f"/disputes/{dispute}/proposal", first, settled).json()["entry"]
        check = {"proposal": proposed, "agrees": True}
        told = at_once(lambda number: post(both[number % 2], f"/disputes/{dispute}/confirmation", second, check), 6)
        assert sorted(one.status_code for one in told) == [201, 409, 409, 409, 409, 409], [one.text for one in told]
        listed = [get(one, "/reports?limit=200", reporter).json()["items"] for one in both]
        assert [len(items) for items in listed] == [41, 41]
        assert not verify_site(folder).faults


def report(address: str, headers: dict[str, str], number: int, *, key: str | None) -> httpx.Response:
    body = {"phone": f"139{number:08d}", "name": "王芳", "via": "wechat", "visit_at": "2099-03-03T14:00:00+08:00"}
    return post(address, "/reports", {**headers, **({"Idempotency-Key": key} if key else {})}, body)


def post(address: str, path: str, headers: dict[str, str], body: object) -> httpx.Response:
    return httpx.post(address + path, json=body, headers=headers, timeout=60)


def get(address: str, path: str, headers: dict[str, str]) -> httpx.Response:
    return httpx.get(address + path, headers=headers, timeout=60)
