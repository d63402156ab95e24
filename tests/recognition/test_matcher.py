"""One-to-one matching within a frame, honest about strangers and about doubt."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognition.gallery import Gallery, PackMismatchError
from recognition.matcher import Match, match_together
from recognition.thresholds import Thresholds
from recognition.types import Template
from tests.recognition.fakes import PACK, template

CUTS = Thresholds(match=0.8, review=0.6)
GALLERY = Gallery.build(PACK, [("ann", template(1, 0, 0)), ("bob", template(0, 1, 0)), ("bob", template(0, 0.9, 0.4))])


def at(cosine: float) -> Template:
    """A probe with this cosine to ann and none to bob's first template."""
    return template(cosine, 0, -((1 - cosine**2) ** 0.5))


@pytest.mark.parametrize(
    ("probe", "status", "person"),
    [
        (at(0.95), "known", "ann"),  # well above
        (at(0.81), "known", "ann"),  # just above the match threshold
        (at(0.79), "uncertain", "ann"),  # in the band: a person must look
        (at(0.61), "uncertain", "ann"),  # just inside the band
        (at(0.59), "unknown", None),  # below it: nobody
        (at(-0.9), "unknown", None),  # unlike anybody
        (template(0, 0.9, 0.4), "known", "bob"),  # the second of a person's templates counts
    ],
)
def test_the_score_decides_between_known_uncertain_and_unknown(
    probe: Template, status: str, person: str | None
) -> None:
    match = match_together(GALLERY, [probe], CUTS)[0]
    assert (match.status, match.person) == (status, person)


def test_an_unknown_keeps_its_best_score() -> None:
    assert match_together(GALLERY, [at(0.5)], CUTS)[0].score == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize(
    ("other", "status", "person"),
    [
        (at(0.9), "uncertain", "ann"),  # a second ann: a person must look
        (at(0.7), "unknown", None),  # a slight likeness is nothing when ann herself is there
    ],
)
def test_two_people_in_one_frame_are_never_known_as_the_same_person(
    other: Template, status: str, person: str | None
) -> None:
    better, worse = match_together(GALLERY, [at(0.95), other], CUTS)
    assert (better.status, better.person) == ("known", "ann")
    assert better.score == pytest.approx(0.95)
    assert (worse.status, worse.person) == (status, person)


def test_whoever_is_more_like_somebody_else_in_the_picture_is_uncertain() -> None:
    gallery = Gallery.build(PACK, [("ann", template(1, 0)), ("eve", template(0.8, 0.6))])
    first, second = match_together(gallery, [template(1, 0), template(0.99, 0.14)], CUTS)
    assert (first.status, first.person) == ("known", "ann")
    assert (second.status, second.person) == ("uncertain", "eve")


def test_the_assignment_suits_all_not_the_first() -> None:
    gallery = Gallery.build(PACK, [("ann", template(1, 0)), ("bob", template(0.6, 0.8))])
    first, second = template(0.95, 0.3), template(1, 0)
    cuts = Thresholds(match=0.7, review=0.5)
    matches = match_together(gallery, [first, second], cuts)
    assert [match.person for match in matches] == ["bob", "ann"]


def test_a_person_enrolled_twice_is_uncertain_when_alone() -> None:
    twins = Gallery.build(PACK, [("ann", template(1, 0)), ("eve", template(0.99, 0.1))])
    match = match_together(twins, [template(1, 0)], CUTS)[0]
    assert (match.status, match.person) == ("uncertain", "ann")


def test_twins_who_come_together_are_both_known() -> None:
    twins = Gallery.build(PACK, [("ann", template(1, 0)), ("eve", template(0.95, 0.3))])
    matches = match_together(twins, [template(1, 0), template(0.95, 0.3)], CUTS)
    assert [(match.status, match.person) for match in matches] == [("known", "ann"), ("known", "eve")]


def test_an_empty_gallery_knows_nobody() -> None:
    matches = match_together(Gallery.build(PACK, []), [at(1.0), at(0.5)], CUTS)
    assert matches == [Match(status="unknown", person=None, score=-1.0)] * 2


def test_no_probes_give_no_matches() -> None:
    assert match_together(GALLERY, [], CUTS) == []


def test_probes_of_another_pack_are_refused() -> None:
    with pytest.raises(PackMismatchError):
        match_together(GALLERY, [template(1, 0, 0, pack="other-11111111")], CUTS)


@given(people=st.integers(1, 30), probes=st.integers(1, 6), seed=st.integers(0, 500))
def test_nobody_is_known_twice_and_the_band_is_kept(people: int, probes: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    gallery = Gallery.build(PACK, [(str(i), template(*rng.normal(size=4))) for i in range(people)])
    matches = match_together(gallery, [template(*rng.normal(size=4)) for _ in range(probes)], CUTS)
    known = [match.person for match in matches if match.status == "known"]
    assert len(known) == len(set(known))
    for match in matches:
        assert (match.person is None) == (match.status == "unknown")
        assert match.status != "known" or match.score >= CUTS.match
        assert match.status != "uncertain" or match.score >= CUTS.review
