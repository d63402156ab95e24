"""The consent gate: what is made and kept of a face in each mode, and when it is gone."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pytest

from kiosk.identity import ConsentError, ConsentGate, Crop, cut
from kiosk.track import Sighting, Track
from kiosk.types import Frame
from models.people import ConsentMode
from recognition.gallery import Gallery
from recognition.thresholds import Thresholds
from recognition.types import Detection, Image, Template
from tests.recognition.fakes import PACK, face, template

THRESHOLDS = Thresholds(match=0.9, review=0.7)
AT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nothing_left_of_other_tests() -> None:
    """A failed `release` leaves its gate in the traceback pytest keeps."""
    gc.collect()


@dataclass
class ToyEngine:
    """Makes the given template of whatever it is shown."""

    answer: Template = field(default_factory=lambda: template(1, 0))
    pack: str = PACK
    best_face_px: float = 100.0
    least_face_px: float = 50.0
    calls: int = 0

    def detect(self, image: Image) -> list[Detection]:
        return []

    def embed(self, image: Image, detections: Sequence[Detection]) -> list[Template]:
        self.calls += 1
        return [self.answer for _ in detections]


@dataclass
class Desk:
    """A gate with one track in front of it."""

    noise: Image
    mode: ConsentMode = "consent_first"
    known: Sequence[tuple[str, Template]] = ()
    engine: ToyEngine = field(default_factory=ToyEngine)
    track: Track = field(default_factory=lambda: Track(number=1))

    def __post_init__(self) -> None:
        self.gallery = Gallery.build(PACK, self.known)
        self.gate = ConsentGate(self.mode, self.engine, lambda: self.gallery, lambda _: THRESHOLDS, wait_s=60.0)

    def show(self, t: float, *, width: float = 112, track: Track | None = None) -> None:
        """One look at a face ``width`` px wide."""
        sighting = Sighting(t=t, face=face(left=100, top=100, width=width))
        (track or self.track).sightings.append(sighting)
        self.gate.offer(Frame(image=self.noise, t=t, at=AT), track or self.track, sighting)


def crops_alive() -> list[weakref.ref[Image]]:
    return [weakref.ref(each.image) for each in gc.get_objects() if isinstance(each, Crop)]


@pytest.fixture
def noise() -> Image:
    """(480, 640, 3) with structure, so that a face in it is sharp enough."""
    return np.random.default_rng(0).integers(60, 200, (480, 640, 3)).astype(np.uint8)


@pytest.fixture
def desk(noise: Image) -> Desk:
    made = Desk(noise=noise)
    made.show(0.0, width=60)
    made.show(0.5, width=112)
    made.gate.keep_waiting(made.track, "A")
    return made


def test_consent_for_an_arrival_embeds_its_crops_and_drops_them(desk: Desk) -> None:
    crops = crops_alive()
    assert len(crops) == 2
    assert desk.engine.calls == 0
    assert desk.gate.release("A").template.vector.tolist() == [1, 0]
    assert desk.engine.calls == 2
    assert [crop for crop in crops if crop() is not None] == []
    with pytest.raises(ConsentError, match="arrival A: its pictures are gone"):
        desk.gate.release("A")


def test_refusal_drops_the_crops_while_the_person_still_stands_there(desk: Desk) -> None:
    crops = crops_alive()
    desk.gate.refuse("A")
    assert [crop for crop in crops if crop() is not None] == []
    desk.show(2.0, width=160)
    assert crops_alive() == []
    desk.gate.keep_waiting(desk.track, "A-out")
    assert desk.gate.waiting == []
    with pytest.raises(ConsentError):
        desk.gate.release("A")
    assert desk.engine.calls == 0


def test_refusal_covers_every_arrival_of_the_same_body(desk: Desk) -> None:
    desk.gate.keep_waiting(desk.track, "A-out")
    desk.gate.refuse("A")
    assert desk.gate.waiting == []
    assert crops_alive() == []


def test_a_refusal_is_nobody_elses(desk: Desk) -> None:
    other = Track(number=2)
    desk.show(0.6, track=other)
    desk.gate.keep_waiting(other, "B")
    desk.gate.refuse("A")
    assert desk.gate.waiting == ["B"]
    desk.gate.release("B")
    assert desk.engine.calls == 1


def test_time_out_drops_the_crops_of_who_left_and_of_who_stays(desk: Desk) -> None:
    stays = Track(number=2)
    desk.show(1.0, track=stays)
    desk.gate.forget(desk.track)
    crops = crops_alive()
    assert len(crops) == 3
    desk.gate.expire(59.0)
    assert [crop for crop in crops if crop() is None] == []
    desk.gate.expire(61.5)
    assert [crop for crop in crops if crop() is not None] == []
    assert desk.gate.waiting == []


def test_who_left_without_an_arrival_leaves_nothing(noise: Image) -> None:
    desk = Desk(noise=noise)
    desk.show(0.0)
    assert len(crops_alive()) == 1
    desk.gate.forget(desk.track)
    assert crops_alive() == []


def test_an_unknown_arrival_can_be_refused_and_not_released(desk: Desk) -> None:
    desk.gate.refuse("Z")
    assert desk.gate.waiting == ["A"]
    with pytest.raises(ConsentError, match="arrival Z"):
        desk.gate.release("Z")


@pytest.mark.parametrize(
    ("made", "status", "person"),
    [
        (template(1, 0), "known", "ann"),  # herself
        (template(0.8, 0.6), "uncertain", "ann"),  # between the thresholds
        (template(0, 1), "unknown", None),  # somebody else
    ],
)
def test_with_match_consented_the_answer_is_the_matchers(
    noise: Image, made: Template, status: str, person: str | None
) -> None:
    desk = Desk(noise=noise, mode="match_consented", known=[("ann", template(1, 0))], engine=ToyEngine(answer=made))
    desk.show(0.0)
    identity = desk.gate.identify([desk.track])[0]
    assert (identity.status, identity.person) == (status, person)
    assert crops_alive() == []


def test_with_nobody_enrolled_everybody_is_unknown_and_nothing_is_kept(noise: Image) -> None:
    desk = Desk(noise=noise, mode="match_consented")
    desk.show(0.0)
    assert desk.gate.identify([desk.track])[0].status == "unknown"


def test_a_face_too_poor_for_a_template_is_unconsented_not_unknown(noise: Image) -> None:
    desk = Desk(noise=noise, mode="match_consented", known=[("ann", template(1, 0))])
    desk.show(0.0, width=20)
    assert desk.engine.calls == 0
    assert desk.gate.identify([desk.track])[0].status == "unconsented"


def test_whose_consent_was_withdrawn_meanwhile_is_no_longer_named(noise: Image) -> None:
    desk = Desk(noise=noise, mode="match_consented", known=[("ann", template(1, 0))])
    desk.show(0.0)
    assert desk.gate.identify([desk.track])[0].person == "ann"
    desk.gallery = Gallery.build(PACK, [])
    assert desk.gate.identify([desk.track])[0].person is None


def test_two_people_seen_together_are_never_both_the_same_person(noise: Image) -> None:
    desk = Desk(noise=noise, mode="match_consented", known=[("ann", template(1, 0))])
    other = Track(number=2)
    desk.show(0.0)
    desk.show(0.0, track=other)
    first = desk.gate.identify([desk.track, other])[0]
    second = desk.gate.identify([other, desk.track])[0]
    assert [first.status, second.status].count("known") <= 1


def test_a_better_look_is_taken_and_a_worse_one_is_not(noise: Image) -> None:
    desk = Desk(noise=noise)
    desk.show(0.0, width=112)
    desk.show(0.5, width=40)
    assert len(crops_alive()) == 1


def test_a_crop_reaches_around_the_face_and_does_not_share_the_frames_memory(noise: Image) -> None:
    crop = cut(noise, face(left=10, top=200, width=100), 0.5, 1.0)
    assert not np.shares_memory(crop.image, noise)
    left, top, right, bottom = crop.face.box_xyxy_px
    assert (noise[200:300, 10:110] == crop.image[int(top) : int(bottom), int(left) : int(right)]).all()
    assert (crop.quality, crop.t) == (0.5, 1.0)
