"""`menjian demo`: the whole door on a rendered scene, with the truth beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from string import ascii_uppercase
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.box import HORIZONTALS
from rich.console import JustifyMethod as Justify
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from api.cli.console import err, out
from api.cli.options import JsonOption
from api.demo import Files, OnStep, Played, Seen, play
from api.demo_desk import Settled
from api.demo_picture import draw
from api.door_health import trust_line
from attribution.order import SURE
from kiosk.pipeline import Ordered
from models.settings import SiteSettings
from recognition.engine import load_engine


def demo(
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to put everything.")] = Path("demo-out"),
    engine: Annotated[str | None, typer.Option(help="Face engine; left out: dlib.")] = None,
    opened: Annotated[bool, typer.Option("--open", help="Show the picture when done.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the whole door at work, with no camera and no download: six people walk through a rendered scene, and what
    the door saw is set beside the truth. Exit code 1 when an arrival is missed or invented.

    [bold]Examples[/bold]

      menjian demo

      menjian demo --out /tmp/demo --open

      menjian demo --engine insightface:buffalo_s --json
    """
    chosen = load_engine(engine)
    with _stages() as stage:
        played = play(folder, chosen, load_engine(engine), stage)
        draw(played, chosen, stage("drawing the picture"))
    if as_json:
        typer.echo(json.dumps(record(played), ensure_ascii=False))
    else:
        show(played)
    if opened:
        typer.launch(str(played.files.picture))
    raise typer.Exit(0 if played.passed else 1)


@contextmanager
def _stages() -> Iterator[Callable[[str], OnStep]]:
    """A bar for each stage."""
    columns = (TextColumn("{task.description:<20}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    with Progress(*columns, TimeElapsedColumn(), console=err) as progress:

        def begin(name: str) -> OnStep:
            task = progress.add_task(name, total=1.0)
            return lambda done: progress.update(task, completed=done)

        yield begin


COLUMNS: tuple[tuple[str, Justify, int], ...] = (
    ("#", "right", 1),
    ("instant", "right", 7),
    ("who", "left", 18),
    ("party", "center", 5),
    ("identity", "left", 8),
    ("order", "left", 13),
    ("truth, error", "left", 19),
)
"""Heading, side and width, in characters; together they fit a terminal of 80."""


def show(played: Played) -> None:
    """The table, the verdict in words, and where to look."""
    table = Table(title="到访 Arrivals", title_justify="left", box=HORIZONTALS, show_lines=True, padding=0)
    for name, justify, width in COLUMNS:
        table.add_column(name, justify=justify, width=width)
    numbers = {one.arrival.id: number for number, one in enumerate(played.seen, 1)}
    parties = list(dict.fromkeys(one.arrival.party for one in played.seen))
    for one in played.seen:
        party = ascii_uppercase[parties.index(one.arrival.party) % 26]
        table.add_row(*_row(one, party, _verdict(one, played, numbers), numbers[one.arrival.id]))
    out.print(table)
    if not played.passed:
        err.print(f"arrivals missed: {played.missed}, invented: {played.invented}", style="red", highlight=False)
    for line in (*at_the_door(played), *_at_the_desk(played.settled), *_relied_on(played), *_where(played.files)):
        out.print(line, highlight=False, soft_wrap=True)


def _row(one: Seen, party: str, verdict: str, number: int) -> tuple[str, ...]:
    """A line of the table: each cell of up to three lines."""
    crossing, identity = one.arrival.crossing, one.arrival.identity
    who = f"{one.who.name}\n{', '.join(filter(None, (one.who.role, one.who.distributor)))}" if one.who else "—"
    truth = f"{one.truth.crossed_s:.3f} {crossing.t - one.truth.crossed_s:+.3f}" if one.truth else ""
    return (
        str(number),
        f"{crossing.t:.3f}\n±{1.96 * crossing.sigma_s:.3f}",
        who,
        party,
        identity.status + ("" if identity.score is None else f"\n{identity.score:.2f}"),
        verdict,
        f"{one.truth.who if one.truth else 'nobody'}\n{truth}",
    )


def _verdict(one: Seen, played: Played, numbers: Mapping[str, int]) -> str:
    """The order against the next arrival."""
    number = numbers[one.arrival.id]
    for told in played.orders:
        if told.first == one.arrival.id and numbers.get(told.second) == number + 1:
            sign = "before" if told.order.verdict == "before" else "simultaneous\nwith"
            return f"{sign} {number + 1}\nP = {told.order.p:.3f}"
    return ""


def at_the_door(played: Played) -> list[str]:
    """The close call in words."""
    told = played.close_call()
    if told is None:
        return ["", "The two agents were not both recognised, so nothing is said about who was first."]
    names = {one.arrival.id: one.who.name for one in played.seen if one.who}
    first, second, p = names[told.first], names[told.second], told.order.p
    if told.order.verdict == "before":
        return [
            "",
            f"[bold]{first} crossed before {second}[/bold] (先后明确): P(order) = {p:.4f}, at least {SURE} is asked.",
        ]
    return [
        "",
        f"[bold]{first} and {second} crossed simultaneously[/bold] (同时): P(order) = {p:.4f}, below {SURE}.",
    ]


def _at_the_desk(settled: Settled | None) -> list[str]:
    """Both claimed the customer, one contests: the decision with its clauses, and what the record is worth."""
    if settled is None:
        return ["Nothing came of it at the desk: not all three were recognised."]
    decision, verified = settled.decision.decision, settled.verified
    shares = ", ".join(f"{who} {share}" for who, share in (decision.credit or {}).items()) or "nobody yet"
    quoted = {reason.clause: reason for reason in decision.reasons}
    return [
        f"Both claim the customer who came with them, one contests; policy {decision.policy} proposes:",
        *(f"  {clause}  {reason.zh} {reason.en}" for clause, reason in quoted.items()),
        f"  [bold]{shares}[/bold] ({decision.status}, version {settled.decision.number}, entry {settled.decision.seq})",
        f"ledger: {verified.entries} entries, {verified.frames.opened} frames, "
        + (f"not intact: {verified.first_bad}" if verified.first_bad else "chain, signatures and frames intact"),
        f"bundle for the contesting side: {settled.checked.entries} entries, {settled.checked.frames} frames, verified",
    ]


def _relied_on(played: Played) -> list[str]:
    """Whether what the door sees now can be relied on: its film is over."""
    zone = ZoneInfo(SiteSettings().time_zone)
    return [f"door {one.door}: {trust_line(one, 'en', zone)}" for one in played.doors]


def _where(files: Files) -> list[str]:
    return [
        "",
        f"picture  {files.picture}",
        f"events   {files.events}",
        f"video    {files.video}",
        f"site     {files.site}",
        f"bundle   {files.bundle}",
        "",
        f"next     menjian verify {files.bundle}",
        f"         menjian verify --site {files.site} --frames",
        "         your own office: menjian init office, then calibrate, enroll and run",
    ]


def record(played: Played) -> dict[str, object]:
    """What `--json` prints."""
    close = played.close_call()
    return {
        "passed": played.passed,
        "missed": played.missed,
        "invented": played.invented,
        "arrivals": [_arrival_record(one) for one in played.seen],
        "close_call": None if close is None else _order_record(close),
        "orders": [_order_record(told) for told in played.orders],
        "decision": None if played.settled is None else played.settled.decision.decision.plain(),
        "files": {name: str(getattr(played.files, name)) for name in ("picture", "events", "video", "site", "bundle")},
    }


def _order_record(told: Ordered) -> dict[str, object]:
    return {"first": told.first, "second": told.second, "verdict": told.order.verdict, "p": round(told.order.p, 4)}


def _arrival_record(one: Seen) -> dict[str, object]:
    crossing, identity = one.arrival.crossing, one.arrival.identity
    return {
        "arrival": one.arrival.id,
        "t": round(crossing.t, 3),
        "half_interval_s": round(1.96 * crossing.sigma_s, 3),
        "status": identity.status,
        "score": None if identity.score is None else round(identity.score, 4),
        "name": one.who.name if one.who else None,
        "role": one.who.role if one.who else None,
        "distributor": one.who.distributor if one.who else None,
        "party": one.arrival.party,
        "truth": None if one.truth is None else {"who": one.truth.who, "crossed_s": one.truth.crossed_s},
        "error_s": None if one.truth is None else round(crossing.t - one.truth.crossed_s, 3),
    }
