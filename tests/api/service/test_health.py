"""Whether the service is there, and whether what a door sees can be relied on now."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.access.roles import Role
from models.desk.doors import SILENT, Blindness, DoorStanding, put_door_state
from models.ledger.read import head
from models.session import WAITING
from models.site import Site
from tests.api.service.conftest import Client, Clock
from tests.api.service.live import PATIENCE_S, serving, wait_until

DOORS = "/api/v1/doors"
OF_THE_MACHINE = {"clock_unsynchronised", "clock_unknown", "disk_low", "head_unsealed"}
"""What counts against every door, on the machine that runs the tests."""


def test_a_service_that_can_read_its_record_is_well(stranger: TestClient) -> None:
    told = stranger.get("/api/v1/healthz")
    assert (told.status_code, told.json()) == (200, {"status": "ok"})


def test_a_service_that_cannot_read_its_record_says_so_and_names_no_file(stranger: TestClient, office: Site) -> None:
    office.close()
    assert office.database.file is not None
    office.database.file.write_bytes(b"no database at all" * 100)
    told = stranger.get("/api/v1/healthz", headers={"Accept-Language": "en"})
    assert told.status_code == 503
    assert told.json() == {"error": {"code": "record_unreadable", "message": "The record cannot be read now."}}


def says(office: Site, clock: Clock, *, blind: Blindness | None = None, waiting: int = 0) -> None:
    standing = DoorStanding(door="main", at=clock.now, frame_at=clock.now, fps=15, blind=blind, waiting=waiting)
    with office.write_session() as session:
        put_door_state(session, standing)


def doors(asking: TestClient) -> list[dict[str, Any]]:
    told = asking.get(DOORS, headers={"Accept-Language": "en"})
    assert told.status_code == 200, told.text
    items: list[dict[str, Any]] = told.json()["items"]
    return items


def against(door: dict[str, Any]) -> list[str]:
    return [why["code"] for why in door["reasons"] if why["code"] not in OF_THE_MACHINE]


def test_a_site_whose_door_never_ran_says_so(client: Client) -> None:
    [door] = doors(client(Role.RECEPTION))
    assert (door["door"], door["trusted"], against(door)) == (None, False, ["door_unseen"])


@pytest.mark.parametrize(
    ("blind", "waiting", "later", "code"),
    [
        (None, 0, timedelta(0), None),  # it watches
        ("lens covered", 0, timedelta(0), "lens_covered"),
        ("stream cut", 0, timedelta(0), "stream_cut"),
        ("stopped", 0, timedelta(0), "door_stopped"),
        (None, 3, timedelta(0), "entries_waiting"),  # the record refuses
        (None, 0, SILENT + timedelta(seconds=1), "door_silent"),  # it was killed
    ],
)
def test_a_door_says_what_speaks_against_it(
    client: Client,
    office: Site,
    clock: Clock,
    blind: Blindness | None,
    waiting: int,
    later: timedelta,
    code: str | None,
) -> None:
    asking = client(Role.AUDITOR)
    says(office, clock, blind=blind, waiting=waiting)
    clock.now += later
    [door] = doors(asking)
    assert against(door) == ([code] if code else [])
    assert door["trusted"] == (not door["reasons"])
    assert all(why["says"] for why in door["reasons"])


def test_a_kiosk_is_not_told_why(client: Client, office: Site, clock: Clock) -> None:
    says(office, clock, blind="stream cut")
    assert doors(client(Role.KIOSK)) == [{"door": "main", "trusted": False, "reasons": []}]


def test_how_far_the_record_reaches_is_told(client: Client, office: Site) -> None:
    told = client(Role.AUDITOR).get("/api/v1/ledger/head")
    assert told.status_code == 200
    assert (told.json()["sealed"], told.json()["sealed_at"]) == (0, None)
    with office.read_session() as session:
        last = head(session)
    assert last is not None
    assert (told.json()["entries"], told.json()["hash"]) == (last.seq, last.hash.hex())


def test_who_only_looks_is_answered_while_a_crowd_waits_to_write(
    service: FastAPI, client: Client, office: Site
) -> None:
    admin = client(Role.ADMIN)
    headers = {**admin.headers, "Cookie": "; ".join(f"{one.name}={one.value}" for one in admin.cookies.jar)}
    crowd = WAITING + 20  # more than the service has threads
    with serving(service) as address, ThreadPoolExecutor(crowd) as pool:
        asking = httpx2.Client(base_url=f"{address}/api/v1", headers=headers, timeout=PATIENCE_S)
        with office.write_session():
            told = [pool.submit(asking.post, "/devices", json={"name": f"kiosk {n}"}) for n in range(crowd)]
            wait_until(lambda: any(one.done() for one in told))
            looked = [asking.get(path).status_code for path in ("/healthz", "/me")]
        answers = [one.result() for one in told]
    assert looked == [200, 200]
    refused = [one for one in answers if one.status_code != 201]
    assert [one.headers["Retry-After"] for one in refused] == ["1"] * len(refused)
    assert {(one.status_code, one.json()["error"]["code"]) for one in refused} == {(503, "record_refused")}
    assert len(answers) - len(refused) >= WAITING
