"""The description for programs, and the one shape of every refusal on every route it describes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from jsonschema_rs import validator_for
from schemathesis.specs.openapi.definitions import OPENAPI_31
from starlette.testclient import TestClient

from api.access.roles import Role
from api.access.table import MATRIX
from api.openapi import TAGS
from tests.api.service.conftest import Client

Node = dict[str, Any]
REFUSED = "#/components/responses/"


@pytest.fixture
def described(stranger: TestClient) -> Node:
    told: Node = stranger.get("/api/v1/openapi.json").json()
    return told


def operations(described: Node) -> Iterator[tuple[tuple[str, str], Node]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield (method.upper(), path), operation


def test_it_is_openapi_of_every_route_in_the_table(described: Node) -> None:
    assert list(validator_for(OPENAPI_31).iter_errors(described)) == []
    assert described["info"]["version"] == version("menjian")
    assert {place for place, _ in operations(described)} == set(MATRIX)


def test_every_operation_has_a_name_of_its_own_a_sentence_and_a_described_tag(described: Node) -> None:
    names = [operation["operationId"] for _, operation in operations(described)]
    assert sorted(names) == sorted(set(names))
    assert [place for place, operation in operations(described) if not operation.get("description")] == []
    assert {tag for _, operation in operations(described) for tag in operation["tags"]} <= set(TAGS)


def test_schemas_have_names_that_programs_can_be_made_of(described: Node) -> None:
    names = described["components"]["schemas"]
    assert [name for name in names if not re.fullmatch(r"([A-Z][a-z0-9]*)+", name)] == []
    assert {"DisputesFrameRow", "ArrivalsFrameRow", "ListedDoorRow"} <= set(names)
    assert set(re.findall(r"#/components/schemas/(\w+)", json.dumps(described))) == set(names)


def test_the_roles_of_an_operation_and_its_keys_are_those_of_the_table(described: Node) -> None:
    for place, operation in operations(described):
        allowed = MATRIX[place]
        assert set(operation["x-roles"]) == ({"public"} if allowed is None else set(allowed)), place
        keys = {key for way in operation["security"] for key in way}
        if allowed is None:
            assert keys == set(), place
            continue
        assert ("device" in keys) == (Role.KIOSK in allowed), place
        assert ("session" in keys) == bool(allowed - {Role.KIOSK}), place
        assert ("csrf" in keys) == ("session" in keys and place[0] != "GET"), place


def test_every_refusal_is_described_by_the_one_shape(described: Node) -> None:
    for place, operation in operations(described):
        for status, answer in operation["responses"].items():
            if status[0] in "45":
                assert answer["$ref"].startswith(REFUSED), (place, status)
    assert "HTTPValidationError" not in str(described)


def test_every_field_of_a_body_is_explained_or_shown(described: Node) -> None:
    silent = []
    for place, operation in operations(described):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            silent += [f"{place}: {name}" for name in unexplained(described, content["schema"], ())]
    assert silent == []


def unexplained(described: Node, schema: Node, seen: tuple[str, ...]) -> Iterator[str]:
    """Fields, also of what a body holds, with neither description nor example nor a list of what they may be."""
    if reference := schema.get("$ref"):
        if reference not in seen:
            inner = described["components"]["schemas"][reference.rpartition("/")[2]]
            yield from unexplained(described, inner, (*seen, reference))
        return
    for inner in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *filter(None, [schema.get("items")])):
        yield from unexplained(described, inner, seen)
    for name, field in schema.get("properties", {}).items():
        if not says_something(described, field):
            yield name
        yield from (f"{name}.{inner}" for inner in unexplained(described, field, seen))


def says_something(described: Node, field: Mapping[str, Any]) -> bool:
    if any(field.get(key) for key in ("description", "examples", "example", "enum", "const")):
        return True
    if reference := field.get("$ref"):
        return says_something(described, described["components"]["schemas"][reference.rpartition("/")[2]])
    return any(says_something(described, inner) for inner in (*field.get("anyOf", ()), *field.get("oneOf", ())))


def refused(told: Response, *statuses: int) -> None:
    """The answer is a refusal with one of these statuses, in the one shape."""
    said = f"{told.request.method} {told.request.url.path}: {told.status_code} {told.text[:300]}"
    assert told.status_code in statuses, said
    assert set(told.json()) == {"error"}, said
    error = told.json()["error"]
    assert set(error) <= {"code", "message", "field", "hint"}, said
    assert error["code"], said
    assert error["message"], said
    assert told.headers["X-Content-Type-Options"] == "nosniff", said
    assert told.headers["Cache-Control"] == "no-store", said


def concrete(path: str) -> str:
    return re.sub(r"\{\w+\}", "0" * 32, path)


def test_every_path_refuses_methods_it_does_not_have(stranger: TestClient, described: Node) -> None:
    for path, methods in described["paths"].items():
        unknown = next(method for method in ("put", "patch") if method not in methods)
        refused(stranger.request(unknown, concrete(path)), 405)


def test_every_route_refuses_a_stranger_and_whoever_has_another_role(service: FastAPI, client: Client) -> None:
    stranger, reception, kiosk = TestClient(service), client(Role.RECEPTION), client(Role.KIOSK)
    for (method, path), allowed in MATRIX.items():
        if allowed is None:
            continue
        refused(stranger.request(method, concrete(path)), 401)
        for role, asking in ((Role.RECEPTION, reception), (Role.KIOSK, kiosk)):
            if role not in allowed:
                refused(asking.request(method, concrete(path)), 403)


def test_every_route_that_takes_json_refuses_what_is_none_of_its_own(described: Node, client: Client) -> None:
    signed_in: dict[Role, TestClient] = {}
    for (method, path), operation in operations(described):
        if "application/json" not in operation.get("requestBody", {}).get("content", {}):
            continue
        allowed = MATRIX[method, path]
        role = min(allowed or {Role.RECEPTION}, key=list(Role).index)
        asking = signed_in.get(role) or signed_in.setdefault(role, client(role))
        for body in ("{", '{"a": 1, "a": 2}', '{"a": NaN}', "[]", "17", '"text"', '{"13800138000": 1}', "[" * 100_000):
            told = asking.request(method, concrete(path), content=body, headers={"Content-Type": "application/json"})
            refused(told, 422, 404)
            assert "13800138000" not in told.text
        refused(asking.request(method, concrete(path), content="{}", headers={"Content-Type": "text/plain"}), 415)
