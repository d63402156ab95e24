"""A request sent twice is done once; a day has room for so many reports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from api.access.roles import Role
from models.ledger.read import entries_of_kind
from models.settings import SiteSettings
from models.site import Site, create_site
from tests.api.service.conftest import Client, Clock
from tests.api.service.reporters import REPORTS, Party, agent, code
from tests.models.builders import FOUNDED


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Site]:
    settings = SiteSettings(policy="outreach-1031", reports_per_day=2)
    with create_site(tmp_path / "office", settings, at=FOUNDED) as made:
        yield made


@pytest.fixture
def anna(service: FastAPI, office: Site) -> Party:
    return agent(service, office, "anna")


@pytest.fixture
def ben(service: FastAPI, office: Site) -> Party:
    return agent(service, office, "ben", distributor="链家")


def test_the_same_request_is_done_once(anna: Party, office: Site) -> None:
    first, again = anna.report("a-1"), anna.report("a-1")
    assert (again.status_code, again.text) == (first.status_code, first.text)
    assert ("Idempotent-Replay" in first.headers, again.headers["Idempotent-Replay"]) == (False, "true")
    with office.read_session() as session:
        assert len(list(entries_of_kind(session, "report"))) == 1


def test_a_key_stands_for_one_request_of_one_actor(anna: Party, ben: Party) -> None:
    first = anna.report("a-1").json()
    assert code(anna.report("a-1", phone="13900139000")) == (409, "key_reused")
    assert ben.report("a-1").json()["report"] != first["report"]


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "钥匙".encode().decode("latin-1")])
def test_a_key_that_is_none_is_refused(anna: Party, key: str) -> None:
    told = anna.asking.post(REPORTS, json={"phone": "13800138000"}, headers={b"Idempotency-Key": key.encode("latin-1")})
    assert code(told) == (422, "invalid")


def test_a_key_is_forgotten_after_two_days(anna: Party, clock: Clock) -> None:
    first = anna.report("a-1").json()["report"]
    clock.pass_(days=3)
    anna.sign_in()
    assert anna.report("b-1", phone="13900139000").status_code == 201
    assert anna.report("a-1").json()["report"] != first


def test_a_day_has_room_for_so_many_reports_of_one_reporter(
    anna: Party, ben: Party, client: Client, clock: Clock
) -> None:
    assert [anna.report(phone=f"1390013900{number}").status_code for number in range(3)] == [201, 201, 429]
    assert code(anna.report()) == (429, "report_cap")
    assert "2" in anna.report().json()["error"]["message"]
    assert code(client(Role.RECEPTION).post(REPORTS, json={"phone": "13800138000", "by": anna.person})) == (
        429, "report_cap",
    )  # fmt: skip
    assert ben.report().status_code == 201
    clock.now = FOUNDED.replace(hour=16)  # midnight in the office
    anna.sign_in()
    assert anna.report().status_code == 201
