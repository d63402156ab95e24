"""The book of customers over HTTP: what the office sees of it, and what a party sees of its own."""

from __future__ import annotations

import json

import pytest
from httpx2 import Response

from api.access.roles import DESK, WATCHERS, Role
from attribution.entries import Receive, Report
from models.erase import erase
from models.ledger.append import append
from models.ledger.read import entries, entries_of_kind
from models.people import link
from models.site import Site
from tests.api.service.contested.conftest import CUSTOMERS, DISPUTES, Seat, refused
from tests.models.builders import FOUNDED
from tests.models.contest import NAME, PHONE, SIGNED, Contest
from tests.models.somebody import CUSTOMER, Somebody, stored

CLAIMANTS = "/api/v1/claimants"
COVERED = "*******8000"


def ids(told: Response) -> list[str]:
    return [row["id"] for row in told.json()["items"]]


def test_a_natural_visitor_is_found_by_phone_whole_masked_or_by_name(seat: Seat) -> None:
    desk = seat(Role.RECEPTION)
    made = desk.post(CUSTOMERS, json={"name": "欧阳明月", "phone": "13812345678"}).json()
    assert made["same_phone"] == []
    row = {"id": made["id"], "name": "欧阳明月", "phones": ["*******5678"]}
    search = f"{CUSTOMERS}/search"
    assert desk.post(search, json={"phone": "+86 138-1234-5678"}).json()["certain"] == [row]
    assert desk.post(search, json={"phone": "138***45678"}).json()["possible"] == [row]
    told = desk.post(search, json={"name": "明月"}).json()
    assert (told["certain"], told["among"]) == ([row], 1000)
    assert desk.get(f"{CUSTOMERS}/{made['id']}").json() == {**row, "same_human": [], "ties": []}


def test_a_phone_that_is_known_is_told_when_somebody_comes_with_it_again(seat: Seat, one: Contest) -> None:
    desk = seat(Role.RECEPTION)
    made = desk.post(CUSTOMERS, json={"name": "王小芳", "phone": PHONE}).json()
    assert made["same_phone"] == [one.customer]


def test_one_more_phone_finds_a_customer_too(seat: Seat, one: Contest) -> None:
    desk = seat(Role.SPECIALIST)
    assert desk.post(f"{CUSTOMERS}/{one.customer}/phones", json={"phone": "13700137000"}).status_code == 201
    found = desk.post(f"{CUSTOMERS}/search", json={"phone": "13700137000"}).json()["certain"]
    assert [row["id"] for row in found] == [one.customer]


@pytest.mark.parametrize(
    "body",
    [
        {},  # neither
        {"phone": PHONE, "name": NAME},  # both
        {"phone": "12"},  # no phone
        {"phone": "138\0"},  # what no database takes
        {"name": "a\nb"},  # no name
        {"name": ""},
    ],
)
def test_a_search_for_nothing_that_can_be_looked_for_is_refused(seat: Seat, body: dict[str, str]) -> None:
    told = seat(Role.MANAGER).post(f"{CUSTOMERS}/search", json=body)
    assert refused(told) == (422, "invalid")
    assert PHONE not in told.text


@pytest.mark.parametrize("name", ["' OR '1'='1", "%", "_", "{{7*7}}", "王芳'); DELETE FROM person; --"])
def test_a_name_is_text_and_nothing_else(seat: Seat, one: Contest, name: str) -> None:
    desk = seat(Role.RECEPTION)
    assert desk.post(f"{CUSTOMERS}/search", json={"name": name}).json()["certain"] == []
    made = desk.post(CUSTOMERS, json={"name": name}).json()["id"]
    found = desk.post(f"{CUSTOMERS}/search", json={"name": name}).json()["certain"]
    assert [(row["id"], row["name"]) for row in found] == [(made, name)]
    assert desk.get(f"{CUSTOMERS}/{one.customer}").json()["name"] == NAME


def test_claimants_are_no_customers(seat: Seat, one: Contest) -> None:
    desk = seat(Role.MANAGER)
    assert one.first not in ids(desk.get(CUSTOMERS))
    assert refused(desk.get(f"{CUSTOMERS}/{one.first}")) == (404, "not_found")
    assert desk.post(f"{CUSTOMERS}/search", json={"name": "李明"}).json()["certain"] == []


def test_the_book_is_told_page_by_page_the_newest_first(seat: Seat) -> None:
    desk = seat(Role.RECEPTION)
    made = [desk.post(CUSTOMERS, json={"name": f"客户{n}"}).json()["id"] for n in range(5)]
    found, before = [], None
    for _ in range(3):
        page = desk.get(CUSTOMERS, params={"limit": 2} | ({"before": before} if before else {})).json()
        found += [row["id"] for row in page["items"]]
        before = page["next"]
    assert (found, before) == (made[::-1], None)


def test_an_agent_sees_their_own_customers_under_the_name_they_gave(office: Site, seat: Seat, one: Contest) -> None:
    with office.write_session() as session:
        told = Report(do="report", at=SIGNED, person=one.customer, by=one.second, name="王女士", phone="138***38000")
        append(session, [told], at=SIGNED, by="test")
    other = stored(office, CUSTOMER)
    first, second = seat(Role.AGENT, person=one.first), seat(Role.AGENT, person=one.second)
    stranger = seat(Role.AGENT, person=stored(office, Somebody(name="孙丽", consents=0)))
    rows = {who: seat_.get(CUSTOMERS).json()["items"] for who, seat_ in (("first", first), ("second", second))}
    assert [(row["name"], row["phones"]) for row in rows["first"]] == [(NAME, [PHONE])]
    assert [(row["name"], row["phones"]) for row in rows["second"]] == [("王女士", ["138***38000"])]
    assert first.get(f"{CUSTOMERS}/{one.customer}").json()["ties"] == []
    assert stranger.get(CUSTOMERS).json()["items"] == []
    for asking, person in ((stranger, one.customer), (first, other), (first, one.first), (first, "0" * 32)):
        for part in ("", "/timeline", "/decision", "/decisions", "/explanation"):
            assert refused(asking.get(f"{CUSTOMERS}/{person}{part}")) == (404, "not_found")


def test_a_liaison_sees_what_its_agents_do_and_an_account_of_nobody_nothing(seat: Seat, one: Contest) -> None:
    assert ids(seat(Role.LIAISON, distributor="贝壳").get(CUSTOMERS)) == [one.customer]
    assert ids(seat(Role.LIAISON, distributor="中原").get(CUSTOMERS)) == []
    assert ids(seat(Role.LIAISON).get(CUSTOMERS)) == []
    assert ids(seat(Role.AGENT).get(CUSTOMERS)) == []


def test_whose_dealing_the_desk_took_back_is_told_and_may_contest_it(office: Site, seat: Seat) -> None:
    agent, customer = stored(office, Somebody(consents=0)), stored(office, CUSTOMER)
    with office.write_session() as session:
        told = Report(do="report", at=FOUNDED, person=customer, by=agent)
        [*_, written] = append(session, [told], at=FOUNDED, by="test")
    asking = seat(Role.AGENT, person=agent)
    assert ids(asking.get(CUSTOMERS)) == [customer]
    said = {"entry": written.seq, "reason": "误录"}
    back = seat(Role.MANAGER).post("/api/v1/retractions", json=said).json()["entry"]
    [told_of] = asking.get("/api/v1/me/notices").json()["items"]
    assert (told_of["about"], told_of["kind"], told_of["person"]) == (back, "retraction", customer)
    for what in ("", "/decision", "/decisions", "/timeline", "/explanation"):
        assert asking.get(f"{CUSTOMERS}/{customer}{what}").status_code == 200
    assert (
        seat(Role.AGENT, person=stored(office, Somebody(consents=0))).get(f"{CUSTOMERS}/{customer}").status_code == 404
    )
    contested = asking.post(DISPUTES, json={"person": customer})
    assert contested.status_code == 201
    assert asking.get(f"{DISPUTES}/{contested.json()['entry']}").status_code == 200


@pytest.mark.parametrize("role", [Role.AGENT, Role.LIAISON])
def test_who_took_their_own_report_back_sees_no_more_of_the_customer(office: Site, seat: Seat, role: Role) -> None:
    agent, customer = stored(office, Somebody(consents=0)), stored(office, CUSTOMER)
    with office.write_session() as session:
        told = Report(do="report", at=FOUNDED, person=customer, by=agent)
        [*_, written] = append(session, [told], at=FOUNDED, by="test")
    asking = seat(role, person=agent) if role is Role.AGENT else seat(role, distributor="贝壳")
    back = asking.post(f"/api/v1/reports/{written.seq}/withdrawal", json={"reason": "号码报错"})
    assert back.status_code == 201
    assert refused(asking.get(f"{CUSTOMERS}/{customer}")) == (404, "not_found")
    assert refused(asking.post(DISPUTES, json={"person": customer})) == (404, "not_found")
    assert asking.get("/api/v1/me/notices").json()["items"] == []


def test_an_erased_agent_is_listed_as_left_and_nobody_reports_for_them(office: Site, seat: Seat) -> None:
    agent, desk = stored(office, Somebody(consents=0)), seat(Role.MANAGER)
    customer = stored(office, CUSTOMER)
    erase(office, [agent], reason="request", at=SIGNED, by="test")
    assert {row["id"]: row["left"] for row in desk.get(CLAIMANTS).json()["items"]}[agent] is True
    filed = desk.post("/api/v1/reports", json={"by": agent, "phone": "13900139000", "name": "王芳"})
    assert refused(filed) == (422, "claimant_unknown")
    for act in ("confirmations", "follow-ups"):
        assert desk.post(f"/api/v1/{act}", json={"by": agent, "person": customer}).status_code == 422
    assert refused(desk.post(DISPUTES, json={"person": customer, "by": agent})) == (422, "unknown_name")


def test_an_agent_of_a_known_name_is_another_one_only_when_that_is_said(seat: Seat) -> None:
    desk, body = seat(Role.MANAGER), {"name": "周洁", "kind": "agent", "of": "贝壳"}
    assert desk.post(CLAIMANTS, json=body).status_code == 201
    assert refused(desk.post(CLAIMANTS, json=body)) == (409, "claimant_known")
    assert desk.post(CLAIMANTS, json={**body, "of": "链家"}).status_code == 201
    assert desk.post(CLAIMANTS, json={**body, "same_name": True}).status_code == 201


def test_being_absent_from_a_reception_shows_nobody_the_customer(office: Site, seat: Seat) -> None:
    here, away = (
        stored(office, Somebody(name=name, role="consultant", distributor=None, consents=0)) for name in "周吴"
    )
    customer = stored(office, CUSTOMER)
    with office.write_session() as session:
        told = Receive(do="receive", at=SIGNED, person=customer, by=here, absent=(away,))
        append(session, [told], at=SIGNED, by="test")
    assert ids(seat(Role.AGENT, person=away).get(CUSTOMERS)) == []
    assert ids(seat(Role.AGENT, person=here).get(CUSTOMERS)) == [customer]
    [row] = seat(Role.AGENT, person=here).get(f"{CUSTOMERS}/{customer}/timeline").json()["items"]
    assert away not in json.dumps(row)


def test_a_timeline_shows_a_party_its_own_entries_and_nobody_else(seat: Seat, one: Contest) -> None:
    told = seat(Role.AGENT, person=one.first).get(f"{CUSTOMERS}/{one.customer}/timeline")
    assert [row["kind"] for row in told.json()["items"]] == ["confirm", "report"]
    assert told.json()["items"][1]["said"] == {
        "by": one.first,
        "count": 1,
        "name": NAME,
        "phone": PHONE,
        "worked": True,
    }
    assert one.second not in told.text


def test_a_timeline_shows_the_office_everything_with_phones_covered(seat: Seat, one: Contest) -> None:
    told = seat(Role.MANAGER).get(f"{CUSTOMERS}/{one.customer}/timeline")
    rows = told.json()["items"]
    assert [row["kind"] for row in rows] == ["confirm", "confirm", "arrive", "report", "report"]
    assert (rows[-1]["said"]["name"], rows[-1]["said"]["phone"]) == (NAME, COVERED)
    assert PHONE not in told.text
    page = seat(Role.MANAGER).get(
        f"{CUSTOMERS}/{one.customer}/timeline", params={"limit": 2, "before": rows[1]["entry"]}
    )
    assert [row["entry"] for row in page.json()["items"]] == [row["entry"] for row in rows[2:4]]


def test_records_of_one_human_are_told_with_what_that_rests_on(office: Site, seat: Seat, one: Contest) -> None:
    other = stored(office, CUSTOMER)
    with office.write_session() as session:
        seq = link(session, one.customer, other, how="phone", verified=True, at=SIGNED, by="test")
    told = seat(Role.RISK).get(f"{CUSTOMERS}/{one.customer}").json()
    assert told["same_human"] == [other]
    assert [(row["entry"], row["kind"], row["said"]["how"]) for row in told["ties"]] == [(seq, "link", "phone")]


def test_claimants_are_made_known_by_the_manager_and_named_to_the_desk(seat: Seat, office: Site) -> None:
    manager = seat(Role.MANAGER)
    agent = manager.post(
        "/api/v1/claimants", json={"name": "李明", "kind": "agent", "of": "贝壳", "phone": "13900139000"}
    )
    consultant = manager.post("/api/v1/claimants", json={"name": "周敏", "kind": "consultant"})
    rows = seat(Role.RECEPTION).get("/api/v1/claimants").json()["items"]
    assert [(row["id"], row["kind"], row["of"], row["name"]) for row in rows] == [
        ("贝壳", "distributor", None, "贝壳"),
        (agent.json()["id"], "agent", "贝壳", "李明"),
        (consultant.json()["id"], "consultant", None, "周敏"),
    ]
    wrong = manager.post("/api/v1/claimants", json={"name": "周敏", "kind": "consultant", "of": "贝壳"})
    assert (wrong.status_code, wrong.json()["error"]["field"]) == (422, "of")
    with office.read_session() as session:
        assert "李明" not in "".join(one.payload for one in entries(session))


@pytest.mark.parametrize("role", sorted(DESK | WATCHERS))
def test_desk_and_watchers_see_every_customer(seat: Seat, one: Contest, role: Role) -> None:
    assert seat(role).get(f"{CUSTOMERS}/{one.customer}").json()["phones"] == [COVERED]


def test_nothing_personal_stands_in_the_entries(office: Site, seat: Seat, one: Contest) -> None:
    desk = seat(Role.RECEPTION)
    made = desk.post(CUSTOMERS, json={"name": NAME, "phone": PHONE}).json()["id"]
    desk.post(f"{CUSTOMERS}/{made}/phones", json={"phone": "13700137000"})
    desk.post(f"{CUSTOMERS}/{one.customer}/decision")
    with office.read_session() as session:
        payloads = "".join(one.payload for one in entries(session))
        [put_in, phone] = entries_of_kind(session, "registration")
    assert all(said not in payloads for said in (NAME, PHONE, "13700137000"))
    assert [json.loads(one.payload)["what"] for one in (put_in, phone)] == ["customer", "phone"]
