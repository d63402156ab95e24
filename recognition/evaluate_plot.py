"""The picture of an evaluation: how the cosines are spread, and the trade between the two errors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

from recognition.evaluate import PairsReport, error_rates
from recognition.types import RecognitionError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DET_TICKS = (0.001, 0.01, 0.05, 0.2, 0.5)
_DET_LIMITS = (0.0005, 0.6)


def plot_report(report: PairsReport, path: Path) -> None:
    """Write a PNG: histogram of cosines with the threshold, and the DET curve (Martin et al. 1997, Eurospeech).

    Raises RecognitionError when the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    scores, det = figure.subplots(1, 2)
    _histogram(scores, report)
    _det(det, report)
    try:
        with path.open("wb") as file:
            figure.savefig(file, format="png")
    except OSError as error:
        raise RecognitionError(f"{path}: cannot be written: {error.strerror}") from error


def _histogram(axes: Axes, report: PairsReport) -> None:
    every = np.concatenate([report.genuine, report.impostor])
    bins = np.linspace(float(every.min()), float(every.max()) + 1e-6, 50).tolist()
    axes.hist(report.impostor, bins, alpha=0.6, color="tab:red", label=f"different people ({len(report.impostor)})")
    axes.hist(report.genuine, bins, alpha=0.6, color="tab:green", label=f"same person ({len(report.genuine)})")
    axes.axvline(report.threshold, color="black", linestyle="--", label=f"threshold {report.threshold:.3f}")
    axes.set(xlabel="cosine", ylabel="pairs", title=report.pack)
    axes.legend(fontsize=8)


def _det(axes: Axes, report: PairsReport) -> None:
    """Rates below half a pair cannot be seen and are drawn there."""
    _, fmr, fnmr = error_rates(report.genuine, report.impostor)
    x, y = (
        np.clip(rate, 0.5 / max(count, 1), 1 - 0.5 / max(count, 1))
        for rate, count in ((fmr, report.fmr.trials), (fnmr, report.fnmr.trials))
    )
    axes.plot(norm.ppf(x), norm.ppf(y), color="tab:blue")
    axes.axline((0, 0), slope=1, color="0.8", linewidth=0.8)
    labels = [f"{100 * tick:g}%" for tick in _DET_TICKS]
    axes.set_xticks(norm.ppf(_DET_TICKS), labels)
    axes.set_yticks(norm.ppf(_DET_TICKS), labels)
    limits = tuple(norm.ppf(_DET_LIMITS))
    axes.set(xlim=limits, ylim=limits, xlabel="false match rate", ylabel="false non-match rate", title="DET")
