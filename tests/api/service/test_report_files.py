"""Lists of reports as files: a preview writes nothing, a bad row stops all or is left out, as is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from api.access.roles import Role
from models.ledger.read import count, entries
from models.settings import SiteSettings
from models.site import Site, create_site
from tests.api.service.conftest import Client
from tests.api.service.reporters import REPORTS, VISIT, Party, agent, party
from tests.models.builders import FOUNDED
from tests.models.somebody import Somebody, stored

HEAD = "姓名,电话,到访时间,渠道"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Site]:
    settings = SiteSettings(policy="outreach-1031", reports_per_day=20_000)
    with create_site(tmp_path / "office", settings, at=FOUNDED) as made:
        yield made


@pytest.fixture
def anna(service: FastAPI, office: Site) -> Party:
    return agent(service, office, "anna")


@pytest.fixture
def ben(service: FastAPI, office: Site) -> Party:
    return agent(service, office, "ben", distributor="链家")


def line(phone: str, name: str = "王芳", via: str = "微信") -> str:
    return f"{name},{phone},{VISIT},{via}"


def sent(asking: TestClient, *lines: str, mode: str | None = None, head: str = HEAD) -> Response:
    content = "\n".join([head, *lines]).encode()
    told: Response = asking.post(
        f"{REPORTS}/import", files={"file": ("报备.csv", content)}, data={"mode": mode} if mode else {}
    )
    return told


def length(office: Site) -> int:
    with office.read_session() as session:
        return count(session)


def test_a_preview_tells_what_the_rows_would_be_and_writes_nothing(anna: Party, ben: Party, office: Site) -> None:
    anna.report(phone="13800138000")
    ben.report(phone="13900139000")
    before = length(office)
    told = sent(
        anna.asking,
        line("13800138000"),  # reported by the same agent
        line("13900139000"),  # by another one
        line("13700137000"),
        line("13700137000"),  # twice in the file
        line("138"),
    ).json()
    assert (told["encoding"], told["rows"]) == ("utf-8", 5)
    assert (told["new"], told["duplicate"], told["conflict"]) == (None, 2, None)  # of others' customers nothing
    assert [(fault["row"], fault["column"], fault["code"]) for fault in told["faults"]] == [(6, "电话", "phone_bad")]
    assert "11 位" in told["faults"][0]["message"]
    assert (told["reports"], length(office)) == ([], before)


def test_one_bad_row_in_ten_thousand_stops_all_of_them(anna: Party, office: Site) -> None:
    lines = [line(f"139{number:08}") for number in range(9_999)]
    before = length(office)
    told = sent(anna.asking, *lines, line("13800138000", via="pigeon"), mode="all")
    assert (told.status_code, told.json()["error"]["code"]) == (422, "import_faults")
    assert length(office) == before


def test_the_good_rows_alone_are_taken_when_that_is_asked_for(anna: Party, office: Site) -> None:
    told = sent(anna.asking, line("13800138000"), line("1"), line("13900139000"), mode="valid").json()
    assert ([fault["row"] for fault in told["faults"]], len(told["reports"])) == ([3], 2)
    rows = anna.asking.get(REPORTS).json()["items"]
    assert [(row["report"], row["phone"], row["state"]) for row in rows] == [
        (told["reports"][1], "13900139000", "accepted"),
        (told["reports"][0], "13800138000", "accepted"),
    ]
    with office.read_session() as session:
        assert not any("王芳" in one.payload or "13900139000" in one.payload for one in entries(session))


def test_whoever_reports_for_others_names_them(service: FastAPI, office: Site, client: Client, anna: Party) -> None:
    ben = agent(service, office, "ben", distributor="链家")
    liaison = party(service, office, "liaison", role=Role.LIAISON, distributor="贝壳")
    lines = [f"13800138000,{anna.person}", "13900139000,经纪人anna", f"13700137000,{ben.person}", "13600136000,"]
    told = sent(liaison.asking, *lines, mode="valid", head="电话,经纪人").json()
    assert [(fault["row"], fault["column"], fault["code"]) for fault in told["faults"]] == [
        (4, "经纪人", "by_bad"),
        (5, "经纪人", "claimant_missing"),
    ]
    desk = sent(client(Role.SPECIALIST), *lines[:3], mode="all", head="电话,经纪人").json()
    assert len(desk["reports"]) == 3
    assert sent(anna.asking, lines[2], head="电话,经纪人").json()["faults"][0]["code"] == "by_bad"


def test_two_agents_of_one_name_are_told_apart_by_their_ids(office: Site, client: Client) -> None:
    one, _ = [stored(office, Somebody(name="李明", consents=0)) for _ in range(2)]
    told = sent(client(Role.RECEPTION), f"13800138000,{one}", "13900139000,李明", head="电话,经纪人").json()
    assert [(fault["row"], fault["code"]) for fault in told["faults"]] == [(3, "by_bad")]


class TestCap:
    @pytest.fixture
    def office(self, tmp_path: Path) -> Iterator[Site]:
        settings = SiteSettings(policy="outreach-1031", reports_per_day=3)
        with create_site(tmp_path / "office", settings, at=FOUNDED) as made:
            yield made

    def test_rows_count_as_reports_of_their_day(self, anna: Party) -> None:
        anna.report()
        told = sent(anna.asking, *(line(f"1390013900{number}") for number in range(4)), mode="valid").json()
        assert [(fault["row"], fault["code"]) for fault in told["faults"]] == [(4, "report_cap"), (5, "report_cap")]
        assert anna.report(phone="13700137000").status_code == 429


def test_a_file_that_is_none_is_refused(anna: Party) -> None:
    told = anna.asking.post(f"{REPORTS}/import", files={"file": ("x.xlsx", b"PK\x03\x04 no zip")})
    assert (told.status_code, told.json()["error"]["code"], told.json()["error"]["field"]) == (
        422, "file_unreadable", "file",
    )  # fmt: skip
    assert anna.asking.post(f"{REPORTS}/import", data={"mode": "all"}).status_code in (415, 422)
