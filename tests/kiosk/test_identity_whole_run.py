"""The consent gate over whole runs of the door on a rendered scene: what is made of a face, and what is left of it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence

from kiosk.identity import ConsentGate, Crop
from kiosk.pipeline import Arrival, DoorPipeline, Happening
from kiosk.types import Blind, Frame
from models.people import ConsentMode
from recognition.engine import pack_thresholds
from recognition.gallery import Gallery
from recognition.matcher import match_together
from recognition.thresholds import Thresholds
from tests.kiosk.rendered import DOOR, FIRST, WitnessEngine, copied


def pipeline(witness: WitnessEngine, mode: ConsentMode, gallery: Gallery) -> DoorPipeline:
    def thresholds(of: Gallery) -> Thresholds:
        return pack_thresholds(witness.pack, people=len(of))

    gate = ConsentGate(mode, witness, lambda: gallery, thresholds)
    return DoorPipeline(doorway=DOOR, engine=witness, gate=gate, distributor_of=lambda person: None)


def run(door: DoorPipeline, items: Sequence[Frame | Blind]) -> list[Arrival]:
    happened: list[Happening] = [what for item in items for what in door.process(item)]
    return [what for what in [*happened, *door.finish()] if isinstance(what, Arrival)]


def test_with_consent_first_a_whole_run_makes_no_template_and_consent_makes_exactly_its_own(
    witness: WitnessEngine, frames: list[Frame | Blind], first_only: Gallery
) -> None:
    door = pipeline(witness, "consent_first", first_only)
    first, second = run(door, frames)
    assert witness.made == []
    assert [arrival.identity.status for arrival in (first, second)] == ["unconsented", "unconsented"]
    assert door.gate.waiting == [first.id, second.id]
    released = door.gate.release(first.id)
    assert 1 <= len(witness.made) <= 4
    thresholds = pack_thresholds(witness.pack, people=1)
    assert match_together(first_only, [released.template], thresholds)[0].person == FIRST
    assert door.gate.waiting == [second.id]
    assert [made for made in witness.made if made.crop() is not None] == []


def test_with_consent_first_only_what_waits_outlives_the_run_and_nothing_outlives_the_refusal(
    witness: WitnessEngine, frames: list[Frame | Blind], first_only: Gallery
) -> None:
    door = pipeline(witness, "consent_first", first_only)
    arrivals = run(door, frames)
    crops = [weakref.ref(each.image) for each in gc.get_objects() if isinstance(each, Crop)]
    assert len(crops) >= 2
    for arrival in arrivals:
        door.gate.refuse(arrival.id)
    assert [crop for crop in crops if crop() is not None] == []
    assert witness.made == []


def test_with_match_consented_nothing_of_a_stranger_outlives_the_frame(
    witness: WitnessEngine, frames: list[Frame | Blind], first_only: Gallery
) -> None:
    door = pipeline(witness, "match_consented", first_only)
    review = pack_thresholds(witness.pack, people=1).review
    arrivals: list[Arrival] = []
    strangers = 0
    for item in frames:
        arrivals += [what for what in door.process(item) if isinstance(what, Arrival)]
        alive = [made for made in witness.made if made.template() is not None]
        assert [made for made in alive if first_only.best(made.copy)[0][1] < review] == []
        assert [made for made in witness.made if made.crop() is not None] == []
        strangers = sum(first_only.best(made.copy)[0][1] < review for made in witness.made)
    assert strangers > 0
    arrivals += [what for what in door.finish() if isinstance(what, Arrival)]
    assert [(each.identity.status, each.identity.person) for each in arrivals] == [("known", FIRST), ("unknown", None)]
    assert [made for made in witness.made if made.template() is not None] == []


def test_no_mode_holds_on_to_a_picture_of_the_door(
    witness: WitnessEngine, frames: list[Frame | Blind], first_only: Gallery
) -> None:
    door = pipeline(witness, "record_all", first_only)
    for item in frames:
        if isinstance(item, Frame):
            frame = copied(item)
            picture = weakref.ref(frame.image)
            door.process(frame)
            del frame
            assert picture() is None


def test_with_record_all_everybody_has_a_template(
    witness: WitnessEngine, frames: list[Frame | Blind], first_only: Gallery
) -> None:
    first, second = run(pipeline(witness, "record_all", first_only), frames)
    assert (first.identity.person, second.identity.status) == (FIRST, "unknown")
    assert len(witness.made) >= 2
