"""What the record answers of an arrival whose pictures wait: released, dropped, or neither."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.desk.binding import bind as desk_bind
from models.desk.binding import unbind as unbind_at_desk
from models.desk.released import Answers, answers, erase_made_since, missed
from models.ledger.append import append
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import Bound, Recordable, Refused, Retracted
from models.ledger.read import entries_of_kind
from models.ledger.verify import verify_site
from models.people import FaceTemplate, add_templates, record_consent, withdraw_consent
from models.session import WriteSession
from models.site import Site
from tests.models.builders import FOUNDED
from tests.models.kept import came
from tests.models.somebody import AGREEMENT, CUSTOMER, DESK, Somebody, photo, stored

AT = FOUNDED + timedelta(hours=1)
PACK = "toy-1"
ARRIVAL = "main-1"
Act = Callable[[WriteSession, str], object]
"""What the desk does about the customer of the test."""


def put(session: WriteSession, entry: Recordable) -> int:
    return append(session, [entry], at=AT, by=DESK)[-1].seq


def bind(session: WriteSession, person: str) -> int:
    return put(session, Bound(at=AT, arrival=ARRIVAL, person=person, how="staff"))


def consent(session: WriteSession, person: str) -> str:
    return record_consent(session, person, AGREEMENT, at=AT, by=DESK)


def withdraw(session: WriteSession, person: str) -> int:
    return withdraw_consent(session, person, at=AT, by=DESK)


def refuse(session: WriteSession, person: str) -> int:
    return put(session, Refused(at=AT, arrival=ARRIVAL, how="kiosk", notice_version="1", notice_sha256="ab" * 32))


def refuse_another(session: WriteSession, person: str) -> int:
    return put(session, Refused(at=AT, arrival="main-2", how="kiosk", notice_version="1", notice_sha256="ab" * 32))


def unbind(session: WriteSession, person: str) -> int:
    bound = [entry.seq for entry in entries_of_kind(session, "bind")][-1]
    return put(session, Retracted(at=AT, person=person, undoes=bound, reason="wrong arrival"))


def enrol(session: WriteSession, person: str) -> int:
    return add_templates(session, person, [photo("a")], at=AT, by=DESK)


def enrol_at_door(session: WriteSession, person: str) -> int:
    return add_templates(session, person, [photo("crops")], at=AT, by="door:main")


def erase_since(session: WriteSession, person: str) -> int:
    bound = [entry.seq for entry in entries_of_kind(session, "bind")][-1]
    return erase_made_since(session, person, bound, at=AT, by=DESK)


def enrol_elsewhere(session: WriteSession, person: str) -> int:
    return add_templates(session, person, [photo("a", pack="other-1")], at=AT, by=DESK)


@pytest.mark.parametrize(
    ("acts", "answer"),
    [
        # nobody has said anything
        ([], "waits"),
        # either order releases
        ([bind, consent], "released"),
        ([consent, bind], "released"),
        # bound, and nothing agreed to: whoever the door takes them for, no template
        ([bind], "waits"),
        # agreed, and nobody said which arrival it was
        ([consent], "waits"),
        # a no, whatever else was said
        ([refuse], "dropped"),
        ([bind, consent, refuse], "dropped"),
        ([refuse_another, bind, consent], "released"),
        # changed their mind before anything was made
        ([bind, consent, withdraw], "dropped"),
        ([consent, bind, withdraw], "dropped"),
        # had changed it before they came: asked again today
        ([consent, withdraw, bind], "waits"),
        ([consent, withdraw, bind, consent], "released"),
        # a template of somebody else's face went: that is no no
        ([consent, bind, enrol_at_door, erase_since, erase_since], "released"),
        # reception took the wrong one
        ([bind, consent, unbind], "waits"),
        ([bind, unbind, bind, consent], "released"),
        # there is a template of this pack; of another pack only
        ([consent, enrol, bind], "dropped"),
        ([consent, enrol_elsewhere, bind], "released"),
    ],
)
def test_pictures_are_released_by_binding_and_consent_together_and_dropped_by_a_no(
    site: Site, acts: Sequence[Act], answer: str
) -> None:
    person = stored(site, Somebody(name="王芳", role="customer", distributor=None, consents=0))
    for act in acts:
        with site.write_session() as session:
            act(session, person)
    with site.read_session() as session:
        found = answers(session, [ARRIVAL], PACK)
    expected = {
        "waits": Answers(),
        "released": Answers(release={ARRIVAL: person}),
        "dropped": Answers(drop=frozenset({ARRIVAL})),
    }
    assert found == expected[answer]


def test_each_arrival_has_an_answer_of_its_own(site: Site) -> None:
    one, other = (stored(site, Somebody(name=name, role="customer", distributor=None)) for name in ("王芳", "李明"))
    with site.write_session() as session:
        for arrival, person in (("main-1", one), ("main-2", other), ("main-3", other)):
            put(session, Bound(at=AT, arrival=arrival, person=person, how="qr"))
        refuse_another(session, other)
        found = answers(session, ["main-1", "main-2", "main-4"], PACK)
    assert found == Answers(release={"main-1": one}, drop=frozenset({"main-2"}))


def last(session: WriteSession, kind: str) -> LedgerEntry:
    return list(entries_of_kind(session, kind))[-1]


@pytest.mark.parametrize(
    ("acts", "waiting", "gone"),
    [
        ([consent, bind], [], [ARRIVAL]),  # the pictures waited too long
        ([bind, consent], [], [ARRIVAL]),
        ([consent, bind], [ARRIVAL], []),  # they wait still
        ([bind], [], []),  # nothing was agreed to
        ([consent, enrol, bind], [], []),  # no picture is needed
        ([bind, unbind, consent], [], []),  # it was somebody else
    ],
)
def test_a_consent_that_came_too_late_is_noticed_by_the_arrivals_own_door(
    site: Site, acts: Sequence[Act], waiting: Sequence[str], gone: Sequence[str]
) -> None:
    person = stored(site, Somebody(name="王芳", role="customer", distributor=None, consents=0))
    with site.write_session() as session:
        put(session, came(ARRIVAL, None))
        for act in acts:
            act(session, person)
        entry = last(session, "consent" if acts[-1] is consent else "bind")
        assert missed(session, entry, door="main", waiting=waiting, pack=PACK) == gone
        assert missed(session, entry, door="side", waiting=waiting, pack=PACK) == []


def test_a_consent_without_any_arrival_asks_no_door_for_a_picture(site: Site) -> None:
    stored(site, CUSTOMER)
    with site.write_session() as session:
        assert missed(session, last(session, "consent"), door="main", waiting=[], pack=PACK) == []


def test_what_a_door_made_of_a_wrong_face_goes_and_what_the_desk_made_of_a_photo_stays(site: Site) -> None:
    person = stored(site, CUSTOMER)
    with site.write_session() as session:
        enrol(session, person)
        bind(session, person)
        enrol_at_door(session, person)
        assert (erase_since(session, person), erase_since(session, person)) == (1, 0)
        assert list(session.scalars(select(FaceTemplate.source_sha256))) == [photo("a").source_sha256]
        [withdrawn] = [json.loads(one.payload) for one in entries_of_kind(session, "withdrawal")]
    assert (withdrawn["consents"], withdrawn["templates"]) == ([], 1)


def test_a_binding_taken_back_at_the_desk_takes_the_template_with_it(site: Site) -> None:
    person = stored(site, CUSTOMER)
    with site.write_session() as session:
        put(session, came(ARRIVAL, None))
        desk_bind(session, ARRIVAL, person, how="staff", report=None, at=AT, by=DESK)
        enrol_at_door(session, person)
        unbind_at_desk(session, ARRIVAL, reason="it was somebody else", at=AT, by=DESK)
        assert list(session.scalars(select(FaceTemplate.id))) == []
        assert answers(session, [ARRIVAL], PACK) == Answers()
    assert verify_site(site.folder).faults == ()
