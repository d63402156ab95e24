"""The door put together with a site: who may be recognised now, and what is written of a happening."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from api.door import FRESH_S, People, event_of, happenings, open_pipeline
from attribution.order import Order
from kiosk.doorway import Camera, Doorway, Threshold
from kiosk.pipeline import Happening, Ordered
from kiosk.source import SourceError
from kiosk.types import Blind, Frame
from models.base import ModelsError
from models.keys import drop_key, of_person
from models.people import EnrolmentPhoto, Role, add_person, add_templates, record_consent, withdraw_consent
from models.settings import SettingsError
from models.site import Site, create_site, open_site
from recognition.gallery import Gallery
from tests.kiosk.record.door import ShakySite, shaky_site
from tests.models.builders import FOUNDED
from tests.models.somebody import AGREEMENT, DESK
from tests.recognition.fakes import PACK, FakeEngine, template

AT = datetime(2026, 3, 1, 2, tzinfo=UTC)
DOOR = Doorway(
    door="main",
    camera=Camera(width=160, height=120, hfov_deg=62.0, height_m=2.3, pitch_deg=12.0),
    threshold=Threshold(left=(-1.0, 2.6), right=(1.0, 2.6)),
    inward="toward_camera",
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with create_site(tmp_path / "office", at=FOUNDED) as opened:
        yield opened


def enrol(site: Site, name: str, *, role: Role = "customer", distributor: str | None = None) -> str:
    photo = EnrolmentPhoto(template=template(1, 0), quality=0.9, source_sha256="00" * 32)
    with site.write_session() as session:
        person = add_person(session, name=name, role=role, at=FOUNDED, by=DESK, distributor=distributor)
        record_consent(session, person, AGREEMENT, at=FOUNDED, by=DESK)
        add_templates(session, person, [photo], at=FOUNDED, by=DESK)
    return person


class Clock:
    """Seconds, moved by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_withdrawal_is_followed_within_a_second(site: Site) -> None:
    clock, person = Clock(), enrol(site, "李")
    people = People(pack=PACK, site=site, clock=clock)
    assert people.gallery().people == (person,)
    with site.write_session() as session:
        withdraw_consent(session, person, at=FOUNDED, by=DESK)
    clock.now += 1.0
    assert people.gallery().people == ()
    assert FRESH_S < 1.0


def test_a_new_consent_is_followed_too(site: Site) -> None:
    clock = Clock()
    people = People(pack=PACK, site=site, clock=clock)
    assert people.gallery().people == ()
    person = enrol(site, "李")
    clock.now += 1.0
    assert people.gallery().people == (person,)


def test_while_nothing_changes_the_gallery_stays_the_same(site: Site) -> None:
    clock = Clock()
    enrol(site, "李")
    people = People(pack=PACK, site=site, clock=clock)
    before = people.gallery()
    clock.now += 1.0
    assert people.gallery() is before


def test_between_two_looks_the_database_is_left_alone(site: Site) -> None:
    people = People(pack=PACK, site=site, clock=Clock())
    before = people.gallery()
    enrol(site, "李")
    assert people.gallery() is before


@pytest.fixture
def shaky(site: Site) -> Iterator[ShakySite]:
    """The same site, of which the record cannot be read when the test says so."""
    opened = shaky_site(site)
    yield opened
    opened.close()


def test_a_record_that_cannot_be_read_leaves_the_people_it_named_for_less_than_a_minute(shaky: ShakySite) -> None:
    clock, person = Clock(), enrol(shaky, "李")
    people = People(pack=PACK, site=shaky, clock=clock)
    assert people.gallery().people == (person,)
    shaky.database.readable = False
    for passed_s, known in ((30.0, (person,)), (60.0, ()), (60.2, ())):
        clock.now = 100.0 + passed_s
        assert people.gallery().people == known
    shaky.database.readable = True
    clock.now += 1.0
    assert people.gallery().people == (person,)


def test_a_record_that_was_never_read_is_said_at_once(shaky: ShakySite) -> None:
    shaky.database.readable = False
    with pytest.raises(ModelsError, match="no connection"):
        People(pack=PACK, site=shaky, clock=Clock()).gallery()


def test_somebody_erased_has_no_summary(site: Site) -> None:
    person = enrol(site, "李", role="agent", distributor="贝壳")
    people = People(pack=PACK, site=site)
    assert people.summary(person) is not None
    with site.write_session() as session:
        drop_key(session, of_person(person))
    assert (people.summary(person), people.distributor(person)) == (None, None)


def test_without_a_site_there_is_the_given_gallery_or_nobody() -> None:
    gallery = Gallery.build(PACK, [("ann", template(1, 0))])
    assert People(pack=PACK, fixed=gallery).gallery() is gallery
    assert People(pack=PACK).gallery().people == ()
    assert People(pack=PACK).summary("ann") is None


def test_only_an_agent_has_a_distributor(site: Site) -> None:
    agent = enrol(site, "a", role="agent", distributor="贝壳")
    customer = enrol(site, "c", role="customer")
    people = People(pack=PACK, site=site)
    assert [people.distributor(each) for each in (agent, customer, "erased")] == ["贝壳", None, None]


@pytest.mark.parametrize(
    ("written", "mode"),
    [
        ("", "consent_first"),  # the default
        ("consent_mode: match_consented", "match_consented"),
        ("consent_mode: record_all\nlegal_basis: Contract 7\nofficer: Wang", "record_all"),
    ],
)
def test_the_gate_runs_in_the_sites_mode(site: Site, written: str, mode: str) -> None:
    site.settings_path.write_text(written, encoding="utf-8")
    with open_site(site.folder) as again:
        engine = FakeEngine()
        assert open_pipeline(DOOR, engine, People(pack=PACK, site=again)).gate.mode == mode


@pytest.mark.parametrize("given", ["", "legal_basis: Contract 7", "officer: Wang"])
def test_recording_everybody_is_refused_without_a_basis_and_an_officer(site: Site, given: str) -> None:
    site.settings_path.write_text(f"consent_mode: record_all\n{given}", encoding="utf-8")
    with pytest.raises(SettingsError, match="record_all needs"):
        open_site(site.folder)


def test_without_a_site_nobody_is_looked_at() -> None:
    assert open_pipeline(DOOR, FakeEngine(), People(pack=PACK)).gate.mode == "consent_first"


@pytest.mark.parametrize("end", [SourceError("rtsp://***@door: given up"), KeyboardInterrupt()])
def test_what_was_seen_before_a_source_is_given_up_or_stopped_is_told(end: BaseException) -> None:
    pipeline = open_pipeline(DOOR, FakeEngine(), People(pack=PACK))
    blind = Blind(from_t=0.5, to_t=1.0, reason="stream cut")

    def source() -> Iterator[Frame | Blind]:
        yield Frame(image=np.zeros((120, 160, 3), np.uint8), t=0.0, at=AT)
        yield blind
        raise end

    told: list[Happening] = []
    with pytest.raises(type(end)):
        told.extend(happenings(pipeline, source()))
    assert told == [blind]
    assert pipeline.live == []


def test_a_probability_is_never_rounded_up_to_a_verdict_that_was_not_given() -> None:
    told = Order(verdict="simultaneous", p=0.98998)
    line = event_of(Ordered(first="A", second="B", order=told), People(pack=PACK))
    assert json.loads(line.model_dump_json())["p"] == 0.9899


def test_order_and_blind_lines_follow_the_contract() -> None:
    people = People(pack=PACK)
    ordered = Ordered(first="A", second="B", order=Order(verdict="before", p=0.99804))
    blind = Blind(from_t=7.2, to_t=9.0, reason="stream cut")
    assert [json.loads(event_of(each, people).model_dump_json()) for each in (ordered, blind)] == [
        {"type": "order", "first": "A", "second": "B", "verdict": "before", "p": 0.998},
        {"type": "blind", "from_t": 7.2, "to_t": 9.0, "reason": "stream cut"},
    ]
