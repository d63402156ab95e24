"""What other people's scripts rely on: the commands of the design, their options, help and pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer import Context
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from api.cli.app import app

CONTRACT: dict[str, set[str]] = {
    "demo": {"--open"},
    "init": set(),
    "run": {"--site", "--doorway", "--events", "--speed"},
    "enroll": {"--role", "--name", "--of", "--phone", "--consent", "--site"},
    "calibrate": set(),
    "simulate": {"--scenes", "--seed"},
    "decide": {"--policy", "--explain", "--json"},
    "policy list": set(),
    "policy show": set(),
    "policy check": set(),
    "policy diff": set(),
    "evaluate pairs": {"--images", "--json"},
    "evaluate door": {"--json"},
    "bench door": {"--json"},
    "bench search": {"--json"},
    "bench decide": {"--json"},
    "bench ledger": {"--json"},
    "serve": {"--host", "--port"},
    "verify": {"--site"},
    "export dispute": {"-o"},
    "erase": set(),
    "retention": set(),
    "models list": set(),
    "models fetch": set(),
    "models check": set(),
    "doctor": set(),
}
"""The commands of the design with the options it names."""

NOT_BUILT = {"bench search"}
"""Commands of later issues. Take a command out of here when it is built: a test fails until then."""


def leaves(group: TyperGroup, before: tuple[str, ...] = ()) -> Iterator[tuple[str, TyperCommand]]:
    for name in group.commands:
        _, command, _ = group.resolve_command(Context(group), [name])
        path = (*before, name)
        if isinstance(command, TyperGroup):
            yield from leaves(command, path)
        elif isinstance(command, TyperCommand):
            yield " ".join(path), command


def commands() -> dict[str, TyperCommand]:
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    return dict(leaves(root))


BUILT = sorted(commands())


def test_every_command_of_the_contract_is_built_or_said_to_be_missing() -> None:
    assert set(CONTRACT) - set(BUILT) == NOT_BUILT


@pytest.mark.parametrize("name", BUILT)
def test_a_command_explains_itself_with_examples(name: str) -> None:
    answer = CliRunner().invoke(app, [*name.split(), "--help"])
    assert answer.exit_code == 0
    assert "Example" in answer.output
    assert f"menjian {name}" in re.sub(r"\s+", " ", answer.output)


@pytest.mark.parametrize("name", sorted(set(CONTRACT) & set(BUILT)))
def test_a_command_has_the_options_of_the_contract(name: str) -> None:
    options = {option for parameter in commands()[name].params for option in parameter.opts}
    assert CONTRACT[name] - options == set()


@pytest.mark.parametrize("name", BUILT)
def test_an_unknown_option_is_a_usage_error(name: str) -> None:
    assert CliRunner().invoke(app, [*name.split(), "--no-such-option"]).exit_code == 2


def test_the_page_of_commands_lists_what_there_is(checkout: Path) -> None:
    page = (checkout / "docs/commands.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `menjian ([a-z]+(?: [a-z]+)?)", page, re.MULTILINE)) == BUILT


def test_the_glossary_has_both_languages_once(checkout: Path) -> None:
    page = (checkout / "docs/glossary.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("|")]
    terms = rows[2:]
    assert len(terms) > 20
    assert [row for row in terms if len(row) != 3 or not all(row)] == []
    for column in (0, 1):
        names = [row[column] for row in terms]
        assert sorted(names) == sorted(set(names))
