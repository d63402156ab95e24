"""Passes: good for one person, at one device, for a quarter of an hour."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.desk.passes import GOOD_FOR, Pass, give_pass, read_pass
from models.site import Site
from tests.models.builders import FOUNDED

PERSON = "0b8f5a0e3c0f4f0e9d6d6f2f3c1a7e55"


@pytest.mark.parametrize(
    ("device", "later", "change", "is_good"),
    [
        ("device:1", timedelta(), ("", ""), True),
        ("device:1", GOOD_FOR, ("", ""), True),  # to the last second
        ("device:1", GOOD_FOR + timedelta(seconds=1), ("", ""), False),  # over
        ("device:2", timedelta(), ("", ""), False),  # another kiosk's
        ("device:1", timedelta(), (PERSON, "1" * 32), False),  # for somebody else
        ("device:1", timedelta(), (".17", ".27"), False),  # for longer
        ("device:1", timedelta(), ("MJ1.t", "MJ1.p"), False),  # a ticket is none
        ("device:1", timedelta(), ("MJ1", "\x00MJ1"), False),
    ],
)
def test_a_pass_is_good_where_when_and_for_whom_it_was_given(
    embedded_site: Site, device: str, later: timedelta, change: tuple[str, str], is_good: bool
) -> None:
    with embedded_site.read_session() as session:
        text = give_pass(session, PERSON, device="device:1", at=FOUNDED, may_consent=True)
        assert change[0] in text
        shown = text.replace(*change)
        told = read_pass(session, shown, device=device, at=FOUNDED + later)
        assert told == (Pass(person=PERSON, may_consent=True) if is_good else None)


@pytest.mark.parametrize("may_consent", [True, False])
def test_a_pass_says_whether_it_may_be_consented_with_and_cannot_be_made_to(
    embedded_site: Site, may_consent: bool
) -> None:
    with embedded_site.read_session() as session:
        text = give_pass(session, PERSON, device="device:1", at=FOUNDED, may_consent=may_consent)
        told = read_pass(session, text, device="device:1", at=FOUNDED)
        assert told == Pass(person=PERSON, may_consent=may_consent)
        other = text.replace("MJ1.t", "MJ1.w") if may_consent else text.replace("MJ1.w", "MJ1.t")
        assert other != text
        assert read_pass(session, other, device="device:1", at=FOUNDED) is None
