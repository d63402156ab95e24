"""The rules that decide, over HTTP."""

from __future__ import annotations

import json

import pytest
from starlette.testclient import TestClient

from api.access.roles import Role
from attribution.policy import policy_names
from models.ledger.read import entries_of_kind
from models.site import Site
from tests.api.service.conftest import Client

PLACE = "/api/v1/policies"
REASON = "第二季度制度生效"


@pytest.fixture
def manager(client: Client) -> TestClient:
    return client(Role.MANAGER)


def in_force(asking: TestClient) -> list[str]:
    return [one["name"] for one in asking.get(PLACE).json()["items"] if one["in_force"]]


def test_every_policy_is_listed_and_one_is_in_force(manager: TestClient, office: Site) -> None:
    assert [one["name"] for one in manager.get(PLACE).json()["items"]] == policy_names()
    assert in_force(manager) == [office.settings.policy]


def test_a_switch_is_on_record_and_decides_from_then_on(manager: TestClient, office: Site) -> None:
    told = manager.post(f"{PLACE}/switch", json={"policy": "thirds", "reason": REASON})
    assert told.status_code == 201
    assert in_force(manager) == ["thirds"]
    [switch] = manager.get(f"{PLACE}/switches").json()["items"]
    assert (switch["entry"], switch["policy"], switch["reason"]) == (told.json()["entry"], "thirds", REASON)
    with office.read_session() as session:
        [one] = entries_of_kind(session, "policy")
    assert json.loads(one.payload)["recorded_by"] == switch["by"]


def test_switching_to_what_is_in_force_is_refused(manager: TestClient, office: Site) -> None:
    told = manager.post(f"{PLACE}/switch", json={"policy": office.settings.policy, "reason": REASON})
    assert (told.status_code, told.json()["error"]["code"]) == (409, "in_force")


@pytest.mark.parametrize(
    "body",
    [
        {"policy": "unknown", "reason": REASON},
        {"policy": "../../site.yaml", "reason": REASON},  # a path is no name
        {"policy": "/etc/passwd.yaml", "reason": REASON},
        {"policy": "thirds", "reason": ""},
        {"policy": "thirds", "reason": "a\x00b"},
        {"policy": "thirds"},
    ],
)
def test_a_switch_to_nothing_or_for_no_reason_is_refused(manager: TestClient, body: dict[str, str]) -> None:
    told = manager.post(f"{PLACE}/switch", json=body)
    assert (told.status_code, told.json()["error"]["code"]) == (422, "invalid")


def test_a_policy_is_told_in_full(client: Client) -> None:
    told = client(Role.AGENT).get(f"{PLACE}/junyuan-2012").json()
    assert told["text"].startswith(("policy:", "#"))
    assert len(told["sentences"]) == told["clauses"]
    assert all(one["zh"] and one["en"] for one in told["sentences"])
    assert {one["name"] for one in told["parameters"]}


@pytest.mark.parametrize("name", ["unknown", "site"])
def test_a_policy_that_is_none_is_not_found(manager: TestClient, name: str) -> None:
    for place in (f"{PLACE}/{name}", f"{PLACE}/{name}/diff?with=thirds", f"{PLACE}/thirds/diff?with={name}"):
        told = manager.get(place)
        assert (told.status_code, told.json()["error"]["code"]) == (404, "not_found")


def test_two_policies_are_compared_by_parameter_clause_and_line(manager: TestClient) -> None:
    told = manager.get(f"{PLACE}/thirds/diff", params={"with": "seventy-thirty"}).json()
    assert told["clauses"]
    assert told["text"].startswith("--- thirds")
    same = manager.get(f"{PLACE}/thirds/diff", params={"with": "thirds"}).json()
    assert same == {"parameters": [], "clauses": [], "text": ""}


@pytest.mark.parametrize("role", [Role.AGENT, Role.RECEPTION, Role.RISK, Role.ADMIN])
def test_nobody_but_a_manager_switches(client: Client, role: Role) -> None:
    told = client(role).post(f"{PLACE}/switch", json={"policy": "thirds", "reason": REASON})
    assert (told.status_code, told.json()["error"]["code"]) == (403, "forbidden")
