"""The doorway file and the camera that looks at it: floor metres to pixels and back.

The floor frame has its origin on the floor under the camera, in metres: X to the right in the picture, Y up,
Z away from the camera towards outside. The camera is a pinhole at height H, pitched down.

        side view                                   from above
                                                      Z ^    outside
    camera o-__   pitch below the horizon               |   . person (X, Z), walking in
           |   --__                                     |  /
         H |       --__  ray of a pixel      left o=====+=====o right   the sill: threshold.left .. right
           |           --__                             |
    -------+---------------x----> Z                     o camera        inside
         floor         where a foot stands
"""

from __future__ import annotations

from functools import cached_property
from math import radians, tan
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
import yaml
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kiosk.types import KioskError

Array = NDArray[np.float64]


class DoorwayError(KioskError):
    """A doorway file that cannot be used; the text names the file, the key and what to do."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    def __eq__(self, other: object) -> bool:
        # pydantic compares the cached arrays along with the fields, and arrays have no single truth value
        return isinstance(other, _Strict) and type(self) is type(other) and self.model_dump() == other.model_dump()


class Camera(_Strict):
    """A pinhole camera above the floor, square pixels, principal point in the middle of the picture."""

    width: int = Field(gt=0, description="picture width, px")
    height: int = Field(gt=0, description="picture height, px")
    hfov_deg: float = Field(gt=10, lt=150, description="horizontal field of view, degrees")
    height_m: float = Field(gt=0.5, lt=10, description="height of the lens above the floor, metres")
    pitch_deg: float = Field(gt=-30, lt=80, description="how far it looks down from the horizon, degrees")
    roll_deg: float = Field(
        default=0.0, gt=-45, lt=45, description="turn of the camera about its axis, clockwise, degrees"
    )

    @cached_property
    def focal_px(self) -> float:
        """Focal length in pixels, the same along x and y."""
        return self.width / 2 / tan(radians(self.hfov_deg) / 2)

    @cached_property
    def rotation(self) -> Array:
        """(3, 3) rotation from the floor frame (X, Y up, Z) to the camera's (x right, y down, z ahead)."""
        pitch, roll = radians(self.pitch_deg), radians(self.roll_deg)
        cp, sp, cr, sr = np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
        level = np.array([[1, 0, 0], [0, -cp, -sp], [0, -sp, cp]])
        turn = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
        return np.asarray(turn @ level, np.float64)

    def project(self, points_xyz_m: ArrayLike) -> Array:
        """Pixels (..., 2) of points (..., 3) given as X, Y (height), Z in metres; points behind the camera are NaN.

        >>> cam = Camera(width=1280, height=720, hfov_deg=62.0, height_m=2.3, pitch_deg=0.0)
        >>> cam.project([0.0, 2.3, 5.0]).tolist()
        [640.0, 360.0]
        """
        relative = np.asarray(points_xyz_m, np.float64) - np.array([0.0, self.height_m, 0.0])
        seen = relative @ self.rotation.T
        depth = np.where(seen[..., 2:] > 1e-6, seen[..., 2:], np.nan)
        centre = np.array([self.width / 2, self.height / 2])
        return np.asarray(seen[..., :2] / depth * self.focal_px + centre, np.float64)

    def rays(self, points_px: ArrayLike) -> Array:
        """Directions (..., 3) in the floor frame through pixels (..., 2), scaled to depth 1 along the optical axis."""
        centred = (np.asarray(points_px, np.float64) - np.array([self.width / 2, self.height / 2])) / self.focal_px
        return np.concatenate([centred, np.ones((*centred.shape[:-1], 1))], axis=-1) @ self.rotation

    def on_floor(self, points_px: ArrayLike, height_m: float = 0.0) -> Array:
        """Floor positions (..., 2) as X, Z in metres, where pixels (..., 2) see the plane ``height_m`` above the
        floor; NaN where the ray never meets it in front of the camera.

        >>> cam = Camera(width=1280, height=720, hfov_deg=62.0, height_m=2.3, pitch_deg=12.0)
        >>> cam.on_floor(cam.project([0.4, 0.0, 5.0])).round(6).tolist()
        [0.4, 5.0]
        """
        ray = self.rays(points_px)
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = (height_m - self.height_m) / ray[..., 1:2]
        return np.where(reach > 0, reach, np.nan) * ray[..., ::2]


Point = Annotated[tuple[float, float], Field(strict=False)]


class Threshold(_Strict):
    """The sill as the line between two floor points (X, Z), metres."""

    left: Point
    right: Point

    def ahead_m(self, points_xz_m: ArrayLike) -> Array:
        """Signed distance (...) of floor points (..., 2) from the sill's line, metres; positive beyond it.

        >>> Threshold(left=(-1.0, 2.6), right=(1.0, 2.6)).ahead_m([0.3, 3.1]).item()
        0.5
        """
        offset = np.asarray(points_xz_m, np.float64) - np.array(self.left)
        return np.asarray(offset @ self.normal_xz, np.float64)

    @cached_property
    def normal_xz(self) -> Array:
        """(2,) unit normal of the sill in the floor plane, pointing away from the camera's foot."""
        (lx, lz), (rx, rz) = self.left, self.right
        normal = np.array([lz - rz, rx - lx]) / np.hypot(rx - lx, rz - lz)
        return np.asarray(normal * np.sign(normal @ np.array(self.left)), np.float64)

    def along(self, point_xz_m: ArrayLike) -> float:
        """Where the foot of the perpendicular of a floor point falls on the sill: 0 at left, 1 at right."""
        sill = np.array(self.right) - np.array(self.left)
        return float((np.asarray(point_xz_m, np.float64) - np.array(self.left)) @ sill / (sill @ sill))


class Doorway(_Strict):
    """One door: its camera, its sill and which way is in. Source of the layout: the doorway file contract."""

    door: str = Field(min_length=1, description="the door's name, as it appears in events")
    camera: Camera
    threshold: Threshold
    inward: Literal["toward_camera", "away_from_camera"] = Field(description="which way somebody walks who comes in")

    @model_validator(mode="after")
    def _sill_in_sight(self) -> Self:
        ends = np.array([self.threshold.left, self.threshold.right])
        if np.allclose(ends[0], ends[1]):
            raise ValueError("threshold: left and right are the same point; give the sill's two ends")
        if (ends[:, 1] <= 0.2).any():
            raise ValueError("threshold: the sill lies behind or under the camera; Z must be above 0.2 m")
        if np.isnan(self.camera.project(np.insert(ends, 1, 0.0, axis=1))).any():
            raise ValueError("threshold: the sill lies behind the camera; check Z and pitch_deg")
        return self


def load_doorway(path: Path) -> Doorway:
    """Read a doorway file: the YAML layout of the contract, or the JSON layout that lies beside rendered scenes.

    Raises DoorwayError with one line that names the file and every faulty key.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DoorwayError(f"{path}: no such doorway file; make one with 'menjian calibrate'") from None
    except (yaml.YAMLError, ValueError, OSError) as error:  # ValueError: not UTF-8, or a date there is none like 02-30
        raise DoorwayError(f"{path}: not readable as YAML ({' '.join(str(error).split())})") from None
    if not isinstance(data, dict):
        held = "nothing" if data is None else type(data).__name__
        raise DoorwayError(f"{path}: a doorway file holds keys (door, camera, threshold, inward), not {held}")
    try:
        return Doorway.model_validate(_from_scene_layout(data) if "threshold_m" in data else data)
    except ValidationError as error:
        faults = "; ".join(_fault_line(fault["loc"], fault["msg"], fault["type"]) for fault in error.errors())
        raise DoorwayError(f"{path}: {faults}") from None


def save_doorway(doorway: Doorway, path: Path) -> None:
    """Write the YAML layout of the contract, which ``load_doorway`` reads; the file is there whole or not at all.

    Raises DoorwayError when it cannot be written.
    """
    half = path.with_name(f".{path.name}.part")
    try:
        half.write_text(yaml.safe_dump(doorway.model_dump(mode="json"), sort_keys=False), encoding="utf-8")
        half.replace(path)
    except OSError as error:
        raise DoorwayError(f"{path}: cannot be written ({error.strerror})") from None


def _fault_line(where: tuple[int | str, ...], message: str, kind: str) -> str:
    key = ".".join(str(part) for part in where)
    if kind == "extra_forbidden":
        return f"unknown key '{key}'; remove it or correct its spelling"
    return f"{key}: {message}" if key else message.removeprefix("Value error, ")


def _from_scene_layout(data: dict[str, object]) -> dict[str, object]:
    sill_m = data["threshold_m"]
    camera = {key: value for key, value in data.items() if key not in ("fps", "threshold_m")}
    return {
        "door": "main",
        "camera": camera,
        "threshold": {"left": [-1.0, sill_m], "right": [1.0, sill_m]},
        "inward": "toward_camera",
    }
