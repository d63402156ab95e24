"""`menjian evaluate door`: crossing instants, order and identities on scenes with truth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track
from rich.table import Table

from api.cli.console import err, out
from api.cli.options import JsonOption
from api.door import People, open_pipeline
from kiosk.evaluate import Pairing, Report, Scene, report, run_scene, scenes_in
from recognition.engine import load_engine
from recognition.enrol import PhotoRefusedError, enrolment_template, read_photo
from recognition.gallery import Gallery
from recognition.types import FaceEngine


def door(
    folders: Annotated[list[Path], typer.Argument(metavar="SCENES_DIR", help="Folders of scene-NN.mp4 with truth.")],
    engine: Annotated[str | None, typer.Option(help="Face engine; left out: dlib.")] = None,
    detail: Annotated[bool, typer.Option(help="A line for every crossing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run the door on scenes with known truth: error of the instant and of the gap between two people, coverage of
    the stated interval, order, missed and invented arrivals, identities. All folders together give one table.

    [bold]Examples[/bold]

      menjian simulate scenes --scenes 60 --seed 1000

      menjian evaluate door scenes --engine dlib --detail
    """
    chosen = load_engine(engine)
    pairings: list[Pairing] = []
    enrolled: set[str] = set()
    for folder in folders:
        scenes = scenes_in(folder)
        gallery = gallery_of(folder / "people", chosen)
        enrolled |= set(gallery.people)
        for scene in track(scenes, description=f"{folder.name}", console=err, transient=True):
            pairings.append(_run(scene, chosen, gallery))
            if detail and not as_json:
                _print_detail(pairings[-1])
    told = report(pairings, frozenset(enrolled))
    if as_json:
        typer.echo(json.dumps(asdict(told), ensure_ascii=False))
    else:
        show(told)


def gallery_of(folder: Path, engine: FaceEngine) -> Gallery:
    """The people of a scene folder, one template per enrolment photo; the person's id is the folder's name. A photo
    that cannot be used is named, and its person stays a stranger."""
    items = []
    for photo in sorted(folder.glob("*/*.jpg")):
        try:
            items.append((photo.parent.name, enrolment_template(engine, read_photo(photo), str(photo))))
        except PhotoRefusedError as error:
            err.print(f"not enrolled: {error}", style="yellow", highlight=False, soft_wrap=True)
    return Gallery.build(engine.pack, items)


def _run(scene: Scene, engine: FaceEngine, gallery: Gallery) -> Pairing:
    people = People(pack=engine.pack, fixed=gallery)
    return run_scene(scene, open_pipeline(scene.doorway, engine, people, mode="match_consented"))


def _print_detail(pairing: Pairing) -> None:
    for arrival, person in pairing.hits:
        error = arrival.crossing.t - person.crossed_s
        who = " ".join(filter(None, (arrival.identity.status, arrival.identity.person)))
        line = f"{pairing.scene.video.name} {person.who:<10} truth {person.crossed_s:7.3f}  error {error:+.3f}"
        out.print(f"{line} ±{1.96 * arrival.crossing.sigma_s:.3f}  {who}", highlight=False)
    if pairing.missed or pairing.invented:
        line = f"{pairing.scene.video.name} missed {pairing.missed}, invented {pairing.invented}"
        out.print(line, style="red", highlight=False)


def show(told: Report) -> None:
    """The report as tables."""
    columns = ("method", "n", "bias", "MAE", "p95", "covered", "pairs", "gap MAE", "gap p95")
    table = Table(
        *columns,
        title=f"{told.scenes} scenes, {told.people} people crossed",
        caption="seconds; covered: truths inside the stated 95 % interval",
    )
    for row in told.timings:
        errors = (f"{row.bias_s:+.3f}", f"{row.mae_s:.3f}", f"{row.p95_s:.3f}", f"{row.coverage:.1%}")
        table.add_row(
            row.method, str(row.crossings), *errors, str(row.pairs), f"{row.gap_mae_s:.3f}", f"{row.gap_p95_s:.3f}"
        )
    out.print(table)
    orders, who = told.orders, told.identities
    for line in _sentences(told, (orders.before_right, orders.before_wrong, orders.simultaneous)):
        out.print(line, highlight=False)
    said = f"right {who.right}, wrong {who.wrong}, uncertain {who.uncertain}, not recognised {who.unknown}"
    out.print(f"identity of the enrolled: {said}", highlight=False)


def _sentences(told: Report, verdicts: Sequence[int]) -> list[str]:
    right, wrong, simultaneous = verdicts
    share = wrong / max(right + wrong, 1)
    return [
        f"arrivals missed {told.missed}, invented {told.invented}",
        f"order: before {right} right, {wrong} wrong ({share:.1%} of verdicts before); simultaneous {simultaneous}",
        f"pairs at least 0.5 s apart: {told.orders.apart}, of these before and right: {told.orders.apart_right}",
    ]
