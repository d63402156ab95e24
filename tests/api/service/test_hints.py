"""What a field that is filled in wrongly is told, in the language of whoever asks."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args

import pytest
from pydantic_core.core_schema import ErrorType
from starlette.testclient import TestClient

import api.routes
from api import schemas
from api.access.roles import Role
from api.hints import HINTS, SAID
from api.messages import Language
from models.access import SHORTEST
from tests.api.service.conftest import PASSWORD, Client

NAME = "kiosk\x00' OR 1=1 --{{7*7}}"


def said(asking: TestClient, body: object, language: Language) -> tuple[str | None, str | None]:
    told = asking.post("/api/v1/devices", json=body, headers={"Accept-Language": language})
    assert told.status_code == 422, told.text
    assert "OR 1=1" not in told.text
    error = told.json()["error"]
    return error.get("field"), error.get("hint")


@pytest.mark.parametrize(
    ("body", "field", "zh", "en"),
    [
        ({}, "name", "此项必填。", "This is needed."),
        ({"name": ""}, "name", "至少 1 个字符。", "At least 1 characters."),
        ({"name": "门" * 201}, "name", "最多 200 个字符。", "At most 200 characters."),
        ({"name": 1}, "name", "须为文字。", "Give a text."),
        ({"name": "门", "colour": 1}, "colour", "没有此项，请去掉。", "There is no such field; leave it out."),
        ([], None, "须为对象。", "Give an object."),
        # our own checks speak for themselves, without the validator's "Value error"
        ({"name": "门\n口"}, "name", "只能写一行。", "one line only"),
        (
            {"name": NAME},
            "name",
            "含有无法书写的字符，请重新填写。",
            "holds characters that cannot be written; type it anew",
        ),
    ],
)
def test_a_field_is_told_what_is_wrong_in_both_languages(
    client: Client, body: object, field: str | None, zh: str, en: str
) -> None:
    admin = client(Role.ADMIN)
    assert said(admin, body, "zh") == (field, zh)
    assert said(admin, body, "en") == (field, en)


def test_a_choice_names_what_can_be_chosen(client: Client) -> None:
    admin = client(Role.ADMIN)
    told = admin.post("/api/v1/users", json={"login": "li.ming", "role": "boss"}, headers={"Accept-Language": "zh"})
    hint = told.json()["error"]["hint"]
    assert hint.startswith("须为以下之一：'kiosk'、")
    assert "boss" not in hint


def test_hints_are_of_faults_that_can_be() -> None:
    assert set(HINTS) <= set(get_args(ErrorType))
    assert all(set(sentences) == {"zh", "en"} for sentences in HINTS.values())


def test_everything_our_own_checks_say_is_there_in_chinese() -> None:
    """The sentences of `raise ValueError("…")` in bodies and their parts."""
    files = [Path(schemas.__file__), *Path(api.routes.__path__[0]).rglob("*.py")]
    found = {
        node.args[0].value
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ValueError"
        if node.args and isinstance(node.args[0], ast.Constant)
    }
    assert found == set(SAID)


@pytest.mark.parametrize(
    ("old", "new", "field", "code", "zh"),
    [
        (PASSWORD, "short", "new", "password_short", f"新密码至少 {SHORTEST} 个字符。"),
        (PASSWORD, PASSWORD, "new", "password_same", "新密码不能与原密码相同。"),
        ("not the one I have", PASSWORD, "old", "password_wrong", "密码不正确。"),
    ],
)
def test_a_password_that_will_not_do_is_told_why(
    client: Client, old: str, new: str, field: str, code: str, zh: str
) -> None:
    asking = client(Role.RECEPTION)
    told = asking.post("/api/v1/me/password", json={"old": old, "new": new}, headers={"Accept-Language": "zh"})
    assert told.status_code == 422
    assert told.json() == {"error": {"code": code, "message": zh, "field": field}}
    assert asking.get("/api/v1/me").status_code == 200  # the session goes on
