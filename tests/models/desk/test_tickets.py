"""Tickets: what the office signed can be read, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.desk.reports import NewReport, file_reports, report, withdraw_report
from models.desk.tickets import Ticket, person_ticket, read_ticket, visit_ticket
from models.site import Site
from tests.models.builders import FOUNDED
from tests.models.somebody import DESK, Somebody, stored


def reported(site: Site) -> tuple[int, str]:
    """A report on record: its number and its customer."""
    agent = stored(site, Somebody())
    with site.write_session() as session:
        new = NewReport(at=FOUNDED, by=agent, phone="13800138000", name="王芳")
        [one] = file_reports(session, [new], at=FOUNDED, by=DESK)
        found = read_ticket(session, visit_ticket(session, one.seq))
    assert found is not None
    return one.seq, found.person


def test_a_ticket_tells_the_report_and_its_customer(embedded_site: Site) -> None:
    seq, customer = reported(embedded_site)
    with embedded_site.read_session() as session:
        text = visit_ticket(session, seq)
        assert read_ticket(session, f" {text}\n") == Ticket(kind="visit", report=seq, person=customer)
        assert text.startswith(f"MJ1.v.{seq}.")
        assert customer not in text


def test_a_person_has_a_ticket_until_they_are_unknown(embedded_site: Site) -> None:
    agent = stored(embedded_site, Somebody())
    with embedded_site.read_session() as session:
        assert read_ticket(session, person_ticket(session, agent)) == Ticket(kind="person", report=None, person=agent)
        assert read_ticket(session, person_ticket(session, "ab" * 16)) is None


def test_the_ticket_of_a_withdrawn_report_is_none(embedded_site: Site) -> None:
    seq, _ = reported(embedded_site)
    with embedded_site.write_session() as session:
        text, one = visit_ticket(session, seq), report(session, seq)
        assert one is not None
        withdraw_report(session, one, reason="报错", at=FOUNDED, by=DESK)
        assert read_ticket(session, text) is None


@pytest.mark.parametrize(
    "bend",
    [
        lambda text: text.replace("MJ1", "MJ2"),  # another version
        lambda text: text.replace(".v.", ".p."),
        lambda text: text.upper(),
        lambda text: text[:-1],  # cut
        lambda text: text + "0",
        lambda text: text.replace(".v.", ".v.1"),  # another report, the same mac
        lambda text: "MJ1.v.1." + text.rpartition(".")[2],
        lambda _text: "",
        lambda _text: "MJ1.v.99999999999999999999." + "0" * 20,
    ],
)
def test_a_bent_ticket_is_none(embedded_site: Site, bend: object) -> None:
    seq, _ = reported(embedded_site)
    assert callable(bend)
    with embedded_site.read_session() as session:
        assert read_ticket(session, bend(visit_ticket(session, seq))) is None


def test_a_signed_number_that_is_no_report_is_none(embedded_site: Site) -> None:
    with embedded_site.read_session() as session:
        assert read_ticket(session, visit_ticket(session, 1)) is None
        assert read_ticket(session, visit_ticket(session, 999)) is None


@given(text=st.text() | st.from_regex(r"MJ1\.[vp]\.[0-9a-f]{1,40}\.[0-9a-f]{20}", fullmatch=True))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_made_up_text_is_a_ticket(embedded_site: Site, text: str) -> None:
    with embedded_site.read_session() as session:
        assert read_ticket(session, text) is None
