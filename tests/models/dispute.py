"""A dispute as it comes to pass at a door, put on record in a site: two agents, one customer, frames of each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from attribution.entries import Arrive, Confirm, Dispute
from models.evidence import StoredFrame, add_frames
from models.keys import ensure_key, of_arrival, of_person
from models.ledger.append import append
from models.ledger.kinds import Arrival, Blind, ClaimantKnown, Evidence, Order, Recordable
from models.ledger.read import entries_of_kind
from models.session import WriteSession
from models.site import Site
from tests.models.builders import FOUNDED

VISIT = FOUNDED + timedelta(hours=1)
CONTESTED = VISIT + timedelta(days=2)
NAME, PHONE = "王某", "13800138000"

CROSSED = {"arr-1": (0.0, "a1"), "arr-2": (0.31, "a2"), "arr-3": (1.2, None)}
"""Seconds after the visit's instant, and who it was; the customer gave no consent to be recognised."""


def frames_of(arrival: str) -> list[tuple[datetime, bytes]]:
    """Two pictures of a crossing: bytes that stand for a JPEG, each once."""
    crossed = VISIT + timedelta(seconds=CROSSED[arrival][0])
    return [(crossed + timedelta(seconds=after), f"picture of {arrival} at {after}".encode()) for after in (-0.1, 0.1)]


def _at_the_door() -> Iterator[Recordable]:
    for number, (arrival, (after, who)) in enumerate(CROSSED.items()):
        yield Arrival(
            at=VISIT + timedelta(seconds=after),
            arrival=arrival,
            door="main",
            direction="in",
            sigma_s=0.02,
            status="known" if who else "unconsented",
            person=who,
            track=number,
        )
    yield Order(at=VISIT, first="arr-1", second="arr-2", verdict="before", p=0.9999)
    yield Order(at=VISIT, first="arr-2", second="arr-3", verdict="before", p=1.0)
    yield Order(at=VISIT, first="arr-2", second="arr-7", verdict="before", p=1.0)
    yield Blind(
        at=VISIT + timedelta(seconds=0.6), until=VISIT + timedelta(seconds=0.8), door="main", reason="frames dropped"
    )
    yield Blind(at=VISIT, until=VISIT + timedelta(seconds=1), door="back", reason="lens covered")
    # nothing to do with it: an agent of the dispute hours later, another agent and another customer just behind
    for arrival, who, behind in (
        ("arr-9", "a1", timedelta(hours=3)),
        ("arr-8", "a3", timedelta(minutes=1)),
        ("arr-7", "p8", timedelta(seconds=2)),
    ):
        yield Arrival(
            at=VISIT + behind,
            arrival=arrival,
            door="main",
            direction="in",
            sigma_s=0.02,
            status="known",
            person=who,
            track=9,
        )


def _kept(session: WriteSession, site: Site, arrival: str) -> Evidence:
    who = CROSSED[arrival][1]
    owner = of_person(who) if who else of_arrival(arrival)
    sealer = ensure_key(session, owner, at=VISIT)
    kept: list[StoredFrame] = [
        site.frames.write(sealer, jpeg, arrival=arrival, owner=owner, at=at) for at, jpeg in frames_of(arrival)
    ]
    add_frames(session, kept, written_at=VISIT)
    return Evidence(at=VISIT, arrival=arrival, frames=tuple((one.at, one.sha256) for one in kept))


def put_on_record(site: Site) -> int:
    """The whole story; the number of the `dispute` entry."""
    door = {who: (after, 0.02) for after, who in CROSSED.values() if who} | {"p1": (1.2, 0.02)}
    with site.write_session() as session:
        append(
            session,
            [
                ClaimantKnown(at=FOUNDED, who="north", kind="distributor"),
                ClaimantKnown(at=FOUNDED, who="a1", kind="agent", of="north"),
                ClaimantKnown(at=FOUNDED, who="a2", kind="agent", of="south"),
                ClaimantKnown(at=FOUNDED, who="a3", kind="agent", of="south"),
                *_at_the_door(),
                *(_kept(session, site, arrival) for arrival in CROSSED),
                Arrive(do="arrive", at=VISIT, person="p1", door=door),
            ],
            at=VISIT,
            by="door",
        )
        desk = VISIT + timedelta(minutes=20)
        append(
            session,
            [
                Confirm(do="confirm", at=desk, person="p1", by="a1", name=NAME, phone=PHONE),
                Confirm(do="confirm", at=desk + timedelta(minutes=5), person="p1", by="a2", name=NAME, phone=PHONE),
                Confirm(do="confirm", at=desk, person="p8", by="a2"),
            ],
            at=desk + timedelta(minutes=5),
            by="desk",
        )
        append(session, [Dispute(do="dispute", at=CONTESTED, person="p1", by="a2")], at=CONTESTED, by="desk")
    with site.read_session() as session:
        return max(one.seq for one in entries_of_kind(session, "dispute"))
