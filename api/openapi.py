"""The description of the service for programs: OpenAPI 3.1, out of the routes, the table of access and the errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api.access.gate import COOKIE, CSRF_HEADER, SAFE
from api.access.roles import PREFIX, Allowed, Role
from api.access.table import MATRIX
from api.errors import STATUS_CODES, ErrorAnswer
from api.messages import MESSAGES

Node = dict[str, Any]
REFERENCE = re.compile(r"(#/components/schemas/)(\w+)")

ABOUT = """The record of a sales office's door and desk. Sign in at `POST /api/v1/session`: the answer sets a cookie and
holds `csrf`, which every request that changes something sends as `X-CSRF-Token`. A kiosk sends `Authorization: Device
TOKEN`. Each operation names the roles it is open to (`x-roles`). Every refusal has one shape,
`{"error": {"code", "message", "field"?, "hint"?}}`: programs go by `code`, people read `message`, in Chinese or, with
`Accept-Language: en`, English. Instants are RFC 3339 with an offset. Lists are told the newest first, `next` is the
`before` of the following page."""

TAGS = {
    "access": "Signing in, one's own account, users, devices.",
    "reports": "报备 reports.",
    "kiosk": "The kiosk at the entrance: notice, consent, check-in.",
    "arrivals": "Arrivals, their frames, whom they are bound to.",
    "desk": "Confirmations, receptions, rota, follow-ups, relations, links, deals.",
    "customers": "Customers and claimants, timelines, decisions.",
    "disputes": "Disputes, from being opened to being closed, and notices.",
    "settlements": "结佣 settlements.",
    "health": "Whether the service and the door can be relied on; live events, webhooks, metrics.",
    "privacy": "What people may ask about themselves, and the rules in force.",
    "schema": "This description.",
}

SCHEMES: Node = {
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "Set by signing in."},
    "csrf": {"type": "apiKey", "in": "header", "name": CSRF_HEADER, "description": "`csrf` of the session."},
    "device": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`Device TOKEN`, the token shown once when the kiosk was made.",
    },
}


def description(app: FastAPI) -> Node:
    """The description of every route of ``app``, made when first asked for: that takes half a second."""
    if app.openapi_schema is None:
        app.openapi_schema = _describe(app)
    return app.openapi_schema


def _describe(app: FastAPI) -> Node:
    told = get_openapi(
        title=app.title,
        version=version("menjian"),
        description=ABOUT,
        routes=app.routes,
        tags=[{"name": name, "description": said} for name, said in TAGS.items()],
    )
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            _complete(operation, method.upper(), path)
    parts = told.setdefault("components", {})
    parts["securitySchemes"] = SCHEMES
    parts["responses"] = {code: _refusal(code) for code in sorted(set(STATUS_CODES.values()))}
    schemas = parts.setdefault("schemas", {})
    for needless in ("HTTPValidationError", "ValidationError"):
        schemas.pop(needless, None)
    schemas.update(_schemas())
    return _in_plain_names(told)


def plain_name(name: str) -> str:
    """What a schema is called in clients: where several modules have a class of one name, the area goes before it.

    >>> plain_name("api__routes__disputes__hearing__FrameRow"), plain_name("Listed_DoorRow_"), plain_name("DoorRow")
    ('DisputesFrameRow', 'ListedDoorRow', 'DoorRow')
    >>> plain_name("Body_import_reports")
    'BodyImportReports'
    """
    of, _, plain = name.strip("_").removeprefix("Listed_").rpartition("__")
    area = of.split("__")[2] if of else ""
    words = ["Listed" if name.startswith("Listed_") else "", area, *plain.split("_")]
    return "".join(word[:1].upper() + word[1:] for word in words)


def operation_name(route: APIRoute) -> str:
    """The name of an operation in clients: that of its function."""
    return route.name


def refusals(method: str, path: str, allowed: Allowed, *, has_body: bool, has_input: bool) -> Iterator[int]:
    """The statuses with which an operation may refuse.

    >>> list(refusals("GET", "/api/v1/healthz", None, has_body=False, has_input=False))
    [429, 500, 503]
    """
    if allowed is not None or path == f"{PREFIX}/session":
        yield from (401, 403)
    if has_input:
        yield 404
    if allowed is not None:
        yield from (409, 410)
    if has_body:
        yield from (400, 408, 411, 413, 415)
    if has_input or method not in SAFE:
        yield 422
    yield from (429, 500, 503)


def _complete(operation: Node, method: str, path: str) -> None:
    allowed = MATRIX.get((method, path), frozenset())
    operation["x-roles"] = ["public"] if allowed is None else [role.value for role in Role if role in allowed]
    operation["security"] = list(_security(method, allowed))
    responses = operation["responses"]
    has_body, has_input = "requestBody" in operation, "422" in responses
    responses.pop("422", None)
    for status in refusals(method, path, allowed, has_body=has_body, has_input=has_input):
        responses[str(status)] = {"$ref": f"#/components/responses/{STATUS_CODES[status]}"}
    operation["responses"] = dict(sorted(responses.items()))


def _in_plain_names(told: Node) -> Node:
    schemas = told["components"]["schemas"]
    told["components"]["schemas"] = {plain_name(name): schema for name, schema in schemas.items()}
    if len(told["components"]["schemas"]) < len(schemas):
        raise ValueError("two classes of one name in one area: give one of them another")
    renamed: Node = json.loads(REFERENCE.sub(lambda found: f"{found[1]}{plain_name(found[2])}", json.dumps(told)))
    return renamed


def _security(method: str, allowed: Allowed) -> Iterator[dict[str, list[str]]]:
    if allowed is None:
        yield {}
        return
    if allowed - {Role.KIOSK}:
        yield {"session": []} if method in SAFE else {"session": [], "csrf": []}
    if Role.KIOSK in allowed:
        yield {"device": []}


def _refusal(code: str) -> Node:
    said = MESSAGES[code]
    content = {"schema": {"$ref": "#/components/schemas/ErrorAnswer"}}
    return {"description": f"{said['zh']} {said['en']}", "content": {"application/json": content}}


def _schemas() -> Node:
    made = ErrorAnswer.model_json_schema(ref_template="#/components/schemas/{model}")
    inner: Node = made.pop("$defs")
    return {**inner, "ErrorAnswer": made}
