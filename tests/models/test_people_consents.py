"""Consents, templates and withdrawals: what stands, what goes, and what the ledger says of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.keys import KeyGoneError, drop_key, of_person
from models.ledger.read import entries_about
from models.people import (
    Agreement,
    Consent,
    FaceTemplate,
    Notice,
    PeopleError,
    add_templates,
    consents_of,
    record_consent,
    withdraw_consent,
)
from models.site import Site
from tests.models.builders import FOUNDED
from tests.models.somebody import AGREEMENT, CUSTOMER, DESK, photo, stored

LATER = FOUNDED + timedelta(days=1)


def told(site: Site, person: str) -> list[tuple[str, dict[str, Any]]]:
    with site.read_session() as session:
        return [(one.kind, json.loads(one.payload)) for one in entries_about(session, person)]


def test_a_consent_and_an_enrolment_are_on_record_without_a_name(site: Site) -> None:
    person = stored(site, CUSTOMER, [photo("a"), photo("b"), photo("a", pack="toy-2")])
    with site.read_session() as session:
        [consent] = session.scalars(select(Consent.id))
    (consented, said), *enrolled = told(site, person)
    assert (consented, said) == (
        "consent",
        {
            "at": "2026-03-01T01:00:00Z",
            "consent": consent,
            "guardian": False,
            "how": "paper",
            "mode": "consent_first",
            "notice_sha256": "ab" * 32,
            "notice_version": "1",
            "person": person,
            "recorded_by": DESK,
        },
    )
    a, b = photo("a").source_sha256, photo("b").source_sha256
    assert [(kind, said["pack"], said["sources"]) for kind, said in enrolled] == [
        ("enrolment", "toy-1", [a, b]),
        ("enrolment", "toy-2", [a]),
    ]


def test_a_minors_consent_names_the_guardian_beside_the_ledger_only(site: Site) -> None:
    agreement = Agreement(
        reference="K-7",
        mode="match_consented",
        notice=Notice(version="2", sha256="cd" * 32),
        how="kiosk",
        guardian=" 王建国 ",
    )
    person = stored(site, replace(CUSTOMER, consents=0))
    with site.write_session() as session:
        record_consent(session, person, agreement, at=LATER, by=DESK)
        [given] = consents_of(session, person)
    assert (given.guardian, given.reference, given.how, given.mode) == ("王建国", "K-7", "kiosk", "match_consented")
    assert (given.notice, given.given_at, given.withdrawn_at) == (agreement.notice, LATER, None)
    [(_, said)] = told(site, person)
    assert said["guardian"] is True
    assert "王建国" not in json.dumps(said, ensure_ascii=False)
    with site.write_session() as session:
        drop_key(session, of_person(person))
    with site.read_session() as session, pytest.raises(KeyGoneError):
        consents_of(session, person)


def test_withdrawing_ends_every_consent_erases_every_template_and_is_on_record(site: Site) -> None:
    person = stored(site, replace(CUSTOMER, consents=2), [photo("a"), photo("b"), photo("a", 1, pack="toy-2")])
    with site.write_session() as session:
        assert withdraw_consent(session, person, at=LATER, by="kiosk") == 3
    with site.read_session() as session:
        assert session.scalars(select(FaceTemplate.id)).all() == []
        given = consents_of(session, person)
    assert [one.withdrawn_at for one in given] == [LATER] * 2
    kind, said = told(site, person)[-1]
    assert (kind, said["templates"], said["recorded_by"]) == ("withdrawal", 3, "kiosk")
    assert said["consents"] == [one.id for one in given]


def test_withdrawing_again_keeps_the_first_instant_and_is_not_on_record_twice(site: Site) -> None:
    person = stored(site, CUSTOMER)
    for day in (1, 2):
        with site.write_session() as session:
            withdraw_consent(session, person, at=FOUNDED + timedelta(days=day), by=DESK)
    with site.read_session() as session:
        assert session.scalars(select(Consent.withdrawn_at)).all() == [LATER]
    assert [kind for kind, _ in told(site, person)] == ["consent", "withdrawal"]


def test_another_persons_consents_and_templates_stay(site: Site) -> None:
    leaving, staying = stored(site, CUSTOMER, [photo("a")]), stored(site, CUSTOMER, [photo("a")])
    with site.write_session() as session:
        withdraw_consent(session, leaving, at=LATER, by=DESK)
    with site.read_session() as session:
        assert session.scalars(select(FaceTemplate.person_id)).all() == [staying]
        assert consents_of(session, staying)[0].withdrawn_at is None


@pytest.mark.parametrize("withdrawn", [False, True])
def test_no_template_without_a_live_consent(site: Site, withdrawn: bool) -> None:
    person = stored(site, replace(CUSTOMER, consents=int(withdrawn)))
    with site.write_session() as session:
        if withdrawn:
            withdraw_consent(session, person, at=FOUNDED, by=DESK)
        with pytest.raises(PeopleError, match="no live consent"):
            add_templates(session, person, [photo("a")], at=FOUNDED, by=DESK)


def test_the_same_photograph_is_stored_once_per_pack(site: Site) -> None:
    person = stored(site, CUSTOMER)
    with site.write_session() as session:
        assert add_templates(session, person, [photo("a"), photo("a")], at=FOUNDED, by=DESK) == 1
        assert add_templates(session, person, [photo("a"), photo("a", pack="toy-2")], at=FOUNDED, by=DESK) == 1
        assert add_templates(session, person, [photo("a")], at=FOUNDED, by=DESK) == 0
    assert [said["pack"] for kind, said in told(site, person) if kind == "enrolment"] == ["toy-1", "toy-2"]


@pytest.mark.parametrize(
    ("agreement", "says"),
    [
        (replace(AGREEMENT, reference=" "), "consent: empty"),
        (replace(AGREEMENT, guardian=" "), "guardian: empty"),
    ],
)
def test_a_consent_that_makes_no_sense_is_refused(site: Site, agreement: Agreement, says: str) -> None:
    person = stored(site, replace(CUSTOMER, consents=0))
    with pytest.raises(PeopleError, match=says), site.write_session() as session:
        record_consent(session, person, agreement, at=FOUNDED, by=DESK)
    assert told(site, person) == []


def test_an_unknown_person_neither_consents_nor_withdraws(site: Site) -> None:
    with site.write_session() as session:
        with pytest.raises(PeopleError, match="unknown"):
            withdraw_consent(session, "nobody", at=FOUNDED, by=DESK)
        with pytest.raises(PeopleError, match="unknown"):
            record_consent(session, "nobody", AGREEMENT, at=FOUNDED, by=DESK)
