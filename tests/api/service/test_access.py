"""Signing in, one's own account, users and devices."""

from __future__ import annotations

import json

import pyotp
import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from api.access.gate import COOKIE, CSRF_HEADER
from api.access.roles import Role
from models import access
from models.ledger.read import entries_of_kind
from models.site import Site
from tests.api.service.conftest import PASSWORD, Client, Clock, account, browser
from tests.models.somebody import CUSTOMER, Somebody, stored

API = "/api/v1"


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
    told = client(Role.ADMIN).post("/api/v1/users", json={"login": login, "role": "reception"})
    assert (told.status_code, told.json()["error"]["code"]) == (422, "invalid")


def test_who_let_whom_in_is_on_record_without_their_secrets(client: Client, office: Site) -> None:
    admin = client(Role.ADMIN)
    made = admin.post("/api/v1/users", json={"login": "li.ming", "role": "reception"}).json()
    by = admin.get("/api/v1/me").json()["id"]
    with office.read_session() as session:
        last = list(entries_of_kind(session, "access"))[-1]
    told = json.loads(last.payload)
    assert (told["what"], told["subject"], told["recorded_by"]) == ("user added", made["id"], f"user:{by}")
    assert made["secret"] not in last.payload
    assert "li.ming" not in last.payload


def error(told: Response) -> tuple[int, str, str | None]:
    said = told.json()["error"]
    return told.status_code, said["code"], said.get("field") or said.get("hint")


def test_the_second_factor_is_made_here_and_in_use_from_its_first_code_on(
    service: FastAPI, office: Site, clock: Clock
) -> None:
    with office.write_session() as session:
        made = access.add_user(session, login="risk", role="risk", at=clock.now, by="test")
    access.change_password(office.database, made.id, old=made.password, new=PASSWORD, at=clock.now, by="test")
    asking = browser(service)
    told = asking.post(f"{API}/session", json={"login": "risk", "password": PASSWORD})
    asking.headers[CSRF_HEADER] = told.json()["csrf"]
    assert told.json()["must"] == "enrol_code"
    assert error(asking.post(f"{API}/me/code", json={"code": "123456"}))[0] == 422  # nothing offered yet
    first = asking.post(f"{API}/me/code/offer").json()
    offer = asking.post(f"{API}/me/code/offer").json()
    assert offer["uri"].startswith("otpauth://totp/")
    assert offer["secret"] in offer["uri"]
    early = pyotp.TOTP(first["secret"]).at(clock.now)
    assert asking.post(f"{API}/me/code", json={"code": early}).status_code == 422  # the later offer counts
    code = pyotp.TOTP(offer["secret"]).at(clock.now)
    assert asking.post(f"{API}/me/code", json={"code": code}).status_code == 204
    assert asking.get(f"{API}/me").json()["must"] is None
    assert sign_in(browser(service), "risk", PASSWORD) == (401, "wrong_login")
    offered = f"{API}/me/code/offer"
    assert error(asking.post(offered))[::2] == (422, "password")  # a stolen session has none
    assert error(asking.post(offered, json={"password": "a wrong one"}))[:2] == (422, "password_wrong")
    anew = asking.post(offered, json={"password": PASSWORD}).json()["secret"]
    assert asking.post(f"{API}/me/code", json={"code": pyotp.TOTP(anew).at(clock.now)}).status_code == 204
    with office.read_session() as session:
        payloads = [one.payload for one in entries_of_kind(session, "access")]
    assert not any(offer["secret"] in one for one in payloads)


@pytest.mark.parametrize(
    ("body", "at_fault"),
    [
        ({"role": "agent"}, "person: give the id"),  # an agent is somebody
        ({"role": "agent", "person": "0" * 32}, "person: give the id"),  # nobody of that id
        ({"role": "agent", "person": "CUSTOMER"}, "person: give the id"),  # a customer is no claimant
        ({"role": "agent", "person": "AGENT", "distributor": "链家"}, "distributor: not the one"),
        ({"role": "liaison"}, "distributor: give the name"),
        ({"role": "liaison", "distributor": "链家"}, "distributor: give the name"),  # no agents of theirs
        ({"role": "reception", "distributor": "贝壳"}, "distributor: only an agent"),
        ({"role": "auditor", "person": "AGENT"}, "person: only an agent"),
        ({"role": "manager", "person": "CUSTOMER"}, "person: give the id"),  # a customer is no claimant
        ({"role": "kiosk"}, "role"),  # a device
    ],
    ids=str,
)
def test_a_user_who_acts_for_somebody_acts_for_somebody_on_record(
    client: Client, office: Site, body: dict[str, str], at_fault: str
) -> None:
    ids = {"CUSTOMER": stored(office, CUSTOMER), "AGENT": stored(office, Somebody())}
    filled = {field: ids.get(value, value) for field, value in body.items()}
    status, code, said = error(client(Role.ADMIN).post(f"{API}/users", json={"login": "li.ming", **filled}))
    assert (status, code) == (422, "invalid")
    assert (said or "").startswith(at_fault)


def test_an_agent_belongs_to_whom_they_work_for(client: Client, office: Site) -> None:
    admin, agent = client(Role.ADMIN), stored(office, Somebody())
    admin.post(f"{API}/users", json={"login": "li.ming", "role": "agent", "person": agent})
    admin.post(f"{API}/users", json={"login": "beike", "role": "liaison", "distributor": "贝壳"})
    rows = {row["login"]: row for row in admin.get(f"{API}/users").json()["items"]}
    assert (rows["li.ming"]["person"], rows["li.ming"]["distributor"]) == (agent, "贝壳")
    assert (rows["beike"]["person"], rows["beike"]["distributor"]) == (None, "贝壳")


@pytest.mark.parametrize("role", ["reception", "specialist", "manager", "risk"])
def test_staff_may_be_a_claimant_besides(client: Client, office: Site, role: str) -> None:
    admin = client(Role.ADMIN)
    consultant = stored(office, Somebody(role="consultant", distributor=None))
    for login, person in (("li.ming", consultant), ("sun.li", None)):
        assert admin.post(f"{API}/users", json={"login": login, "role": role, "person": person}).status_code == 201
    told = {row["login"]: (row["person"], row["distributor"]) for row in admin.get(f"{API}/users").json()["items"]}
    assert (told["li.ming"], told["sun.li"]) == ((consultant, None), (None, None))


def test_a_login_is_given_once(client: Client) -> None:
    admin = client(Role.ADMIN)
    assert admin.post(f"{API}/users", json={"login": "li.ming", "role": "reception"}).status_code == 201
    assert error(admin.post(f"{API}/users", json={"login": "li.ming", "role": "manager"}))[:2] == (409, "conflict")


def test_users_are_told_in_pages_the_newest_first(client: Client, clock: Clock) -> None:
    admin = client(Role.ADMIN)
    for number in range(4):
        clock.pass_(seconds=1)
        admin.post(f"{API}/users", json={"login": f"desk-{number}", "role": "reception"})
    logins, following = [], ""
    for _ in range(3):
        told = admin.get(f"{API}/users?limit=2{following}").json()
        logins.append([row["login"] for row in told["items"]])
        following = f"&before={told['next']}"
    assert logins == [["desk-3", "desk-2"], ["desk-1", "desk-0"], ["admin-1"]]
    assert told["next"] is None


@pytest.mark.parametrize("act", ["DELETE /users/{}", "POST /users/{}/password"])
def test_the_last_administrator_remains(client: Client, act: str) -> None:
    admin = client(Role.ADMIN)
    method, path = act.split()
    own = API + path.format(admin.get(f"{API}/me").json()["id"])
    assert error(admin.request(method, own))[:2] == (409, "last_admin")
    other = admin.post(f"{API}/users", json={"login": "second", "role": "admin"}).json()["id"]
    assert admin.delete(f"{API}/users/{other}").status_code == 204
    assert error(admin.request(method, own))[:2] == (409, "last_admin")  # somebody who cannot come in does not count
    admin.post(f"{API}/users", json={"login": "third", "role": "admin"})
    assert admin.request(method, own).is_success


@pytest.mark.parametrize("place", ["/users/{}", "/devices/{}"])
def test_nobody_is_disabled_who_is_not_there(client: Client, place: str) -> None:
    assert error(client(Role.ADMIN).delete(API + place.format("0" * 32)))[:2] == (404, "not_found")


def test_signing_out_everywhere_ends_the_session_of_a_lost_phone_too(service: FastAPI, client: Client) -> None:
    asking, phone = client(Role.RECEPTION), browser(service)
    assert sign_in(phone, "reception-1", PASSWORD) == (201, "")
    assert asking.delete(f"{API}/me/sessions").status_code == 204
    assert [one.get(f"{API}/me").status_code for one in (asking, phone)] == [401, 401]


def test_a_session_somebody_else_chose_is_not_taken_over(stranger: TestClient, office: Site, clock: Clock) -> None:
    login, _ = account(office, Role.RECEPTION, clock.now)
    chosen = {"Cookie": f"{COOKIE}=chosen-by-somebody-else"}
    told = stranger.post(f"{API}/session", json={"login": login, "password": PASSWORD}, headers=chosen)
    assert told.cookies[COOKIE] != "chosen-by-somebody-else"
    stranger.cookies.clear()
    assert stranger.get(f"{API}/me", headers=chosen).status_code == 401


def test_signing_in_anew_ends_the_session_before(client: Client) -> None:
    asking = client(Role.RECEPTION)
    before = asking.cookies[COOKIE]
    assert sign_in(asking, "reception-1", PASSWORD) == (201, "")
    asking.cookies.clear()
    asking.cookies.set(COOKIE, before)
    assert asking.get(f"{API}/me").status_code == 401


def test_the_cookie_of_a_page_without_tls_is_told_so(service: FastAPI, office: Site, clock: Clock) -> None:
    login, _ = account(office, Role.RECEPTION, clock.now)
    for scheme, is_secure in (("http", False), ("https", True)):
        asking = TestClient(service, base_url=f"{scheme}://office.test")
        told = asking.post(f"{API}/session", json={"login": login, "password": PASSWORD})
        assert ("Secure" in told.headers["set-cookie"]) == is_secure
