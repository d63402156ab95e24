"""Figures for Prometheus: right, and without anybody's id."""

from __future__ import annotations

from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from api.access.roles import Role
from api.app import create_app
from models.desk.doors import DoorStanding, put_door_state
from models.ledger.checkpoint import make_checkpoint
from models.ledger.read import entries
from models.site import Site
from tests.api.service.conftest import Client, Clock
from tests.models.builders import FOUNDED
from tests.models.somebody import CUSTOMER, stored

Labels = tuple[tuple[str, str], ...]


def figures(asking: TestClient) -> dict[tuple[str, Labels], float]:
    told = asking.get("/api/v1/metrics")
    assert told.status_code == 200, told.text
    assert told.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(told.text)
        for sample in family.samples
    }


@pytest.mark.parametrize("role", [Role.KIOSK, Role.AUDITOR, Role.ADMIN])
def test_who_watches_the_service_reads_its_figures(client: Client, role: Role) -> None:
    assert ("menjian_ledger_head", ()) in figures(client(role))


def test_requests_are_counted_by_the_template_of_their_route(client: Client, office: Site) -> None:
    customer = stored(office, CUSTOMER)
    asking = client(Role.ADMIN)
    for path in (f"/api/v1/webhooks/{customer}/deliveries", f"/nowhere/{customer}", "/api/v1/healthz"):
        asking.get(path)
    asking.request("PROPFIND", f"/api/v1/{customer}")
    told = figures(asking)
    route = "/api/v1/webhooks/{webhook}/deliveries"
    assert told["menjian_requests_total", (("method", "GET"), ("route", route), ("status", "404"))] == 1
    assert told["menjian_requests_total", (("method", "GET"), ("route", "other"), ("status", "404"))] == 1
    assert told["menjian_requests_total", (("method", "other"), ("route", "other"), ("status", "404"))] == 1
    assert told["menjian_request_seconds_count", (("route", "/api/v1/healthz"),)] == 1
    assert customer not in str(told)


def test_the_state_of_the_record_is_told(client: Client, office: Site, clock: Clock) -> None:
    asking = client(Role.AUDITOR)
    assert ("menjian_checkpoint_age_seconds", ()) not in figures(asking)  # there is none yet
    with office.write_session() as session:
        standing = DoorStanding(door="main", at=clock.now, frame_at=clock.now, fps=15, blind=None, waiting=0)
        put_door_state(session, standing)
        hashes = [one.hash for one in entries(session)]
        sealed = make_checkpoint(None, hashes, at=clock.now, signer=session.signer)
    office.checkpoints.add(sealed)
    clock.now += timedelta(seconds=90)
    told = figures(asking)
    assert told["menjian_ledger_head", ()] == len(hashes)
    assert told["menjian_checkpoint_age_seconds", ()] == 90
    assert told["menjian_door_age_seconds", (("door", "main"),)] == 90
    names = ("webhook_waiting", "webhook_given_up", "webhook_worker_up", "event_listeners", "evidence_megabytes")
    assert [told[f"menjian_{name}", ()] for name in names] == [0, 0, 0, 0, 0]


def test_two_services_of_one_program_count_apart(client: Client, office: Site) -> None:
    figures(client(Role.ADMIN))
    other = create_app(office, clock=lambda: FOUNDED)
    assert next(iter(other.state.live.metrics.requests.collect())).samples == []
