"""`menjian evaluate pairs`: how often a face engine is wrong on labelled pairs of photographs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from api.cli.console import err, out
from api.cli.options import JsonOption
from recognition.engine import load_engine, pack_thresholds
from recognition.evaluate import PairsReport, Rate, evaluate_pairs
from recognition.evaluate_plot import plot_report
from recognition.pairs import Pair, read_pairs
from recognition.types import FaceEngine


def pairs(
    table: Annotated[Path, typer.Argument(metavar="PAIRS.csv", help="Columns file_x, file_y, Decision (Yes or No).")],
    images: Annotated[Path, typer.Option(metavar="DIR", file_okay=False, help="Folder the files lie under.")],
    engine: Annotated[
        str | None, typer.Option(envvar="MENJIAN_ENGINE", help="dlib (default), opencv, insightface:PACK.")
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(min=-1, max=1, help="Cosine of a match; left out: the pack's own.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(metavar="PNG", help="Draw the scores and the DET curve.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare pairs of photographs: false matches and false non-matches, each with its 95 % interval (Wilson).

    Photographs without a face are counted apart, not as errors.

    [bold]Examples[/bold]

      menjian evaluate pairs pairs.csv --images photos

      menjian evaluate pairs pairs.csv --images photos --engine insightface:buffalo_l --json --plot scores.png
    """
    listed = read_pairs(table, images)
    faces = load_engine(engine)
    cut = threshold if threshold is not None else pack_thresholds(faces.pack, people=1).match
    found = _measure(faces, listed, images, cut)
    if plot:
        plot_report(found, plot)
    if as_json:
        typer.echo(json.dumps(as_object(found), ensure_ascii=False))
    else:
        show(found)


def _measure(engine: FaceEngine, listed: list[Pair], images: Path, threshold: float) -> PairsReport:
    with Progress(console=err, transient=True) as bar:
        task = bar.add_task("photographs", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        return evaluate_pairs(engine, listed, images, threshold=threshold, progress=progress)


def as_object(found: PairsReport) -> dict[str, object]:
    """The report as `--json` prints it."""
    return {
        "pack": found.pack,
        "threshold": found.threshold,
        "fmr": _rate_object(found.fmr),
        "fnmr": _rate_object(found.fnmr),
        "eer": found.equal_error_rate,
        "eer_threshold": found.equal_error_threshold,
        "lowest_threshold_without_false_match": found.clean_threshold,
        "fnmr_there": _rate_object(found.clean_fnmr) if found.clean_fnmr else None,
        "photographs": found.photographs,
        "failures_to_detect": list(found.undetected),
        "pairs_not_compared": found.skipped,
    }


def show(found: PairsReport) -> None:
    """The report as text."""
    lines = [
        f"{found.pack} on {found.fmr.trials + found.fnmr.trials} pairs, threshold {found.threshold:.3f}",
        f"  false match rate      {_rate(found.fmr)}",
        f"  false non-match rate  {_rate(found.fnmr)}",
    ]
    if found.equal_error_rate is not None and found.clean_threshold is not None and found.clean_fnmr is not None:
        lines += [
            f"  equal error rate      {found.equal_error_rate:.2%} at {found.equal_error_threshold:.3f}",
            f"  no false match from   {found.clean_threshold:.4f}, where the false non-match rate is "
            f"{_rate(found.clean_fnmr)}",
        ]
    undetected = len(found.undetected)
    lines.append(
        f"  failures to detect    {undetected} of {found.photographs} photographs, {found.skipped} pairs left out"
    )
    lines += [f"    {name}" for name in found.undetected[:20]]
    for line in lines:
        out.print(line, highlight=False, markup=False, soft_wrap=True)


def _rate(rate: Rate) -> str:
    if rate.value is None:
        return "no such pairs"
    return f"{rate.value:.2%} ({rate.errors} of {rate.trials}; 95 %: {rate.low:.2%} to {rate.high:.2%})"


def _rate_object(rate: Rate) -> dict[str, object]:
    return {
        "value": rate.value,
        "errors": rate.errors,
        "trials": rate.trials,
        "interval_95": [rate.low, rate.high],
    }
