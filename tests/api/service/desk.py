"""An office with people at its desk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from models.ledger.entry import LedgerEntry
from models.ledger.particulars import taken_out
from models.ledger.read import count, entry
from models.site import Site
from tests.models.somebody import CUSTOMER, Somebody, stored

API = "/api/v1"
NOBODY = "0" * 32
CONSULTANT = Somebody(name="周洁", role="consultant", distributor=None, consents=0)


@dataclass(frozen=True, kw_only=True)
class People:
    """Ids: two customers, two agents of two distributors, two consultants."""

    p1: str
    p2: str
    a1: str
    a2: str
    c1: str
    c2: str

    def fill(self, said: object) -> object:
        """``said`` with every short name in it replaced by the id."""
        ids = {**vars(self), "nobody": NOBODY}
        if isinstance(said, Mapping):
            return {ids.get(name, name): self.fill(value) for name, value in said.items()}
        if isinstance(said, list):
            return [self.fill(one) for one in said]
        return ids.get(said, said) if isinstance(said, str) else said


def people_of(office: Site) -> People:
    return People(
        p1=stored(office, CUSTOMER),
        p2=stored(office, CUSTOMER),
        a1=stored(office, Somebody(name="李明", distributor="贝壳", consents=0)),
        a2=stored(office, Somebody(name="赵强", distributor="链家", consents=0)),
        c1=stored(office, CONSULTANT),
        c2=stored(office, CONSULTANT),
    )


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Somebody at the desk of an office."""

    office: Site
    asking: TestClient
    people: People

    def filled(self, body: Mapping[str, object]) -> dict[str, object]:
        """``body`` with ids in place of short names."""
        return {field: self.people.fill(value) for field, value in body.items()}

    def post(self, path: str, body: Mapping[str, object]) -> Response:
        return self.asking.post(API + path, json=self.filled(body))

    def put(self, path: str, body: Mapping[str, object]) -> int:
        """The number of the entry that an act became."""
        told = self.post(path, body)
        assert told.status_code == 201, told.text
        return int(told.json()["entry"])

    def entry(self, seq: int) -> LedgerEntry:
        with self.office.read_session() as session:
            found = entry(session, seq)
        assert found is not None
        return found

    def payload(self, seq: int) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.entry(seq).payload)
        return said

    def sealed(self, seq: int) -> list[str]:
        """The personal values of an entry."""
        with self.office.read_session() as session:
            return sorted(one.value for one in taken_out(session, [self.payload(seq)]).values())

    @property
    def entries(self) -> int:
        """How many entries there are."""
        with self.office.read_session() as session:
            return count(session)


def refusal(told: Response) -> tuple[int, str, str | None]:
    """Status, code and field."""
    error = told.json()["error"]
    return told.status_code, error["code"], error.get("field")
