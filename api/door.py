"""The door put together: a site's people and settings, an engine and a doorway make one pipeline, and what happens at
the door becomes events. Used by every command that runs the door."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from math import floor
from time import monotonic

from api.clock import Clock, utc_now
from kiosk.doorway import Doorway
from kiosk.events import ArrivalEvent, BlindEvent, Event, Identity, OrderEvent
from kiosk.expiry import expiring
from kiosk.follow import DeskFollower
from kiosk.identity import ConsentGate
from kiosk.pipeline import Arrival, DoorPipeline, Happening, Ordered
from kiosk.record import Recorder
from kiosk.source import Source, State
from kiosk.types import Blind, Frame, KioskError
from models.base import ModelsError
from models.people import ConsentMode, LiveGallery, PersonSummary, person_summary
from models.site import Site
from recognition.engine import pack_thresholds
from recognition.gallery import Gallery
from recognition.types import FaceEngine

log = logging.getLogger(__name__)

OnItem = Callable[[Frame | Blind], None]

FRESH_S = 0.5
"""How old the gallery may be: a withdrawal is followed within a second."""

STALE_S = 45.0
"""While the record cannot be read the door goes on with the people it knew, and after this long with nobody: whoever
withdraws must not be matched for longer than a minute."""


@dataclass(kw_only=True, eq=False)
class People:
    """Who may be recognised: the live consents of a site, asked for changes every `FRESH_S` by ``clock`` (seconds);
    without a site a ``fixed`` gallery, or nobody."""

    pack: str
    site: Site | None = None
    fixed: Gallery | None = None
    clock: Callable[[], float] = monotonic
    _asked_at: float = field(default=float("-inf"), init=False)
    _told_at: float = field(default=float("-inf"), init=False)
    _live: LiveGallery = field(init=False)
    _gallery: Gallery = field(init=False)

    def __post_init__(self) -> None:
        self._live = LiveGallery(self.pack)
        self._gallery = self.fixed or Gallery.build(self.pack, [])

    def gallery(self) -> Gallery:
        """The snapshot of the people with a live consent; nobody when the record could not be read for `STALE_S`.
        Raises ``ModelsError`` when it never could."""
        now = self.clock()
        if self.site is not None and now - self._asked_at > FRESH_S:
            self._asked_at = now
            try:
                with self.site.read_session() as session:
                    self._gallery, self._told_at = self._live.follow(session), now
            except ModelsError as error:
                if self._told_at == float("-inf"):
                    raise
                if now - self._told_at > STALE_S and len(self._gallery):
                    log.warning("nobody is recognised until the record can be read again: %s", error)
                    self._gallery = Gallery.build(self.pack, [])
        return self._gallery

    def summary(self, person: str) -> PersonSummary | None:
        """Name, role and distributor; None for somebody erased meanwhile."""
        if self.site is None:
            return None
        with suppress(ModelsError), self.site.read_session() as session:
            return person_summary(session, person)
        return None

    def distributor(self, person: str) -> str | None:
        """Whom an agent works for; None for everybody else."""
        found = self.summary(person)
        return found.distributor if found else None


def open_pipeline(
    doorway: Doorway, engine: FaceEngine, people: People, *, mode: ConsentMode | None = None
) -> DoorPipeline:
    """The pipeline of one door under the site's settings; ``mode`` overrides its consent mode (without a site:
    consent_first, which looks at nobody)."""
    settings = people.site.settings if people.site else None
    target = settings.target_fmr if settings else 0.001
    gate = ConsentGate(
        mode or (settings.consent_mode if settings else "consent_first"),
        engine,
        people.gallery,
        lambda gallery: pack_thresholds(engine.pack, people=len(gallery), false_identifications=target),
        wait_s=60.0 * (settings.crop_wait_minutes if settings else 10.0),
    )
    return DoorPipeline(doorway=doorway, engine=engine, gate=gate, distributor_of=people.distributor)


def open_recorder(
    site: Site, pipeline: DoorPipeline, second: FaceEngine, source: Source, *, clock: Clock = utc_now, patient: bool
) -> Recorder:
    """What puts the happenings of ``pipeline`` on the site's record while it watches ``source``; the rest as
    in `Recorder`."""
    return Recorder(
        site=site,
        pipeline=pipeline,
        second=second,
        at_of=source.at,
        is_cut=lambda: source.state is State.RECONNECTING,
        clock=clock,
        patient=patient,
    )


def open_follower(site: Site, pipeline: DoorPipeline, *, clock: Clock = utc_now) -> DeskFollower:
    """What has ``pipeline`` follow the desk of ``site``: consents given for its arrivals, and refusals."""
    return DeskFollower(site, pipeline.gate, door=pipeline.doorway.door, pack=pipeline.engine.pack, clock=clock)


def happenings(
    pipeline: DoorPipeline,
    source: Iterable[Frame | Blind],
    on_item: OnItem = lambda _: None,
    act: Callable[[], None] = lambda: None,
) -> Iterator[Happening]:
    """Everything that happens at the door while ``source`` lasts, as it becomes certain; ``act`` as in `expiring`.

    Raises KioskError when the source is given up, or KeyboardInterrupt, after what had been seen until then.
    """
    try:
        for item in expiring(pipeline.gate, source, act):
            yield from pipeline.process(item)
            on_item(item)
    except (KioskError, KeyboardInterrupt):
        yield from pipeline.finish()
        raise
    yield from pipeline.finish()


def event_of(happening: Happening, people: People) -> Event:
    """The line of the events file for one happening."""
    if isinstance(happening, Blind):
        return BlindEvent(from_t=happening.from_t, to_t=happening.to_t, reason=happening.reason)
    if isinstance(happening, Ordered):
        told = happening.order
        p = floor(told.p * 1e4) / 1e4  # never up: 0.98998 is not yet 0.99
        return OrderEvent(first=happening.first, second=happening.second, verdict=told.verdict, p=p)
    return _arrival_event(happening, people)


def _arrival_event(arrival: Arrival, people: People) -> ArrivalEvent:
    who = arrival.identity
    found = people.summary(who.person) if who.person else None
    return ArrivalEvent(
        arrival=arrival.id,
        door=arrival.door,
        direction=arrival.crossing.direction,
        t=arrival.crossing.t,
        sigma_s=arrival.crossing.sigma_s,
        at=arrival.at,
        identity=Identity(
            status=who.status,
            person=who.person,
            name=found.name if found else None,
            role=found.role if found else None,
            score=None if who.score is None else round(who.score, 4),
        ),
        party=arrival.party,
        track=arrival.track,
    )
