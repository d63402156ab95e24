"""Who gets in, and who may do what: denied unless the table says otherwise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from api.access.gate import COOKIE, CSRF_HEADER
from api.access.page import access_page
from api.access.roles import Role
from api.access.table import MATRIX
from api.limit import MOST_BYTES
from api.messages import MESSAGES
from api.routes import ROUTERS
from models.site import Site
from tests.api.service.conftest import PASSWORD, Client, Clock, account, browser

ROUTES = sorted(
    (method, route.path)
    for router in ROUTERS
    for route in iter_route_contexts(router.routes)
    if route.path
    for method in route.methods or ()
)


ENDING = {("DELETE", "/api/v1/session"), ("DELETE", "/api/v1/me/sessions")}
"""Whoever asked for these is a stranger afterwards."""


def concrete(path: str) -> str:
    return re.sub(r"\{\w+\}", "0" * 32, path)


def test_the_table_names_every_route_and_no_other() -> None:
    assert sorted(MATRIX) == ROUTES


def test_a_stranger_is_asked_to_sign_in(stranger: TestClient) -> None:
    closed = [place for place in ROUTES if MATRIX[place] is not None]
    told = {(method, path): stranger.request(method, concrete(path)) for method, path in closed}
    codes = {place: (one.status_code, one.json()["error"]["code"]) for place, one in told.items()}
    assert codes == dict.fromkeys(closed, (401, "unauthenticated"))


@pytest.mark.parametrize("role", list(Role))
def test_each_role_is_let_in_where_the_table_says_and_nowhere_else(client: Client, role: Role) -> None:
    asking = client(role)
    for method, path in ROUTES:
        allowed = MATRIX[method, path]
        if allowed is None or (method, path) in ENDING:
            continue
        told = asking.request(method, concrete(path))
        refused = told.status_code == 403 and told.json()["error"]["code"] == "forbidden"
        assert refused == (role not in allowed), (method, path, told.text)
        assert told.status_code != 401


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/openapi.json", 404, "not_found"),
        ("PUT", "/api/v1/me", 405, "method_not_allowed"),
        ("POST", "/api/v1/session", 422, "invalid"),
    ],
)
def test_every_refusal_has_the_one_shape(stranger: TestClient, method: str, path: str, status: int, code: str) -> None:
    told = stranger.request(method, path)
    error = told.json()["error"]
    assert (told.status_code, error["code"]) == (status, code)
    assert set(error) <= {"code", "message", "field", "hint"}


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("en", "Sign in first."),  # English is asked for
        ("zh-CN,zh;q=0.9,en;q=0.8", "请先登录。"),  # what a Chinese browser sends
        ("en-GB,en;q=0.9,zh;q=0.5", "Sign in first."),  # English first
        ("fr", "请先登录。"),  # neither: the office's language
        ("en;q=nonsense", "Sign in first."),  # the only one named
    ],
)
def test_refusals_are_told_in_the_language_asked_for(stranger: TestClient, wanted: str, message: str) -> None:
    told = stranger.get("/api/v1/me", headers={"Accept-Language": wanted})
    assert told.json()["error"]["message"] == message


def test_the_page_of_access_is_the_table(checkout: Path) -> None:
    assert (checkout / "docs/access.md").read_text(encoding="utf-8") == access_page()


def test_every_message_is_there_in_both_languages() -> None:
    assert [code for code, said in MESSAGES.items() if set(said) != {"zh", "en"} or not all(said.values())] == []


def test_a_change_needs_the_token_of_the_own_page(client: Client) -> None:
    asking = client(Role.ADMIN)
    del asking.headers[CSRF_HEADER]
    assert asking.get("/api/v1/users").status_code == 200
    told = asking.post("/api/v1/users", json={"login": "li", "role": "agent"})
    assert (told.status_code, told.json()["error"]["code"]) == (403, "csrf")


def test_the_cookie_is_for_this_site_and_not_for_scripts(service: FastAPI, office: Site, clock: Clock) -> None:
    login, _ = account(office, Role.MANAGER, clock.now)
    told = browser(service).post("/api/v1/session", json={"login": login, "password": PASSWORD})
    cookie = told.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Secure"))


def test_a_wrong_body_is_not_repeated_in_the_answer(stranger: TestClient) -> None:
    told = stranger.post("/api/v1/session", json={"login": "li", "password": {"oops": "13800138000"}})
    assert told.status_code == 422
    assert told.json()["error"]["field"] == "password"
    assert "13800138000" not in told.text


def test_a_body_that_is_too_large_is_refused_unread(stranger: TestClient) -> None:
    told = stranger.post("/api/v1/session", content=b"x" * (MOST_BYTES + 1))
    assert (told.status_code, told.json()["error"]["code"]) == (413, "too_large")


def test_a_body_without_a_length_is_refused(stranger: TestClient) -> None:
    told = stranger.post("/api/v1/session", content=iter([b"{}"]))
    assert (told.status_code, told.json()["error"]["code"]) == (411, "length_required")
