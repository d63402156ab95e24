"""What the tests of kiosk and board share: people at the door of an office, and what they show."""

from __future__ import annotations

from attribution.entries import Report
from models.desk.tickets import person_ticket, visit_ticket
from models.ledger.append import append
from models.ledger.read import entries
from models.site import Site
from tests.models.builders import FOUNDED
from tests.models.somebody import DESK, Somebody

PHONE = "13800138000"
VISITOR = Somebody(name="王芳", role="customer", distributor=None, phone=PHONE, consents=0)
AGENT = Somebody(consents=0)
INJECTIONS = ("' OR 1=1 --", "{{7*7}}", "${jndi:x}", "<script>alert(1)</script>", "%s%n", "../../etc/passwd")


def qr_of_visit(office: Site, customer: str, agent: str) -> str:
    """The ticket of a visit that this agent reported."""
    with office.write_session() as session:
        report = Report(do="report", at=FOUNDED, person=customer, by=agent, phone=PHONE)
        seq = append(session, [report], at=FOUNDED, by=DESK)[-1].seq
        return visit_ticket(session, seq)


def qr_of_person(office: Site, person: str) -> str:
    with office.read_session() as session:
        return person_ticket(session, person)


def written(office: Site, kind: str = "") -> list[str]:
    """The payloads of the entries of this kind (empty: of all), oldest first."""
    with office.read_session() as session:
        return [one.payload for one in entries(session) if kind in ("", one.kind)]
