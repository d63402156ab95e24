"""Somebody who guesses passwords."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from starlette.testclient import TestClient

from api.access.roles import Role
from models import access
from models.access import secrets
from models.access.tries import FAILURES, Strangers
from models.site import Site
from tests.api.service.conftest import PASSWORD, Client, Clock, account
from tests.api.service.test_access import API, error, sign_in
from tests.models.builders import FOUNDED


def test_five_wrong_passwords_lock_for_a_quarter_of_an_hour(stranger: TestClient, office: Site, clock: Clock) -> None:
    login, _ = account(office, Role.RECEPTION, clock.now)
    assert [sign_in(stranger, login, "wrong")[0] for _ in range(5)] == [401] * 5
    assert sign_in(stranger, login, PASSWORD) == (429, "locked")
    clock.pass_(minutes=16)
    assert sign_in(stranger, login, PASSWORD) == (201, "")


def test_a_second_factor_is_no_place_to_guess_the_password(client: Client) -> None:
    asking = client(Role.RISK)
    path, body = f"{API}/me/code/offer", {"password": "a wrong one"}
    told = [error(asking.post(path, json=body))[:2] for _ in range(FAILURES + 1)]
    assert told == [(422, "password_wrong")] * FAILURES + [(429, "locked")]


def test_who_finds_no_place_in_line_is_sent_away_at_once_and_has_not_tried(
    stranger: TestClient, office: Site, clock: Clock
) -> None:
    login, _ = account(office, Role.RECEPTION, clock.now)
    with ExitStack() as line:
        while line.enter_context(secrets.place_in_line()):
            pass
        for _ in range(FAILURES + 1):
            told = stranger.post(f"{API}/session", json={"login": login, "password": "wrong"})
            assert (error(told)[:2], told.headers["Retry-After"]) == ((429, "too_many"), "1")
    assert sign_in(stranger, login, PASSWORD) == (201, "")


def test_guessing_the_password_with_a_stolen_session_locks_the_account(client: Client, stranger: TestClient) -> None:
    asking = client(Role.RECEPTION)
    body = {"old": "a wrong one", "new": "another password"}
    told = [error(asking.post(f"{API}/me/password", json=body))[:2] for _ in range(FAILURES + 1)]
    assert told == [(422, "password_wrong")] * FAILURES + [(429, "locked")]
    assert sign_in(stranger, "reception-1", PASSWORD) == (429, "locked")


@pytest.mark.parametrize("login", ["reception-1", "Nobody"])
def test_who_guesses_is_not_told_which_logins_there_are(
    stranger: TestClient, office: Site, clock: Clock, login: str
) -> None:
    account(office, Role.RECEPTION, clock.now)
    told = [stranger.post(f"{API}/session", json={"login": login, "password": "wrong"}) for _ in range(FAILURES + 1)]
    assert [error(one)[:2] for one in told] == [(401, "wrong_login")] * FAILURES + [(429, "locked")]
    assert "15" in told[-1].json()["error"]["message"]
    clock.pass_(minutes=16)
    assert sign_in(stranger, login, "wrong") == (401, "wrong_login")


def test_of_logins_that_nobody_has_only_so_many_are_remembered() -> None:
    strangers = Strangers(most=2)
    for login in ("first", "second", "third"):
        assert [strangers.another("office", login, FOUNDED) for _ in range(FAILURES)] == [None] * FAILURES
    assert strangers.another("office", "third", FOUNDED) is not None
    assert strangers.another("elsewhere", "third", FOUNDED) is None  # pushes the second out
    assert strangers.another("office", "second", FOUNDED) is None


def test_many_guesses_at_once_are_no_more_than_five(office: Site, clock: Clock) -> None:
    login, _ = account(office, Role.RECEPTION, clock.now)

    def guess(number: int) -> str:
        told = access.sign_in(office.database, login=login, password=f"guess {number}", code=None, at=clock.now)
        assert isinstance(told, access.Refused)
        return told.reason

    with ThreadPoolExecutor(10) as many:
        told = list(many.map(guess, range(10)))
    assert (told.count("wrong_login"), told.count("locked")) == (FAILURES, 10 - FAILURES)
