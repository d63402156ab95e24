"""Whose report it is: the phone tells, the name may contradict, a mask joins nobody."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.desk.identity import Known, known_with, mobile, placed
from models.people import Newcomer, PeopleError, add_customers, add_person, add_phone, link
from models.people.phones import masked
from models.site import Site
from tests.models.builders import FOUNDED
from tests.models.somebody import CUSTOMER, DESK, Somebody, stored

PHONE, MASK = "13800138000", "138***38000"


@dataclass(frozen=True)
class Told:
    """What a report says."""

    by: str
    phone: str
    name: str | None = None


def known(person: str, number: str, name: str | None = None, *, by: str = "", human: str = "") -> Known:
    return Known(person=person, human=human or person, name=name, number=number, reporters=frozenset({by}))


@pytest.mark.parametrize(
    ("there", "told", "found"),
    [
        ([known("p1", PHONE, "王芳")], Told("a1", PHONE, "王芳"), "p1"),
        ([known("p1", PHONE, "王芳")], Told("a1", PHONE, "李明"), None),
        ([known("p1", PHONE, "王芳")], Told("a1", PHONE), "p1"),
        ([known("p1", PHONE)], Told("a1", PHONE, "王芳"), "p1"),
        ([known("p1", PHONE, "Ｗang Fang")], Told("a1", PHONE, "wangfang"), "p1"),
        ([known("p1", ""), known("p2", PHONE)], Told("a1", PHONE), "p2"),  # p1 has another number of this mask
        ([known("p1", MASK)], Told("a1", PHONE), None),  # too little is known of p1
        ([known("p1", PHONE), known("p2", PHONE)], Told("a1", PHONE), None),  # two people: it is not clear
        ([known("p1", PHONE, human="h"), known("p2", PHONE, human="h")], Told("a1", PHONE), "p1"),  # two records of one
        ([known("p1", PHONE, by="a1")], Told("a1", MASK), "p1"),  # the reporter's own
        ([known("p1", MASK, by="a1")], Told("a1", MASK), "p1"),
        ([known("p1", MASK, by="a2")], Told("a1", MASK), None),
        ([known("p1", MASK, "王芳", by="a1")], Told("a1", MASK, "李明"), None),
        ([known("p1", MASK, "王芳", by="a1"), known("p2", MASK, "李明", by="a1")], Told("a1", MASK, "李明"), "p2"),
    ],
)
def test_a_report_goes_to_the_one_record_that_fits(there: list[Known], told: Told, found: str | None) -> None:
    [place] = placed([told], {MASK: there})
    assert (place.is_new, place.person) == (found is None, found or place.person)


def test_what_a_list_made_is_known_to_its_later_rows() -> None:
    told = [Told("a1", PHONE, "王芳"), Told("a2", PHONE), Told("a2", MASK), Told("a3", MASK), Told("a1", PHONE, "李明")]
    places = placed(told, {})
    assert [place.is_new for place in places] == [True, False, False, True, True]
    assert places[0].person == places[1].person == places[2].person


@given(
    st.lists(st.builds(Told, st.sampled_from("ab"), st.sampled_from([PHONE, MASK]), st.sampled_from(["王芳", "李明"])))
)
def test_no_two_names_ever_share_a_record(told: list[Told]) -> None:
    names: dict[str, str | None] = {}
    for one, place in zip(told, placed(told, {}), strict=True):
        assert names.setdefault(place.person, one.name) == one.name


@pytest.mark.parametrize("text", ["", "110", "021-12345678", "23800138000", "138****8000", "138***380000", "１３８"])
def test_what_is_no_mobile_number_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(PeopleError) as told:
        mobile(text)
    assert not text or text not in str(told.value)


def test_customers_on_record_are_known_by_whole_and_masked_numbers(site: Site) -> None:
    customer = stored(site, Somebody(name="王芳", role="customer", distributor=None, phone=PHONE, consents=0))
    stored(site, Somebody(name="王芳", phone=PHONE))  # an agent is no customer
    with site.write_session() as session:
        add_customers(session, [Newcomer(person="ab" * 16, name="李明", phone=MASK)], at=FOUNDED)
        other = add_person(session, name="王芳", role="customer", phone="13811138000", at=FOUNDED, by=DESK)
        link(session, customer, other, how="manual", verified=True, at=FOUNDED, by=DESK)
        found = known_with(session, [PHONE, MASK, "13900139000"])
    assert set(found) == {MASK}
    assert {one.person: one.number for one in found[MASK]} == {customer: PHONE, "ab" * 16: MASK, other: ""}
    assert len({one.human for one in found[MASK]}) == 2


def test_a_phone_is_known_by_the_number_asked_for_when_two_look_alike(site: Site) -> None:
    customer = stored(site, replace(CUSTOMER, phone="13811138000"))
    with site.write_session() as session:
        add_phone(session, customer, PHONE, at=FOUNDED)
        [one] = known_with(session, [PHONE])[str(masked(PHONE))]
    assert one.number == PHONE
