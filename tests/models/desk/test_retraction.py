"""Acts of the desk on both databases: put on record, ended, taken back, with their papers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from attribution.entries import Activity, Receive, Relate
from models.desk.acts import DeskError, NoEntryError, UnknownNameError, put_on_record
from models.desk.papers import keep_paper, papers_of, view_paper
from models.desk.retraction import complete, retract
from models.desk.scans import scan_of
from models.ledger.verify import verify_site
from models.session import WriteSession
from models.site import Site
from models.timeline import timeline_of
from tests.models.builders import FOUNDED
from tests.models.desk.scanned import picture
from tests.models.somebody import CUSTOMER, DESK, Somebody, stored

LATER = FOUNDED + timedelta(minutes=40)
CONSULTANT = Somebody(name="周洁", role="consultant", distributor=None, consents=0)


def end(session: WriteSession, seq: int, *, lasted_min: float = 40) -> int:
    return complete(
        session,
        seq,
        lasted_min=lasted_min,
        informed=None,
        registered=None,
        weight=None,
        purpose="deposit",
        at=LATER,
        by=DESK,
    )


def test_a_reception_keeps_its_instant_and_its_written_name_when_it_ends(site: Site) -> None:
    customer, consultant = stored(site, CUSTOMER), stored(site, CONSULTANT)
    begun = Receive(do="receive", at=FOUNDED, person=customer, by=consultant, turn="rota", name="王芳")
    with site.write_session() as session:
        seq = put_on_record(session, begun, at=FOUNDED, by=DESK)
        ended = end(session, seq)
        [left] = timeline_of(session, customer).entries
    assert left == begun.model_copy(update={"id": str(ended), "lasted_min": 40, "purpose": "deposit"})
    assert verify_site(site.folder).faults == ()


def test_an_activity_is_taken_back_for_each_of_its_customers(site: Site) -> None:
    customers = (stored(site, CUSTOMER), stored(site, CUSTOMER))
    agent = stored(site, Somebody(consents=0))
    held = Activity.model_validate({"do": "activity", "at": FOUNDED, "by": agent, "people": customers})
    with site.write_session() as session:
        seq = put_on_record(session, held, at=FOUNDED, by=DESK)
        assert [len(timeline_of(session, one).entries) for one in customers] == [1, 1]
        retract(session, seq, reason="another day", at=LATER, by=DESK)
        assert [len(timeline_of(session, one).entries) for one in customers] == [0, 0]
        with pytest.raises(DeskError, match=f"entry {seq}: taken back by entry {seq + 1}"):
            retract(session, seq, reason="again", at=LATER, by=DESK)
        with pytest.raises(NoEntryError, match="there is none"):
            retract(session, seq + 9, reason="what", at=LATER, by=DESK)


def test_a_paper_is_kept_and_seen_as_it_came(site: Site) -> None:
    one, other = stored(site, CUSTOMER), stored(site, CUSTOMER)
    scan = scan_of(picture("JPEG"))
    with site.write_session() as session:
        related = Relate.model_validate(
            {"do": "relate", "at": FOUNDED, "person": one, "to": other, "as": "spouse", "verified": True}
        )
        relation = put_on_record(session, related, at=FOUNDED, by=DESK)
        kept = keep_paper(session, relation, scan, at=LATER, by=DESK)
    with site.write_session() as session:
        assert papers_of(session, relation) == [kept]
        assert view_paper(session, kept.id, reason="checking", at=LATER, by=DESK).content == scan.content
    assert verify_site(site.folder).faults == ()


def test_an_error_names_the_field_and_repeats_nothing(site: Site) -> None:
    customer = stored(site, CUSTOMER)
    said = Receive(do="receive", at=FOUNDED, person=customer, by="13800138000")
    with site.write_session() as session, pytest.raises(UnknownNameError) as refused:
        put_on_record(session, said, at=FOUNDED, by=DESK)
    assert refused.value.field == "by"
    assert str(refused.value) == "by: not a consultant known here; look the id up"
