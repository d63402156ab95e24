"""The index of a ledger that an older program wrote becomes the one this program writes."""

from __future__ import annotations

import sqlalchemy as sa

from attribution.entries import ENTRY
from models.ledger.append import append
from models.ledger.kinds import ClaimantKnown, Retracted
from models.ledger.records import About
from models.ledger.subjects import EVERYBODY, OFFICE, claimant
from models.migrations import downgrade, upgrade
from models.site import Site
from tests.models.builders import FOUNDED
from tests.models.ledger.builders import report

NEW = sa.or_(About.subject == EVERYBODY, About.subject.in_([claimant(who) for who in ("a1", "north")]))


def index(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> list[tuple[object, ...]]:
    asked = sa.select(About.seq, About.subject, About.tie).where(*where).order_by(About.seq, About.subject)
    return [tuple(row) for row in connection.execute(asked)]


def test_an_older_index_is_completed_and_can_be_gone_back_from(site: Site) -> None:
    with site.write_session() as session:
        left = [
            ClaimantKnown(at=FOUNDED, who="north", kind="distributor"),
            ClaimantKnown(at=FOUNDED, who="a1", kind="agent", of="north"),
            ENTRY.validate_python({"do": "depart", "who": "a1", "at": FOUNDED}),
            report("p1", by="a1"),
        ]
        depart, mine = [one.seq for one in append(session, left, at=FOUNDED, by="desk")][2:]
        back = [
            Retracted(at=FOUNDED, person=OFFICE, undoes=depart, reason="still here"),
            Retracted(at=FOUNDED, person="p1", undoes=mine, reason="a mistake"),
        ]
        append(session, back, at=FOUNDED, by="desk")
    with site.database.connection() as connection:
        whole = index(connection)
        older = index(connection, ~NEW)
        assert len(whole) - len(older) == 5  # of each claimant's entry one, of the company and the retraction one more
        downgrade(connection, "r0006")
        assert index(connection) == older
        upgrade(connection, site.database.name)
        assert index(connection) == whole
