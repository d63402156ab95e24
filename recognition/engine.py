"""Which engine runs: the one place that builds them. Nothing opens at import, nothing is downloaded."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

from recognition.packs import Manifest, PackError, locate, manifest_of, models_folder, pack_id, pack_name, warning
from recognition.thresholds import Thresholds, thresholds_for
from recognition.types import FaceEngine

ENGINES = ("dlib", "insightface", "opencv")
DEFAULT_ENGINE = "dlib"
_DEFAULT_PACKS = {"dlib": "dlib", "insightface": "buffalo_l", "opencv": "opencv-pack"}


def load_engine(
    name: str | None = None, *, pack: str | None = None, models_dir: Path | None = None, threads: int = 1
) -> FaceEngine:
    """The engine ``name``: "dlib" (default), "opencv", "insightface" or "insightface:PACK".

    ``pack`` is a pack's name in the folder of packs, or a path to its folder; ``threads`` is for ONNX Runtime.
    A pack that a business may not use, or whose licence is not stated, says so in the log, once.
    Raises PackError when the engine or pack is unknown, a file is missing or has a wrong digest.
    """
    engine, _, named = (name or DEFAULT_ENGINE).partition(":")
    if engine not in ENGINES:
        raise PackError(f"no engine {engine!r}: choose one of {', '.join(ENGINES)}")
    installed = locate(pack or named or _DEFAULT_PACKS[engine], engine=engine, models_dir=models_dir)
    _say_terms_once(installed.manifest)
    identity = pack_id(installed)
    if engine == "insightface":
        from recognition.engines.insightface_engine import InsightfaceEngine

        return InsightfaceEngine(pack=identity, folder=installed.folder, threads=threads)
    detection, recognition = installed.path("detection"), installed.path("recognition")
    if engine == "opencv":
        from recognition.engines.opencv_engine import OpencvEngine

        return OpencvEngine(pack=identity, detector=detection, recogniser=recognition)
    from recognition.engines.dlib_engine import DlibEngine

    return DlibEngine(pack=identity, shape_predictor=detection, recogniser=recognition)


@cache
def _say_terms_once(manifest: Manifest) -> None:
    terms = warning(manifest)
    if terms:
        logging.getLogger(__name__).warning(terms)


def pack_thresholds(
    pack: str, *, people: int, false_identifications: float = 0.001, models_dir: Path | None = None
) -> Thresholds:
    """Thresholds of the pack with id ``pack`` (`FaceEngine.pack`) for a gallery of ``people``, such that a fraction
    ``false_identifications`` of strangers may be taken for somebody."""
    name = pack_name(pack)
    manifest = manifest_of(name, models_folder(models_dir) / name)
    return thresholds_for(manifest.scores.impostors(), people=people, false_identifications=false_identifications)
