"""The gallery: exact, immutable, of one pack; fusion of templates."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognition.gallery import Gallery, PackMismatchError, fuse
from recognition.types import RecognitionError, Template, unit
from tests.recognition.fakes import PACK, template

OTHER = "other-11111111"


def test_two_packs_never_share_a_gallery() -> None:
    items = [("ann", template(1, 0)), ("bob", template(0, 1, pack=OTHER))]
    with pytest.raises(PackMismatchError, match=r"other-11111111.*fake-00000000"):
        Gallery.build(PACK, items)


def test_a_probe_of_another_pack_is_never_compared() -> None:
    gallery = Gallery.build(PACK, [("ann", template(1, 0))])
    with pytest.raises(PackMismatchError):
        gallery.scores([template(1, 0), template(1, 0, pack=OTHER)])


def test_templates_of_two_packs_are_never_fused() -> None:
    with pytest.raises(PackMismatchError):
        fuse([template(1, 0), template(1, 0, pack=OTHER)])


def test_templates_of_different_size_are_refused() -> None:
    with pytest.raises(RecognitionError, match="different sizes"):
        Gallery.build(PACK, [("ann", template(1, 0)), ("bob", template(1, 0, 0))])


@given(
    owners=st.lists(st.sampled_from("abcde"), min_size=1, max_size=12),
    seed=st.integers(0, 1000),
    probes=st.integers(1, 4),
)
def test_scores_are_the_best_cosine_of_each_person(owners: list[str], seed: int, probes: int) -> None:
    rng = np.random.default_rng(seed)
    items = [(who, template(*rng.normal(size=8))) for who in owners]
    asked = [template(*rng.normal(size=8)) for _ in range(probes)]
    gallery = Gallery.build(PACK, items)
    expected = [[max(p.vector @ t.vector for w, t in items if w == who) for who in gallery.people] for p in asked]
    assert gallery.scores(asked) == pytest.approx(np.array(expected), abs=1e-6)
    assert set(gallery.people) == set(owners)
    assert len(gallery) == len(set(owners))


def test_the_most_similar_people_come_first() -> None:
    gallery = Gallery.build(PACK, [("ann", template(1, 0)), ("bob", template(0.8, 0.6)), ("cid", template(0, 1))])
    assert [who for who, _ in gallery.best(template(1, 0), count=2)] == ["ann", "bob"]
    assert [who for who, _ in gallery.best(template(1, 0), count=9)] == ["ann", "bob", "cid"]


def test_an_empty_gallery_answers_nobody() -> None:
    gallery = Gallery.build(PACK, [])
    assert len(gallery) == 0
    assert gallery.best(template(1, 0)) == []
    assert gallery.scores([template(1, 0)]).shape == (1, 0)


def test_a_gallery_does_not_change() -> None:
    gallery = Gallery.build(PACK, [("ann", template(1, 0))])
    with pytest.raises(ValueError, match="read-only"):
        gallery.matrix[0, 0] = 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        gallery.pack = OTHER  # type: ignore[misc]  # the refusal is what is tested


def test_fusing_weighs_by_quality_and_stays_a_unit_vector() -> None:
    fused = fuse([template(1, 0), template(0, 1)], [1.0, 0.0])
    assert fused.vector.tolist() == [1.0, 0.0]
    even = fuse([template(1, 0), template(0, 1)])
    assert even.vector == pytest.approx([2**-0.5, 2**-0.5])
    assert even.vector.dtype == np.float32


@pytest.mark.parametrize(
    ("templates", "weights"),
    [
        ([], None),  # nothing to fuse
        ([template(1, 0)], [0.0]),  # no weight
        ([template(1, 0), template(-1, 0)], None),  # they cancel out
    ],
)
def test_nothing_to_fuse_is_an_error(templates: list[Template], weights: list[float] | None) -> None:
    with pytest.raises(RecognitionError):
        fuse(templates, weights)


def test_the_unit_of_nothing_is_nothing() -> None:
    assert unit(np.zeros(3, np.float32)).tolist() == [0, 0, 0]
