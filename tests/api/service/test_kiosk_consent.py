"""The kiosk's notice, yes, no, and taking the yes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from starlette.testclient import TestClient

from api.access.roles import Role
from models.people import add_templates, consents_of, has_consent, record_consent
from models.site import NOTICE_TEMPLATE, Site
from tests.api.service.conftest import Client, Clock
from tests.api.service.kiosk import AGENT, PHONE, VISITOR, qr_of_person, qr_of_visit, written
from tests.models.desk.door import OPENED, came, crossed
from tests.models.somebody import AGREEMENT, DESK, photo, stored

CONSENT, REFUSAL, WITHDRAWAL = (f"/api/v1/kiosk/{what}" for what in ("consent", "refusal", "withdrawal"))


SHOWN = {"notice_version": "1", "notice_sha256": sha256(NOTICE_TEMPLATE.read_bytes()).hexdigest()}
"""The notice of an office that has just been made."""


@pytest.fixture(autouse=True)
def _open(clock: Clock) -> None:
    clock.now = OPENED + timedelta(minutes=2)


@pytest.fixture
def kiosk(client: Client) -> TestClient:
    return client(Role.KIOSK)


@pytest.fixture
def visitor(office: Site) -> str:
    return stored(office, VISITOR)


def checked_in(asking: TestClient) -> str:
    """The token of a check-in."""
    token: str = asking.post("/api/v1/kiosk/check-in", json={"phone": PHONE}).json()["token"]
    return token


def refusal(asking: TestClient, path: str, body: dict[str, object]) -> tuple[int, str]:
    told = asking.post(path, json=body)
    return told.status_code, told.json()["error"]["code"]


def test_the_notice_is_told_whole_with_the_hash_that_consents_name(office: Site, kiosk: TestClient) -> None:
    told = kiosk.get("/api/v1/kiosk/notice").json()
    assert told["sha256"] == sha256(told["text"].encode()).hexdigest() == office.notice().sha256
    assert (told["version"], told["languages"]) == ("1", ["zh", "en"])


def test_a_yes_is_recorded_with_the_notice_and_receipted(office: Site, kiosk: TestClient, visitor: str) -> None:
    body = {"token": checked_in(kiosk), **SHOWN, "minor": False}
    receipt = kiosk.post(CONSENT, json=body).json()
    with office.read_session() as session:
        (given,) = consents_of(session, visitor)
    assert (given.id, given.reference, given.how) == (receipt["consent"], receipt["reference"], "kiosk")
    assert (given.notice.sha256, given.mode) == (receipt["notice_sha256"], office.settings.consent_mode)
    assert receipt["reference"].startswith("K20260301-")
    assert kiosk.post(WITHDRAWAL, json={"qr": receipt["withdrawal_qr"]}).status_code == 204
    with office.read_session() as session:
        assert not has_consent(session, visitor)


def test_a_guardian_consents_for_a_child_and_is_kept_sealed(office: Site, kiosk: TestClient, visitor: str) -> None:
    body = {"token": checked_in(kiosk), **SHOWN, "minor": True, "guardian": "王建国"}
    assert kiosk.post(CONSENT, json=body).status_code == 201
    with office.read_session() as session:
        assert [one.guardian for one in consents_of(session, visitor)] == ["王建国"]
    assert json.loads(written(office, "consent")[-1])["guardian"] is True
    assert all("王建国" not in one for one in written(office))


def test_a_child_without_a_guardian_is_refused_and_discarded_on_record(
    office: Site, kiosk: TestClient, visitor: str
) -> None:
    body: dict[str, object] = {"token": checked_in(kiosk), **SHOWN, "minor": True}
    assert refusal(kiosk, CONSENT, body) == (422, "guardian_needed")
    came(office, crossed(1, 0.0))
    assert kiosk.post(REFUSAL, json={"arrival": "main-1", "minor": True}).status_code == 201
    said = json.loads(written(office, "refusal")[-1])
    assert (said["arrival"], said["minor"], said["how"], "person" in said) == ("main-1", True, "kiosk", False)


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"notice_version": "0"}, (409, "notice_changed")),  # the page was loaded before the text changed
        ({"notice_sha256": "0" * 64}, (409, "notice_changed")),  # as before, but nobody gave it a new version
        ({"guardian": "王建国"}, (422, "invalid")),  # a guardian of somebody who is of age
        ({"guardian": "王\x00", "minor": True}, (422, "invalid")),  # a zero byte
        ({"token": None}, (422, "invalid")),  # nobody
        ({"token": "MJ1.t." + "0" * 32 + ".9999999999." + "0" * 32}, (422, "pass_over")),  # forged
        ({"token": "' OR 1=1 --"}, (422, "pass_over")),  # no token
        ({"token": None, "person": "0" * 32}, (403, "forbidden")),  # a record is for staff to name
    ],
)
def test_what_is_no_consent_is_refused(
    office: Site, kiosk: TestClient, visitor: str, change: dict[str, object], refused: tuple[int, str]
) -> None:
    body: dict[str, object] = {"token": checked_in(kiosk), **SHOWN, "minor": False, **change}
    assert refusal(kiosk, CONSENT, body) == refused
    assert written(office, "consent") == []


def test_a_token_serves_its_own_device_for_a_quarter_of_an_hour(
    office: Site, client: Client, kiosk: TestClient, clock: Clock, visitor: str
) -> None:
    body: dict[str, object] = {"token": checked_in(kiosk), **SHOWN, "minor": False}
    assert refusal(client(Role.KIOSK), CONSENT, body) == (422, "pass_over")
    clock.pass_(minutes=15)
    assert kiosk.post(CONSENT, json=body).status_code == 201
    clock.pass_(seconds=1)
    assert refusal(kiosk, CONSENT, body) == (422, "pass_over")


def test_the_ticket_that_the_agent_has_too_is_not_enough_to_consent_or_to_take_it_back(
    office: Site, client: Client, kiosk: TestClient, visitor: str
) -> None:
    came(office, crossed(1, 0.0))
    qr, path = qr_of_visit(office, visitor, stored(office, AGENT)), "/api/v1/kiosk/check-in"
    token = kiosk.post(path, json={"qr": qr}).json()["token"]
    body: dict[str, object] = {**SHOWN, "minor": False}
    assert refusal(kiosk, CONSENT, {**body, "token": token}) == (422, "arrival_needed")
    assert refusal(kiosk, WITHDRAWAL, {"token": token}) == (422, "arrival_needed")
    assert refusal(kiosk, WITHDRAWAL, {"qr": qr}) == (422, "bad_ticket")
    assert written(office, "consent") == []
    picked = kiosk.post(path, json={"qr": qr, "arrival": "main-1"}).json()["token"]
    assert kiosk.post(CONSENT, json={**body, "token": picked}).status_code == 201
    assert kiosk.post(WITHDRAWAL, json={"token": picked}).status_code == 204
    desk = client(Role.RECEPTION)
    seen = desk.post(path, json={"qr": qr}).json()["token"]  # staff see who stands before them
    assert desk.post(CONSENT, json={**body, "token": seen}).status_code == 201
    assert desk.post(WITHDRAWAL, json={"qr": qr}).status_code == 204


def test_the_desk_records_a_consent_for_whoever_stands_there(office: Site, client: Client, visitor: str) -> None:
    body = {"person": visitor, **SHOWN, "minor": False}
    assert client(Role.RECEPTION).post(CONSENT, json=body).status_code == 201
    with office.read_session() as session:
        assert [one.how for one in consents_of(session, visitor)] == ["desk"]
    assert refusal(client(Role.SPECIALIST), CONSENT, {**body, "person": "0" * 32}) == (404, "not_found")


def test_a_no_closes_no_other_way(office: Site, kiosk: TestClient, visitor: str) -> None:
    came(office, crossed(1, 0.0))
    assert kiosk.post(REFUSAL, json={}).status_code == 201
    assert kiosk.post(REFUSAL, json={"arrival": "main-1"}).status_code == 201
    assert refusal(kiosk, REFUSAL, {"arrival": "main-9"}) == (404, "not_found")
    told = kiosk.post("/api/v1/kiosk/check-in", json={"phone": PHONE, "arrival": "main-1"}).json()
    assert (told["state"], told["arrival"]) == ("welcome", "main-1")


Who = Callable[[Site, TestClient, str], dict[str, object]]


@pytest.mark.parametrize(
    "who",
    [
        lambda office, kiosk, visitor: {"qr": qr_of_person(office, visitor)},
        lambda office, kiosk, visitor: {"token": checked_in(kiosk)},
        lambda office, kiosk, visitor: {"phone": "+86 138-0013-8000"},
    ],
    ids=["by ticket", "after a check-in", "by phone"],
)
def test_a_yes_is_taken_back_at_once_and_the_answer_tells_nothing(
    office: Site, kiosk: TestClient, visitor: str, who: Who
) -> None:
    with office.write_session() as session:
        record_consent(session, visitor, replace(AGREEMENT, how="kiosk"), at=OPENED, by=DESK)
        add_templates(session, visitor, [photo("kiosk")], at=OPENED, by=DESK)
    body = who(office, kiosk, visitor)
    first, again = kiosk.post(WITHDRAWAL, json=body), kiosk.post(WITHDRAWAL, json=body)
    assert (first.status_code, first.content) == (again.status_code, again.content) == (204, b"")
    (said,) = written(office, "withdrawal")
    assert json.loads(said)["templates"] == 1
    with office.read_session() as session:
        assert not has_consent(session, visitor)


def test_a_phone_that_nobody_has_is_answered_alike(office: Site, kiosk: TestClient, visitor: str) -> None:
    with office.write_session() as session:
        record_consent(session, visitor, AGREEMENT, at=OPENED, by=DESK)
    assert kiosk.post(WITHDRAWAL, json={"phone": "13900139000"}).status_code == 204
    with office.read_session() as session:
        assert has_consent(session, visitor)


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({}, (422, "invalid")),  # nobody
        ({"phone": PHONE, "qr": "MJ1"}, (422, "invalid")),  # two ways at once
        ({"phone": "138***38000"}, (422, "invalid")),  # half a phone
        ({"qr": "MJ1.p." + "0" * 53}, (422, "bad_ticket")),  # a code that was misread: nothing was withdrawn
        ({"person": "0" * 32}, (403, "forbidden")),  # a record is for staff to name
    ],
)
def test_a_withdrawal_that_names_nobody_is_refused(
    kiosk: TestClient, body: dict[str, object], refused: tuple[int, str]
) -> None:
    assert refusal(kiosk, WITHDRAWAL, body) == refused


def test_withdrawals_cannot_be_tried_without_end(kiosk: TestClient) -> None:
    body = {"phone": "13900139000"}
    assert [kiosk.post(WITHDRAWAL, json=body).status_code for _ in range(11)] == [204] * 10 + [429]
