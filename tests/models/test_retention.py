"""The retention clock: each kind goes when its time is over and not before, and never under an open dispute."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from attribution.entries import Confirm, Dispute, Rule
from models.access import add_user, begin_session
from models.access.records import User, UserSession
from models.desk.idempotency import Asked, remember
from models.desk.records import Answered
from models.evidence import erase_frames, frames_of
from models.holds import open_disputes
from models.ledger.append import append
from models.ledger.kinds import Retracted
from models.ledger.read import entries_of_kind
from models.ledger.verify import verify_site
from models.people import Person, add_person, gallery_snapshot, link, person_summary
from models.receipts import Receipts
from models.retention import AT_ONCE, Due, Kind, due, people_stored, retain
from models.site import Site
from tests.models.builders import FOUNDED
from tests.models.dispute import CONTESTED, put_on_record
from tests.models.kept import VISIT, Customer, came, film
from tests.models.ledger.builders import report
from tests.models.somebody import DESK, Somebody, stored

DAYS: dict[Kind, int] = {"frames": 90, "templates": 365, "reports": 180, "people": 1095}
OVER = timedelta(seconds=1)


def clock(site: Site, at: datetime) -> dict[Kind, Due]:
    with site.read_session() as session:
        return {each.kind: each for each in due(session, site.settings, at=at)}


def purges(site: Site) -> list[dict[str, object]]:
    with site.read_session() as session:
        return [json.loads(one.payload) for one in entries_of_kind(session, "purge")]


def everything(site: Site) -> str:
    """One of each kind, all of them last spoken of at `VISIT`; the person's id."""
    person = Customer().store(site)
    with site.write_session() as session:
        append(session, [report("p1", at=VISIT), came("arr-9", None)], at=VISIT, by=DESK)
    film(site, "arr-9", None)
    return person


def test_nothing_is_due_as_long_as_it_may_be_kept(site: Site) -> None:
    everything(site)
    for kind, days in DAYS.items():
        assert clock(site, VISIT + timedelta(days=days))[kind].count == 0
    assert retain(site, at=VISIT + timedelta(days=90), by=DESK).receipts == ()


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("frames", 4),  # of two arrivals
        ("templates", 1),
        ("reports", 1),  # the customer who never came
        ("people", 1),  # the one who came
    ],
)
def test_each_kind_is_due_right_after_its_days(site: Site, kind: Kind, count: int) -> None:
    everything(site)
    told = clock(site, VISIT + timedelta(days=DAYS[kind]) + OVER)[kind]
    assert (told.count, told.oldest, told.held, told.days) == (count, VISIT, (), DAYS[kind])


def test_what_is_due_goes_and_each_removal_is_on_record_with_a_receipt(site: Site) -> None:
    person = everything(site)
    at = VISIT + timedelta(days=400)
    ended = retain(site, at=at, by=DESK)
    assert [(one.what, one.reason, one.removed) for one in ended.receipts] == [
        ("frames", "retention", {"frame": 4}),
        ("templates", "retention", {"template": 1}),
        ("person p1", "expiry", {"particular": 2, "key": 1}),
    ]
    assert [(one["what"], one["count"], one["digest"]) for one in purges(site)] == [
        (one.what, sum(one.removed.values()), one.digest) for one in ended.receipts[:2]
    ]
    assert [Receipts(site.folder).read(one.entry or 0) for one in ended.receipts] == list(ended.receipts)
    with site.read_session() as session:
        assert person_summary(session, person).name == Customer().name  # kept for longer
        assert gallery_snapshot(session, "toy-1").people == ()
        assert people_stored(session) == 0
    assert list(site.frames.files()) == []
    assert verify_site(site.folder).faults == ()
    assert retain(site, at=at, by=DESK).receipts == ()


def test_a_visit_keeps_the_template_and_the_person(site: Site) -> None:
    person = Customer().store(site)
    back = VISIT + timedelta(days=300)
    with site.write_session() as session:
        append(session, [came("arr-5", person, at=back)], at=back, by="door")
    assert clock(site, VISIT + timedelta(days=600))["templates"].count == 0
    assert clock(site, back + timedelta(days=365) + OVER)["templates"].count == 1
    assert clock(site, VISIT + timedelta(days=1095) + OVER)["people"].count == 0


def test_a_reported_customer_who_came_is_kept_as_long_as_other_people(site: Site) -> None:
    with site.write_session() as session:
        confirmed = Confirm(do="confirm", at=VISIT, person="p1", by="a1")
        append(session, [report("p1", at=VISIT), report("p2", at=VISIT), confirmed], at=VISIT, by=DESK)
    told = clock(site, VISIT + timedelta(days=1096))
    assert [[person for person, _ in told[kind].each] for kind in ("reports", "people")] == [["p2"], ["p1"]]


def test_staff_of_whom_no_entry_speaks_count_from_when_they_were_stored(site: Site) -> None:
    person = stored(site, Somebody(role="staff", distributor=None, consents=0))
    told = clock(site, FOUNDED + timedelta(days=1095) + OVER)["people"]
    assert told.each == ((person, FOUNDED),)


def test_under_an_open_dispute_the_frames_and_the_people_wait(site: Site) -> None:
    put_on_record(site)
    with site.write_session() as session:
        append(session, [came("arr-99", None)], at=VISIT, by="door")
    film(site, "arr-99", None)  # has nothing to do with it
    at = VISIT + timedelta(days=2000)
    told = clock(site, at)
    assert told["frames"].held == ("arr-1", "arr-2", "arr-3")
    assert set(told["people"].held) == {"p1", "a1", "a2"}
    [receipt] = retain(site, at=at, by=DESK).receipts
    assert receipt.removed == {"frame": 2}
    assert purges(site)[0]["held"] == ["arr-1", "arr-2", "arr-3"]
    with site.read_session() as session:
        assert [len(frames_of(session, each)) for each in ("arr-1", "arr-2", "arr-3", "arr-99")] == [2, 2, 2, 0]


def test_after_the_ruling_they_wait_no_longer(site: Site) -> None:
    number = put_on_record(site)
    ruled = CONTESTED + timedelta(days=1)
    with site.read_session() as session:
        assert open_disputes(session) == {number: frozenset({"p1"})}
    with site.write_session() as session:
        append(session, [Rule(do="rule", at=ruled, person="p1", to={"a1": 1}, by="manager")], at=ruled, by=DESK)
    with site.read_session() as session:
        assert open_disputes(session) == {}
    told = clock(site, VISIT + timedelta(days=91))["frames"]
    assert ([arrival for arrival, _ in told.each], told.held) == (["arr-1", "arr-2", "arr-3"], ())


def test_a_dispute_that_was_taken_back_holds_nothing(site: Site) -> None:
    number = put_on_record(site)
    with site.write_session() as session:
        back = Retracted(at=CONTESTED, person="p1", undoes=number, reason="登记错误")
        append(session, [back], at=CONTESTED, by=DESK)
    with site.read_session() as session:
        assert open_disputes(session) == {}


@pytest.mark.parametrize("linked", [True, False])
def test_a_ruling_about_another_record_closes_the_dispute_if_it_is_the_same_human_being(
    embedded_site: Site, linked: bool
) -> None:
    with embedded_site.write_session() as session:
        one, other = (add_person(session, name=name, role="customer", at=FOUNDED, by=DESK) for name in ("王", "王芳"))
        if linked:
            link(session, one, other, how="manual", verified=True, at=VISIT, by=DESK)
        contested = Dispute(do="dispute", at=VISIT, person=one, by="a2")
        ruling = Rule(do="rule", at=VISIT, person=other, to={"a1": 1}, by="manager")
        append(session, [contested, ruling], at=VISIT, by=DESK)
        assert bool(open_disputes(session)) == (not linked)


def test_a_ruling_before_the_dispute_does_not_close_it(embedded_site: Site) -> None:
    with embedded_site.write_session() as session:
        ruling = Rule(do="rule", at=VISIT, person="p1", to={"a1": 1}, by="manager")
        append(session, [ruling, Dispute(do="dispute", at=VISIT, person="p1", by="a2")], at=VISIT, by=DESK)
        assert len(open_disputes(session)) == 1


def test_a_purge_in_several_steps_claims_in_each_only_what_is_gone(embedded_site: Site) -> None:
    each = timedelta(seconds=1)
    for number in range(AT_ONCE + 1):
        film(embedded_site, f"arr-{number}", None, at=VISIT + number * each)
    at = VISIT + timedelta(days=91)
    retain(embedded_site, at=at, by=DESK)
    first, second = purges(embedded_site)
    assert (first["count"], second["count"]) == (2 * AT_ONCE, 2)
    assert datetime.fromisoformat(str(first["before"])) == VISIT + AT_ONCE * each
    assert datetime.fromisoformat(str(second["before"])) == at - timedelta(days=90)
    assert verify_site(embedded_site.folder).faults == ()


def test_a_frame_held_for_a_dispute_is_missed_when_it_is_gone_after_all(embedded_site: Site) -> None:
    put_on_record(embedded_site)
    film(embedded_site, "arr-99", None)
    retain(embedded_site, at=VISIT + timedelta(days=91), by=DESK)
    assert verify_site(embedded_site.folder).faults == ()
    with embedded_site.write_session() as session:
        embedded_site.frames.remove(erase_frames(session, "arr-3"))
    [fault] = verify_site(embedded_site.folder).faults
    assert "no erasure or purge on record says why" in fault.says


def test_an_agent_in_use_is_never_due(site: Site) -> None:
    agent = stored(site, Somebody())
    late = FOUNDED + timedelta(days=1000)
    with site.write_session() as session:
        append(session, [report("p1", by=agent, at=late)], at=late, by=DESK)
    assert clock(site, FOUNDED + timedelta(days=1500))["people"].count == 0
    retain(site, at=late + timedelta(days=1095) + OVER, by=DESK)
    with site.read_session() as session:
        assert session.get(Person, agent) is None


def test_what_the_service_keeps_for_days_goes_too(site: Site) -> None:
    with site.write_session() as session:
        made = add_user(session, login="reception", role="reception", at=FOUNDED, by=DESK)
        user = session.get(User, made.id)
        assert user is not None
        begin_session(session, user, at=FOUNDED)
        asked = Asked(actor="user:1", key="k", request="POST reports")
        remember(session, asked, status=201, answer="{}", at=FOUNDED)
    for at, left in [(FOUNDED + OVER, 1), (FOUNDED + timedelta(days=2) + OVER, 0)]:
        retain(site, at=at, by=DESK)
        with site.read_session() as session:
            assert len(session.scalars(select(UserSession)).all()) == left
            assert len(session.scalars(select(Answered)).all()) == left
