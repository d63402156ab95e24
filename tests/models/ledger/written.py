"""A site with something on record, for the tests that bend it."""

from __future__ import annotations

from datetime import timedelta

from attribution.entries import Report
from models.evidence import StoredFrame, add_frames, frame_key
from models.ledger.append import append
from models.ledger.kinds import Arrival, ClaimantKnown, Evidence, Recordable, Viewed
from models.ledger.seal import seal_head
from models.site import Site
from tests.models.builders import FOUNDED

AT = FOUNDED + timedelta(hours=1)
FRAME = b"what the camera saw"
SEALED = 12
"""The entries under the second checkpoint of `write_entries`; four more follow."""


def viewed(number: int) -> Viewed:
    return Viewed(at=AT + timedelta(minutes=number), what=f"arrival {number}", reason="dispute")


def record(site: Site, *entries: Recordable) -> None:
    with site.write_session() as session:
        append(session, entries, at=AT, by="desk")


def keep_frame(site: Site, arrival: str) -> StoredFrame:
    """A frame of an arrival on the disk, listed, and on record."""
    with site.write_session() as session:
        owner, sealer = frame_key(session, arrival=arrival, person=None, at=AT)
    frame = site.frames.write(sealer, FRAME, arrival=arrival, owner=owner, at=AT)
    with site.write_session() as session:
        add_frames(session, [frame], written_at=AT)
        append(session, [Evidence(at=AT, arrival=arrival, frames=((AT, frame.sha256),))], at=AT, by="door")
    return frame


def write_entries(site: Site) -> None:
    """Sixteen entries: 1 founds, 2 a claimant, 3 and 4 reports with phones, 5 an arrival, 6 its frame, then views; with
    checkpoints after 6 and 12."""
    record(site, ClaimantKnown(at=AT, who="d1", kind="distributor"))
    for person, phone in (("p1", "13800138001"), ("p2", "13800138002")):
        record(site, Report.model_validate({"do": "report", "at": AT, "person": person, "by": "d1", "phone": phone}))
    record(site, Arrival(at=AT, arrival="a1", door="main", direction="in", sigma_s=0.02, status="unknown", track=1))
    keep_frame(site, "a1")
    seal_head(site, AT)
    record(site, *(viewed(number) for number in range(7, SEALED + 1)))
    seal_head(site, AT)
    record(site, *(viewed(number) for number in range(13, 17)))
