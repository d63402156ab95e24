"""The door's happenings as entries of the site's ledger."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kiosk.evidence import Collector, EvidenceWriter, FrameRing, SecondLook, Written
from kiosk.evidence.writer import PATIENCE_S
from kiosk.pipeline import ORDERED_S, Arrival, DoorPipeline, Happening, Ordered
from kiosk.record.budget import keep_to_budget
from kiosk.record.journal import Journal, Left
from kiosk.record.owed import Owed
from kiosk.record.pen import Pen
from kiosk.record.present import present
from kiosk.record.pulse import Pulse
from kiosk.record.told import Told, blinds, lately_in, told_of
from kiosk.record.visits import Visits
from kiosk.types import Blind, Frame
from models.base import ModelsError
from models.desk.arrivals import bindings_of
from models.evidence import add_frames
from models.ledger import kinds
from models.ledger.append import append
from models.people import Role, has_consent, person_summary
from models.site import Site
from recognition.types import FaceEngine

log = logging.getLogger(__name__)

STOP_S = 30.0
"""How long a camera's door finishes its evidence when it is stopped."""


@dataclass(kw_only=True, eq=False)
class Recorder:
    """Puts one door's day on record. Owned by the door's thread; what takes time happens in threads of its own.

    ``second`` looks for faces in the evidence once more: an engine of its own, as engines are not shared between
    threads. ``at_of`` gives the instant (aware UTC) of seconds of capture time, ``is_cut`` tells whether the stream is
    lost at this moment, ``clock`` gives now. ``patient``: wait for the evidence rather than lose a frame, for a film
    that is read faster than it was taken. Close it.
    """

    site: Site
    pipeline: DoorPipeline
    second: FaceEngine
    at_of: Callable[[float], datetime]
    is_cut: Callable[[], bool]
    clock: Callable[[], datetime]
    patient: bool = False
    _near: dict[str, tuple[datetime, Told]] = field(default_factory=dict, init=False)
    _unseen: dict[str, datetime] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._by = f"door:{self.pipeline.doorway.door}"
        self._blinds = blinds(self.site)
        self._open = ExitStack()
        self._open.enter_context(present(self.site, at=self.clock(), by=self._by))
        self._pen = self._open.enter_context(closing(Pen(self.site)))
        self._visits = Visits(role_of=self._role, bound_to=self._bound)
        # a stop may have come between an arrival and its visit; it waits for who crossed with it, if this is that film
        for arrival, made in lately_in(self.site, self.pipeline.doorway.door):
            self._visits.arrived(arrival, made=made)
        self._journal = Journal(self._pen, Owed(self.site.folder), by=self._by, clock=self.clock)
        self._pulse = Pulse(
            self.site,
            self.pipeline.doorway.door,
            is_cut=self.is_cut,
            waiting=lambda: self._journal.refused,
            clock=self.clock,
        )
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
            self._pulse.see(item)
            self._collector.see(item, self.pipeline.live)
            self._journal.put(*self._visits.settled(item.at))

    def tell(self, happening: Happening) -> None:
        """Put what happened on record. What is on record already (the same film watched again) stays as it is."""
        if isinstance(happening, Arrival):
            self._arrived(happening)
        elif isinstance(happening, Ordered):
            self._ordered(happening)
        elif (blind := self._blind(happening)) not in self._blinds:
            self._journal.put(blind)

    def close(self) -> Left:
        """The source has ended: finish what waits, and say what could not be put on record."""
        self._journal.put(*self._visits.settled(None))
        self._collector.finish()
        self._writer.close(PATIENCE_S if self.patient else STOP_S)
        self._ring.close()
        self._journal.lose(self._unseen.values())  # evidence the record refused to the end
        left = self._journal.close()
        self._pulse.close()
        self._open.close()
        return left

    def _arrived(self, arrival: Arrival) -> None:
        told = told_of(self.site, arrival.id)
        near = arrival.at - timedelta(seconds=4 * ORDERED_S)  # the pipeline orders within half of that
        self._near = {one: known for one, known in self._near.items() if known[0] > near}
        self._near[arrival.id] = (arrival.at, told)
        if not told.arrival:
            entry = _entry(arrival)
            self._journal.put(entry)
            self._visits.arrived(entry)
        if not told.evidence:
            self._unseen[arrival.id] = arrival.at
            self._collector.arrived(arrival)

    def _ordered(self, told: Ordered) -> None:
        (one_at, one), (other_at, _) = self._near[told.first], self._near[told.second]
        if told.second in one.ordered:
            return
        p = int(told.order.p * 1e6) / 1e6  # never up: 0.9899999 is not yet 0.99
        verdict, at = told.order.verdict, max(one_at, other_at)
        self._journal.put(kinds.Order(at=at, first=told.first, second=told.second, verdict=verdict, p=p))

    def _blind(self, blind: Blind) -> kinds.Blind:
        return kinds.Blind(
            at=self.at_of(blind.from_t),
            until=self.at_of(blind.to_t),
            door=self.pipeline.doorway.door,
            reason=blind.reason,
        )

    def _record(self, written: Written) -> None:
        """On the writer's thread: the frames' rows and their entry, in one transaction; older ones make room."""
        now = self.clock()
        frames = tuple((frame.at, frame.sha256) for frame in written.frames)
        entry = kinds.Evidence(
            at=written.arrival.at, arrival=written.arrival.id, frames=frames, dropped=written.dropped, why=written.why
        )

        def record(site: Site) -> None:
            with site.write_session() as session:
                add_frames(session, written.frames, written_at=now)
                append(session, [entry], at=now, by=self._by)

        self._pen(record)
        self._unseen.pop(entry.arrival, None)
        try:
            keep_to_budget(self._pen, self.site, at=now, by=self._by)
        except (ModelsError, OSError) as error:
            log.warning("the oldest frames could not make room: %s", error)

    def _consented(self, arrival: Arrival) -> str | None:
        """Whose face the frames of an arrival may show: a known person's whose consent is live at this moment."""
        person = arrival.identity.person
        if arrival.identity.status != "known" or person is None:
            return None
        with suppress(ModelsError), self.site.read_session() as session:
            return person if has_consent(session, person) else None
        return None

    def _bound(self, arrival: str) -> str | None:
        with suppress(ModelsError), self.site.read_session() as session:
            bound = bindings_of(session, [arrival]).get(arrival)
            return bound.person if bound else None
        return None

    def _role(self, person: str) -> Role | None:
        with suppress(ModelsError), self.site.read_session() as session:
            return person_summary(session, person).role
        return None


def _entry(arrival: Arrival) -> kinds.Arrival:
    crossing, who = arrival.crossing, arrival.identity
    return kinds.Arrival(
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
