"""`menjian calibrate`: a doorway file from one picture and a few floor points."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import cv2
import typer
from rich.table import Table

from api.cli.console import out
from kiosk.calibrate import (
    Calibration,
    PointsFile,
    check_picture,
    inside,
    load_points,
    make_doorway,
    parse_place,
    parse_point,
)
from kiosk.calibrate import (
    calibrate as solve,
)
from kiosk.doorway import Doorway, save_doorway
from kiosk.source import open_source
from kiosk.types import Frame, KioskError
from recognition.types import Image

HEAD_M = 1.6


Points = Annotated[
    list[str] | None, typer.Option("--point", metavar="u,v=X,Z", help="floor point: pixels = metres; four or more")
]
PointsPath = Annotated[
    Path | None, typer.Option("--points", exists=True, dir_okay=False, help="YAML file of points, besides --point")
]
Left = Annotated[str | None, typer.Option(metavar="u,v | X,Zm", help="left end of the sill, px or metres")]
Right = Annotated[str | None, typer.Option(metavar="u,v | X,Zm", help="right end of the sill, px or metres")]
Hfov = Annotated[float | None, typer.Option(min=20, max=140, help="horizontal field of view if known, degrees")]
Height = Annotated[float | None, typer.Option(min=0.6, max=9.5, help="height of the lens if known, metres")]
FrameAt = Annotated[float, typer.Option(min=0, help="seconds into the source at which to take the picture")]


def calibrate(
    source: Annotated[str, typer.Argument(help="video file, RTSP URL or camera index")],
    point: Points = None,
    points: PointsPath = None,
    left: Left = None,
    right: Right = None,
    hfov: Hfov = None,
    height: Height = None,
    frame_at: FrameAt = 0.0,
    door: Annotated[str, typer.Option(help="the door's name")] = "main",
    output: Annotated[Path, typer.Option("-o", "--output", help="doorway file to write")] = Path("doorway.yaml"),
    picture: Annotated[Path, typer.Option(help="check picture to write")] = Path("doorway-check.png"),
    force: Annotated[bool, typer.Option("--force", help="replace an existing doorway file")] = False,
) -> None:
    r"""Find the camera from floor points, write the doorway file and draw the check picture.

    Measure four or more points of the floor in metres from any one of them: X to the right as the camera sees it, Z
    away from it; tiles do. With only four, better give --height. A points file holds points: [{px: \[u, v], floor_m:
    [X, Z]}, ...], and left, right, hfov_deg, height_m if you like.

    [bold]Examples[/bold]

      menjian calibrate door.mp4 --points points.yaml --left 233,560 --right 1002,566

      menjian calibrate rtsp://10.0.0.8/main --point 233,560=0,0 --point 1002,566=2,0 --point 381,330=0,2.4
      --point 870,333=2,2.4 --height 2.31 --left 0,0m --right 2,0m -o site/doorway.yaml
    """
    _check_outputs(output, picture, force=force)
    written = load_points(points) if points else PointsFile(points=())
    left, right = left or written.left, right or written.right
    if left is None or right is None:
        raise typer.BadParameter("give both ends of the sill", param_hint="--left, --right")
    image = _picture_at(source, frame_at)
    given = inside([*written.floor_points, *map(parse_point, point or [])], image.shape[1::-1])
    found = solve(given, image.shape[1::-1], hfov_deg=hfov or written.hfov_deg, height_m=height or written.height_m)
    doorway = make_doorway(found, parse_place(left), parse_place(right), door=door)
    _write(picture, check_picture(image, doorway, found))
    save_doorway(doorway, output)
    _report(found, doorway)
    out.print(f"wrote {output}; look at {picture}: grid of 0.5 m, sill in red", highlight=False)


def _check_outputs(output: Path, picture: Path, *, force: bool) -> None:
    if output.exists() and not force:
        raise KioskError(f"{output}: exists already; name another with -o, or say --force to replace it")
    if not cv2.haveImageWriter(str(picture)):
        raise typer.BadParameter(f"{picture}: name a .png or .jpg file", param_hint="--picture")


def _write(path: Path, image: Image) -> None:
    if not cv2.imwrite(str(path), image):
        raise KioskError(f"{path}: cannot be written")


def _picture_at(source: str, t: float) -> Image:
    with open_source(source) as frames:
        for item in frames:
            if isinstance(item, Frame) and item.t >= t:
                return item.image
    raise KioskError(f"{source}: ended before {t:g} s; choose an earlier --frame-at")


def _report(found: Calibration, doorway: Doorway) -> None:
    table = Table("point", "px", "floor, m", "off, px", "off, cm")
    for number, (point, off_px, off_m) in enumerate(
        zip(found.points, (found.residual_px**2).sum(axis=1) ** 0.5, found.residual_m, strict=True), 1
    ):
        (u, v), (x, z) = point.px, point.floor_m
        table.add_row(str(number), f"{u:g}, {v:g}", f"{x:g}, {z:g}", f"{off_px:.1f}", f"{100 * off_m:.1f}")
    out.print(table)
    sigma = found.covariance.diagonal() ** 0.5
    camera = doorway.camera
    for name, value, unit, spread in (
        ("height", camera.height_m, "m", sigma[0]),
        ("pitch", camera.pitch_deg, "degrees", sigma[1]),
        ("roll", camera.roll_deg, "degrees", sigma[2]),
        ("field of view", camera.hfov_deg, "degrees", sigma[3]),
    ):
        out.print(f"{name:14}{value:8.2f} ± {1.96 * spread:.2f} {unit}", highlight=False)
    ends = doorway.threshold.left, doorway.threshold.right
    floor, head = (100 * 1.96 * max(found.sigma_m(end, up) for end in ends) for up in (0.0, HEAD_M))
    out.print(f"at the sill   ± {floor:.1f} cm on the floor, ± {head:.1f} cm at {HEAD_M} m (95 %)", highlight=False)
