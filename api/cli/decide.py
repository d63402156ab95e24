"""`menjian decide`: replays case files through the attribution rules and compares with what must come out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from api.cli.console import fail, out
from api.cli.options import JsonOption
from attribution.cases import Case, Outcome, read_cases, replay_case
from attribution.decision import Shares
from attribution.policy import AttributionError, load_policy


def decide(
    cases: Annotated[list[Path], typer.Argument(metavar="CASES.yaml", help="Case files.")],
    policy: Annotated[
        str | None, typer.Option(metavar="NAME", help="Try them under this policy instead: a name, or a file *.yaml.")
    ] = None,
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
        outcomes = [outcome for outcome in outcomes if outcome.case.id == explain]
        if not outcomes:
            fail(f"no case {explain!r} in these files")
            raise typer.Exit(2)
    if as_json:
        typer.echo(json.dumps(summary(outcomes), ensure_ascii=False))
    elif explain is not None:
        for outcome in outcomes:
            _explain(outcome)
    else:
        _table(outcomes)
    raise typer.Exit(0 if all(outcome.passed for outcome in outcomes) else 1)


def replayed(paths: Sequence[Path], name: str | None) -> list[Outcome]:
    """Every case of the files under its own policy, or under ``name``; faults end the command with exit code 2."""
    tried, faults = None, []
    try:
        tried = load_policy(name) if name else None
    except AttributionError as error:
        faults += str(error).splitlines()
    try:
        read = read_cases(paths, besides=[tried.policy] if tried else [])
    except AttributionError as error:
        faults += str(error).splitlines()
    if faults:
        for line in faults:
            fail(line)
        raise typer.Exit(2)
    policies = {case: tried or load_policy(case) for case in sorted({case.policy for case in read})}
    return [replay_case(case, policies[case.policy]) for case in read]


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
            told[name] = {who: f"{share.numerator}/{share.denominator}" for who, share in shares.items()}
    return told


def shares_told(shares: Shares | None) -> str:
    """Shares as people read them: ``D1 1/2, D2 1/2``."""
    if shares is None:
        return "a person must rule"
    if len(shares) == 1:
        return next(iter(shares))
    return ", ".join(f"{who} {share}" for who, share in shares.items())


def told(credit: Shares | None, commission: Shares | None, status: str) -> str:
    """What came out, or must, in a line: credit, commission where it differs, and whether a person must rule."""
    parts = [shares_told(credit)] if credit is not None or status == "decided" else []
    if commission is not None and commission != credit:
        parts.append(f"commission {shares_told(commission)}")
    if status == "review":
        parts.append("a person must rule")
    return "; ".join(parts)


def _table(outcomes: Sequence[Outcome]) -> None:
    table = Table("", Column("case", overflow="fold"), "clause", "wanted", "got", "why")
    for outcome in sorted(outcomes, key=lambda one: one.passed):
        case, got = outcome.case, outcome.got
        why = outcome.error or (f"differs: {', '.join(outcome.differs)}; " if outcome.differs else "")
        why += ", ".join(got.because) if got else ""
        sign = "[green]✓[/green]" if outcome.passed else "[red]✗[/red]"
        wanted, rule = case.wanted, ", ".join(case.clause)
        want = (
            told(wanted.credit, wanted.commission, wanted.status)
            if (wanted.credit or wanted.commission)
            else wanted.status
        )
        have = told(got.credit, got.commission, got.status) if got else "error"
        table.add_row(sign, *map(escape, (case.id, rule, want, have, why)))
    out.print(table)
    failed = sum(not outcome.passed for outcome in outcomes)
    out.print(f"{len(outcomes) - failed} passed, {failed} failed", highlight=False)


def _explain(found: Outcome) -> None:
    case = found.case
    _line(f"{case.id}: {case.title}")
    if found.got is None:
        fail(found.error or "not decided")
        return
    entries: Mapping[str, object] = {entry.id: entry for entry in case.timeline.entries}
    for number, reason in enumerate(found.got.reasons, start=1):
        _line(f"{number}. {reason.clause}  {reason.zh}")
        _line(f"   {reason.en}")
        for entry_id in reason.entries:
            _line(f"   {entry_id}: {told_entry(entries.get(entry_id))}", style="dim")
        if reason.otherwise:
            _line(f"   {reason.otherwise.zh}，则结论不同", style="italic")
            _line(f"   otherwise: {reason.otherwise.en}", style="italic")
    got = found.got
    _line(f"credit: {shares_told(got.credit)}; commission: {shares_told(got.commission)}; {got.status}")
    if found.differs:
        wanted = told(case.wanted.credit, case.wanted.commission, case.wanted.status)
        _line(f"differs from what is wanted in {', '.join(found.differs)}: wanted {wanted}", style="red")
    _line(f"policy {got.policy} version {got.version[:12]}, decision {got.hash[:12]}", style="dim")


def _line(text: str, style: str | None = None) -> None:
    out.print(text, highlight=False, markup=False, soft_wrap=True, style=style)


def told_entry(entry: object) -> str:
    """One entry in a line: when, what, and its fields that say something."""
    fields = entry.model_dump(exclude_defaults=True, by_alias=True) if hasattr(entry, "model_dump") else {}
    at = fields.pop("at", None)
    rest = ", ".join(f"{key} {value}" for key, value in fields.items() if key not in ("id", "do"))
    return f"{at:%Y-%m-%d %H:%M} {getattr(entry, 'do', '')} {rest}" if at else str(entry)
