"""Model packs: what each one is, may be used for and consists of; where it lies; fetching and checking it."""

from recognition.packs.download import fetch
from recognition.packs.manifest import LICENCE_UNKNOWN, Manifest, PackError, built_in, known, manifest_of, warning
from recognition.packs.store import Installed, installed_packs, locate, models_folder, pack_id, pack_name

__all__ = [
    "LICENCE_UNKNOWN",
    "Installed",
    "Manifest",
    "PackError",
    "built_in",
    "fetch",
    "installed_packs",
    "known",
    "locate",
    "manifest_of",
    "models_folder",
    "pack_id",
    "pack_name",
    "warning",
]
