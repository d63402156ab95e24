"""The door's happenings as entries of the site's ledger."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kiosk.evidence import Collector, EvidenceWriter, FrameRing, SecondLook, Written
from kiosk.pipeline import ORDERED_S, Arrival, DoorPipeline, Happening, Ordered
from kiosk.record.journal import Journal, Left
from kiosk.record.visits import Visits
from kiosk.types import Blind, Frame
from models.base import ModelsError
from models.evidence import add_frames, sweep
from models.ledger import kinds
from models.ledger.append import append
from models.ledger.read import entries_about
from models.people import PeopleError, Role, has_consent, person_summary
from models.site import Site
from recognition.types import FaceEngine

log = logging.getLogger(__name__)


@dataclass(kw_only=True, eq=False)
class Recorder:
    """Puts one door's day on record. Owned by the door's thread; what takes time happens in threads of its own.

    ``second`` looks for faces in the evidence once more: an engine of its own, as engines are not shared between
    threads. ``at_of`` gives the instant (aware UTC) of seconds of capture time, ``clock`` gives now. ``patient``: wait
    for the evidence rather than lose a frame, for a film that is read faster than it was taken. Close it.
    """

    site: Site
    pipeline: DoorPipeline
    second: FaceEngine
    at_of: Callable[[float], datetime]
    clock: Callable[[], datetime]
    patient: bool = False
    _again: set[str] = field(default_factory=set, init=False)
    _instants: dict[str, datetime] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._sweep()
        self._by = f"door:{self.pipeline.doorway.door}"
        self._journal = Journal(self.site, by=self._by, clock=self.clock)
        self._visits = Visits(role_of=self._role)
        self._ring = FrameRing(patient=self.patient)
        self._writer = EvidenceWriter(
            self.site,
            SecondLook(self.second, self.pipeline.doorway),
            consented=self._consented,
            record=self._record,
            patient=self.patient,
        )
        self._collector = Collector(self._ring, self._writer.submit, span_s=self.site.settings.evidence_s)

    def see(self, item: Frame | Blind) -> None:
        """Take an item of the source, after the pipeline has."""
        if isinstance(item, Frame):
            self._collector.see(item, self.pipeline.live)
            self._journal.put(*self._visits.settled(item.t))

    def tell(self, happening: Happening) -> None:
        """Put what happened on record. What is on record already (the same film watched again) stays as it is."""
        if isinstance(happening, Arrival):
            self._arrived(happening)
        elif isinstance(happening, Ordered):
            self._ordered(happening)
        else:
            self._journal.put(self._blind(happening))

    def close(self) -> Left:
        """The source has ended: finish what waits, and say what could not be put on record."""
        self._journal.put(*self._visits.settled(float("inf")))
        self._collector.finish()
        untold = self._writer.close()
        self._ring.close()
        left = self._journal.close()
        return Left(entries=left.entries + untold, why=left.why)

    def _arrived(self, arrival: Arrival) -> None:
        near = arrival.at - timedelta(seconds=2 * ORDERED_S)
        self._instants = {one: at for one, at in self._instants.items() if at > near} | {arrival.id: arrival.at}
        if self._on_record(arrival.id):
            self._again.add(arrival.id)
            return
        crossing, who = arrival.crossing, arrival.identity
        self._journal.put(
            kinds.Arrival(
                at=arrival.at,
                arrival=arrival.id,
                door=arrival.door,
                direction=crossing.direction,
                sigma_s=round(crossing.sigma_s, 6),
                status=who.status,
                person=who.person,
                score=None if who.score is None else round(who.score, 4),
                party=arrival.party,
                track=arrival.track,
            )
        )
        self._visits.arrived(arrival)
        self._collector.arrived(arrival)

    def _ordered(self, told: Ordered) -> None:
        both = {told.first, told.second}
        if both <= self._again:
            return
        at = max(self._instants[arrival] for arrival in both)
        p = int(told.order.p * 1e6) / 1e6  # never up: 0.9899999 is not yet 0.99
        verdict = told.order.verdict
        self._journal.put(kinds.Order(at=at, first=told.first, second=told.second, verdict=verdict, p=p))

    def _blind(self, blind: Blind) -> kinds.Blind:
        return kinds.Blind(
            at=self.at_of(blind.from_t),
            until=self.at_of(blind.to_t),
            door=self.pipeline.doorway.door,
            reason=blind.reason,
        )

    def _record(self, written: Written) -> None:
        """On the writer's thread: the frames' rows and their entry, in one transaction."""
        now = self.clock()
        frames = tuple((frame.at, frame.sha256) for frame in written.frames)
        entry = kinds.Evidence(
            at=written.arrival.at, arrival=written.arrival.id, frames=frames, dropped=written.dropped, why=written.why
        )
        with self.site.write_session() as session:
            add_frames(session, written.frames, written_at=now)
            append(session, [entry], at=now, by=self._by)

    def _consented(self, arrival: Arrival) -> str | None:
        """Whose face the frames of an arrival may show: a known person's whose consent is live at this moment."""
        person = arrival.identity.person
        if arrival.identity.status != "known" or person is None:
            return None
        with suppress(ModelsError), self.site.read_session() as session:
            return person if has_consent(session, person) else None
        return None

    def _role(self, person: str) -> Role | None:
        with suppress(PeopleError), self.site.read_session() as session:
            return person_summary(session, person).role
        return None

    def _on_record(self, arrival: str) -> bool:
        with self.site.read_session() as session:
            return any(entry.kind == "arrival" for entry in entries_about(session, arrival))

    def _sweep(self) -> None:
        """A stop at a bad moment may have left frames that no entry tells of: they go, and that is put on record."""
        now = self.clock()
        with self.site.write_session() as session:
            found = sweep(session, self.site.frames, before=now)
            if found.files or found.missing:
                missing = tuple(frame.sha256 for frame in found.missing)
                entry = kinds.Orphans(at=now, files=found.files, missing=missing)
                append(session, [entry], at=now, by=f"door:{self.pipeline.doorway.door}")
