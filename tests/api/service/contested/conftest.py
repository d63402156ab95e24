"""Two agents contest one customer, and everybody who has to do with it sits at the service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from api.access.roles import Role
from models.site import Site
from tests.api.service.conftest import Clock
from tests.api.service.seated import seated
from tests.models.contest import SIGNED, Contest, contest
from tests.models.somebody import Somebody, stored

DISPUTES = "/api/v1/disputes"
CUSTOMERS = "/api/v1/customers"
TO = {"贝壳": "1/2", "链家": "1/2"}


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """A dispute that 链家's agent opened against 贝壳's, and everybody signed in."""

    seq: int
    one: Contest
    first: TestClient
    second: TestClient
    stranger: TestClient
    manager: TestClient
    risk: TestClient

    def propose(self, by: TestClient, **body: object) -> Response:
        said = {"to": TO, "reason": "同时进门", **body}
        return by.post(f"{DISPUTES}/{self.seq}/proposal", json=said)

    def confirm(self, by: TestClient, proposal: int, *, agrees: bool = True) -> Response:
        return by.post(f"{DISPUTES}/{self.seq}/confirmation", json={"proposal": proposal, "agrees": agrees})

    def frame(self, by: TestClient, arrival: str, reason: str = "核对先后") -> Response:
        sha256 = self.one.frames[arrival].sha256
        return by.post(f"{DISPUTES}/{self.seq}/frames/{arrival}/{sha256}", json={"reason": reason})


Seat = Callable[..., TestClient]


@pytest.fixture
def seat(service: FastAPI, office: Site, clock: Clock) -> Seat:
    """Seats somebody of a role, as a ``person`` or of a ``distributor``, after the slips were signed."""
    clock.now = max(clock.now, SIGNED)
    return lambda role, **who: seated(service, office, role, at=clock.now, **who)


@pytest.fixture
def one(office: Site) -> Contest:
    return contest(office)


@pytest.fixture
def hearing(office: Site, seat: Seat, one: Contest) -> Hearing:
    third = stored(office, Somebody(name="孙丽", consents=0))
    second = seat(Role.AGENT, person=one.second)
    told = second.post(DISPUTES, json={"person": one.customer})
    assert told.status_code == 201, told.text
    return Hearing(
        seq=told.json()["entry"],
        one=one,
        first=seat(Role.AGENT, person=one.first),
        second=second,
        stranger=seat(Role.AGENT, person=third),
        manager=seat(Role.MANAGER),
        risk=seat(Role.RISK),
    )


def refused(told: Response) -> tuple[int, str]:
    return told.status_code, told.json()["error"]["code"]


def detail(hearing: Hearing, by: TestClient) -> dict[str, Any]:
    told = by.get(f"{DISPUTES}/{hearing.seq}")
    assert told.status_code == 200, told.text
    answer: dict[str, Any] = told.json()
    return answer
