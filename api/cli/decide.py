"""`menjian decide`: replays case files through the attribution rules and compares with what must come out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.cli.console import fail, out
from api.cli.options import JsonOption
from attribution.cases import Case, Outcome, read_cases, replay_case
from attribution.decision import Shares
from attribution.policy import AttributionError, load_policy


def decide(
    cases: Annotated[list[Path], typer.Argument(metavar="CASES.yaml", help="Case files.")],
    policy: Annotated[str | None, typer.Option(metavar="NAME", help="Try them under this policy instead.")] = None,
    explain: Annotated[
        str | None, typer.Option(metavar="CASE", help="Print one case's argument, step by step.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Replay cases: who owns the customer under the office's rules, and whether that is what its text says.

    Exit code 1 if a case fails, 2 if a file is faulty: then every fault is listed and nothing is run.

    [bold]Examples[/bold]

      menjian decide cases/*.yaml

      menjian decide cases/thirds.yaml --explain TH-6-minute-4

      menjian decide cases/thirds.yaml --policy seventy-thirty --json
    """
    outcomes = replayed(cases, policy)
    if explain is not None:
        _explain(explain, outcomes)
    elif as_json:
        typer.echo(json.dumps(summary(outcomes), ensure_ascii=False))
    else:
        _table(outcomes)
    raise typer.Exit(0 if all(outcome.passed for outcome in outcomes) else 1)


def replayed(paths: Sequence[Path], name: str | None) -> list[Outcome]:
    """Every case of the files under its own policy, or under ``name``; faults end the command with exit code 2."""
    try:
        read = read_cases(paths)
        policies = {case: load_policy(case) for case in sorted({name or case.policy for case in read})}
    except AttributionError as error:
        for line in str(error).splitlines():
            fail(line)
        raise typer.Exit(2) from None
    return [replay_case(case, policies[name or case.policy]) for case in read]


def summary(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """The contract's JSON object."""
    return {
        "passed": sum(outcome.passed for outcome in outcomes),
        "failed": sum(not outcome.passed for outcome in outcomes),
        "cases": [_as_json(outcome) for outcome in outcomes],
    }


def _as_json(outcome: Outcome) -> dict[str, object]:
    case, got = outcome.case, outcome.got
    told: dict[str, object] = {
        "id": case.id,
        "policy": got.policy if got else case.policy,
        "clause": list(case.clause),
        "passed": outcome.passed,
        "want": case.wanted.model_dump(exclude_none=True, mode="python") | _written_wants(case),
        "got": None if got is None else {**got.plain(), "hash": got.hash},
        "because": list(got.because) if got else [],
    }
    return told if outcome.error is None else {**told, "error": outcome.error}


def _written_wants(case: Case) -> dict[str, object]:
    wanted = case.wanted
    told: dict[str, object] = {"because": list(wanted.because)}
    for name, shares in (("credit", wanted.credit), ("commission", wanted.commission)):
        if shares is not None:
            told[name] = {who: str(share) for who, share in shares.items()}
    return told


def percent(shares: Shares | None) -> str:
    """Shares as people read them: ``D1 50 %, D2 50 %``."""
    if shares is None:
        return "a person must rule"
    if len(shares) == 1:
        return next(iter(shares))
    return ", ".join(f"{who} {float(share):.4g}" for who, share in shares.items())


def _table(outcomes: Sequence[Outcome]) -> None:
    table = Table("", "case", "clause", "wanted", "got", "why")
    for outcome in sorted(outcomes, key=lambda one: one.passed):
        case, got = outcome.case, outcome.got
        why = outcome.error or (f"differs: {', '.join(outcome.differs)}; " if outcome.differs else "")
        why += ", ".join(got.because) if got else ""
        sign = "[green]✓[/green]" if outcome.passed else "[red]✗[/red]"
        wanted = percent(case.wanted.credit) if case.wanted.credit else case.wanted.status
        table.add_row(sign, case.id, ", ".join(case.clause), wanted, percent(got.credit) if got else "error", why)
    out.print(table)
    failed = sum(not outcome.passed for outcome in outcomes)
    out.print(f"{len(outcomes) - failed} passed, {failed} failed", highlight=False)


def _explain(name: str, outcomes: Sequence[Outcome]) -> None:
    found = next((outcome for outcome in outcomes if outcome.case.id == name), None)
    if found is None:
        raise typer.BadParameter(f"no case {name!r} in these files", param_hint="--explain")
    case = found.case
    out.print(f"{case.id}: {case.title}", highlight=False, markup=False)
    if found.got is None:
        fail(found.error or "not decided")
        return
    entries: Mapping[str, object] = {entry.id: entry for entry in case.timeline.entries}
    for number, reason in enumerate(found.got.reasons, start=1):
        out.print(f"{number}. {reason.clause}  {reason.zh}", highlight=False, markup=False)
        out.print(f"   {reason.en}", highlight=False, markup=False)
        for entry_id in reason.entries:
            out.print(f"   {entry_id}: {told_entry(entries.get(entry_id))}", highlight=False, markup=False, style="dim")
        if reason.otherwise:
            out.print(f"   otherwise: {reason.otherwise}", highlight=False, markup=False, style="italic")
    got = found.got
    out.print(f"credit: {percent(got.credit)}; commission: {percent(got.commission)}; {got.status}", highlight=False)
    out.print(f"policy {got.policy} version {got.version[:12]}, decision {got.hash[:12]}", highlight=False, style="dim")


def told_entry(entry: object) -> str:
    """One entry in a line: when, what, and its fields that say something."""
    fields = entry.model_dump(exclude_defaults=True, by_alias=True) if hasattr(entry, "model_dump") else {}
    at = fields.pop("at", None)
    rest = ", ".join(f"{key} {value}" for key, value in fields.items() if key not in ("id", "do"))
    return f"{at:%Y-%m-%d %H:%M} {getattr(entry, 'do', '')} {rest}" if at else str(entry)
