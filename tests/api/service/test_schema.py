"""Every operation of the description, called with what the description allows and does not: no failure of the service,
no answer that is not described, and nothing of another distributor's customers to an agent or liaison."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from httpx2 import Request
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from api.access.roles import PARTIES, Role
from api.access.table import MATRIX
from api.app import create_app
from api.openapi import description
from models.settings import SiteSettings
from models.site import Site, create_site
from tests.api.service.conftest import Clock, signed_in
from tests.api.service.reporters import Party, agent, party
from tests.models.builders import FOUNDED
from tests.models.desk.door import came, crossed

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
LEFT_OUT = {
    ("GET", "/api/v1/events"),  # has no end
    ("DELETE", "/api/v1/session"),  # whoever asked is a stranger afterwards
    ("DELETE", "/api/v1/me/sessions"),
    ("POST", "/api/v1/me/password"),  # five guesses lock the account
}
HEX_ID = re.compile(r"[0-9a-f]{32}")
Operation = APIOperation[Any, Any, Any, Any]
AnyCase = Case[Any]
OURS, THEIRS = "贝壳", "链家"


@dataclass(kw_only=True)
class Seeded:
    """An office with customers of two distributors; ``people`` and ``numbers`` to ask for, ``secrets`` of THEIRS."""

    service: FastAPI
    asking: dict[Role, TestClient]
    people: list[str] = field(default_factory=list)
    arrivals: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)


OTHERS = tuple(role for role in Role if role not in PARTIES)


@pytest.fixture
def seeded(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Seeded]:
    """An office for all that is asked of it: what is asked changes it, as in life. Where parties are asked nobody else
    is there, who could make a customer of others theirs."""
    with create_site(tmp_path / "office", SiteSettings(policy="outreach-1031"), at=FOUNDED) as office:
        clock = Clock(now=FOUNDED + timedelta(hours=2))
        yield _seeded(office, clock, only_parties=request.param)


of_parties = pytest.mark.parametrize("seeded", [True], indirect=True, ids=["parties"])
of_others = pytest.mark.parametrize("seeded", [False], indirect=True, ids=["others"])


def _seeded(office: Site, clock: Clock, *, only_parties: bool) -> Seeded:
    service = create_app(office, clock=clock)
    ours, theirs = agent(service, office, "ours"), agent(service, office, "theirs", distributor=THEIRS)
    liaison = party(service, office, "liaison", role=Role.LIAISON, distributor=OURS)
    made = Seeded(service=service, asking={Role.AGENT: ours.asking, Role.LIAISON: liaison.asking})
    for one, name, phone in ((ours, "王芳", "13800138000"), (theirs, "欧阳不可见", "13977778888")):
        _business(office, made, one, name=name, phone=phone)
    made.secrets += ["欧阳不可见", "13977778888", "7777", made.people[3]]
    for role in () if only_parties else OTHERS:
        made.asking[role] = signed_in(service, office, role, clock)
    return made


def _business(office: Site, made: Seeded, one: Party, *, name: str, phone: str) -> None:
    told = one.report(name=name, phone=phone).json()
    assert one.person is not None
    number = len(made.arrivals) + 1
    crossing = crossed(number, 60.0 * number, known=one.person)
    came(office, crossing)
    disputed = one.asking.post("/api/v1/disputes", json={"person": told["customer"]})
    assert disputed.status_code == 201, disputed.text
    made.people += [one.person, told["customer"]]
    made.arrivals.append(crossing.arrival)
    made.numbers += [told["report"], disputed.json()["entry"]]


def cases(seeded: Seeded, operation: Operation) -> st.SearchStrategy[AnyCase]:
    """Requests as described, and requests that are not; every other one names what there is in the office."""
    modes = [GenerationMode.POSITIVE] + ([GenerationMode.NEGATIVE] if operation.body else [])
    requests = st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes])
    return st.builds(lambda case, named: _naming(seeded, case, named), requests, st.integers(0, 11))


def _naming(seeded: Seeded, case: AnyCase, named: int) -> AnyCase:
    if named % 2:
        return case
    for name, value in case.path_parameters.items():
        case.path_parameters[name] = _known(seeded, value, named // 2)
    if isinstance(case.body, dict):
        case.body = {name: _known(seeded, value, named // 2) for name, value in case.body.items()}
    return case


def _known(seeded: Seeded, value: Any, which: int) -> Any:  # noqa: ANN401 — whatever JSON holds
    if isinstance(value, str) and HEX_ID.fullmatch(value):
        return seeded.people[which % len(seeded.people)]
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return seeded.numbers[which % len(seeded.numbers)]
    return value


class LeakError(AssertionError):
    """Something of another distributor's customers in an answer to a party."""


def ask(seeded: Seeded, role: Role, case: AnyCase) -> None:
    """Ask, and hold the answer against the description and against what the role may know."""
    said = case.as_transport_kwargs(base_url="https://office.test")
    said.pop("cookies", None)
    headers = {name: value for name, value in said.pop("headers").items() if name.lower() not in OWN_HEADERS}
    told = seeded.asking[role].request(headers=headers, **said)
    told.request = Request(told.request.method, told.request.url)  # a form that was sent cannot be read again
    case.validate_response(told, checks=CHECKS)
    if role in PARTIES and (leaked := [one for one in seeded.secrets if one in told.text]):
        raise LeakError(f"{told.request.url.path} tells {role} of {leaked}: {told.text[:300]}")


OWN_HEADERS = {"authorization", "cookie", "x-csrf-token", "user-agent"}
"""What the description leaves to whoever asks, and the browser says itself."""


def faults(seeded: Seeded, roles: Collection[Role], *, examples: int) -> list[str]:
    """What is wrong with the answers to as many requests for each operation, asked by those of ``roles`` who may."""
    found = []
    for each in schemathesis.openapi.from_dict(description(seeded.service)).get_all_operations():
        assert isinstance(each, Ok), each
        operation = each.ok()
        place = (operation.method.upper(), operation.path)
        allowed = MATRIX[place]
        asking = [role for role in roles if allowed is None or role in allowed]
        if asking and place not in LEFT_OUT:
            found += _faults_of(seeded, operation, asking, examples)
    return found


def _faults_of(seeded: Seeded, operation: Operation, asking: Sequence[Role], examples: int) -> list[str]:
    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases(seeded, operation), role=st.sampled_from(asking))
    def run(case: AnyCase, role: Role) -> None:
        ask(seeded, role, case)

    try:
        run()
    except FailureGroup as group:
        return [f"{operation.label}: {fault.title}: {fault.message}"[:600] for fault in group.exceptions]
    except LeakError as leak:
        return [f"{operation.label}: {leak}"]
    return []


@of_parties
def test_parties_are_answered_as_described_and_about_their_own(seeded: Seeded) -> None:
    assert faults(seeded, sorted(PARTIES), examples=5) == []


@of_others
def test_everybody_else_is_answered_as_described(seeded: Seeded) -> None:
    assert faults(seeded, OTHERS, examples=3) == []


@pytest.mark.slow
@of_parties
def test_parties_are_answered_so_whatever_they_ask(seeded: Seeded) -> None:
    assert faults(seeded, sorted(PARTIES), examples=300) == []


@pytest.mark.slow
@of_others
def test_everybody_else_is_answered_so_whatever_they_ask(seeded: Seeded) -> None:
    assert faults(seeded, OTHERS, examples=300) == []
