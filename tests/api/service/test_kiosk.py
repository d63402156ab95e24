"""The kiosk: checking in by every way, and what it gives away to nobody."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.access.roles import Role
from models.ledger.append import append
from models.ledger.kinds import Rota
from models.ledger.read import entries_about
from models.people import people_with_phone
from models.site import Site
from tests.api.service.conftest import Client, Clock
from tests.api.service.kiosk import AGENT, INJECTIONS, PHONE, VISITOR, qr_of_person, qr_of_visit, written
from tests.models.desk.door import OPENED, came, crossed, visits
from tests.models.somebody import DESK, Somebody, stored

CHECK_IN = "/api/v1/kiosk/check-in"


@pytest.fixture(autouse=True)
def _open(clock: Clock) -> None:
    """Two minutes after people began to come."""
    clock.now = OPENED + timedelta(minutes=2)


@pytest.fixture
def kiosk(client: Client) -> TestClient:
    return client(Role.KIOSK)


@pytest.fixture
def visitor(office: Site) -> str:
    return stored(office, VISITOR)


def refusal(asking: TestClient, body: dict[str, object]) -> tuple[int, str, str | None]:
    told = asking.post(CHECK_IN, json=body)
    error = told.json()["error"]
    return told.status_code, error["code"], error.get("field")


def on_rota(office: Site, clock: Clock, *names: str) -> list[str]:
    consultants = [stored(office, Somebody(name=name, role="consultant", distributor=None)) for name in names]
    with office.write_session() as session:
        append(session, [Rota(at=clock.now, day=clock.now.date(), order=tuple(consultants))], at=clock.now, by=DESK)
    return consultants


def test_a_ticket_binds_the_picked_arrival_and_says_who_receives(
    office: Site, kiosk: TestClient, clock: Clock, visitor: str
) -> None:
    agent = stored(office, AGENT)
    (consultant,) = on_rota(office, clock, "赵强")
    came(office, crossed(1, 0.0, known=agent), crossed(2, 0.4))
    (row,) = kiosk.get("/api/v1/kiosk/arrivals").json()["items"]
    assert (row["id"], row["has_picture"]) == ("main-2", False)
    told = kiosk.post(CHECK_IN, json={"qr": qr_of_visit(office, visitor, agent), "arrival": row["id"]}).json()
    assert (told["state"], told["greeting"], told["receiver"], told["arrival"]) == ("welcome", "王**", "赵强", "main-2")
    assert (told["person"], told["name"]) == (None, None)
    (visit,) = visits(office, visitor)
    assert set(visit.door) == {visitor, agent}
    assert json.loads(written(office, "greeting")[-1])["to"] == consultant
    assert json.loads(written(office, "bind")[-1])["how"] == "qr"
    assert kiosk.get("/api/v1/kiosk/arrivals").json()["items"] == []


def test_a_phone_alone_is_a_visit_where_no_camera_watches(office: Site, kiosk: TestClient, visitor: str) -> None:
    told = kiosk.post(CHECK_IN, json={"phone": "138 0013 8000"}).json()
    assert (told["state"], told["greeting"], told["receiver"]) == ("welcome", "王**", None)
    (visit,) = visits(office, visitor)
    assert (visit.at, visit.door) == (OPENED + timedelta(minutes=2), {})


def test_checking_in_twice_is_one_visit_and_one_greeting(
    office: Site, kiosk: TestClient, clock: Clock, visitor: str
) -> None:
    on_rota(office, clock, "赵强", "孙丽")
    first = kiosk.post(CHECK_IN, json={"phone": PHONE}).json()
    clock.pass_(minutes=5)
    again = kiosk.post(CHECK_IN, json={"phone": PHONE}).json()
    assert (again["visit"], again["receiver"]) == (first["visit"], first["receiver"])
    assert [len(visits(office, visitor)), len(written(office, "greeting"))] == [1, 1]
    clock.pass_(minutes=31)
    assert kiosk.post(CHECK_IN, json={"phone": PHONE}).json()["visit"] != first["visit"]


def test_somebody_the_door_knew_is_bound_to_that_arrival_without_picking_it(
    office: Site, kiosk: TestClient, visitor: str
) -> None:
    came(office, crossed(1, 0.0, known=visitor))
    assert kiosk.post(CHECK_IN, json={"phone": PHONE}).json()["arrival"] == "main-1"
    assert [set(one.door) for one in visits(office, visitor)] == [{visitor}]


def test_an_agent_checks_in_by_the_arrival_they_pick(office: Site, kiosk: TestClient, visitor: str) -> None:
    agent = stored(office, AGENT)
    came(office, crossed(1, 0.0), crossed(2, 0.4))
    assert refusal(kiosk, {"qr": qr_of_person(office, agent)}) == (422, "arrival_needed", None)
    kiosk.post(CHECK_IN, json={"phone": PHONE, "arrival": "main-2"})
    told = kiosk.post(CHECK_IN, json={"qr": qr_of_person(office, agent), "arrival": "main-1"}).json()
    assert (told["state"], told["greeting"], told["visit"]) == ("welcome", "李**", None)
    assert [set(one.door) for one in visits(office, visitor)] == [{visitor, agent}]


def test_an_unknown_phone_becomes_a_new_visitor_once_there_is_a_name(office: Site, kiosk: TestClient) -> None:
    assert kiosk.post(CHECK_IN, json={"phone": PHONE}).json()["state"] == "unknown"
    assert written(office, "arrive") == []
    assert kiosk.post(CHECK_IN, json={"phone": PHONE, "name": "王芳"}).json()["greeting"] == "王**"
    with office.read_session() as session:
        (made,) = people_with_phone(session, PHONE).certain
    assert (made.name, made.role, len(visits(office, made.id))) == ("王芳", "customer", 1)
    assert all("王芳" not in one and PHONE not in one for one in written(office))


@pytest.mark.parametrize(
    "others",
    [
        [VISITOR, Somebody(name="李明", role="customer", distributor=None, phone=PHONE, consents=0)],  # a shared phone
        [Somebody(name="王芳", role="customer", distributor=None, phone="138***38000", consents=0)],  # half known
    ],
)
def test_when_several_may_be_meant_reception_is_asked_and_nobody_is_named(
    office: Site, kiosk: TestClient, others: list[Somebody]
) -> None:
    for one in others:
        stored(office, one)
    told = kiosk.post(CHECK_IN, json={"phone": PHONE})
    assert {name: said for name, said in told.json().items() if said is not None} == {"state": "ask_reception"}
    assert written(office, "arrive") == []


def test_an_agent_is_not_found_by_phone(office: Site, kiosk: TestClient) -> None:
    stored(office, Somebody(phone=PHONE, consents=0))
    assert kiosk.post(CHECK_IN, json={"phone": PHONE}).json()["state"] == "unknown"


def test_staff_check_somebody_in_by_their_record_and_see_the_name(client: Client, office: Site, visitor: str) -> None:
    told = client(Role.RECEPTION).post(CHECK_IN, json={"person": visitor}).json()
    assert (told["state"], told["name"], told["person"]) == ("welcome", "王芳", visitor)


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({}, (422, "invalid", None)),  # nothing shown
        ({"phone": PHONE, "qr": "MJ1.v.1.00"}, (422, "invalid", None)),  # two things at once
        ({"person": "0" * 32}, (403, "forbidden", "person")),  # a record is for staff to name
        ({"qr": "MJ1.v.1." + "0" * 20}, (422, "bad_ticket", "qr")),  # a forged ticket
        ({"phone": "138***38000"}, (422, "invalid", None)),  # half a phone
        ({"phone": "12"}, (422, "invalid", None)),  # no phone
        ({"phone": PHONE, "arrival": "main-9"}, (404, "not_found", "arrival")),  # no such arrival
        ({"phone": PHONE, "arrival": "main-2"}, (404, "not_found", "arrival")),  # somebody who left
        ({"phone": PHONE, "arrival": "main-3"}, (404, "not_found", "arrival")),  # a quarter of an hour ago
        ({"phone": PHONE, "arrival": "main-1"}, (409, "arrival_bound", None)),  # somebody else's
        ({"phone": PHONE, "name": "王\x00芳"}, (422, "invalid", "name")),  # a zero byte
        ({"phone": PHONE, "name": "王\n芳"}, (422, "invalid", "name")),  # two lines
        *[({"phone": PHONE, "arrival": text}, (404, "not_found", "arrival")) for text in INJECTIONS],
        *[({"qr": text}, (422, "bad_ticket", "qr")) for text in INJECTIONS],
        *[({"phone": text}, (422, "invalid", None)) for text in INJECTIONS],
    ],
)
def test_what_is_refused_names_the_field_and_leaves_nothing(
    office: Site, kiosk: TestClient, visitor: str, body: dict[str, object], refused: tuple[int, str, str | None]
) -> None:
    came(office, crossed(3, -900.0), crossed(1, 0.0, known=stored(office, AGENT)), crossed(2, 1.0, direction="out"))
    assert refusal(kiosk, body) == refused
    assert (visits(office, visitor), written(office, "bind")) == ([], [])


@pytest.mark.parametrize("name", INJECTIONS)
def test_a_name_is_only_a_name(office: Site, kiosk: TestClient, name: str) -> None:
    assert kiosk.post(CHECK_IN, json={"phone": PHONE, "name": name}).json()["greeting"] == f"{name[0]}**"
    with office.read_session() as session:
        assert [one.name for one in people_with_phone(session, PHONE).certain] == [name]


def test_phones_cannot_be_guessed_at_a_kiosk(client: Client, service: FastAPI, clock: Clock) -> None:
    kiosk, other = client(Role.KIOSK), client(Role.KIOSK)
    told = [kiosk.post(CHECK_IN, json={"phone": f"138001380{number:02}"}).status_code for number in range(12)]
    assert told == [200] * 10 + [429] * 2
    assert refusal(kiosk, {"phone": PHONE}) == (429, "too_many", None)
    assert other.post(CHECK_IN, json={"phone": PHONE}).status_code == 200
    clock.pass_(seconds=61)
    assert kiosk.post(CHECK_IN, json={"phone": PHONE}).status_code == 200


def test_tickets_cannot_be_guessed_at_a_kiosk_and_true_ones_are_not_counted(
    office: Site, kiosk: TestClient, visitor: str
) -> None:
    ticket = qr_of_person(office, visitor)
    assert [kiosk.post(CHECK_IN, json={"qr": ticket}).status_code for _ in range(12)] == [200] * 12
    forged = {"qr": ticket[:-1] + ("0" if ticket[-1] != "0" else "1")}
    assert [kiosk.post(CHECK_IN, json=forged).status_code for _ in range(11)] == [422] * 10 + [429]
    assert kiosk.post("/api/v1/kiosk/withdrawal", json=forged).status_code == 429
    assert kiosk.post(CHECK_IN, json={"qr": ticket}).status_code == 200


@pytest.mark.parametrize("way", ["qr", "phone"])
def test_an_agent_checks_in_with_the_customer_where_no_camera_watches(
    office: Site, kiosk: TestClient, clock: Clock, visitor: str, way: str
) -> None:
    agent = stored(office, AGENT)
    alone = kiosk.post(CHECK_IN, json={"qr": qr_of_person(office, agent)}).json()["error"]
    assert (alone["code"], "together with your customer's" in alone["hint"]) == ("arrival_needed", True)
    shown = {"qr": qr_of_visit(office, visitor, agent)} if way == "qr" else {"phone": PHONE}
    told = kiosk.post(CHECK_IN, json={**shown, "agent_qr": qr_of_person(office, agent)}).json()
    assert (told["state"], told["greeting"]) == ("welcome", "王**")
    assert [one.door for one in visits(office, visitor)] == [{visitor: (0.0, 60.0), agent: (0.0, 60.0)}]


def test_staff_name_who_brought_a_customer(client: Client, office: Site, visitor: str) -> None:
    desk, consultant = (
        client(Role.RECEPTION),
        stored(office, Somebody(name="赵强", role="consultant", distributor=None)),
    )
    assert desk.post(CHECK_IN, json={"person": visitor}).json()["state"] == "welcome"
    assert desk.post(CHECK_IN, json={"person": visitor, "led_by": consultant}).json()["state"] == "welcome"
    assert [set(one.door) for one in visits(office, visitor)] == [{visitor, consultant}]
    assert refusal(desk, {"person": visitor, "led_by": visitor}) == (422, "unknown_name", "led_by")
    assert refusal(desk, {"person": visitor, "led_by": "0" * 32}) == (422, "unknown_name", "led_by")


def test_only_an_agents_own_ticket_says_who_brought_a_customer(office: Site, kiosk: TestClient, visitor: str) -> None:
    agent = stored(office, AGENT)
    own, visit = qr_of_person(office, agent), qr_of_visit(office, visitor, agent)
    assert refusal(kiosk, {"phone": PHONE, "agent_qr": visit}) == (422, "bad_ticket", "agent_qr")
    assert refusal(kiosk, {"phone": PHONE, "agent_qr": qr_of_person(office, visitor)})[1:] == ("bad_ticket", "agent_qr")
    assert refusal(kiosk, {"qr": own, "agent_qr": own}) == (422, "bad_ticket", "qr")
    assert refusal(kiosk, {"phone": PHONE, "led_by": agent}) == (403, "forbidden", "led_by")
    assert refusal(kiosk, {"phone": PHONE, "led_by": agent, "agent_qr": own}) == (422, "invalid", None)
    for text in INJECTIONS:
        assert refusal(kiosk, {"phone": PHONE, "agent_qr": text})[1:] == ("bad_ticket", "agent_qr")
    assert visits(office, visitor) == []


def test_who_is_bound_or_known_or_left_or_came_long_ago_is_not_offered(office: Site, kiosk: TestClient) -> None:
    known = stored(office, AGENT)
    came(office, crossed(1, -600.0), crossed(2, 0.0), crossed(3, 1.0, known=known), crossed(4, 2.0, direction="out"))
    assert [row["id"] for row in kiosk.get("/api/v1/kiosk/arrivals").json()["items"]] == ["main-2"]


def test_the_ledger_names_the_device_and_nobody_else(office: Site, kiosk: TestClient, visitor: str) -> None:
    kiosk.post(CHECK_IN, json={"phone": PHONE})
    with office.read_session() as session:
        (arrive,) = entries_about(session, visitor, "arrive")
    assert json.loads(arrive.payload)["recorded_by"].startswith("device:")
    assert all("王芳" not in one and PHONE not in one for one in written(office))
