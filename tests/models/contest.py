"""Two agents who came through the door with one customer, by real records of people, so that they may contest it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from attribution.entries import Arrive, Confirm, Report
from models.evidence import StoredFrame, add_frames, frame_key
from models.ledger.append import append
from models.ledger.kinds import Arrival, Evidence, Order
from models.site import Site
from tests.models.builders import FOUNDED
from tests.models.somebody import Somebody, stored

VISIT = FOUNDED + timedelta(hours=1)
SIGNED = VISIT + timedelta(minutes=20)
NAME, PHONE = "王芳", "13800138000"


@dataclass(frozen=True, kw_only=True)
class Contest:
    """The agents ``first`` (贝壳) and ``second`` (链家) of one ``customer``, and the frames of each arrival."""

    customer: str
    first: str
    second: str
    frames: dict[str, StoredFrame]


def contest(site: Site) -> Contest:
    """Both agents reported the customer, crossed the sill together with them, and have a signed confirmation slip."""
    first = stored(site, Somebody(name="李明", distributor="贝壳", consents=0))
    second = stored(site, Somebody(name="赵强", distributor="链家", consents=0))
    customer = stored(site, Somebody(name=NAME, role="customer", distributor=None, phone=PHONE, consents=0))
    crossed = {"arr-1": (0.0, first), "arr-2": (0.3, second), "arr-3": (1.2, None)}
    with site.write_session() as session:
        append(
            session,
            [
                *(
                    Report(do="report", at=FOUNDED, person=customer, by=by, name=NAME, phone=PHONE)
                    for by in (first, second)
                ),
                *(
                    Arrival(
                        at=VISIT + timedelta(seconds=after),
                        arrival=arrival,
                        door="main",
                        direction="in",
                        sigma_s=0.02,
                        status="known" if who else "unconsented",
                        person=who,
                        track=1,
                    )
                    for arrival, (after, who) in crossed.items()
                ),
                Order(at=VISIT, first="arr-1", second="arr-2", verdict="before", p=0.9999),
                Order(at=VISIT, first="arr-2", second="arr-3", verdict="before", p=1.0),
            ],
            at=VISIT,
            by="door",
        )
        door = {first: (0.0, 0.02), second: (0.3, 0.02), customer: (1.2, 0.02)}
        append(session, [Arrive(do="arrive", at=VISIT, person=customer, door=door)], at=VISIT, by="door")
        slips = [Confirm(do="confirm", at=SIGNED, person=customer, by=by, name=NAME) for by in (first, second)]
        append(session, slips, at=SIGNED, by="desk")
    frames = {arrival: _film(site, arrival, who) for arrival, (_, who) in crossed.items()}
    return Contest(customer=customer, first=first, second=second, frames=frames)


def _film(site: Site, arrival: str, who: str | None) -> StoredFrame:
    with site.write_session() as session:
        owner, sealer = frame_key(session, arrival=arrival, person=who, at=VISIT)
        kept = site.frames.write(sealer, picture(arrival), arrival=arrival, owner=owner, at=VISIT)
        add_frames(session, [kept], written_at=VISIT)
        append(session, [Evidence(at=VISIT, arrival=arrival, frames=((kept.at, kept.sha256),))], at=VISIT, by="door")
    return kept


def picture(arrival: str) -> bytes:
    """Bytes that stand for a JPEG of an arrival."""
    return f"picture of {arrival}".encode()
