"""The door: frames in; arrivals, their order and blind intervals out. Owned by one thread, fed in capture order.

Frame ─► DoorWatch (faces, soles, tracks) ─► ConsentGate (what may be looked at) ─► walk, crossing ─► Arrival
                                                                    earlier arrivals ─► party, Ordered
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np

from attribution.order import Instant, Order, order
from kiosk.crossing import Crossing, find_crossing, walk_of
from kiosk.doorway import Doorway
from kiosk.identity import ConsentGate, Identity
from kiosk.party import Member, party_for
from kiosk.smoother import EYE_DISTANCE_M
from kiosk.track import Sighting, Track
from kiosk.types import Blind, Frame
from kiosk.watch import DoorWatch, Pace
from recognition.types import FaceEngine

SETTLED_S = 1.2
"""A crossing is stated when its body was seen this long after it, or has left the picture."""

ASK_AGAIN_S = 0.5
ASK_PART = 0.125
"""A long track is asked less often, after this part of its length more: a fit costs by the square of that."""

NEAR = 1.15
"""A face this much larger than at the sill belongs to somebody who is past it."""

KEPT_S = 15.0
"""Sightings of somebody who stays in the picture are kept this long."""

ORDERED_S = 10.0
"""Arrivals further apart than this need no verdict about their order."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Arrival:
    """Somebody crossed: ``id`` (the same for the same video), ``crossing``, ``at`` (UTC), who, with whom (``party``),
    the track it was seen as and its ``sightings``."""

    id: str
    door: str
    crossing: Crossing
    at: datetime
    identity: Identity
    party: str
    track: int
    sightings: tuple[Sighting, ...]


@dataclass(frozen=True, kw_only=True)
class Ordered:
    """The ``order`` of two arrivals, given by their ids, the earlier instant first."""

    first: str
    second: str
    order: Order


Happening = Arrival | Ordered | Blind

SAME_PLACE_M = 0.6
"""Bodies that cross nearer to each other than this, one track after the other, are one body."""


@dataclass(kw_only=True, eq=False)
class _Progress:
    """How far a live track has been told: when it was last asked, and the crossing stated last."""

    asked_t: float = float("-inf")
    stated: Crossing | None = None


@dataclass(kw_only=True, eq=False)
class DoorPipeline:
    """One door. ``distributor_of`` tells whom a recognised agent works for (None for everybody else)."""

    doorway: Doorway
    engine: FaceEngine
    gate: ConsentGate
    distributor_of: Callable[[str], str | None]
    pace: Pace = field(default_factory=Pace)
    tracks_seen: int = 0

    def __post_init__(self) -> None:
        self._watch = DoorWatch(self.doorway, self.engine, self.pace)
        self._progress: dict[int, _Progress] = {}
        self._ended: list[Track] = []
        self._recent: list[tuple[Arrival, Member]] = []
        self._blind: list[Blind] = []
        self._origin: datetime | None = None
        self._sill_eyes_px = self._eyes_px_at_sill()

    def process(self, item: Frame | Blind) -> list[Happening]:
        """Take the source's next item; returns what has become certain by it."""
        if isinstance(item, Blind):
            self._blind.append(item)
            return [item]
        self._origin = item.at - timedelta(seconds=item.t)
        ended = self._watch.update(item)
        self._offer(item)
        happened = [what for track in self._watch.live for what in self._ask(track, item.t)]
        happened += [what for track in ended for what in self._close(track)]
        self._forget_old(item.t)
        return happened

    def finish(self) -> list[Happening]:
        """The source has ended: state what is left, and let go of everything that does not wait for consent."""
        happened = [what for track in self._watch.finish() for what in self._close(track)]
        for track in self._ended:
            self.gate.forget(track)
        self._ended = []
        return happened

    @property
    def live(self) -> list[Track]:
        """Tracks in the picture now."""
        return self._watch.live

    def _offer(self, frame: Frame) -> None:
        for track in self._watch.live:
            if track.established and track.last.t == frame.t:
                self.gate.offer(frame, track, track.last)

    def _ask(self, track: Track, t: float) -> list[Happening]:
        """Whether a live track has crossed and been seen long enough since; asked now and then, as a fit costs."""
        progress = self._progress.setdefault(track.number, _Progress())
        past = track.last.eye_distance_px > NEAR * self._sill_eyes_px
        every_s = max(ASK_AGAIN_S, ASK_PART * (track.last.t - track.sightings[0].t))
        if not (past and track.established) or t - progress.asked_t < every_s:
            return []
        progress.asked_t = t
        crossing = self._crossing(track)
        if crossing is None or track.last.t - crossing.t < SETTLED_S:
            return []
        progress.stated = crossing
        return self._state(track, crossing)

    def _close(self, track: Track) -> list[Happening]:
        happened: list[Happening] = []
        if track.established:
            self.tracks_seen += 1
            crossing = self._crossing(track)
            happened = self._state(track, crossing) if crossing else []
        self._progress.pop(track.number, None)
        self._ended.append(track)
        return happened

    def _crossing(self, track: Track) -> Crossing | None:
        """A crossing of this track that was not stated before; after coming in one can only go out."""
        walk = walk_of(track.sightings, self.doorway)
        found = find_crossing(walk, self.doorway, track.sightings[0].t, track.last.t) if walk else None
        progress = self._progress.get(track.number)
        stated = progress.stated if progress else None
        if found is None or (stated and found.direction == stated.direction) or self._told(track, found):
            return None
        return found

    def _told(self, track: Track, crossing: Crossing) -> bool:
        """Whether this body was stated already under another track: two tracks, one after the other, carried over the
        same sill at the same time and place are one person who was hidden in between."""
        for arrival, member in self._recent:
            other = arrival.crossing
            apart_s = abs(other.t - crossing.t)
            apart_m = float(np.hypot(*(other.floor_xz_m - crossing.floor_xz_m)))
            in_turn = member.seen_to <= track.sightings[0].t or track.last.t <= member.seen_from
            same_way = other.direction == crossing.direction
            if (
                in_turn
                and same_way
                and apart_m < SAME_PLACE_M
                and apart_s < 0.2 + 2 * max(other.sigma_s, crossing.sigma_s)
            ):
                return True
        return False

    def _state(self, track: Track, crossing: Crossing) -> list[Happening]:
        assert self._origin is not None  # a track has frames, so the origin is known
        at = self._origin + timedelta(seconds=crossing.t)
        together = [other for other in self._watch.live + self._ended if other is not track and _overlap(other, track)]
        identity = self.gate.identify([track, *together])[0]
        name = f"{self.doorway.door}-{at:%Y%m%dT%H%M%S}{at.microsecond // 1000:03d}Z-{track.number}"
        agent_of = self.distributor_of(identity.person) if identity.status == "known" and identity.person else None
        member = Member(
            arrival=name,
            crossing=crossing,
            seen_from=track.sightings[0].t,
            seen_to=track.last.t,
            party=f"party-{name}",
            distributor=agent_of,
        )
        party = party_for(member, [m for _, m in self._recent])
        member = replace(member, party=party)
        arrival = Arrival(
            id=name,
            door=self.doorway.door,
            crossing=crossing,
            at=at,
            identity=identity,
            party=party,
            track=track.number,
            sightings=tuple(track.sightings),
        )
        self.gate.keep_waiting(track, name)
        orders = self._orders(arrival) if crossing.direction == "in" else []
        self._recent.append((arrival, member))
        return [arrival, *orders]

    def _orders(self, new: Arrival) -> list[Happening]:
        verdicts: list[Happening] = []
        for other, _ in self._recent:
            if other.crossing.direction != "in" or abs(other.crossing.t - new.crossing.t) > ORDERED_S:
                continue
            first, second = sorted((other, new), key=lambda arrival: arrival.crossing.t)
            one, two = (Instant(t=a.crossing.t, sigma_s=a.crossing.sigma_s) for a in (first, second))
            seen = not any(b.from_t < two.t + 2 * two.sigma_s and b.to_t > one.t - 2 * one.sigma_s for b in self._blind)
            verdicts.append(Ordered(first=first.id, second=second.id, order=order(one, two, certain=seen)))
        return verdicts

    def _forget_old(self, t: float) -> None:
        for track in self._watch.live:
            if t - track.sightings[0].t > KEPT_S + 1.0:
                track.sightings = [s for s in track.sightings if t - s.t <= KEPT_S] or track.sightings[-1:]
        oldest = min((track.sightings[0].t for track in self._watch.live), default=t)
        for track in [ended for ended in self._ended if ended.last.t < oldest]:
            self.gate.forget(track)
            self._ended.remove(track)
        self._blind = [blind for blind in self._blind if t - blind.to_t <= KEPT_S + 2 * ORDERED_S]
        self._recent = [pair for pair in self._recent if t - pair[0].crossing.t <= 2 * ORDERED_S]
        self.gate.expire(t)

    def _eyes_px_at_sill(self) -> float:
        left, right = self.doorway.threshold.left, self.doorway.threshold.right
        return self.doorway.camera.focal_px * EYE_DISTANCE_M / max((left[1] + right[1]) / 2, 0.3)


def _overlap(one: Track, other: Track) -> bool:
    return one.sightings[0].t <= other.last.t and other.sightings[0].t <= one.last.t
