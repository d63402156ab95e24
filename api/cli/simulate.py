"""`menjian simulate`: renders door scenes whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.progress import track

from api.cli.console import err, out
from kiosk.doorway import save_doorway
from kiosk.simulator import (
    folder_faces,
    group_faces,
    random_doorway,
    random_scene,
    write_people,
    write_scene,
)
from kiosk.types import KioskError
from recognition.engine import load_engine

Scenes = Annotated[int, typer.Option(min=1, max=10_000, help="how many scenes")]
Seed = Annotated[int, typer.Option(min=0, help="chance; the same seed gives the same films")]
FacesFolder = Annotated[
    Path | None,
    typer.Option(
        "--faces",
        exists=True,
        file_okay=False,
        help="folder of <who>/*.jpg: the first photo enrols, others come to the door",
    ),
]
People = Annotated[str, typer.Option(metavar="MIN-MAX", help="how many come in, each scene")]
Fps = Annotated[int | None, typer.Option(min=5, max=60, help="pictures a second; else 10, 15, 25 or 30")]
Strangers = Annotated[int, typer.Option(min=0, help="how many people of the last names are not enrolled")]


def simulate(
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="folder to write to; made when missing")],
    scenes: Scenes = 6,
    seed: Seed = 0,
    faces: FacesFolder = None,
    people: People = "2-4",
    fps: Fps = None,
    strangers: Strangers = 2,
    one_camera: Annotated[bool, typer.Option("--one-camera", help="the same camera and sill in every scene")] = False,
    engine: Annotated[str, typer.Option(help="face engine that finds the eyes in the photographs")] = "dlib",
    force: Annotated[bool, typer.Option("--force", help="write into a folder that is not empty")] = False,
) -> None:
    """Render door scenes with known truth, for `menjian evaluate door`.

    Writes scene-NN.mp4, its truth scene-NN.json, its camera scene-NN.doorway.yaml, one doorway.yaml (the first
    scene's) and people/WHO/00.jpg to enrol from. Faces come from the group picture in InsightFace's package, or from
    --faces.

    [bold]Examples[/bold]

      menjian simulate scenes --scenes 60 --seed 1 --people 2-5

      menjian simulate scenes --faces photos --fps 25 --one-camera
    """
    fewest, most = _range(people)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())) and not force:
        raise KioskError(f"{folder}: not an empty folder; name another, or say --force to write into it")
    finder = load_engine(engine)
    cast = folder_faces(faces, finder) if faces else group_faces(finder)
    if most > len(cast):
        raise typer.BadParameter(f"{most} people, but there are faces of {len(cast)}", param_hint="--people")
    door = random_doorway(np.random.default_rng(seed)) if one_camera else None
    folder.mkdir(parents=True, exist_ok=True)
    write_people(dict(sorted(cast.items())[: max(0, len(cast) - strangers)]), folder / "people")
    for number in track(range(scenes), description="rendering", console=err):
        scene = random_scene(seed + number, cast, people=(fewest, most), fps=fps, doorway=door)
        write_scene(scene, folder / f"scene-{number:02d}.mp4")
        if number == 0:
            save_doorway(scene.doorway, folder / "doorway.yaml")
    out.print(f"{scenes} scenes in {folder}; next: [bold]menjian evaluate door {folder}[/bold]", highlight=False)


def _range(text: str) -> tuple[int, int]:
    least, _, most = text.partition("-")
    try:
        bounds = int(least), int(most or least)
    except ValueError:
        bounds = (0, 0)
    if not 1 <= bounds[0] <= bounds[1]:
        raise typer.BadParameter(f"{text!r} is not a range such as 2-4", param_hint="--people")
    return bounds
