"""`menjian bench`: how fast the parts are, each beside a named peer in the same run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.progress import Progress, track
from rich.table import Table

from api.bench_api import Side, bench_peer, bench_service
from api.bench_decide import rate, replay_office
from api.bench_door import DoorBench, OnFrames, bench_door
from api.bench_ledger import Appends, Rates, Reading, appends, reading
from api.bench_postgres import NoServerError, new_database
from api.cli.console import err, out
from api.cli.evaluate_door import gallery_of
from api.cli.options import JsonOption
from attribution.policy import load_policy, policy_names
from kiosk.evaluate import scenes_in
from kiosk.simulator import group_faces, random_scene, write_people, write_scene
from recognition.engine import load_engine
from recognition.types import FaceEngine

group = typer.Typer(no_args_is_help=True, help="How fast the parts are, each beside a named peer in the same run.")

SCENE_SEED = 11


@group.callback()
def bench() -> None:
    """How fast the parts are, each beside a named peer in the same run."""


@group.command()
def door(
    scenes: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of scenes with truth; left out: one is rendered.")
    ] = None,
    engine: Annotated[str | None, typer.Option(help="Face engine; left out: dlib.")] = None,
    runs: Annotated[int, typer.Option(min=1, help="Runs of each side, turn about; the median counts.")] = 3,
    frames: Annotated[
        int, typer.Option(min=0, help="Frames through one pipeline to watch its memory; 0: do not.")
    ] = 10_000,
    as_json: JsonOption = False,
) -> None:
    """Frames per second of the door and of a program that looks at every whole frame, on the same file in the same
    run; whom both recognise; memory over many frames.

    The peer is insightface.app.FaceAnalysis.get with its default options where the engine is InsightFace, otherwise
    the same engine finding and embedding every face of every whole frame.

    [bold]Examples[/bold]

      menjian bench door --engine insightface:buffalo_s

      menjian bench door --scenes scenes --frames 0 --json
    """
    chosen = load_engine(engine)
    with ExitStack() as stack:
        folder = scenes or _rendered(Path(stack.enter_context(TemporaryDirectory())), chosen)
        found, gallery = scenes_in(folder), gallery_of(folder / "people", chosen)
        on_frames = stack.enter_context(_progress("measuring", "frames"))
        told = bench_door(found, chosen, gallery, runs=runs, memory_frames=frames, on_frames=on_frames)
    if as_json:
        typer.echo(json.dumps(asdict(told), ensure_ascii=False))
    else:
        show(told)


def _rendered(folder: Path, engine: FaceEngine) -> Path:
    cast = group_faces(engine)
    write_people(cast, folder / "people")
    write_scene(random_scene(SCENE_SEED, cast, people=(3, 3), fps=25), folder / "scene-00.mp4")
    return folder


@contextmanager
def _progress(doing: str, what: str) -> Iterator[OnFrames]:
    """A count of what is done: how much there will be is not always known."""
    with Progress("{task.description}", f"{{task.completed:,.0f}} {what}", console=err, transient=True) as progress:
        task = progress.add_task(doing, total=None)
        yield lambda more: progress.advance(task, more)


def show(told: DoorBench) -> None:
    """The benchmark as a table and three sentences."""
    title = f"{told.engine}: {told.frames} frames of {told.width} x {told.height}, {told.cores} cores"
    table = Table("side", "threads", "frames/s", "runs", title=title)
    for side in (told.door, told.peer, told.full_size):
        table.add_row(side.name, side.threads, f"{side.fps:.1f}", " ".join(f"{fps:.1f}" for fps in side.runs))
    out.print(table)
    for line in _sentences(told):
        out.print(line, highlight=False)


def _sentences(told: DoorBench) -> Iterator[str]:
    yield f"the door is {told.times_faster:.1f} times as fast as {told.peer.name}"
    if told.same_people:
        yield "both recognise the same people: " + ", ".join(sorted({who for one in told.named for who in one.door}))
    for one in told.named:
        if one.door != one.peer:
            yield f"{one.scene}: the door recognises {_names(one.door)}, the peer {_names(one.peer)}"
    if told.memory:
        grown = f"{told.memory.warm_mb:.0f} MB after {told.memory.warm_frames}, {told.memory.end_mb:.0f} MB at the end"
        yield f"memory over {told.memory.frames} frames: {grown}, at most {told.memory.growth_mb:+.1f} MB in between"


def _names(people: tuple[str, ...]) -> str:
    return ", ".join(people) or "nobody"


@group.command()
def decide(
    policies: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Policies; none: all that ship.")] = None,
    entries: Annotated[int, typer.Option(min=2, help="Entries of a record.")] = 30,
    customers: Annotated[int, typer.Option(min=0, help="Customers of the office replayed at the end; 0: none.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Decisions a second on one core, beside merely reading the same entries with pydantic in the same run.

    [bold]Examples[/bold]

      menjian bench decide

      menjian bench decide junyuan-2012 --entries 10000

      menjian bench decide thirds --customers 100000 --json
    """
    chosen = [load_policy(name) for name in policies or policy_names()]
    rates = [rate(policy, entries=entries) for policy in chosen]
    office_s = None
    if customers:
        numbers = track(range(customers), description="replaying", console=err, transient=True)
        office_s = replay_office(chosen[0], numbers)
    if as_json:
        told = {"rates": [asdict(each) for each in rates], "customers": customers, "office_s": office_s}
        typer.echo(json.dumps(told))
        return
    table = Table("policy", "decisions/s", "records read/s (pydantic)", title=f"records of {entries} entries, one core")
    for each in rates:
        table.add_row(each.policy, f"{each.decisions_s:,.0f}", f"{each.reading_s:,.0f}")
    out.print(table)
    if office_s is not None:
        out.print(f"{customers:,} customers read and decided under {chosen[0].policy} in {office_s:.1f} s")


@group.command()
def ledger(
    entries: Annotated[int, typer.Option(min=1000, help="Entries of the ledger that is verified and read.")] = 20_000,
    written: Annotated[int, typer.Option(min=1000, help="Entries each side writes in a turn.")] = 3_000,
    turns: Annotated[int, typer.Option(min=1, help="Turns of each side; the median counts.")] = 5,
    as_json: JsonOption = False,
) -> None:
    """Durable appends a second, one by one and in groups of 100, beside plain SQLite inserts of the same rows under the
    same pragmas in the same run, and on PostgreSQL; entries verified a second; the timeline of one customer.

    Plain inserts neither hash nor sign: the side by hand does both for each entry, with nothing around it. Names and
    phones, which are sealed beside the ledger, are left out of what is written here.

    [bold]Examples[/bold]

      menjian bench ledger

      menjian bench ledger --entries 1000000 --json
    """
    with TemporaryDirectory(prefix="menjian-bench-") as folder:
        paces, missing = _appends(Path(folder), written, turns)
        with _progress("writing", "entries") as on_entries:
            read = reading(Path(folder) / "read", entries=entries, on_entries=on_entries)
    if as_json:
        typer.echo(json.dumps({**asdict(paces), "no_postgresql": missing, **asdict(read)}))
    else:
        show_ledger(paces, missing, read)


def _appends(folder: Path, written: int, turns: int) -> tuple[Appends, str | None]:
    """What was measured, and why not on PostgreSQL."""
    try:
        with new_database() as address:
            return appends(folder, address, entries=written, turns=turns), None
    except NoServerError as error:
        return appends(folder, None, entries=written, turns=turns), str(error)


def show_ledger(paces: Appends, missing: str | None, read: Reading) -> None:
    """The benchmark as a table and sentences."""
    table = Table("side", "one by one", "in groups of 100", title="durable entries/s")
    sides = {
        "ledger on SQLite": paces.sqlite,
        "plain SQLite inserts": paces.plain,
        "the same, hashed and signed by hand": paces.by_hand,
        "ledger on PostgreSQL": paces.postgresql,
    }
    for name, side in sides.items():
        if side is not None:
            table.add_row(name, f"{side.one_by_one_s:,.0f}", f"{side.grouped_s:,.0f}")
    out.print(table)
    for line in _ledger_sentences(paces, missing, read):
        out.print(line, highlight=False)


def _ledger_sentences(paces: Appends, missing: str | None, read: Reading) -> Iterator[str]:
    def share(peer: Rates) -> str:
        one = paces.sqlite.one_by_one_s / peer.one_by_one_s
        return f"{one:.2f} one by one, {paces.sqlite.grouped_s / peer.grouped_s:.2f} in groups"

    yield f"of plain inserts: {share(paces.plain)}; of those hashed and signed by hand: {share(paces.by_hand)}"
    if missing:
        yield missing
    yield f"{read.verified_s:,.0f} entries verified a second, of {read.entries:,}"
    yield f"a timeline out of these in {read.timeline_ms:.1f} ms, {read.longest_ms:.1f} ms at most"


@group.command()
def api(
    requests: Annotated[int, typer.Option(min=10, help="Requests of each kind, by 1 and by 16 clients.")] = 300,
    seconds: Annotated[float, typer.Option(min=1, help="How long 50 requests a second are sent.")] = 20.0,
    as_json: JsonOption = False,
) -> None:
    """The service over loopback, on SQLite and PostgreSQL: reports, arrivals, decisions; requests a second and how long
    they take with 1 client and with 16, and at a steady 50 requests a second, counted from when each was due.

    Beside it in the same run, served the same way: a bare FastAPI application that inserts reports into SQLite,
    without sign-in, ledger, rules or verdict. Clients and service share this machine's cores.

    [bold]Examples[/bold]

      menjian bench api

      menjian bench api --requests 1000 --seconds 60 --json
    """
    missing = None
    with TemporaryDirectory(prefix="menjian-bench-") as name:
        folder = Path(name)
        sides = [bench_service(folder / "sqlite", None, requests=requests, seconds=seconds)]
        try:
            with new_database() as address:
                sides.append(bench_service(folder / "postgresql", address, requests=requests, seconds=seconds))
        except NoServerError as error:
            missing = str(error)
        sides.append(bench_peer(folder, requests=requests, seconds=seconds))
    if as_json:
        typer.echo(json.dumps({"sides": [asdict(side) for side in sides], "no_postgresql": missing}))
    else:
        show_api(sides, missing)


def show_api(sides: Sequence[Side], missing: str | None) -> None:
    """The benchmark as a table and sentences."""
    table = Table("side", "doing", "clients", "requests/s", "p50 ms", "p99 ms", title="requests over loopback")
    for side in sides:
        paces = [(one.what, clients, pace) for one in side.doing for clients, pace in ((1, one.alone), (16, one.crowd))]
        for what, clients, pace in [*paces, ("all of it, 50 a second", "", side.steady)]:
            figures = f"{pace.per_s:,.0f}", f"{pace.p50_ms:.1f}", f"{pace.p99_ms:.1f}"
            table.add_row(side.name, what, str(clients), *figures)
    out.print(table)
    if missing:
        out.print(missing, highlight=False)
