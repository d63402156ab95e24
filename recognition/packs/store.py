"""Where packs lie on this machine, and whether their files are the ones they should be."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from recognition.packs.manifest import MANIFEST_NAME, Manifest, PackError, PackFile, built_in, manifest_of

MODELS_VARIABLE = "MENJIAN_MODELS"


def models_folder(models_dir: Path | None = None) -> Path:
    """The folder of packs: the argument, else the environment's MENJIAN_MODELS, else the user's data folder."""
    if models_dir is not None:
        return models_dir
    named = os.environ.get(MODELS_VARIABLE)
    return Path(named).expanduser() if named else Path(platformdirs.user_data_dir("menjian")) / "models"


@dataclass(frozen=True, kw_only=True)
class Installed:
    """A pack whose files are there and, where digests are known, are the right ones."""

    manifest: Manifest
    folder: Path

    def path(self, role: str) -> Path:
        """The file that does ``role`` ("detection", "recognition"); PackError when the manifest names none."""
        for file in self.manifest.files:
            if file.role == role:
                return self.folder / file.name
        raise PackError(f"{self.manifest.name}: its manifest names no {role} file")


def sha256_of(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def pack_id(installed: Installed) -> str:
    """Stable across machines: the pack's name and eight hex digits of its files' digests together."""
    names = [file.name for file in installed.manifest.files] or [f.name for f in installed.folder.glob("*.onnx")]
    digests = "".join(sorted(sha256_of(installed.folder / name) for name in names))
    return f"{installed.manifest.name}-{hashlib.sha256(digests.encode()).hexdigest()[:8]}"


def pack_name(pack: str) -> str:
    """The pack's name out of its id.

    >>> pack_name("eval-pack-0a1b2c3d")
    'eval-pack'
    """
    return pack.rpartition("-")[0]


def check_file(file: PackFile, folder: Path) -> None:
    """Raises PackError when the file is missing, empty or not the one the manifest knows."""
    path, fetch = folder / file.name, f"`menjian models fetch {folder.name}`"
    if not path.is_file():
        raise PackError(f"{path}: missing: {fetch} brings it, or set {MODELS_VARIABLE} to a folder of packs")
    if file.sha256 and sha256_of(path) != file.sha256:
        raise PackError(f"{path}: wrong SHA-256, not loaded: delete it, then {fetch}")


def package_folder(distribution: str) -> Path:
    """The folder of weights inside an installed distribution, found without importing it."""
    spec = importlib.util.find_spec(distribution)
    if spec is None or not spec.submodule_search_locations:
        raise PackError(f"{distribution} is not installed: pip install {distribution}")
    return Path(next(iter(spec.submodule_search_locations))) / "models"


def _folder_of(name: str, engine: str, models_dir: Path | None) -> Path:
    direct = Path(name).expanduser()
    if direct.is_dir() and (direct.is_absolute() or os.sep in name):
        return direct
    root = models_folder(models_dir)
    shared = [Path("~/.insightface/models").expanduser() / name] if engine == "insightface" else []
    for folder in (root / name, *shared):
        if folder.is_dir():
            return folder
    known = built_in()
    what = f"`menjian models fetch {name}` brings it" if name in known else f"known packs: {', '.join(known)}"
    raise PackError(f"pack {name} is not in {root}: {what}, or set {MODELS_VARIABLE} to a folder of packs")


def locate(name: str, *, engine: str, models_dir: Path | None = None) -> Installed:
    """The pack ``name`` (or a path to its folder) for ``engine``, all its files checked; nothing is downloaded.

    Raises PackError naming the missing or altered file and what to do.
    """
    shipped = built_in().get(name)
    if shipped and shipped.package:
        folder, manifest = package_folder(shipped.package), shipped
    else:
        folder = _folder_of(name, engine, models_dir)
        manifest = manifest_of(folder.name, folder)
    if manifest.engine != engine:
        raise PackError(f"pack {manifest.name} is for the engine {manifest.engine}, not {engine}")
    for file in manifest.files:
        check_file(file, folder)
    if not manifest.files and not any(folder.glob("*.onnx")):
        raise PackError(f"{folder}: no model files in it")
    return Installed(manifest=manifest, folder=folder)


def installed_packs(models_dir: Path | None = None) -> list[Path]:
    """Folders of packs under the models folder: known by name, with a manifest, or with a detector and a recogniser."""
    root = models_folder(models_dir)
    folders = sorted(root.iterdir()) if root.is_dir() else []
    return [folder for folder in folders if folder.is_dir() and _is_pack(folder)]


def _is_pack(folder: Path) -> bool:
    return folder.name in built_in() or (folder / MANIFEST_NAME).is_file() or len(list(folder.glob("*.onnx"))) > 1
