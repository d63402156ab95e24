"""Signing in, one's own account, users and devices."""

from __future__ import annotations

import json

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.access.gate import CSRF_HEADER
from api.access.roles import Role
from models import access
from models.ledger.read import entries_of_kind
from models.site import Site
from tests.api.service.conftest import PASSWORD, Client, Clock, account, browser


def sign_in(asking: TestClient, login: str, password: str, code: str | None = None) -> tuple[int, str]:
    told = asking.post("/api/v1/session", json={"login": login, "password": password, "code": code})
    return told.status_code, told.json().get("error", {}).get("code", "")


def test_a_one_time_password_opens_nothing_but_its_own_change(service: FastAPI, office: Site, clock: Clock) -> None:
    with office.write_session() as session:
        made = access.add_user(session, login="boss", role="manager", at=clock.now, by="test")
    asking = browser(service)
    told = asking.post("/api/v1/session", json={"login": "boss", "password": made.password})
    asking.headers[CSRF_HEADER] = told.json()["csrf"]
    assert told.json()["must"] == "change_password"
    assert asking.get("/api/v1/ledger/head").json()["error"]["code"] == "change_password"
    body = {"old": made.password, "new": PASSWORD}
    assert asking.post("/api/v1/me/password", json=body).status_code == 204
    assert asking.get("/api/v1/me").status_code == 401  # every session ended
    assert sign_in(asking, "boss", PASSWORD) == (201, "")
    assert asking.get("/api/v1/ledger/head").status_code == 200


def test_a_one_time_password_is_good_for_three_days(stranger: TestClient, office: Site, clock: Clock) -> None:
    with office.write_session() as session:
        made = access.add_user(session, login="boss", role="manager", at=clock.now, by="test")
    clock.pass_(hours=73)
    assert sign_in(stranger, "boss", made.password) == (401, "wrong_login")


def test_five_wrong_passwords_lock_for_a_quarter_of_an_hour(stranger: TestClient, office: Site, clock: Clock) -> None:
    login, _ = account(office, Role.RECEPTION, clock.now)
    assert [sign_in(stranger, login, "wrong")[0] for _ in range(5)] == [401] * 5
    assert sign_in(stranger, login, PASSWORD) == (429, "locked")
    clock.pass_(minutes=16)
    assert sign_in(stranger, login, PASSWORD) == (201, "")


def test_somebody_unknown_is_refused_as_somebody_with_a_wrong_password(stranger: TestClient) -> None:
    assert sign_in(stranger, "nobody", PASSWORD) == (401, "wrong_login")


def test_who_needs_a_code_cannot_sign_in_without_and_no_code_counts_twice(
    service: FastAPI, office: Site, clock: Clock
) -> None:
    login, code = account(office, Role.RISK, clock.now)
    assert code is not None
    clock.pass_(minutes=5)
    now = code(clock.now)
    assert sign_in(browser(service), login, PASSWORD) == (401, "wrong_login")
    assert sign_in(browser(service), login, PASSWORD, now) == (201, "")
    assert sign_in(browser(service), login, PASSWORD, now) == (401, "wrong_login")


@pytest.mark.parametrize(
    ("hours", "asks_every_hours", "lasts"),
    [
        (0.5, 0.5, True),  # in use
        (2.0, 2.0, False),  # an hour without a request
        (11.0, 0.5, True),  # a long day
        (13.0, 0.5, False),  # longer than a day's work, though in use
    ],
)
def test_a_session_ends_when_idle_and_at_the_end_of_the_day(
    client: Client, clock: Clock, hours: float, asks_every_hours: float, lasts: bool
) -> None:
    asking = client(Role.RECEPTION)
    for _ in range(round(hours / asks_every_hours)):
        clock.pass_(hours=asks_every_hours)
        told = asking.get("/api/v1/me")
    assert (told.status_code == 200) == lasts


def test_signing_out_ends_the_session(client: Client) -> None:
    asking = client(Role.RECEPTION)
    cookies = dict(asking.cookies)
    assert asking.delete("/api/v1/session").status_code == 204
    asking.cookies.update(cookies)  # a stolen copy of the cookie
    assert asking.get("/api/v1/me").status_code == 401


def test_whoever_is_disabled_is_out_at_once(client: Client, office: Site) -> None:
    reception, admin = client(Role.RECEPTION), client(Role.ADMIN)
    user = reception.get("/api/v1/me").json()["id"]
    assert admin.delete(f"/api/v1/users/{user}").status_code == 204
    assert reception.get("/api/v1/me").status_code == 401


def test_a_revoked_kiosk_is_out(client: Client) -> None:
    admin = client(Role.ADMIN)
    made = admin.post("/api/v1/devices", json={"name": "entrance"}).json()
    assert [row["revoked_at"] for row in admin.get("/api/v1/devices").json()["items"]] == [None]
    assert admin.delete(f"/api/v1/devices/{made['id']}").status_code == 204
    assert admin.get("/api/v1/devices").json()["items"][0]["revoked_at"] is not None


@pytest.mark.parametrize("login", ["", "x", "Li Ming", "a" * 33, "<script>", "' OR 1=1 --"])
def test_a_login_that_is_none_is_refused(client: Client, login: str) -> None:
    told = client(Role.ADMIN).post("/api/v1/users", json={"login": login, "role": "agent"})
    assert (told.status_code, told.json()["error"]["code"]) == (422, "invalid")


def test_who_let_whom_in_is_on_record_without_their_secrets(client: Client, office: Site) -> None:
    admin = client(Role.ADMIN)
    made = admin.post("/api/v1/users", json={"login": "li.ming", "role": "agent"}).json()
    by = admin.get("/api/v1/me").json()["id"]
    with office.read_session() as session:
        last = list(entries_of_kind(session, "access"))[-1]
    told = json.loads(last.payload)
    assert (told["what"], told["subject"], told["recorded_by"]) == ("user added", made["id"], f"user:{by}")
    assert made["secret"] not in last.payload
    assert "li.ming" not in last.payload
