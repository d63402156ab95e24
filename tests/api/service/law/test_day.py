"""What lies in the site's folder after a day of every kind of act, and after an erasure."""

from __future__ import annotations

from datetime import datetime

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from models.access.records import User
from models.ledger.verify import verify_site
from models.site import Site
from tests.api.service.conftest import Clock
from tests.api.service.law.day import (
    AGENT,
    API,
    GUARDIAN,
    MERGED,
    NAME,
    PHONE,
    PROPOSAL,
    RETRACTED,
    SECOND,
    STATEMENT,
    WITHDRAWN,
    Day,
    spellings,
)  # fmt: skip
from tests.models.kept import files_with


@pytest.fixture
def day(service: FastAPI, office: Site, clock: Clock) -> Day:
    return Day(service=service, office=office, clock=clock).live()


def erased(day: Day, person: str) -> int:
    """Erase somebody; the number of the entry."""
    told = day.post(day.officer, f"/people/{person}/erasure", {"reason": "request"}).json()
    done = day.officer.get(f"{API}/erasures/{told['entry']}").json()
    assert (done["found"], done["finished_at"] is not None) == ([], True)
    return int(told["entry"])


def test_nothing_personal_stands_in_the_clear_anywhere(day: Day) -> None:
    whole = {path: path.read_bytes() for path in day.office.folder.rglob("*") if path.is_file()}
    assert [(path.name, one) for path, content in whole.items() for one in spellings() if one in content] == []


def test_an_erasure_leaves_nothing_behind_and_the_ledger_whole(day: Day) -> None:
    erased(day, day.customer)
    assert files_with(day.office.folder, list(spellings())) == []
    assert not verify_site(day.office.folder).faults


def test_nobody_reads_a_word_of_somebody_erased(day: Day) -> None:
    erased(day, day.customer)
    erased(day, day.double)
    for who, path in [
        (day.agent, f"/reports/{day.ids['report']}"),
        (day.agent, "/reports"),
        (day.manager, f"/customers/{day.customer}"),
        (day.manager, f"/customers/{day.customer}/timeline"),
        (day.manager, f"/customers/{day.customer}/explanation"),
        (day.manager, f"/disputes/{day.ids['dispute']}"),
        (day.agent, f"/disputes/{day.ids['dispute']}"),
        (day.manager, "/arrivals/main-1"),
        (day.manager, "/settlements?month=2026-03"),
        (day.manager, "/customers"),
    ]:
        told = who.get(API + path)
        assert told.status_code == 200, path
        assert [word for word in (NAME, PHONE, *SECOND) if word in told.text] == [], path


def test_no_ticket_and_no_pass_of_somebody_erased_opens_anything(day: Day) -> None:
    erased(day, day.customer)
    notice = day.office.notice()
    shown = {"notice_version": notice.version, "notice_sha256": notice.sha256, "minor": False}
    for path, body, refused in [
        ("/kiosk/check-in", {"qr": day.texts["ticket"]}, 422),
        ("/kiosk/withdrawal", {"qr": day.texts["ticket"]}, 422),
        ("/kiosk/withdrawal", {"token": day.texts["token"]}, 404),
        ("/kiosk/consent", {"token": day.texts["token"], **shown}, 404),
        (f"/papers/{day.texts['paper']}/view", {"reason": "checking"}, 404),
        (f"/reports/{day.ids['report']}/withdrawal", {"reason": "too late"}, 409),
    ]:
        who = day.agent if "/reports/" in path else day.reception
        assert who.post(API + path, json=body).status_code == refused, path


def test_a_record_counts_what_an_erasure_takes_and_names_every_look_and_copy(day: Day) -> None:
    held = day.officer.get(f"{API}/people/{day.customer}/record").json()
    assert (held["frames"], held["papers"], held["phones"]) == (1, 1, [PHONE])
    assert [one["guardian"] for one in held["consents"]] == [GUARDIAN]
    assert [(one["what"].partition(" ")[0], one["reason"]) for one in held["looks"]] == [
        ("paper", "checking"),
        ("main-1", "checking"),
        ("dispute", "exported for office"),
        ("dispute", "a copy for office"),
        ("record", "asked for by the person (PIPL 45)"),
    ]
    told = {one["facts"].get("reason") for one in held["entries"]}
    assert told >= {STATEMENT, PROPOSAL, WITHDRAWN, MERGED, RETRACTED}


def test_an_erased_agent_is_signed_out_for_good_and_their_login_is_gone(day: Day) -> None:
    login = "situ.yuanhang"
    with day.office.write_session() as session:
        session.add(_account(login, day.first, day.clock.now))
    assert day.agent.get(f"{API}/reports").status_code == 200
    erased(day, day.first)
    assert day.agent.get(f"{API}/reports").status_code == 401
    assert files_with(day.office.folder, [login.encode(), *(AGENT.encode(kind) for kind in ("utf-8", "gb18030"))]) == []
    with day.office.read_session() as session:
        theirs = session.scalars(select(User).where(User.role == "agent", User.disabled_at.is_not(None))).all()
    assert [(one.person_id, one.totp_sealed, one.password_hash) for one in theirs] == [(None, None, "")] * 2
    assert not verify_site(day.office.folder).faults


def _account(login: str, person: str, at: datetime) -> User:
    return User(id="ab" * 16, login=login, role="agent", person_id=person, password_hash="x", failures=0, created_at=at)
