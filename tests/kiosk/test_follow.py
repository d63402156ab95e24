"""The door follows the desk: a consent given while the film runs makes somebody known, a refusal leaves nothing."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import select

from api.door import People, happenings, open_pipeline
from kiosk.follow import EVERY_S, DeskFollower
from kiosk.identity import Crop
from kiosk.pipeline import Arrival, DoorPipeline
from kiosk.track import Track
from kiosk.types import Blind, Frame
from models.ledger.append import append
from models.ledger.kinds import Bound, Refused
from models.ledger.verify import verify_site
from models.people import ConsentMode, FaceTemplate, add_person, record_consent, withdraw_consent
from models.site import Site
from recognition.types import Image
from tests.kiosk.record.door import ShakySite, now, recorder_of, shaky_site
from tests.kiosk.record.entries import of_kind
from tests.kiosk.rendered import DOOR, WitnessEngine
from tests.kiosk.test_identity import Desk
from tests.models.conftest import embedded_site
from tests.models.kept import came
from tests.models.somebody import AGREEMENT, DESK
from tests.recognition.fakes import PACK

__all__ = ["embedded_site"]
PATIENCE_S = 30.0
Item = Frame | Blind


def until(done: Callable[[], object]) -> None:
    """Wait for something that another thread does."""
    ends = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < ends, "nothing happened"
        time.sleep(0.02)


@dataclass(kw_only=True, eq=False)
class Reception:
    """What the desk does, in sessions of its own, while nothing passes the door."""

    site: Site

    def customer(self) -> str:
        """Somebody new who has agreed to nothing."""
        with self.site.write_session() as session:
            return add_person(session, name="王芳", role="customer", at=now(), by=DESK)

    def bind(self, arrival: str, person: str) -> None:
        """It was them."""
        with self.site.write_session() as session:
            append(session, [Bound(at=now(), arrival=arrival, person=person, how="staff")], at=now(), by=DESK)

    def consent(self, person: str) -> None:
        """They agree."""
        with self.site.write_session() as session:
            record_consent(session, person, AGREEMENT, at=now(), by=DESK)

    def withdrawal(self, person: str) -> None:
        """They have thought better of it."""
        with self.site.write_session() as session:
            withdraw_consent(session, person, at=now(), by=DESK)

    def refusal(self, arrival: str) -> None:
        """Whoever it was says no."""
        refused = Refused(at=now(), arrival=arrival, how="kiosk", notice_version="1", notice_sha256="ab" * 32)
        with self.site.write_session() as session:
            append(session, [refused], at=now(), by=DESK)


def door_of(site: Site, engine: WitnessEngine, mode: ConsentMode = "consent_first") -> DoorPipeline:
    """The door as `menjian run --site` has it."""
    return open_pipeline(DOOR, engine, People(pack=engine.pack, site=site), mode=mode)


def watched(site: Site, door: DoorPipeline, items: Iterator[Item]) -> list[Arrival]:
    """The door on these items, on record and following the desk."""
    recorder = recorder_of(site, door)
    follower = DeskFollower(site, door.gate, door="main", pack=door.engine.pack, clock=now)
    arrivals = []
    with closing(follower):
        for happening in happenings(door, items, recorder.see, follower.act):
            recorder.tell(happening)
            if isinstance(happening, Arrival):
                arrivals.append(happening)
    assert recorder.close().entries == 0
    return arrivals


def later(frames: Sequence[Item], days: int) -> Iterator[Item]:
    """The film as if it were taken on another day, with an empty doorway after it, until everybody has been told."""
    first = next(item for item in frames if isinstance(item, Frame))
    for item in frames:
        yield replace(item, at=item.at + timedelta(days=days)) if isinstance(item, Frame) else item
    empty = np.full_like(first.image, 120)
    for t in np.arange(4.6, 7.0, 0.2).tolist():
        yield Frame(image=empty, t=t, at=first.at + timedelta(days=days, seconds=t))


def templates(site: Site) -> list[str]:
    """Whose templates are stored."""
    with site.read_session() as session:
        return list(session.scalars(select(FaceTemplate.person_id)))


def crops() -> list[Crop]:
    return [one for one in gc.get_objects() if isinstance(one, Crop)]


@pytest.fixture(autouse=True)
def nothing_left_of_other_tests() -> None:
    gc.collect()


@pytest.mark.parametrize("consent_first", [True, False])
def test_who_consents_while_the_film_stands_still_is_known_the_next_day_and_nothing_is_kept_of_who_refuses(
    embedded_site: Site, witness: WitnessEngine, frames: list[Item], consent_first: bool
) -> None:
    door, desk, person = door_of(embedded_site, witness), Reception(site=embedded_site), []

    def at_the_desk() -> Iterator[Item]:
        yield from later(frames, 0)
        first, second = door.gate.waiting
        assert (len(crops()) >= 2, witness.made, templates(embedded_site)) == (True, [], [])
        person.append(desk.customer())
        steps: list[Callable[[], None]] = [lambda: desk.bind(first, person[0]), lambda: desk.consent(person[0])]
        for step in reversed(steps) if consent_first else steps:
            step()
        until(lambda: templates(embedded_site) == person)
        assert door.gate.waiting == [second]
        made = len(witness.made)
        desk.refusal(second)
        until(lambda: door.gate.waiting == [])
        assert (crops(), len(witness.made)) == ([], made)

    watched(embedded_site, door, at_the_desk())
    assert templates(embedded_site) == person
    (enrolment,) = of_kind(embedded_site, "enrolment")
    assert (enrolment["person"], enrolment["pack"], len(enrolment["sources"])) == (person[0], witness.pack, 1)
    assert enrolment["recorded_by"] == "door:main"
    statuses = [each["status"] for each in of_kind(embedded_site, "arrival")]
    assert statuses == ["unconsented", "unconsented"]

    made = len(witness.made)
    again = watched(embedded_site, door_of(embedded_site, witness), later(frames, 1))
    assert [each.identity.status for each in again] == ["unconsented", "unconsented"]
    assert len(witness.made) == made

    matching = door_of(embedded_site, witness, "match_consented")
    known, stranger = watched(embedded_site, matching, later(frames, 2))
    assert (known.identity.status, known.identity.person) == ("known", person[0])
    assert stranger.identity.status == "unknown"
    assert templates(embedded_site) == person
    assert verify_site(embedded_site.folder).faults == ()


@pytest.fixture
def noise() -> Image:
    """(480, 640, 3) with structure, so that a face in it is sharp enough."""
    return np.random.default_rng(0).integers(60, 200, (480, 640, 3)).astype(np.uint8)


@pytest.fixture
def shaky(embedded_site: Site) -> Iterator[ShakySite]:
    """The site as the door has it: its record refuses when the test says so."""
    opened = shaky_site(embedded_site)
    yield opened
    opened.close()


def two_waiting(noise: Image, mode: ConsentMode = "consent_first") -> Desk:
    """A gate behind which the pictures of the arrivals A and B wait, where the mode lets any wait."""
    door = Desk(noise=noise, mode=mode)
    for number, name in ((1, "A"), (2, "B")):
        track = Track(number=number)
        door.show(0.0, track=track)
        door.gate.keep_waiting(track, name)
    return door


@contextmanager
def following(site: Site, door: Desk) -> Iterator[Callable[[Callable[[], object]], None]]:
    """The door follows the desk; gives what lets it act until something is so."""
    follower = DeskFollower(site, door.gate, door="main", pack=PACK, clock=now)

    def acting_until(done: Callable[[], object]) -> None:
        def acted() -> object:
            follower.act()
            return done()

        until(acted)

    with closing(follower):
        yield acting_until


def test_of_two_who_are_bound_only_the_one_who_consents_has_a_template(embedded_site: Site, noise: Image) -> None:
    door, desk = two_waiting(noise), Reception(site=embedded_site)
    silent, willing = desk.customer(), desk.customer()
    with following(embedded_site, door) as acting_until:
        desk.bind("A", silent)
        desk.bind("B", willing)
        desk.consent(willing)
        acting_until(lambda: templates(embedded_site) == [willing])
    assert (door.gate.waiting, door.engine.calls) == (["A"], 1)


def test_with_match_consented_a_stranger_who_is_bound_has_no_template_even_after_consent(
    embedded_site: Site, noise: Image, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing was kept of them that a template could be made of: a photograph has to be taken."""
    door, desk = two_waiting(noise, "match_consented"), Reception(site=embedded_site)
    with embedded_site.write_session() as session:
        append(session, [came("A", None)], at=now(), by="door:main")
    person = desk.customer()
    with following(embedded_site, door) as acting_until:
        desk.bind("A", person)
        desk.consent(person)
        acting_until(lambda: "arrival A: consent was given" in caplog.text)
    assert "take a photo" in caplog.text
    assert person not in caplog.text
    assert templates(embedded_site) == []


def test_a_template_the_record_refuses_waits_in_memory_until_there_is_room(shaky: ShakySite, noise: Image) -> None:
    door, desk = two_waiting(noise), Reception(site=shaky)
    person = desk.customer()
    desk.bind("A", person)
    desk.consent(person)
    with following(shaky, door) as acting_until:
        shaky.database.writable = False
        acting_until(lambda: door.gate.waiting == ["B"])
        assert templates(shaky) == []
        shaky.database.writable = True
        acting_until(lambda: templates(shaky) == [person])
    assert door.engine.calls == 1


def test_who_withdraws_before_the_template_is_stored_has_none(
    embedded_site: Site, shaky: ShakySite, noise: Image, caplog: pytest.LogCaptureFixture
) -> None:
    door, desk = two_waiting(noise), Reception(site=embedded_site)
    person = desk.customer()
    desk.bind("A", person)
    desk.consent(person)
    shaky.database.writable = False
    with following(shaky, door) as acting_until:
        acting_until(lambda: door.engine.calls == 1)
        desk.withdrawal(person)
        shaky.database.writable = True
        acting_until(lambda: "arrival A: no template was stored" in caplog.text)
    assert templates(embedded_site) == []
    assert of_kind(embedded_site, "enrolment") == []


def test_a_record_that_cannot_be_read_is_followed_again_when_it_can(shaky: ShakySite, noise: Image) -> None:
    door, desk = two_waiting(noise), Reception(site=shaky)
    person = desk.customer()
    with following(shaky, door) as acting_until:
        shaky.database.readable = False
        desk.bind("A", person)
        desk.refusal("B")
        desk.consent(person)
        time.sleep(2 * EVERY_S)
        assert door.gate.waiting == ["A", "B"]
        shaky.database.readable = True
        acting_until(lambda: door.gate.waiting == [])
        acting_until(lambda: templates(shaky) == [person])


def test_nothing_is_left_of_what_waited_when_the_door_ends(embedded_site: Site, noise: Image) -> None:
    door, desk = two_waiting(noise), Reception(site=embedded_site)
    with following(embedded_site, door) as acting_until:
        desk.refusal("A")
        acting_until(lambda: door.gate.waiting == ["B"])
    assert [thread for thread in threading.enumerate() if thread.name == "desk follower"] == []
    assert door.engine.calls == 0
