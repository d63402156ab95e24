"""The service on a real site, and somebody of any role who has signed in to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from shutil import copytree
from uuid import uuid4

import pyotp
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from api.access.gate import COOKIE, CSRF_HEADER
from api.access.roles import SECOND_FACTOR, Role
from api.app import create_app
from models import access
from models.access.records import User
from models.access.secrets import hashed
from models.ledger.append import append
from models.ledger.kinds import AccessChanged
from models.site import Site, create_site, open_site
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


@pytest.fixture(scope="session")
def new_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site folder in which nothing has happened."""
    folder = tmp_path_factory.mktemp("new") / "office"
    create_site(folder, at=FOUNDED).close()
    return folder


@pytest.fixture
def office(tmp_path: Path, new_office: Path) -> Iterator[Site]:
    copytree(new_office, tmp_path / "office")
    with open_site(tmp_path / "office") as made:
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
    login, _ = account(office, role, clock.now)
    clock.pass_(seconds=60)
    begin(asking, office, login, clock.now)
    return asking


def browser(service: FastAPI) -> TestClient:
    return TestClient(service, base_url="https://office.test", raise_server_exceptions=False)


def account(office: Site, role: Role, at: datetime) -> tuple[str, Callable[[datetime], str] | None]:
    """A user of this role whose account is in order: the login, and the authenticator app where one is needed."""
    login = f"{role}-1"
    user = seat(office, login, role, at)
    if role not in SECOND_FACTOR:
        return login, None
    with office.write_session() as session:
        app = pyotp.TOTP(access.offer_totp(session, user))
        access.enrol_totp(session, user, code=app.at(at), at=at, by="test")
    return login, app.at


def seat(
    office: Site, login: str, role: Role, at: datetime, *, person: str | None = None, distributor: str | None = None
) -> str:
    """A user who has `PASSWORD`, hashed once for all tests: a hash takes a tenth of a second on purpose."""
    user = User(
        id=uuid4().hex,
        login=login,
        role=role,
        person_id=person,
        distributor=distributor,
        password_hash=_hashed(),
        failures=0,
        created_at=at,
    )
    with office.write_session() as session:
        session.add(user)
        added = AccessChanged(at=at, what="user added", subject=user.id, role=role)
        append(session, [added], at=at, by="test")
        return user.id


@cache
def _hashed() -> str:
    return hashed(PASSWORD)


def begin(asking: TestClient, office: Site, login: str, at: datetime) -> None:
    """Have somebody be signed in who need not show their password for it."""
    with office.write_session() as session:
        user = session.scalars(select(User).where(User.login == login)).one()
        signed = access.begin_session(session, user, at=at)
    asking.cookies.set(COOKIE, signed.token, domain="office.test")
    asking.headers[CSRF_HEADER] = signed.csrf
