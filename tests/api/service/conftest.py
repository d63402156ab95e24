"""The service on a real site, and somebody of any role who has signed in to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.access.gate import CSRF_HEADER
from api.access.roles import SECOND_FACTOR, Role
from api.app import create_app
from models import access
from models.site import Site, create_site
from tests.models.builders import FOUNDED

PASSWORD = "a password long enough"


@dataclass(kw_only=True)
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = FOUNDED

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Site]:
    with create_site(tmp_path / "office", at=FOUNDED) as made:
        yield made


@pytest.fixture
def service(office: Site, clock: Clock) -> FastAPI:
    return create_app(office, clock=clock)


@pytest.fixture
def stranger(service: FastAPI) -> TestClient:
    """A browser in which nobody has signed in."""
    return browser(service)


Client = Callable[[Role], TestClient]


@pytest.fixture
def client(service: FastAPI, office: Site, clock: Clock) -> Client:
    """A browser in which somebody of this role has signed in; for a kiosk a device."""
    return lambda role: signed_in(service, office, role, clock)


def signed_in(service: FastAPI, office: Site, role: Role, clock: Clock) -> TestClient:
    """A new browser of somebody with this role, who has signed in a minute later; for a kiosk its device."""
    asking = browser(service)
    if role is Role.KIOSK:
        with office.write_session() as session:
            _, token = access.add_device(session, name="entrance", at=clock.now, by="test")
        asking.headers["Authorization"] = f"Device {token}"
        return asking
    login, code = account(office, role, clock.now)
    clock.pass_(seconds=60)  # a code counts once
    told = asking.post(
        "/api/v1/session", json={"login": login, "password": PASSWORD, "code": code(clock.now) if code else None}
    )
    asking.headers[CSRF_HEADER] = told.json()["csrf"]
    return asking


def browser(service: FastAPI) -> TestClient:
    return TestClient(service, base_url="https://office.test", raise_server_exceptions=False)


def account(office: Site, role: Role, at: datetime) -> tuple[str, Callable[[datetime], str] | None]:
    """A user of this role whose account is in order: the login, and the authenticator app where one is needed."""
    login = f"{role}-1"
    with office.write_session() as session:
        made = access.add_user(session, login=login, role=role, at=at, by="test")
    access.change_password(office.database, made.id, old=made.password, new=PASSWORD, at=at, by="test")
    if role not in SECOND_FACTOR:
        return login, None
    with office.write_session() as session:
        app = pyotp.TOTP(access.offer_totp(session, made.id))
        access.enrol_totp(session, made.id, code=app.at(at), at=at, by="test")
    return login, app.at
