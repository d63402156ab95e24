"""What a pack says of itself, read from YAML: the packs we know ship with this package."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recognition.thresholds import ImpostorModel
from recognition.types import RecognitionError

MANIFEST_NAME = "menjian-pack.yaml"
"""A folder of a licensed or home-made pack may hold a manifest of its own under this name."""


class PackError(RecognitionError):
    """A pack is unknown, incomplete, altered or cannot be fetched."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Licence(_Strict):
    """Under what terms the weights may be used."""

    name: str = Field(description="short name, SPDX where there is one")
    commercial_use: bool | None = Field(description="whether commercial use is allowed; null when nobody says")
    note: str = Field(default="", description="one sentence for whoever chooses the pack")
    url: str = Field(default="", description="where the terms stand")

    @property
    def commercial(self) -> str:
        """Whether a business may use it: "yes", "no" or "not stated"."""
        return {True: "yes", False: "no", None: "not stated"}[self.commercial_use]


class PackFile(_Strict):
    """One file of a pack."""

    name: str = Field(pattern="^[A-Za-z0-9._-]+$", description="file name inside the pack's folder")
    role: Literal["detection", "recognition"] = Field(description="what the file does")
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$", description="hex digest of the whole file")
    bytes: int | None = Field(default=None, gt=0, description="size in bytes")
    urls: tuple[str, ...] = Field(default=(), description="where the file itself can be fetched, tried in order")


class Archive(_Strict):
    """A zip that carries a pack's files."""

    name: str = Field(pattern="^[A-Za-z0-9._-]+$", description="file name of the zip")
    urls: tuple[str, ...] = Field(min_length=1, description="where it can be fetched, tried in order")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="hex digest of the zip")
    bytes: int = Field(gt=0, description="size in bytes")


class ScoreModel(_Strict):
    """How far apart different people's templates lie; thresholds follow from it (recognition.thresholds)."""

    mean_deg: float = Field(default=90.0, gt=0, le=180, description="mean angle between two people, degrees")
    sigma_deg: float = Field(default=ImpostorModel().sigma_deg, gt=0, le=45, description="its spread, degrees")
    source: str = Field(default="", description="where the two numbers come from")
    raise_it: str = Field(
        default="fewer false matches, more customers a person must look at", description="what raising does"
    )
    lower_it: str = Field(
        default="fewer customers missed, more strangers taken for somebody", description="what lowering does"
    )

    def impostors(self) -> ImpostorModel:
        """The model as the thresholds module wants it."""
        return ImpostorModel(mean_deg=self.mean_deg, sigma_deg=self.sigma_deg)


class Manifest(_Strict):
    """A pack: its files, what they make, and on which terms."""

    name: str = Field(pattern="^[A-Za-z0-9._-]+$", description="name of the pack and of its folder")
    engine: Literal["dlib", "insightface", "opencv"] = Field(description="which engine loads it")
    title: str = Field(default="", description="what it is, one line")
    licence: Licence = Field(description="terms of the weights")
    template_size: int | None = Field(default=None, gt=0, description="numbers in a template")
    alignment: str = Field(default="arcface-112", description="how a face is laid before it becomes a template")
    files: tuple[PackFile, ...] = Field(default=(), description="what must lie in the folder")
    archive: Archive | None = Field(default=None, description="zip with the files, where they are not single")
    package: str = Field(default="", description="Python distribution that carries the files instead of a folder")
    scores: ScoreModel = Field(default=ScoreModel(), description="spread of impostor angles")


LICENCE_UNKNOWN = Licence(
    name="not stated", commercial_use=None, note="Nobody states its terms here: whoever uses it must know them."
)


def read_manifest(text: str, where: str) -> Manifest:
    """A manifest from YAML ``text``; ``where`` names the file in errors. Raises PackError naming the key."""
    try:
        return Manifest.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise PackError(f"{where}: not YAML: {str(error).splitlines()[0]}") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise PackError(f"{where}: {key or 'manifest'}: {first['msg']}") from error


def warning(manifest: Manifest) -> str | None:
    """The sentence whoever chooses the pack must see, or None when a business may use it.

    >>> warning(built_in()["opencv-pack"]) is None
    True
    """
    if manifest.licence.commercial_use:
        return None
    return f"pack {manifest.name}: licence {manifest.licence.name}. {manifest.licence.note}"


@cache
def built_in() -> dict[str, Manifest]:
    """The packs this package knows, by name.

    >>> built_in()["buffalo_l"].licence.commercial_use
    False
    """
    folder = files("recognition.packs") / "manifests"
    found = (read_manifest(entry.read_text("utf-8"), entry.name) for entry in folder.iterdir())
    return {manifest.name: manifest for manifest in sorted(found, key=lambda m: m.name)}


def known(name: str) -> Manifest:
    """The shipped manifest called ``name``; PackError naming the others when there is none."""
    if name not in built_in():
        raise PackError(f"no pack {name!r}: choose one of {', '.join(built_in())}")
    return built_in()[name]


def manifest_of(name: str, folder: Path | None = None) -> Manifest:
    """The manifest of a pack: the folder's own, else the one we ship, else one that knows nothing but the name."""
    own = folder / MANIFEST_NAME if folder else None
    if own and own.is_file():
        return read_manifest(own.read_text("utf-8"), str(own))
    return built_in().get(name) or Manifest(name=name, engine="insightface", licence=LICENCE_UNKNOWN)
