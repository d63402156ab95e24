"""Evaluation: rates, intervals, thresholds, and what could not be compared."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognition.engine import load_engine, pack_thresholds
from recognition.evaluate import error_rates, evaluate_pairs, report, wilson
from recognition.evaluate_plot import plot_report
from recognition.pairs import Pair
from recognition.types import Detection, Image, RecognitionError
from tests.recognition.fakes import FakeEngine, face


@pytest.mark.parametrize(
    ("errors", "trials", "low", "high"),
    [
        (0, 505, 0.0, 0.007549),  # no error seen is not "never"
        (1, 90, 0.001964, 0.060284),
        (5, 10, 0.236593, 0.763407),  # symmetric about one half
        (10, 10, 0.722467, 1.0),  # all wrong
        (0, 0, 0.0, 1.0),  # nothing known
    ],
)
def test_intervals_are_wilsons(errors: int, trials: int, low: float, high: float) -> None:
    rate = wilson(errors, trials)
    assert (rate.low, rate.high) == pytest.approx((low, high), abs=1e-6)


@given(trials=st.integers(1, 2000), share=st.floats(0, 1))
def test_the_interval_holds_the_observed_rate(trials: int, share: float) -> None:
    rate = wilson(round(share * trials), trials)
    assert rate.value is not None
    assert 0 <= rate.low <= rate.value <= rate.high <= 1


def test_overlapping_scores_are_counted_on_both_sides() -> None:
    found = report(
        pack="p",
        threshold=0.5,
        genuine=np.array([0.3, 0.5, 0.6, 0.8]),  # one below the threshold
        impostor=np.array([-0.1, 0.2, 0.4, 0.55]),  # one above it
    )
    assert (found.fnmr.errors, found.fnmr.trials) == (1, 4)
    assert (found.fmr.errors, found.fmr.trials) == (1, 4)
    assert found.equal_error_rate == pytest.approx(0.25)
    assert found.clean_threshold == pytest.approx(0.5501)
    assert found.clean_fnmr is not None
    assert found.clean_fnmr.errors == 2


def test_a_score_at_the_threshold_is_a_match() -> None:
    found = report(pack="p", threshold=0.5, genuine=np.array([0.5]), impostor=np.array([0.5]))
    assert (found.fnmr.errors, found.fmr.errors) == (0, 1)


def test_separated_scores_have_no_equal_error_and_a_threshold_between() -> None:
    found = report(pack="p", threshold=0.4, genuine=np.array([0.6, 0.9]), impostor=np.array([0.0, 0.2]))
    assert found.equal_error_rate == 0
    assert found.equal_error_threshold is not None
    assert 0.2 < found.equal_error_threshold <= 0.6


def test_pairs_of_one_kind_only_have_no_equal_error() -> None:
    found = report(pack="p", threshold=0.4, genuine=np.array([0.6]), impostor=np.zeros(0))
    assert found.equal_error_rate is None
    assert found.clean_threshold is None
    assert found.fmr.value is None


@given(seed=st.integers(0, 200))
def test_false_matches_fall_and_false_non_matches_rise_with_the_threshold(seed: int) -> None:
    rng = np.random.default_rng(seed)
    _, fmr, fnmr = error_rates(rng.normal(0.5, 0.2, 20), rng.normal(0, 0.2, 30))
    assert (np.diff(fmr) <= 0).all()
    assert (np.diff(fnmr) >= 0).all()


def _picture(path: Path, colour: tuple[int, int, int]) -> None:
    path.write_bytes(cv2.imencode(".png", np.full((64, 64, 3), colour, np.uint8))[1].tobytes())


class RedBlind(FakeEngine):
    """Sees no face in red pictures."""

    def detect(self, image: Image) -> list[Detection]:
        return [] if image[0, 0, 2] == 255 else super().detect(image)


def test_photographs_without_a_face_are_counted_apart(tmp_path: Path) -> None:
    for name, colour in (("a", (200, 0, 0)), ("b", (190, 5, 0)), ("c", (0, 200, 0)), ("none", (0, 0, 255))):
        _picture(tmp_path / f"{name}.png", colour)
    pairs = [
        Pair(file_x="a.png", file_y="b.png", same=True),
        Pair(file_x="a.png", file_y="c.png", same=False),
        Pair(file_x="a.png", file_y="none.png", same=True),
    ]
    engine = RedBlind(faces=[face(width=60)], long_side=64)
    told: list[tuple[int, int]] = []
    found = evaluate_pairs(engine, pairs, tmp_path, threshold=0.9, progress=lambda done, of: told.append((done, of)))
    assert found.undetected == ("none.png",)
    assert (found.photographs, found.skipped) == (4, 1)
    assert (found.fnmr.errors, found.fnmr.trials) == (0, 1)
    assert (found.fmr.errors, found.fmr.trials) == (0, 1)
    assert told[-1] == (4, 4)


def test_nothing_to_compare_is_an_error(tmp_path: Path) -> None:
    _picture(tmp_path / "none.png", (0, 0, 255))
    with pytest.raises(RecognitionError, match="no pair could be compared"):
        evaluate_pairs(RedBlind(), [Pair(file_x="none.png", file_y="none.png", same=True)], tmp_path, threshold=0.5)


def test_the_plot_is_a_png_even_with_one_kind_of_pairs(tmp_path: Path) -> None:
    for name, impostor in (("both", np.array([0.1, 0.2])), ("one", np.zeros(0))):
        found = report(pack="p", threshold=0.5, genuine=np.array([0.4, 0.9]), impostor=impostor)
        path = tmp_path / f"{name}.png"
        plot_report(found, path)
        image = cv2.imread(str(path))
        assert image is not None
        assert image.shape[1] > 600


def test_a_plot_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    found = report(pack="p", threshold=0.5, genuine=np.array([0.9]), impostor=np.array([0.1]))
    with pytest.raises(RecognitionError, match=r"nowhere/x\.png: cannot be written"):
        plot_report(found, tmp_path / "nowhere" / "x.png")


def test_the_development_pack_makes_no_mistake_on_six_people(shared: Path) -> None:
    folder = shared / "faces"
    files = sorted(str(path.relative_to(folder)) for path in folder.glob("p*/*.jpg"))
    pairs = [Pair(file_x=x, file_y=y, same=x[:2] == y[:2]) for x, y in itertools.combinations(files, 2)]
    engine = load_engine("insightface:eval-pack", models_dir=shared / "models")
    found = evaluate_pairs(engine, pairs, folder, threshold=pack_thresholds(engine.pack, people=1).match)
    assert (found.fmr.errors, found.fnmr.errors, found.undetected) == (0, 0, ())
