"""Enrolment keeps two people apart and one person together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from models.enrolment import Applicant, enrol
from models.ledger.read import entries
from models.people import Consent, FaceTemplate, PeopleError, Person
from models.site import Site
from tests.models.builders import FOUNDED
from tests.models.somebody import AGREEMENT, DESK, photo

LI = Applicant(name="李明", role="agent", distributor="贝壳", phone="13800138000")


def enrolled(site: Site, applicant: Applicant, *sources: str) -> str:
    with site.write_session() as session:
        return enrol(session, applicant, AGREEMENT, [photo(source) for source in sources], at=FOUNDED, by=DESK)


def counted(site: Site) -> tuple[int, ...]:
    with site.read_session() as session:
        return tuple(
            session.scalars(select(func.count()).select_from(record)).one()
            for record in (Person, Consent, FaceTemplate)
        )


def recorded(site: Site) -> list[str]:
    with site.read_session() as session:
        return [one.kind for one in entries(session, first=2)]


def test_person_consent_and_templates_are_stored_together_and_on_record(site: Site) -> None:
    enrolled(site, LI, "a", "b")
    assert counted(site) == (1, 1, 2)
    assert recorded(site) == ["claimant", "claimant", "consent", "enrolment"]


def test_the_same_phone_is_the_same_person_with_further_photographs(site: Site) -> None:
    first = enrolled(site, LI, "a")
    assert enrolled(site, replace(LI, phone="+86 138 0013 8000"), "a", "b") == first
    assert counted(site) == (1, 2, 2)


def test_two_people_of_one_name_are_kept_apart_by_their_phones(site: Site) -> None:
    assert enrolled(site, LI, "a") != enrolled(site, replace(LI, phone="13900139000"), "b")
    assert counted(site) == (2, 2, 2)


def test_two_people_whose_phones_look_alike_masked_are_kept_apart_by_their_names(site: Site) -> None:
    wang = Applicant(name="王芳", role="customer", phone="138***38000")
    assert enrolled(site, wang, "a") != enrolled(site, LI, "b")
    assert counted(site) == (2, 2, 2)


@pytest.mark.parametrize(
    ("second", "says"),
    [
        (replace(LI, phone=None), "give --phone if this is somebody else"),  # may be the same, may be another
        (replace(LI, name="王芳"), "this phone belongs to agent"),
        (replace(LI, distributor="链家"), "this phone belongs to agent"),
        (replace(LI, role="customer", distributor=None), "this phone belongs to agent"),
        (replace(LI, phone="138***38000"), "perhaps this phone, of which a part is not known"),
    ],
)
def test_whoever_cannot_be_told_apart_is_refused_and_nothing_stored(site: Site, second: Applicant, says: str) -> None:
    enrolled(site, LI, "a")
    before = counted(site), recorded(site)
    with pytest.raises(PeopleError, match=says) as caught:
        enrolled(site, second, "b")
    assert (counted(site), recorded(site)) == before
    assert "李明" not in str(caught.value)
    assert "13800138000" not in str(caught.value)
