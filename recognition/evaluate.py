"""How often an engine is wrong on labelled pairs of photographs, with intervals that own up to few pairs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from recognition.enrol import detect_photo, read_photo
from recognition.pairs import Pair
from recognition.types import FaceEngine, RecognitionError, Template

Scores = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Rate:
    """``errors`` of ``trials``, with the 95 % Wilson interval ``low``..``high`` of the underlying rate."""

    errors: int
    trials: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        """Observed rate; None without trials."""
        return self.errors / self.trials if self.trials else None


def wilson(errors: int, trials: int, confidence: float = 0.95) -> Rate:
    """Score interval of a proportion (Wilson 1927, JASA 22:209-212); 0..1 without trials.

    >>> r = wilson(0, 100)
    >>> r.low, round(r.high, 4)
    (0.0, 0.037)
    """
    if trials == 0:
        return Rate(errors=0, trials=0, low=0.0, high=1.0)
    z = float(norm.ppf(0.5 + confidence / 2))
    share = errors / trials
    scale = 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    low = 0.0 if errors == 0 else centre - half
    return Rate(errors=errors, trials=trials, low=low, high=1.0 if errors == trials else centre + half)


@dataclass(frozen=True, kw_only=True, eq=False)
class PairsReport:
    """What `evaluate_pairs` found.

    ``fmr`` false matches among pairs of different people and ``fnmr`` false non-matches among pairs of one person, at
    ``threshold``. ``equal_error_rate`` and its ``equal_error_threshold``; ``clean_threshold`` the lowest cosine
    without a false match, ``clean_fnmr`` the false non-matches there; each None without pairs of both kinds.
    ``undetected`` photographs without a usable face, ``skipped`` pairs not compared because of them: neither counts as
    an error above. ``genuine`` and ``impostor`` the cosines.
    """

    pack: str
    threshold: float
    fmr: Rate
    fnmr: Rate
    equal_error_rate: float | None
    equal_error_threshold: float | None
    clean_threshold: float | None
    clean_fnmr: Rate | None
    photographs: int
    undetected: tuple[str, ...]
    skipped: int
    genuine: Scores
    impostor: Scores


def evaluate_pairs(
    engine: FaceEngine,
    pairs: Sequence[Pair],
    images: Path,
    *,
    threshold: float,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> PairsReport:
    """Compare every pair with ``engine``; the largest face of a photograph counts. ``progress(done, total)`` photos.

    Raises RecognitionError for a photograph that is no picture, or when no pair could be compared.
    """
    names = sorted({name for pair in pairs for name in (pair.file_x, pair.file_y)})
    templates: dict[str, Template] = {}
    for done, name in enumerate(names, start=1):
        image = read_photo(images / name)
        if faces := detect_photo(engine, image):
            templates[name] = engine.embed(image, faces[:1])[0]
        progress(done, len(names))
    compared = [pair for pair in pairs if pair.file_x in templates and pair.file_y in templates]
    if not compared:
        raise RecognitionError(f"{engine.pack}: no pair could be compared: no face found in the photographs")
    scores = np.array([float(templates[p.file_x].vector @ templates[p.file_y].vector) for p in compared])
    same = np.array([pair.same for pair in compared])
    return report(
        pack=engine.pack,
        threshold=threshold,
        genuine=scores[same],
        impostor=scores[~same],
        photographs=len(names),
        undetected=tuple(name for name in names if name not in templates),
        skipped=len(pairs) - len(compared),
    )


def report(
    *,
    pack: str,
    threshold: float,
    genuine: Scores,
    impostor: Scores,
    photographs: int = 0,
    undetected: tuple[str, ...] = (),
    skipped: int = 0,
) -> PairsReport:
    """The figures from the cosines of pairs of one person and of different people.

    >>> r = report(pack="p", threshold=0.5, genuine=np.array([0.4, 0.9]), impostor=np.array([0.1, 0.2]))
    >>> r.fnmr.errors, r.fmr.errors, r.clean_threshold
    (1, 0, 0.2001)
    """
    both = bool(len(genuine) and len(impostor))
    rate, at = equal_error(genuine, impostor) if both else (None, None)
    clean = math.floor(float(impostor.max()) * 1e4 + 1) / 1e4 if both else None
    return PairsReport(
        pack=pack,
        threshold=threshold,
        fmr=wilson(int((impostor >= threshold).sum()), len(impostor)),
        fnmr=wilson(int((genuine < threshold).sum()), len(genuine)),
        equal_error_rate=rate,
        equal_error_threshold=at,
        clean_threshold=clean,
        clean_fnmr=wilson(int((genuine < clean).sum()), len(genuine)) if clean is not None else None,
        photographs=photographs,
        undetected=undetected,
        skipped=skipped,
        genuine=genuine,
        impostor=impostor,
    )


def error_rates(genuine: Scores, impostor: Scores) -> tuple[Scores, Scores, Scores]:
    """Thresholds at every score and between, ascending, with the false match and false non-match rate at each.

    >>> thresholds, fmr, fnmr = error_rates(np.array([0.9]), np.array([0.1]))
    >>> thresholds.tolist(), fmr.tolist(), fnmr.tolist()
    ([0.1, 0.5, 0.9], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0])
    """
    scores = np.unique(np.concatenate([genuine, impostor]))
    thresholds = np.sort(np.concatenate([scores, (scores[1:] + scores[:-1]) / 2]))
    fmr = 1 - np.searchsorted(np.sort(impostor), thresholds, side="left") / max(len(impostor), 1)
    fnmr = np.searchsorted(np.sort(genuine), thresholds, side="left") / max(len(genuine), 1)
    return thresholds, fmr, fnmr


def equal_error(genuine: Scores, impostor: Scores) -> tuple[float, float]:
    """Equal error rate (mean of the two rates where they lie nearest) and the middle of the thresholds with it."""
    thresholds, fmr, fnmr = error_rates(genuine, impostor)
    gap = np.abs(fmr - fnmr)
    nearest = np.flatnonzero(gap == gap.min())
    middle = nearest[len(nearest) // 2]
    return float(fmr[middle] + fnmr[middle]) / 2, float((thresholds[nearest[0]] + thresholds[nearest[-1]]) / 2)
