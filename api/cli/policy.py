"""`menjian policy`: the rule systems that ship, one of them in full, a check of one's own file, and how two differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.markup import escape
from rich.table import Column, Table

from api.cli.console import fail, out
from api.cli.decide import replayed, told
from api.cli.options import JsonOption
from attribution.policy import AttributionError, Policy, PolicyError, load_policy, policy_names, read_policy

group = typer.Typer(no_args_is_help=True, help="The rule systems: list, show, check one's own, compare two.")


@group.command("list")
def list_(as_json: JsonOption = False) -> None:
    """The policies that ship: name, document, how many clauses and rules, version.

    [bold]Examples[/bold]

      menjian policy list

      menjian policy list --json
    """
    policies = [_loaded(name) for name in policy_names()]
    if as_json:
        rows = [{"policy": p.policy, "document": p.document, "version": p.version} for p in policies]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table(Column("policy", no_wrap=True), "document", "clauses", "rules", Column("version", no_wrap=True))
    for one in policies:
        table.add_row(one.policy, escape(one.document), str(len(one.clauses)), str(len(one.rules)), one.version[:12])
    out.print(table)


@group.command()
def show(
    name: Annotated[str, typer.Argument(help="A policy's name as `policy list` prints it, or a file *.yaml.")],
) -> None:
    """One policy: its parameters, and its clauses in both languages.

    [bold]Examples[/bold]

      menjian policy show junyuan-2012
    """
    policy = _loaded(name)
    out.print(f"{policy.policy}  {policy.document}\nversion {policy.version}", highlight=False, markup=False)
    parameters = Table("parameter", "value", "unit", "clause", title="parameters")
    for key, parameter in policy.parameters.items():
        parameters.add_row(*map(escape, (key, str(parameter.value), parameter.unit or "", parameter.clause)))
    clauses = Table("clause", "文本 / sentence", "rules", title="clauses", show_lines=True)
    for key, clause in policy.clauses.items():
        used = sum(key in rule.clauses for rule in policy.rules)
        clauses.add_row(escape(key), escape(f"{clause.zh}\n{clause.en}"), str(used) if clause.decides else "procedure")
    out.print(parameters)
    out.print(clauses)


@group.command()
def check(file: Annotated[Path, typer.Argument(metavar="FILE", help="A policy file of your own.")]) -> None:
    """Whether a policy file can be used; every fault with its key and what is allowed. Exit code 2 if it cannot.

    [bold]Examples[/bold]

      menjian policy check our-office.yaml
    """
    try:
        policy = read_policy(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        _refuse(f"{file}: cannot be read ({getattr(error, 'strerror', None) or error})")
    except PolicyError as error:
        _refuse(str(error))
    good = f"{file}: good; {len(policy.clauses)} clauses, {len(policy.rules)} rules, version {policy.version[:12]}"
    out.print(good, highlight=False, markup=False, soft_wrap=True)


@group.command()
def diff(
    one: Annotated[str, typer.Argument(metavar="A", help="A policy's name, or a file *.yaml.")],
    other: Annotated[str, typer.Argument(metavar="B", help="Another policy's name, or a file *.yaml.")],
    cases: Annotated[list[Path], typer.Argument(metavar="CASES.yaml", help="Case files to try under both.")],
    as_json: JsonOption = False,
) -> None:
    """On which cases two policies come out differently.

    [bold]Examples[/bold]

      menjian policy diff thirds seventy-thirty cases/thirds.yaml
    """
    if one == other:
        _refuse("the two policies are one and the same; name two")
    for name in (one, other):
        _loaded(name)
    pairs = list(zip(replayed(cases, one), replayed(cases, other), strict=True))
    rows = []
    for first, second in pairs:
        came = [told(got.credit, got.commission, got.status) if (got := o.got) else "error" for o in (first, second)]
        if came[0] != came[1]:
            rows.append({"case": first.case.id, one: came[0], other: came[1]})
    if as_json:
        typer.echo(json.dumps({"cases": len(pairs), "differ": rows}, ensure_ascii=False))
        return
    table = Table("case", one, other)
    for row in rows:
        table.add_row(*map(escape, row.values()))
    out.print(table)
    out.print(f"{len(rows)} of {len(pairs)} cases come out differently", highlight=False)


def _loaded(name: str) -> Policy:
    try:
        return load_policy(name)
    except AttributionError as error:
        _refuse(str(error))


def _refuse(text: str) -> NoReturn:
    for line in text.splitlines():
        fail(line)
    raise typer.Exit(2)
