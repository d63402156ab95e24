"""The gallery holds live consents only, and follows every change, made in this process or in another."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from sqlalchemy import delete, event, select, update
from sqlalchemy.orm import Session

from models.keys import drop_key, of_person
from models.people import (
    Consent,
    FaceTemplate,
    LiveGallery,
    Person,
    add_templates,
    gallery_changed,
    gallery_snapshot,
    record_consent,
    withdraw_consent,
)
from models.session import WriteSession
from models.site import Site
from models.vault import VaultError
from recognition.gallery import Gallery
from tests.models.builders import FOUNDED
from tests.models.somebody import AGREEMENT, CUSTOMER, DESK, photo, stored, template

WITHDRAW = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from models.people import withdraw_consent
from models.site import open_site
with open_site(Path(sys.argv[1])) as site, site.write_session() as session:
    withdraw_consent(session, sys.argv[2], at=datetime.now(UTC), by="kiosk")
"""


def followed(site: Site, live: LiveGallery) -> Gallery:
    with site.read_session() as session:
        return live.follow(session)


def test_the_gallery_holds_live_consents_of_its_pack_only(site: Site) -> None:
    known = stored(site, CUSTOMER, [photo("a", 1, 0), photo("b", 1, 1)])
    stored(site, CUSTOMER, [photo("a", 1, 0, 0, pack="toy-2")])
    withdrawn = stored(site, CUSTOMER, [photo("a", 0, 1)])
    with site.write_session() as session:
        withdraw_consent(session, withdrawn, at=FOUNDED, by=DESK)
    with site.read_session() as session:
        gallery = gallery_snapshot(session, "toy-1")
    assert gallery.people == (known,)
    assert gallery.matrix.shape == (2, 2)
    assert gallery.scores([template(1, 0)])[0] == pytest.approx([1.0])


def test_a_gallery_of_nobody_is_empty(site: Site) -> None:
    assert len(followed(site, LiveGallery("toy-1"))) == 0


def withdrawn(session: WriteSession, person: str) -> None:
    withdraw_consent(session, person, at=FOUNDED, by=DESK)


def lapsed(session: WriteSession, person: str) -> None:
    for consent in session.scalars(select(Consent).where(Consent.person_id == person)):
        consent.withdrawn_at = FOUNDED
    gallery_changed(session, person)


def key_dropped(session: WriteSession, person: str) -> None:
    drop_key(session, of_person(person))
    gallery_changed(session, person)


def row_deleted(session: WriteSession, person: str) -> None:
    session.change(delete(Person).where(Person.id == person))
    gallery_changed(session, person)


@pytest.mark.parametrize("leave", [withdrawn, lapsed, key_dropped, row_deleted])
def test_whoever_leaves_is_gone_at_the_next_look(site: Site, leave: Callable[[WriteSession, str], None]) -> None:
    leaving, staying = (stored(site, CUSTOMER, [photo("a")]) for _ in range(2))
    live = LiveGallery("toy-1")
    assert set(followed(site, live).people) == {leaving, staying}
    with site.write_session() as session:
        leave(session, leaving)
    assert followed(site, live).people == (staying,)
    assert followed(site, LiveGallery("toy-1")).people == (staying,)  # and not in one begun afterwards


def test_whoever_comes_comes_back_or_brings_a_photograph_is_there_at_the_next_look(site: Site) -> None:
    live, person = LiveGallery("toy-1"), stored(site, CUSTOMER, [photo("a")])
    assert followed(site, live).matrix.shape == (1, 2)
    with site.write_session() as session:
        add_templates(session, person, [photo("b", 0, 1)], at=FOUNDED, by=DESK)
    assert sorted(followed(site, live).matrix.tolist()) == [[0, 1], [1, 0]]
    with site.write_session() as session:
        withdraw_consent(session, person, at=FOUNDED, by=DESK)
    assert len(followed(site, live)) == 0
    with site.write_session() as session:
        record_consent(session, person, AGREEMENT, at=FOUNDED, by=DESK)
        add_templates(session, person, [photo("c", 0, 1)], at=FOUNDED, by=DESK)
    assert followed(site, live).matrix.tolist() == [[0, 1]]


def test_while_nothing_changes_it_is_the_same_gallery_and_one_statement(embedded_site: Site) -> None:
    stored(embedded_site, CUSTOMER, [photo("a")])
    live, asked = LiveGallery("toy-1"), 0
    before = followed(embedded_site, live)

    def count(_: object) -> None:
        nonlocal asked
        asked += 1

    event.listen(Session, "do_orm_execute", count)
    try:
        assert followed(embedded_site, live) is before
    finally:
        event.remove(Session, "do_orm_execute", count)
    assert asked == 1


def test_after_a_change_only_the_changed_persons_templates_are_opened(site: Site) -> None:
    people = [stored(site, CUSTOMER, [photo("a")]) for _ in range(5)]
    live = LiveGallery("toy-1")
    followed(site, live)
    with site.write_session() as session:
        unreadable = update(FaceTemplate).where(FaceTemplate.person_id != people[3])
        session.change(unreadable.values(vector_sealed=b"whoever opens this fails"))
        add_templates(session, people[3], [photo("b")], at=FOUNDED, by=DESK)
    gallery = followed(site, live)
    assert (len(gallery), len(gallery.matrix)) == (5, 6)


@pytest.mark.parametrize("seed", range(3))
def test_a_gallery_that_was_followed_is_the_one_read_anew(site: Site, seed: int) -> None:
    chance, live = Random(seed), LiveGallery("toy-1")
    people = [stored(site, CUSTOMER) for _ in range(6)]
    for step in range(12):
        with site.write_session() as session:
            for person in chance.sample(people, 2):
                if chance.random() < 0.4:
                    withdraw_consent(session, person, at=FOUNDED, by=DESK)
                record_consent(session, person, AGREEMENT, at=FOUNDED, by=DESK)
                faces = [photo(f"{step}{n}", chance.random(), chance.random()) for n in range(chance.randrange(3))]
                add_templates(session, person, faces, at=FOUNDED, by=DESK)
        if chance.random() < 0.7:  # several changes at once, sometimes
            assert by_person(followed(site, live)) == by_person(followed(site, LiveGallery("toy-1")))


def by_person(gallery: Gallery) -> dict[str, list[list[float]]]:
    ends = [*gallery.starts[1:], len(gallery.matrix)]
    parts = zip(gallery.people, gallery.starts, ends, strict=True)
    return {person: gallery.matrix[start:end].tolist() for person, start, end in parts}


def test_a_change_that_was_rolled_back_is_no_change(site: Site) -> None:
    person = stored(site, CUSTOMER, [photo("a")])
    live = LiveGallery("toy-1")
    before = followed(site, live)

    def interrupted() -> None:
        with site.write_session() as session:
            withdraw_consent(session, person, at=FOUNDED, by=DESK)
            raise VaultError("something went wrong")

    with pytest.raises(VaultError):
        interrupted()
    assert followed(site, live) is before


def test_a_withdrawal_in_another_process_is_followed(site: Site) -> None:
    leaving, staying = (stored(site, replace(CUSTOMER, name=name), [photo("a")]) for name in "甲乙")
    live = LiveGallery("toy-1")
    assert set(followed(site, live).people) == {leaving, staying}
    subprocess.run([sys.executable, "-c", WITHDRAW, str(site.folder), leaving], check=True, timeout=60)
    assert followed(site, live).people == (staying,)


def test_a_template_moved_to_another_row_is_refused(site: Site) -> None:
    stored(site, CUSTOMER, [photo("a", 1, 0), photo("b", 0, 1)])
    with site.write_session() as session:
        first, second = session.scalars(select(FaceTemplate)).all()
        first.vector_sealed, second.vector_sealed = second.vector_sealed, first.vector_sealed
    with pytest.raises(VaultError, match="template of"), site.read_session() as session:
        gallery_snapshot(session, "toy-1")
