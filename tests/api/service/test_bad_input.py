"""What clients send by mistake or on purpose, to every route the description knows."""

from __future__ import annotations

import asyncio
import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from api.access.roles import Role
from api.access.table import MATRIX
from api.headers import HEADERS
from api.strict import Strict, fault_of
from tests.api.service.conftest import Client

Node = dict[str, Any]
API = "/api/v1"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b'{"a": [1, 2.5, "x", null, true]}', None),
        ('{"a": "门鉴 😀"}'.encode(), None),
        (b'{"a": "\\ud83d\\ude00"}', None),  # both halves of a character
        (b'{"a": "\\ud83d"}', "half a character (a lone surrogate)"),
        (b'{"\\ud83d": 1}', "half a character (a lone surrogate)"),
        (b'{"a": 1, "a": 2}', "the same field twice"),  # readers differ in which one counts
        (b'[{"b": {"a": 1, "a": 1}}]', "the same field twice"),
        (b"[NaN]", "a number that is none"),
        (b"[-Infinity]", "a number that is none"),
        (b'{"a": "\xff"}', "not UTF-8"),
        ('{"a": "门"}'.encode("gb18030"), "not UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"[" + b"9" * 5000 + b"]", "Exceeds the limit (4300 digits) for integer string conversion"),
        (b"{", "not JSON: Expecting property name enclosed in double quotes, line 1 column 2"),
        (b"", "not JSON: Expecting value, line 1 column 1"),
        (b'{"a": 1} trailing', "not JSON: Extra data, line 1 column 10"),
        (b'{"a": "x\x00y"}', "not JSON: Invalid control character at, line 1 column 9"),
    ],
)
def test_json_means_one_thing_or_is_refused(body: bytes, fault: str | None) -> None:
    assert fault_of(body) == fault


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 401),  # read, and somebody unknown
        ("application/json; charset=utf-8", 401),
        ("APPLICATION/JSON", 401),
        ("text/plain", 415),  # what a form of another site can send without asking first
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
    ],
)
def test_only_json_is_taken_for_json(stranger: TestClient, kind: str, status: int) -> None:
    body = json.dumps({"login": "nobody", "password": "x"})
    told = stranger.post(f"{API}/session", content=body, headers={"Content-Type": kind} if kind else {})
    assert told.status_code == status, told.text


@pytest.mark.parametrize("path", [f"{API}/healthz", f"{API}/me", "/nowhere", f"{API}/openapi.json"])
def test_every_answer_tells_the_browser_to_keep_nothing(stranger: TestClient, path: str) -> None:
    told = stranger.get(path)
    assert {name: told.headers[name] for name in HEADERS} == dict(HEADERS)


def test_a_failure_of_the_service_says_nothing_of_its_inside(service: FastAPI) -> None:
    @service.get("/broken")
    def broken() -> None:
        raise ZeroDivisionError("13800138000")

    told = TestClient(service, raise_server_exceptions=False).get("/broken")
    assert (told.status_code, told.json()["error"]["code"]) == (500, "internal")
    assert "13800138000" not in told.text
    assert {name: told.headers[name] for name in HEADERS} == dict(HEADERS)


def test_a_body_that_does_not_come_is_waited_for_no_longer_than_said() -> None:
    told: list[Message] = []

    async def nothing() -> Message:
        await asyncio.sleep(60)
        raise AssertionError("waited for")

    async def send(message: Message) -> None:
        told.append(message)

    async def passed_on(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise AssertionError("a route was asked")

    headers = [(b"content-type", b"application/json"), (b"content-length", b"5")]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}
    asyncio.run(Strict(passed_on, read_s=0.01)(scope, nothing, send))
    assert told[0]["status"] == 408


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One that takes JSON: a body as its description shows, and somebody who may ask."""

    method: str
    path: str
    body: Node
    texts: tuple[tuple[str, ...], ...]
    asking: TestClient

    def ask(self, where: tuple[str, ...], text: str) -> Response:
        """Ask with this text in one field."""
        body = copy.deepcopy(self.body)
        inner = body
        for name in where[:-1]:
            inner = inner.setdefault(name, {})
        inner[where[-1]] = text
        path = re.sub(r"\{(\w+)\}", lambda name: "1" if name[1] in NUMBERS else "0" * 32, self.path)
        # ASCII escapes: a body in UTF-8 could not hold half a character at all
        return self.asking.request(self.method, path, content=json.dumps(body), headers=JSON)


NUMBERS = {"entry", "seq", "dispute", "webhook"}


@pytest.fixture
def operations(stranger: TestClient, client: Client) -> list[Operation]:
    """Every operation that takes JSON."""
    described: Node = stranger.get(f"{API}/openapi.json").json()
    signed_in: dict[Role, TestClient] = {}
    found = []
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            allowed = MATRIX[method.upper(), path]
            if content is None or allowed is None:
                continue
            role = min(allowed, key=list(Role).index)
            asking = signed_in.get(role) or signed_in.setdefault(role, client(role))
            texts = tuple(texts_of(described, content["schema"], ()))
            body = example_of(described, content["schema"])
            found.append(Operation(method=method.upper(), path=path, body=body, texts=texts, asking=asking))
    return found


def resolved(described: Node, schema: Node) -> Node:
    while reference := schema.get("$ref"):
        schema = described["components"]["schemas"][reference.rpartition("/")[2]]
    return schema


def texts_of(described: Node, schema: Node, where: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Where in a body text may stand."""
    schema = resolved(described, schema)
    if schema.get("type") == "string" and where:
        yield where
    for inner in schema.get("anyOf", ()):
        yield from texts_of(described, inner, where)
    for name, field in schema.get("properties", {}).items():
        yield from texts_of(described, field, (*where, name))


def example_of(described: Node, schema: Node) -> Any:  # noqa: ANN401 — whatever JSON holds
    """Something like what the description asks for."""
    schema = resolved(described, schema)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if examples := schema.get("examples"):
        return examples[0]
    if "anyOf" in schema:  # a body that may be left out
        return example_of(described, schema["anyOf"][0])
    if schema.get("type") == "object":
        needed = schema.get("required", ())
        return {
            name: example_of(described, field) for name, field in schema.get("properties", {}).items() if name in needed
        }
    if schema.get("format") == "date-time":
        return "2026-03-01T02:00:00Z"
    plain = {"string": "text", "integer": 1, "number": 1.0, "boolean": True, "array": []}
    return plain.get(schema.get("type", ""), "text")


UNPRINTABLE = ("nul \x00 in it", "bell \x07", "half \ud83d")


def test_no_text_field_takes_what_a_database_or_page_cannot_hold(operations: list[Operation]) -> None:
    taken = []
    places = [(operation, where) for operation in operations for where in operation.texts]
    for (operation, where), text in zip(places, cycle(UNPRINTABLE), strict=False):
        told = operation.ask(where, text)
        if told.status_code not in REFUSED or "error" not in told.json():
            taken.append(f"{operation.method} {operation.path} {where}: {told.status_code} {text!r}")
    assert taken == []
    assert len(places) > 50


REFUSED = {401, 403, 404, 409, 422}
"""401: an old password with a bell in it is a wrong one."""

INJECTIONS = ("'; DROP TABLE ledger; --", "{{7*7}} ${7*7} <%= 7 %>", "<script>alert(1)</script>", "%s%n%x", "../../x")


def test_what_looks_like_a_program_is_only_text(operations: list[Operation]) -> None:
    failed = []
    places = [(operation, where) for operation in operations for where in operation.texts]
    for (operation, where), text in zip(places, cycle(INJECTIONS), strict=False):
        told = operation.ask(where, text)
        if told.status_code >= 500:
            failed.append(f"{operation.method} {operation.path} {where}: {told.status_code} {told.text[:200]}")
    assert failed == []


@pytest.mark.parametrize("text", INJECTIONS)
def test_text_is_given_back_as_it_was_stored(client: Client, text: str) -> None:
    admin = client(Role.ADMIN)
    assert admin.post(f"{API}/devices", json={"name": text}).status_code == 201
    told = admin.get(f"{API}/devices")
    assert told.headers["Content-Type"] == "application/json"
    assert [row["name"] for row in told.json()["items"]] == [text]


def test_a_number_in_an_address_is_one_of_an_entry_or_refused(client: Client) -> None:
    asking = client(Role.MANAGER)
    for number in ("0", "-1", str(2**53), str(2**63), "9" * 400, "1e3", "NaN", "%00", "１"):
        for path in (f"/reports/{number}", f"/disputes/{number}", f"/reports?before={number}"):
            told = asking.get(API + path)
            assert told.status_code in (404, 422), (path, told.text)
