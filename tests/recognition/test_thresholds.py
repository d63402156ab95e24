"""Thresholds follow from what an office can bear."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognition.packs import built_in
from recognition.thresholds import ImpostorModel, per_comparison, thresholds_for


def test_the_unknown_packs_model_is_that_of_random_directions() -> None:
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(400, 128))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    cosines = (directions @ directions.T)[np.triu_indices(400, 1)]
    threshold = ImpostorModel().threshold(0.001)
    assert (cosines >= threshold).mean() == pytest.approx(0.001, rel=0.3)


def test_a_larger_gallery_asks_for_more() -> None:
    cuts = [thresholds_for(ImpostorModel(), people=people) for people in (100, 1000, 100_000)]
    assert [cut.match for cut in cuts] == sorted({cut.match for cut in cuts})
    assert [cut.review for cut in cuts] == sorted({cut.review for cut in cuts})


def test_small_galleries_are_treated_alike() -> None:
    assert thresholds_for(ImpostorModel(), people=0) == thresholds_for(ImpostorModel(), people=100)


def test_accepting_more_false_identifications_lowers_the_threshold() -> None:
    strict = thresholds_for(ImpostorModel(), people=500, false_identifications=0.0001)
    lax = thresholds_for(ImpostorModel(), people=500, false_identifications=0.01)
    assert strict.match > lax.match
    assert strict.review == lax.review


@given(rate=st.floats(1e-6, 0.4), people=st.integers(1, 100_000))
def test_the_rate_of_one_comparison_adds_up_over_the_gallery(rate: float, people: int) -> None:
    assert -np.expm1(people * np.log1p(-per_comparison(rate, people))) == pytest.approx(rate, rel=1e-6)


@given(rate=st.floats(1e-7, 0.4))
def test_threshold_and_rate_are_inverse(rate: float) -> None:
    model = ImpostorModel()
    assert model.false_match_rate(model.threshold(rate)) == pytest.approx(rate, rel=1e-6)


@pytest.mark.parametrize("name", sorted(built_in()))
def test_every_pack_leaves_a_band_for_a_person_to_look(name: str) -> None:
    for people in (1, 1000, 100_000):
        cut = thresholds_for(built_in()[name].scores.impostors(), people=people)
        assert 0 < cut.review < cut.match < 1
