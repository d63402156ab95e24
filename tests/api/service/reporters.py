"""An office under rules that speak of reports, and the agents who report to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from api.access.gate import CSRF_HEADER
from api.access.roles import Role
from attribution.entries import Arrive
from models.ledger.append import append
from models.settings import SiteSettings
from models.site import Site
from tests.api.service.conftest import PASSWORD, begin, browser, seat
from tests.models.builders import FOUNDED
from tests.models.somebody import Somebody, stored

SETTINGS = SiteSettings(policy="outreach-1031")
"""A report holds for a visit within seven days of it."""

VISIT = "2026-03-03T14:00:00+08:00"
REPORTS = "/api/v1/reports"


@dataclass(frozen=True, kw_only=True)
class Party:
    """Somebody who reports, signed in; ``person`` the claimant they are, None for a liaison."""

    person: str | None
    login: str
    asking: TestClient

    def sign_in(self) -> None:
        told = self.asking.post("/api/v1/session", json={"login": self.login, "password": PASSWORD})
        self.asking.headers[CSRF_HEADER] = told.json()["csrf"]

    def report(self, key: str | None = None, /, **body: object) -> Response:
        """Report a customer: 王芳 by default, with all that the rules ask for."""
        headers = {"Idempotency-Key": key} if key else {}
        said = {"phone": "13800138000", "name": "王芳", "visit_at": VISIT, "via": "wechat", **body}
        told = {name: value for name, value in said.items() if value is not None}
        return self.asking.post(REPORTS, json=told, headers=headers)


def code(told: Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return told.status_code, told.json()["error"]["code"]


def agent(service: FastAPI, office: Site, login: str, *, distributor: str = "贝壳") -> Party:
    """An agent with an account of their own."""
    person = stored(office, Somebody(name=f"经纪人{login}", distributor=distributor, consents=0))
    return party(service, office, login, role=Role.AGENT, person=person, distributor=distributor)


def party(
    service: FastAPI, office: Site, login: str, *, role: Role, person: str | None = None, distributor: str | None = None
) -> Party:
    seat(office, login, role, FOUNDED, person=person, distributor=distributor)
    who = Party(person=person, login=login, asking=browser(service))
    begin(who.asking, office, login, service.state.clock())
    return who


def came(office: Site, customer: str, *, at: datetime, led_by: str | None = None) -> None:
    """Put a visit on record."""
    door = {led_by: (0.0, 0.1)} if led_by else {}
    with office.write_session() as session:
        append(session, [Arrive(do="arrive", at=at, person=customer, door=door)], at=at, by="door")
