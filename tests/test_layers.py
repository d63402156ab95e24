"""House rules, checked by reading the source: who may import whom, no cycles, budgets, names, no silenced checks."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]

MAY_IMPORT: dict[str, set[str]] = {
    "attribution": set(),
    "recognition": set(),
    "models": {"attribution", "recognition"},
    "kiosk": {"recognition", "attribution", "models"},
    "api": {"attribution", "recognition", "models", "kiosk"},
    "tests": {"attribution", "recognition", "models", "kiosk", "api"},
}
PURE = "attribution"
IMPURE_MODULES = {"time", "random", "secrets", "socket", "subprocess", "sqlalchemy", "httpx", "requests", "threading"}

MODULE_LINES = 300
FUNCTION_LINES = 40
RAISED: dict[str, tuple[int, str]] = {}
"""Budgets raised: "path" or "path:function" -> (lines, the sentence saying why)."""

BROAD_EXCEPT: dict[str, str] = {}
"""Files that may catch everything -> the sentence saying why (a process loop that must go on)."""

FORBIDDEN_NAMES = {"util", "utils", "helper", "helpers", "misc", "common"}


@dataclass(frozen=True, kw_only=True)
class Source:
    path: str
    module: str
    text: str
    tree: ast.Module

    @property
    def package(self) -> str:
        return self.path.split("/", 1)[0]

    @property
    def is_revision(self) -> bool:
        """Alembic revisions are written once and never refactored: budgets do not apply."""
        return "/migrations/versions/" in self.path


@cache
def sources() -> tuple[Source, ...]:
    found = []
    for package in MAY_IMPORT:
        for file in sorted((CHECKOUT / package).rglob("*.py")):
            path = file.relative_to(CHECKOUT)
            parts = path.with_suffix("").parts
            text = file.read_text(encoding="utf-8")
            module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found.append(Source(path=path.as_posix(), module=module, text=text, tree=ast.parse(text)))
    return tuple(found)


def imported(source: Source) -> Iterator[str]:
    """Dotted names the file imports anywhere in it, function bodies and type-checking blocks included."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(source, node)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def absolute(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    inside = source.module.split(".") + (["__init__"] if source.path.endswith("__init__.py") else [])
    return ".".join([*inside[: -node.level], *([node.module] if node.module else [])])


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def budget(key: str, default: int) -> int:
    return RAISED[key][0] if key in RAISED else default


def test_every_package_of_the_design_is_there() -> None:
    assert {source.package for source in sources()} == set(MAY_IMPORT)


def test_packages_import_only_what_the_design_allows() -> None:
    wrong = [
        f"{source.path} imports {name}"
        for source in sources()
        for name in imported(source)
        if (top := name.split(".", 1)[0]) in MAY_IMPORT and top not in MAY_IMPORT[source.package] | {source.package}
    ]
    assert wrong == []


def test_the_pure_package_has_no_clock_chance_network_or_database() -> None:
    wrong = [
        f"{source.path} imports {name}"
        for source in sources()
        if source.package == PURE
        for name in imported(source)
        if name.split(".", 1)[0] in IMPURE_MODULES
    ]
    assert wrong == []


def test_no_module_is_reached_from_itself_by_imports() -> None:
    known = {source.module for source in sources()}
    graph: dict[str, set[str]] = {}
    for source in sources():
        targets = {name if name in known else name.rpartition(".")[0] for name in imported(source)}
        graph[source.module] = (targets & known) - {source.module}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_modules_and_functions_stay_within_their_budgets() -> None:
    over = []
    for source in (each for each in sources() if not each.is_revision):
        lines = source.text.count("\n")
        if lines > (limit := budget(source.path, MODULE_LINES)):
            over.append(f"{source.path}: {lines} lines, budget {limit}; make it a folder of the same name")
        for node in functions(source):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > (limit := budget(f"{source.path}:{node.name}", FUNCTION_LINES)):
                over.append(f"{source.path}:{node.name}: {length} lines, budget {limit}")
    assert over == []


def test_every_raised_budget_names_something_that_exists_and_says_why() -> None:
    known = {source.path for source in sources()}
    known |= {f"{source.path}:{node.name}" for source in sources() for node in functions(source)}
    reasons = {key: reason for key, (_, reason) in RAISED.items()} | BROAD_EXCEPT
    assert [key for key, reason in reasons.items() if key not in known or len(reason.split()) < 5] == []


def test_every_function_is_fully_annotated() -> None:
    bare = []
    for source in sources():
        for node in functions(source):
            spec = node.args
            arguments = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *filter(None, (spec.vararg, spec.kwarg))]
            named = [each for each in arguments if each.arg not in {"self", "cls"}]
            if node.returns is None or any(each.annotation is None for each in named):
                bare.append(f"{source.path}:{node.lineno} {node.name}")
    assert bare == []


def test_nothing_is_called_utils() -> None:
    parts = {source.path: set(Path(source.path).with_suffix("").parts) for source in sources()}
    assert [path for path, names in parts.items() if names & FORBIDDEN_NAMES] == []


def test_no_broad_except_outside_the_process_loops() -> None:
    broad = [
        f"{source.path}:{node.lineno}"
        for source in sources()
        if source.path not in BROAD_EXCEPT
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
    ]
    assert broad == []


def test_a_silenced_checker_names_the_rule_and_the_reason() -> None:
    good = re.compile(r"(type: ignore\[[\w\-, ]+\]|noqa: [A-Z]+\d+(, ?[A-Z]+\d+)*)\s*[#:—-] ?\w+ \w+")
    bare = [
        f"{source.path}:{token.start[0]}"
        for source in sources()
        for token in tokenize.generate_tokens(io.StringIO(source.text).readline)
        if token.type == tokenize.COMMENT
        and re.search(r"#\s*(type:\s*ignore|noqa|mypy:)", token.string)
        and not good.search(token.string)
    ]
    assert bare == []
