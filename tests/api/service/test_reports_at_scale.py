"""Reports among 100,000 live ones. Prints what the answers took; nothing is asserted of time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import pytest
from fastapi import FastAPI
from httpx2 import Response

from models.desk.reports import NewReport, file_reports
from models.settings import SiteSettings
from models.site import Site, create_site
from tests.api.service.conftest import Clock
from tests.api.service.reporters import REPORTS, agent
from tests.models.builders import FOUNDED
from tests.models.somebody import DESK, Somebody, stored

LIVE, AT_ONCE, AGENTS = 100_000, 10_000, 100


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Site]:
    with create_site(tmp_path / "office", SiteSettings(policy="outreach-1031"), at=FOUNDED) as made:
        yield made


def phone(number: int) -> str:
    return f"139{number:08}"


def seeded(office: Site) -> None:
    agents = [stored(office, Somebody(name=f"经纪人{number}", consents=0)) for number in range(AGENTS)]
    for start in range(0, LIVE, AT_ONCE):
        reports = [
            NewReport(
                at=FOUNDED,
                by=agents[number % AGENTS],
                phone=phone(number),
                name=f"客户{number}",
                visit_at=FOUNDED + timedelta(days=2),
                via="wechat",
            )
            for number in range(start, start + AT_ONCE)
        ]
        with office.write_session() as session:
            file_reports(session, reports, at=FOUNDED, by=DESK)


def slowest_ms(asked: Callable[[int], Response], times: int) -> float:
    took = []
    for number in range(times):
        start = perf_counter()
        told = asked(number)
        took.append(1000 * (perf_counter() - start))
        assert told.is_success, told.text
    return max(took)


@pytest.mark.slow
def test_a_report_is_answered_among_a_hundred_thousand(
    service: FastAPI, office: Site, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    start = perf_counter()
    seeded(office)
    seeding_s = perf_counter() - start
    clock.pass_(minutes=30)
    anna = agent(service, office, "anna")
    told = {
        "new": slowest_ms(lambda number: anna.report(phone=f"137{number:08}"), 50),
        "known": slowest_ms(lambda number: anna.report(phone=phone(number * 1999), name=None), 50),
        "masked": slowest_ms(lambda number: anna.report(phone=f"139***{number:05}"), 50),
        "list of 150": slowest_ms(lambda _: anna.asking.get(REPORTS, params={"limit": 200}), 3),
    }
    rows = anna.asking.get(REPORTS, params={"limit": 200}).json()["items"]
    assert [sum(row["conflict"] for row in rows), len(rows)] == [50, 150]
    with capsys.disabled():
        sys.stdout.write(f"\n{LIVE} live reports, put on record in {seeding_s:.0f} s; slowest answer, ms: {told}\n")
