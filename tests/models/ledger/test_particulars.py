"""Personal values beside the chain: committed to, provable while they are kept, then gone without a trace."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from models.base import ModelsError
from models.keys import drop_key, of_person
from models.ledger.append import append
from models.ledger.particulars import PERSONAL, commitment, committed, taken_out
from models.ledger.read import entries
from models.ledger.records import Particular
from models.site import Site
from models.timeline import timeline_of
from tests.models.builders import FOUNDED
from tests.models.ledger.builders import NAME, PHONE, report


def payload_of_a_report(site: Site, person: str = "p1") -> dict[str, Any]:
    with site.write_session() as session:
        payload: dict[str, Any] = json.loads(append(session, [report(person)], at=FOUNDED, by="reception")[0].payload)
    return payload


def names(site: Site, person: str) -> list[str | None]:
    with site.read_session() as session:
        return [one.name for one in timeline_of(session, person).entries if one.do == "report"]


def test_a_value_comes_out_with_the_salt_that_proves_it(site: Site) -> None:
    payload = payload_of_a_report(site)
    with site.read_session() as session:
        opened = taken_out(session, [payload])
    assert {one.value for one in opened.values()} == {NAME, PHONE}
    assert committed(payload) == {
        field: commitment(opened[name].value, opened[name].salt) for field, name in committed(payload).items()
    }


@given(st.text(), st.text(), st.binary(min_size=16, max_size=16))
def test_two_values_never_share_a_commitment(one: str, other: str, salt: bytes) -> None:
    assert (commitment(one, salt) == commitment(other, salt)) == (one == other)


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        ({}, {}),
        ({"name": {"sealed": "ab"}, "phone": {"sealed": "cd"}}, {"name": "ab", "phone": "cd"}),
        ({"name": "in the clear"}, {}),  # not what `put_away` leaves
        ({"person": {"sealed": "ab"}}, {}),  # no personal field
    ],
)
def test_commitments_are_found_in_the_personal_fields_only(payload: dict[str, object], found: dict[str, str]) -> None:
    assert committed(payload) == found
    assert set(found) <= set(PERSONAL)


def test_without_its_key_a_persons_values_are_gone_and_everybody_elses_stay(site: Site) -> None:
    for person in ("p1", "p2"):
        payload_of_a_report(site, person)
    with site.write_session() as session:
        assert drop_key(session, of_person("p1"))
        assert not drop_key(session, of_person("p1"))
    assert names(site, "p1") == [None, NAME]  # p2 left the same phone
    with site.read_session() as session:
        assert len(list(entries(session))) == 3


def test_a_value_put_in_the_place_of_another_is_refused(site: Site) -> None:
    payload = payload_of_a_report(site)
    name, phone = payload["name"]["sealed"], payload["phone"]["sealed"]
    with site.write_session() as session:
        sealed = session.scalars(select(Particular.sealed).where(Particular.commitment == phone)).one()
        session.change(update(Particular).where(Particular.commitment == name).values(sealed=sealed))
    with pytest.raises(ModelsError, match="not sealed with this site's key, or changed since"):
        names(site, "p1")


def test_a_value_that_was_removed_is_missing_from_the_timeline_and_nothing_else(site: Site) -> None:
    payload = payload_of_a_report(site)
    with site.write_session() as session:
        session.change(delete(Particular).where(Particular.commitment == payload["name"]["sealed"]))
    assert names(site, "p1") == [None]
    with site.read_session() as session:
        assert [one.phone for one in timeline_of(session, "p1").entries if one.do == "report"] == [PHONE]
