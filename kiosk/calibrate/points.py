"""Floor points as a person writes them: on the command line, or in a YAML file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kiosk.calibrate.solve import CalibrationError, FloorPoint, Place

Pair = Annotated[tuple[float, float], Field(strict=False)]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    px: Pair
    floor_m: Pair


class PointsFile(BaseModel):
    """The YAML file of points: ``points: [{px: [u, v], floor_m: [X, Z]}, ...]`` and, if known, the other keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    points: tuple[_Row, ...]
    left: str | None = Field(default=None, description='left end of the sill: "u,v" in px or "X,Zm" in metres')
    right: str | None = Field(default=None, description='right end of the sill: "u,v" in px or "X,Zm" in metres')
    hfov_deg: float | None = Field(default=None, gt=20, lt=140, description="horizontal field of view, degrees")
    height_m: float | None = Field(default=None, gt=0.6, lt=9.5, description="height of the lens, metres")

    @property
    def floor_points(self) -> list[FloorPoint]:
        """The points as the solver takes them."""
        return [FloorPoint(px=row.px, floor_m=row.floor_m) for row in self.points]


def parse_point(text: str) -> FloorPoint:
    """A point from ``u,v=X,Z``: pixels, then metres.

    >>> parse_point("640,500=0.5,2.0")
    FloorPoint(px=(640.0, 500.0), floor_m=(0.5, 2.0))
    """
    px, equals, floor = text.partition("=")
    if not equals:
        raise CalibrationError(f"{text!r}: a point is written u,v=X,Z (pixels, then metres), such as 640,500=0.5,2.0")
    return FloorPoint(px=_pair(px, text), floor_m=_pair(floor, text))


def inside(points: Sequence[FloorPoint], size_px: tuple[int, ...]) -> Sequence[FloorPoint]:
    """The points, which all lie in a picture of ``size_px`` (width, height).

    Raises CalibrationError naming those outside: they were picked on a picture of another size.
    """
    width, height = size_px[:2]
    outside = [p.px for p in points if not (0 <= p.px[0] <= width and 0 <= p.px[1] <= height)]
    if outside:
        named = ", ".join(f"{u:g},{v:g}" for u, v in outside)
        raise CalibrationError(
            f"outside the picture of {width} x {height} px: {named}; pick them on a frame of this camera"
        )
    return points


def parse_place(text: str) -> Place:
    """An end of the sill: ``u,v`` in pixels, or ``X,Zm`` in metres of the points' frame.

    >>> parse_place("0.2,1.5m")
    Place(at=(0.2, 1.5), unit='m')
    """
    metres = text.strip().endswith("m")
    return Place(at=_pair(text.strip().removesuffix("m"), text), unit="m" if metres else "px")


def load_points(path: Path) -> PointsFile:
    """Read a YAML file of points. Raises CalibrationError naming the file and the key."""
    try:
        return PointsFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CalibrationError(f"{path}: not readable as YAML ({' '.join(str(error).split())})") from None
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(map(str, fault["loc"])) or "a points file holds keys (points, left, right, hfov_deg, height_m)"
        raise CalibrationError(f"{path}: {key}: {fault['msg']}") from None


def _pair(text: str, whole: str) -> tuple[float, float]:
    try:
        first, second = (float(part) for part in text.split(","))
    except ValueError:
        raise CalibrationError(f"{whole!r}: expected two numbers with a comma between them, got {text!r}") from None
    return first, second
