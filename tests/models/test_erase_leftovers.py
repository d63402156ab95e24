"""What stays of an erased person's id, and what becomes of the reasons that others gave."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from models.base import Base
from models.erase import erase
from models.ledger.verify import verify_site
from models.people import merge, undo
from models.site import Site
from models.wipe import Wiped
from tests.models.kept import VISIT, Customer
from tests.models.somebody import DESK

LATER = VISIT + timedelta(days=30)
OTHER = Customer(name="司马相如", phone="13987654321", arrival="arr-2")


def erased(site: Site, person: str) -> Wiped:
    return erase(site, [person], reason="request", at=LATER, by=DESK)


def test_of_the_id_the_ledger_and_what_running_doors_follow_are_left(site: Site) -> None:
    person = Customer().store(site)
    erased(site, person)
    with site.read_session() as session:
        naming = {
            table.name
            for table in Base.metadata.sorted_tables
            for row in session.rows(select(table))
            if any(isinstance(value, str) and person in value for value in row)
        }
    assert naming == {"ledger", "ledger_about", "gallery_change"}


def test_the_reason_of_a_merge_goes_with_the_person_and_the_merge_can_be_undone(site: Site) -> None:
    person, other = Customer().store(site), OTHER.store(site)
    with site.write_session() as session:
        merged = merge(session, person, other, reason="欧阳明月又来了", at=VISIT, by=DESK)
    ended = erased(site, person)
    assert ended.traces == ()
    assert ended.receipts[0].removed["particular"] == 3
    with site.write_session() as session:
        undo(session, merged, reason="a mistake", at=LATER, by=DESK)
    report = verify_site(site.folder)
    assert (report.faults, report.particulars.gone) == ((), 3)
