"""People and their phones: what is stored, what is sealed, how they are found, what goes on record."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from models.base import ModelsError
from models.keys import drop_key, of_person
from models.ledger.read import entries_of_kind
from models.people import (
    ROLES,
    PeopleError,
    Phone,
    Role,
    add_person,
    add_phone,
    people,
    people_with_phone,
    person_summary,
    phone_number,
)
from models.site import Site
from models.vault import VaultError
from tests.models.builders import FOUNDED
from tests.models.somebody import CUSTOMER, DESK, Somebody, photo, stored


def found(site: Site, phone: str) -> tuple[set[str], set[str]]:
    with site.read_session() as session:
        holders = people_with_phone(session, phone)
    return {one.id for one in holders.certain}, {one.id for one in holders.possible}


def test_a_person_comes_back_with_name_role_and_distributor(site: Site) -> None:
    person_id = stored(site, Somebody())
    with site.read_session() as session:
        summary = person_summary(session, person_id)
        assert (summary.name, summary.role, summary.distributor) == ("李明", "agent", "贝壳")
        assert people(session) == [summary]


def test_names_phones_guardians_and_templates_are_nowhere_in_the_file_in_the_clear(embedded_site: Site) -> None:
    face = photo("p", 0.25, 0.5, 0.75)
    stored(embedded_site, Somebody(phone="13800138000"), [face])
    embedded_site.close()
    content = b"".join(file.read_bytes() for file in embedded_site.folder.glob("menjian.db*"))
    for secret in ("李明".encode(), b"13800138000", b"138***38000", b"38000", face.template.vector.tobytes()):
        assert secret not in content
    assert "贝壳".encode() in content  # the distributor is no person: shows that the search can find something


def test_without_the_persons_own_key_nothing_of_the_person_opens(site: Site) -> None:
    erased, other = stored(site, Somebody(phone="13800138000")), stored(site, CUSTOMER)
    with site.write_session() as session:
        drop_key(session, of_person(erased))
    with site.read_session() as session:
        assert [one.id for one in people(session)] == [other]
        with pytest.raises(PeopleError, match="erased"):
            person_summary(session, erased)
    assert found(site, "13800138000") == (set(), set())


def test_a_phone_is_found_however_it_is_written_and_shows_four_digits(site: Site) -> None:
    person_id = stored(site, Somebody(phone="+86 138-0013-8000"))
    assert found(site, "13800138000") == ({person_id}, set())
    assert found(site, "13900139000") == (set(), set())
    with site.read_session() as session:
        assert person_summary(session, person_id).phones == ("8000",)


def test_a_person_is_found_by_each_of_several_phones(site: Site) -> None:
    person_id = stored(site, Somebody(phone="13800138000"))
    with site.write_session() as session:
        for phone in ("02112345678", "+86 13800138000", "13900139000"):
            add_phone(session, person_id, phone, at=FOUNDED)
        assert len(person_summary(session, person_id).phones) == 3  # the second was there
    for phone in ("13800138000", "02112345678", "13900139000"):
        assert found(site, phone) == ({person_id}, set())


def test_a_masked_phone_finds_everybody_whose_it_may_be_and_says_that_it_is_not_sure(site: Site) -> None:
    first, second = (stored(site, replace(CUSTOMER, phone=phone)) for phone in ("13800188888", "13899988888"))
    stored(site, replace(CUSTOMER, phone="13800188889"))  # other last digits
    stored(site, replace(CUSTOMER, phone="13900188888"))  # other first digits
    assert found(site, "138***88888") == (set(), {first, second})


def test_who_is_known_by_a_masked_phone_only_may_have_the_whole_one(site: Site) -> None:
    masked = stored(site, replace(CUSTOMER, phone="138***88888"))
    whole = stored(site, replace(CUSTOMER, phone="13800188888"))
    assert found(site, "13800188888") == ({whole}, {masked})
    assert found(site, "13811188888") == (set(), {masked})
    assert found(site, "138***88888") == (set(), {masked, whole})
    with site.write_session() as session:
        add_phone(session, masked, "13800188888", at=FOUNDED)
    assert found(site, "13800188888") == ({masked, whole}, set())


def test_a_phone_that_is_no_mobile_has_no_masked_form(site: Site) -> None:
    person = stored(site, replace(CUSTOMER, phone="02112345678"))
    assert found(site, "02112345678") == ({person}, set())
    with site.read_session() as session:
        assert session.scalars(select(Phone.masked_digest)).all() == [None]


def test_a_phone_does_not_open_under_the_sites_own_key(site: Site) -> None:
    stored(site, Somebody(phone="13800138000"))
    with site.read_session() as session:
        phone = session.scalars(select(Phone)).one()
        with pytest.raises(VaultError, match="phone of"):
            session.vault.open(phone.number_sealed, f"phone of {phone.id}")


@pytest.mark.parametrize("role", ROLES)
def test_whoever_can_own_a_customer_goes_on_record_as_a_claimant(site: Site, role: Role) -> None:
    distributor = "贝壳" if role == "agent" else None
    person = stored(site, Somebody(role=role, distributor=distributor, consents=0))
    with site.read_session() as session:
        told = [json.loads(one.payload) for one in entries_of_kind(session, "claimant")]
    at = {"at": "2026-03-01T01:00:00Z", "recorded_by": DESK}
    wanted = {
        "agent": [{"who": "贝壳", "kind": "distributor"} | at, {"who": person, "kind": "agent", "of": "贝壳"} | at],
        "consultant": [{"who": person, "kind": "consultant"} | at],
    }
    assert told == wanted.get(role, [])


def test_a_distributor_is_named_once(site: Site) -> None:
    for name in ("甲", "乙"):
        stored(site, Somebody(name=name, distributor=" 贝壳 "))
    with site.read_session() as session:
        kinds = [json.loads(one.payload)["kind"] for one in entries_of_kind(session, "claimant")]
    assert kinds == ["distributor", "agent", "agent"]


@pytest.mark.parametrize(
    ("somebody", "says"),
    [
        (Somebody(name="  "), "name: empty"),
        (Somebody(role="boss"), "role: 'boss' is unknown; one of agent, consultant, staff, customer"),  # type: ignore[arg-type]  # a caller without a type checker
        (Somebody(phone=""), "phone: not a telephone number"),  # empty
        (Somebody(phone="12"), "phone: not a telephone number"),  # too short
        (Somebody(phone="1380013800x"), "phone: not a telephone number"),  # a letter
        (Somebody(phone="1" * 16), "phone: not a telephone number"),  # longer than any number (ITU-T E.164)
        (Somebody(phone="138****8888"), "phone: not a telephone number"),  # masked in another way
        (Somebody(phone="１３８００１３８０００"), "phone: not a telephone number"),  # digits, but not ASCII's
        (Somebody(distributor=" "), "distributor: empty"),
        (Somebody(distributor="developer"), "which mean no company"),  # would take the developer's credit
        (Somebody(distributor="manager"), "which mean no company"),  # would be shown what managers propose
        (Somebody(distributor="another"), "which mean no company"),  # would be shown everybody else's share
        (Somebody(distributor="0b8f5a0e3c0f4f0e9d6d6f2f3c1a7e55"), "an id"),  # would see that agent's customers
        (Somebody(role="consultant"), "distributor: only an agent works for one, not a consultant"),
    ],
)
def test_a_person_that_makes_no_sense_is_refused(site: Site, somebody: Somebody, says: str) -> None:
    with pytest.raises(PeopleError, match=says), site.write_session() as session:
        somebody.store(session)
    with site.read_session() as session:
        assert people(session) == []
        assert list(entries_of_kind(session, "claimant")) == []


def test_a_refused_phone_is_not_repeated() -> None:
    with pytest.raises(PeopleError) as caught:
        phone_number("1380013800x")
    assert "1380013800" not in str(caught.value)


def test_an_unknown_person_has_no_summary_and_no_phone(site: Site) -> None:
    with site.write_session() as session:
        with pytest.raises(ModelsError, match="person nobody: unknown"):
            person_summary(session, "nobody")
        with pytest.raises(PeopleError, match="unknown"):
            add_phone(session, "nobody", "13800138000", at=FOUNDED)


def test_a_person_who_was_not_kept_is_not_on_record_either(site: Site) -> None:
    def interrupted() -> None:
        with site.write_session() as session:
            add_person(session, name="李", role="consultant", at=FOUNDED, by=DESK)
            raise PeopleError("something else went wrong")

    with pytest.raises(PeopleError, match="something else"):
        interrupted()
    with site.read_session() as session:
        assert (people(session), list(entries_of_kind(session, "claimant"))) == ([], [])
