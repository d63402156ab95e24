"""Reporting a customer: what the answer says, who sees it, what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI

from api.access.roles import Role
from models.ledger.read import count, entries
from models.people import person_summary
from models.site import Site, create_site
from tests.api.service.conftest import Client, Clock
from tests.api.service.reporters import REPORTS, SETTINGS, Party, agent, came, code, party
from tests.models.builders import FOUNDED
from tests.models.somebody import Somebody, stored


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Site]:
    with create_site(tmp_path / "office", SETTINGS, at=FOUNDED) as made:
        yield made


@pytest.fixture
def anna(service: FastAPI, office: Site) -> Party:
    return agent(service, office, "anna")


@pytest.fixture
def ben(service: FastAPI, office: Site) -> Party:
    return agent(service, office, "ben", distributor="链家")


def told_of(who: Party, seq: int) -> dict[str, object]:
    told: dict[str, object] = who.asking.get(f"{REPORTS}/{seq}").json()
    return told


def test_a_report_is_answered_at_once_with_its_clauses(anna: Party) -> None:
    told = anna.report()
    assert told.status_code == 201, told.text
    said = told.json()
    facts = {name: said[name] for name in ("state", "protected", "valid_until", "conflict", "duplicate", "late")}
    assert facts == {
        "state": "accepted", "protected": True, "valid_until": "2026-03-08", "conflict": False, "duplicate": False,
        "late": False,
    }  # fmt: skip
    assert [one["clause"] for one in said["because"]] == ["2.2"]
    assert said["because"][0]["text"].startswith("报备必填")


def test_the_clauses_are_told_in_the_language_of_whoever_asks(anna: Party) -> None:
    anna.asking.headers["Accept-Language"] = "en"
    assert anna.report().json()["because"][0]["text"].startswith("Mandatory")


@pytest.mark.parametrize(
    ("missing", "clause"),
    [
        ("visit_at", "2.2"),  # no appointment: no report
        ("name", "2.2"),
    ],
)
def test_what_the_rules_do_not_accept_is_on_record_as_rejected(anna: Party, missing: str, clause: str) -> None:
    said = anna.report(**{missing: None}).json()
    assert (said["state"], said["protected"], said["valid_until"]) == ("rejected", False, None)
    assert [one["clause"] for one in said["because"]] == [clause]


def test_a_second_report_meets_the_first_without_a_word_about_it(anna: Party, ben: Party, office: Site) -> None:
    first = anna.report().json()
    second = ben.report()
    said = second.json()
    assert (said["customer"], said["conflict"], said["duplicate"]) == (first["customer"], True, False)
    assert anna.person is not None
    assert anna.person not in second.text
    assert "贝壳" not in second.text
    assert "2026-03-01" not in second.text  # when the other one reported


def test_a_report_made_twice_by_the_same_reporter_is_a_duplicate(anna: Party) -> None:
    assert not anna.report().json()["duplicate"]
    said = anna.report().json()
    assert (said["duplicate"], said["conflict"]) == (True, False)


def test_a_report_that_ran_out_is_no_duplicate(anna: Party, clock: Clock) -> None:
    seq = anna.report().json()["report"]
    clock.pass_(days=8)
    anna.sign_in()
    assert told_of(anna, seq)["state"] == "expired"
    assert not anna.report(visit_at="2026-03-12T10:00:00+08:00", reason="客户出差").json()["duplicate"]


def test_a_customer_who_came_before_is_reported_late(anna: Party, ben: Party, office: Site, clock: Clock) -> None:
    customer = anna.report().json()["customer"]
    came(office, customer, at=clock.now + timedelta(minutes=1), led_by=anna.person)
    clock.pass_(minutes=10)
    assert ben.report().json()["late"]


@pytest.mark.parametrize(
    ("phone", "name", "is_same"),
    [
        ("13800138000", "王芳", True),
        ("+86 138 0013 8000", " 王 芳", True),  # as people type them
        ("13800138000", None, True),  # a name that is not there contradicts nothing
        ("13800138000", "李明", False),  # somebody else with the number
        ("138***38000", "王芳", False),  # masked: it may be hers
        ("13900138000", "王芳", False),
    ],
)
def test_the_phone_tells_who_it_is_unless_the_name_says_otherwise(
    anna: Party, ben: Party, phone: str, name: str | None, is_same: bool
) -> None:
    first = anna.report().json()["customer"]
    assert (ben.report(phone=phone, name=name).json()["customer"] == first) == is_same


def test_a_masked_phone_finds_the_reporters_own_customer_only(anna: Party, ben: Party) -> None:
    mine = anna.report(phone="138***38000").json()
    again, others = anna.report(phone="138***38000").json(), ben.report(phone="138***38000").json()
    assert again["customer"] == mine["customer"] != others["customer"]
    assert (again["duplicate"], others["conflict"]) == (True, False)


def test_staff_and_agents_are_never_taken_for_customers(anna: Party, office: Site) -> None:
    colleague = stored(office, Somebody(name="王芳", role="consultant", distributor=None, phone="13800138000"))
    assert anna.report().json()["customer"] != colleague


def test_who_else_has_the_phone_is_for_the_desk_alone(client: Client, anna: Party, ben: Party) -> None:
    first = anna.report().json()
    masked, other = ben.report(phone="138***38000").json(), ben.report(name="李明").json()
    reception = client(Role.RECEPTION)
    seen = [reception.get(f"{REPORTS}/{one['report']}").json()["candidates"] for one in (masked, other)]
    assert [{who["id"]: who["certain"] for who in one} for one in seen] == [
        {first["customer"]: False, other["customer"]: False},
        {first["customer"]: True, masked["customer"]: False},
    ]
    assert {
        "id": first["customer"], "name": "王芳", "role": "customer", "last4": ["8000"], "certain": False,
    } in seen[0]  # fmt: skip
    assert told_of(ben, masked["report"])["candidates"] is None


def test_an_agent_sees_their_own_reports_only(anna: Party, ben: Party, client: Client) -> None:
    mine, theirs = anna.report().json()["report"], ben.report(phone="13900139000").json()["report"]
    assert [row["report"] for row in anna.asking.get(REPORTS).json()["items"]] == [mine]
    everything = client(Role.AUDITOR).get(REPORTS).json()["items"]
    assert [(row["report"], row["phone"]) for row in everything] == [(theirs, "139***39000"), (mine, "138***38000")]
    for path in (f"{REPORTS}/{theirs}", f"{REPORTS}/{theirs}/qr.svg"):
        assert code(anna.asking.get(path)) == (404, "not_found")
    assert code(anna.asking.post(f"{REPORTS}/{theirs}/withdrawal", json={"reason": "x"})) == (404, "not_found")


def test_a_liaison_reports_for_their_distributors_agents(
    service: FastAPI, office: Site, anna: Party, ben: Party
) -> None:
    liaison = party(service, office, "liaison", role=Role.LIAISON, distributor="贝壳")
    assert liaison.report(by=anna.person).status_code == 201
    assert code(liaison.report()) == (422, "claimant_missing")
    assert code(liaison.report(by=ben.person)) == (422, "claimant_unknown")
    assert [row["by"] for row in liaison.asking.get(REPORTS).json()["items"]] == [anna.person]


def test_the_desk_reports_for_anybody_known_and_for_an_earlier_hour(client: Client, anna: Party, clock: Clock) -> None:
    reception, body = client(Role.RECEPTION), {"phone": "13800138000", "by": anna.person}
    earlier = "2026-03-01T08:30:00+08:00"
    seq = reception.post(REPORTS, json={**body, "at": earlier}).json()["report"]
    assert told_of(anna, seq)["made_at"] == "2026-03-01T00:30:00Z"
    assert code(reception.post(REPORTS, json={**body, "by": "nobody"})) == (422, "claimant_unknown")
    assert code(reception.post(REPORTS, json={**body, "at": "2027-01-01T00:00:00Z"})) == (422, "future")
    assert code(anna.report(at=earlier)) == (422, "desk_only")


def test_an_account_that_is_no_agent_cannot_report(client: Client) -> None:
    asking = client(Role.AGENT)
    assert code(asking.post(REPORTS, json={"phone": "13800138000"})) == (403, "no_person")
    assert code(asking.get("/api/v1/me/qr.svg")) == (403, "no_person")


def test_a_withdrawn_report_counts_no_more(anna: Party, ben: Party) -> None:
    seq = anna.report().json()["report"]
    told = anna.asking.post(f"{REPORTS}/{seq}/withdrawal", json={"reason": "号码报错"})
    assert told.status_code == 201
    assert told_of(anna, seq)["state"] == "withdrawn"
    assert not ben.report().json()["conflict"]
    assert code(anna.asking.post(f"{REPORTS}/{seq}/withdrawal", json={"reason": "again"})) == (409, "conflict")
    assert code(anna.asking.get(f"{REPORTS}/{seq}/qr.svg")) == (409, "report_withdrawn")


def test_reports_are_paged_and_filtered_by_what_became_of_them(anna: Party) -> None:
    for number in range(5):
        anna.report(phone=f"1390013900{number}", visit_at=None if number % 2 else "2026-03-03T10:00:00+08:00")
    pages: list[str] = []
    before: int | None = None
    while True:
        params = {"limit": "2", "state": "accepted", **({"before": str(before)} if before else {})}
        page = anna.asking.get(REPORTS, params=params).json()
        pages += [row["phone"] for row in page["items"]]
        if (before := page["next"]) is None:
            break
    assert pages == ["13900139004", "13900139002", "13900139000"]
    assert anna.asking.get(REPORTS).json()["items"][0]["days_left"] == 7


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"phone": "021-12345678"}, "phone"),  # no mobile number
        ({"phone": "138****8000"}, "phone"),  # masked otherwise
        ({"phone": "1380013800\u0000"}, "phone"),
        ({"name": "王\u0000芳"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": ""}, "name"),
        ({"via": "pigeon"}, "via"),
        ({"visit_at": "2026-03-03T14:00:00"}, "visit_at"),  # without an offset
        ({"visit_at": "9999-12-31T23:59:59-23:59"}, "visit_at"),
        ({"count": 0}, "count"),
        ({"count": 10**40}, "count"),
        ({"person": "p1"}, "person"),  # unknown
    ],
)
def test_what_is_filled_in_wrongly_is_refused_by_its_field(
    anna: Party, office: Site, body: dict[str, object], field: str
) -> None:
    with office.read_session() as session:
        before = count(session)
    told = anna.report(**body)
    assert (code(told), told.json()["error"]["field"]) == ((422, "invalid"), field)
    assert all(str(value) not in told.text for value in body.values() if isinstance(value, str) and value)
    with office.read_session() as session:
        assert count(session) == before


@pytest.mark.parametrize("text", ["'; DROP TABLE ledger; --", "{{ 7 * 7 }}", "<script>x</script>", "=cmd|'/c calc'!A1"])
def test_text_is_kept_as_it_was_typed_and_never_in_the_ledger(anna: Party, office: Site, text: str) -> None:
    said = anna.report(name=text, reason=text).json()
    told = told_of(anna, said["report"])
    assert (told["name"], told["reason"]) == (text, text)
    with office.read_session() as session:
        payloads = [one.payload for one in entries(session)]
        assert person_summary(session, said["customer"]).name == text
    assert not any(text in one or "13800138000" in one for one in payloads)


def test_tickets_are_drawn_for_whoever_may_have_them(anna: Party) -> None:
    seq = anna.report().json()["report"]
    for path in (f"{REPORTS}/{seq}/qr.svg", "/api/v1/me/qr.svg"):
        told = anna.asking.get(path)
        assert (told.status_code, told.headers["content-type"]) == (200, "image/svg+xml")
        assert told.text.startswith("<?xml")
