"""Who crossed the sill when around a contested customer, and in which order, as the record has it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from models.bundle.axis import SAME, crossings_of
from models.bundle.extent import NEAR, extent_of
from models.bundle.layout import said
from models.bundle.sight import may_see_frame
from models.desk.arrivals import arrival_of
from models.desk.dealings import taken_back
from models.evidence import FrameFiles, StoredFrame, frames_of, read_frame
from models.ledger.append import append
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import Viewed
from models.session import ReadSession, WriteSession


@dataclass(frozen=True, kw_only=True)
class Crossed:
    """``who`` (None: nobody knows) crossed the sill ``at``, 95 times in 100 between ``earliest`` and ``latest``, as
    entry ``seq`` says; ``arrival`` None where no camera saw it."""

    seq: int
    arrival: str | None
    who: str | None
    at: datetime
    earliest: datetime
    latest: datetime
    out: bool = False


@dataclass(frozen=True, kw_only=True)
class Ordered:
    """Entry ``seq``: ``first`` crossed before ``second`` (arrivals) with probability ``p``; ``is_sure``: it counts."""

    seq: int
    first: str
    second: str
    p: float
    is_sure: bool


@dataclass(frozen=True, kw_only=True)
class AtTheDoor:
    """What the door knows of a dispute: crossings, earliest first, their order, the frames that are kept."""

    crossings: Sequence[Crossed]
    orders: Sequence[Ordered]
    frames: Sequence[StoredFrame]


def at_the_door(session: ReadSession, person: str) -> AtTheDoor:
    """The crossings around a customer's visits."""
    entries = extent_of(session, person)
    seen = [one for entry in entries if entry.kind == "arrival" and (one := _seen(session, entry))]
    undone = taken_back(entries)
    told = [one for one in crossings_of(entries) if not one.seen and not undone.intersection(one.seqs)]
    unseen = [
        Crossed(
            seq=one.seqs[0],
            arrival=None,
            who=one.who,
            at=one.at,
            earliest=one.at - one.reach,
            latest=one.at + one.reach,
        )
        for one in told
        if not any(own.who == one.who and abs(own.at - one.at) <= SAME for own in seen)
    ]
    return AtTheDoor(
        crossings=sorted([*seen, *unseen], key=lambda one: one.at),
        orders=[_order(one) for one in entries if one.kind == "order"],
        frames=[frame for one in seen if one.arrival for frame in frames_of(session, one.arrival)],
    )


def concerning(door: AtTheDoor, own: Collection[str], *, since: datetime | None) -> AtTheDoor:
    """What a party may know of it: the crossings from ``since`` on (aware; when the customer became theirs, None:
    never), and those within `NEAR` of a crossing of one of their ``own`` claimants; orders and frames of these only. A
    dispute must not buy a look at visits in which they had no part."""
    theirs = [one.at for one in door.crossings if one.who in own]
    crossings = [
        one
        for one in door.crossings
        if (since is not None and one.at >= since) or any(abs(one.at - at) <= NEAR for at in theirs)
    ]
    arrivals = {one.arrival for one in crossings}
    return AtTheDoor(
        crossings=crossings,
        orders=[one for one in door.orders if {one.first, one.second} <= arrivals],
        frames=[one for one in door.frames if one.arrival in arrivals],
    )


def visible(frames: Sequence[StoredFrame], own: frozenset[str] | None) -> list[StoredFrame]:
    """The frames that somebody may see: all of them the office (None), a party those in which nobody but themselves,
    their ``own`` claimants, can be recognised."""
    return [one for one in frames if own is None or may_see_frame(one, next(iter(own), ""), own)]


def look_at(
    session: WriteSession,
    files: FrameFiles,
    dispute: int,
    frame: StoredFrame,
    *,
    reason: str,
    at: datetime,
    by: str,
) -> bytes:
    """A frame as JPEG; that it was looked at, and why, is on record. The ``reason`` names nobody: it stays. Raises
    ``EvidenceError`` when it cannot be read, ``KeyGoneError`` when it was erased."""
    picture = read_frame(session, files, arrival=frame.arrival, sha256=frame.sha256)
    seen = Viewed(at=at, what=f"dispute {dispute}", reason=reason, frames=(frame.sha256,))
    append(session, [seen], at=at, by=by)
    return picture


def _seen(session: ReadSession, entry: LedgerEntry) -> Crossed | None:
    found = arrival_of(session, str(said(entry)["arrival"]))
    if found is None or found.seq != entry.seq:
        return None  # the same film watched twice
    earliest, latest = found.interval
    return Crossed(
        seq=found.seq,
        arrival=found.arrival.arrival,
        who=found.who,
        at=found.arrival.at,
        earliest=earliest,
        latest=latest,
        out=found.arrival.direction == "out",
    )


def _order(entry: LedgerEntry) -> Ordered:
    payload = said(entry)
    return Ordered(
        seq=entry.seq,
        first=str(payload["first"]),
        second=str(payload["second"]),
        p=float(str(payload["p"])),
        is_sure=payload["verdict"] == "before",
    )
