"""The door follows the desk: a consent given for an arrival releases its waiting pictures, a refusal drops them.

    follower's thread   ledger ─► Answers ────────┐               ┌─► template ─► record (`enrolment`)
    door's thread       ─── frame ─── frame ─► act: gate.release, gate.refuse ─── frame ───

The gate is the door's own: only `act` touches it, which the door calls between two frames, and `kiosk.expiry` while
none comes. Pictures and templates are in memory only, until a template is stored sealed under its person's key.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from kiosk.identity import ConsentGate
from kiosk.record.pen import Pen
from models.base import ModelsError
from models.desk.released import Answers, answers, missed
from models.ledger.read import entries_of_kind, head
from models.people import EnrolmentPhoto, PeopleError, add_templates
from models.site import Site

log = logging.getLogger(__name__)

EVERY_S = 0.5
"""How often the ledger is asked for news of the desk: one look at an index."""

ASKS = ("bind", "consent")
NEWS = (*ASKS, "refusal", "withdrawal", "erasure", "retraction")


@dataclass(frozen=True, kw_only=True, eq=False)
class _Made:
    """A template on its way to the record."""

    arrival: str
    person: str
    photo: EnrolmentPhoto


class DeskFollower:
    """Follows the desk of ``site`` for one door. `act` is called by whoever owns ``gate`` at that moment; everything
    else happens in a thread of its own, so that a slow database never holds up the door. ``pack`` is that of the door's
    engine, ``clock`` gives now (aware). Raises ``ModelsError`` when the record cannot be read at its start. Close it.
    """

    def __init__(self, site: Site, gate: ConsentGate, *, door: str, pack: str, clock: Callable[[], datetime]) -> None:
        self._site, self._gate, self._door, self._pack, self._clock = site, gate, door, pack, clock
        self._pen = Pen(site)
        self._answers: deque[Answers] = deque(maxlen=1)
        self._waiting: tuple[str, ...] = ()
        self._answered: tuple[str, ...] = ()
        self._made: deque[_Made] = deque()
        with site.read_session() as session:
            self._seen = last.seq if (last := head(session)) else 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="desk follower", daemon=True)
        self._thread.start()

    def act(self) -> None:
        """Do with the waiting pictures what the desk has answered; takes the making of a template, when one is due."""
        answered = self._answers.pop() if self._answers else Answers()
        for arrival in self._gate.waiting:
            if arrival in answered.drop:
                self._gate.refuse(arrival)
            elif person := answered.release.get(arrival):
                self._made.append(_Made(arrival=arrival, person=person, photo=self._gate.release(arrival)))
        self._waiting = tuple(self._gate.waiting)

    def close(self) -> None:
        """Store what was released; what waits still goes with the gate."""
        self._ended.set()
        self._thread.join()
        self._pen.close()

    def _run(self) -> None:
        told = None
        while True:
            ended = self._ended.wait(EVERY_S)
            try:
                if not ended:
                    self._follow()
                self._store()
                told = None
            except ModelsError as error:
                if told != str(error):
                    log.warning("the desk cannot be followed: %s", error)
                told = str(error)
            if ended:
                return

    def _follow(self) -> None:
        waiting = self._waiting
        with self._site.read_session() as session:
            news = list(entries_of_kind(session, *NEWS, after=self._seen))
            if news or waiting != self._answered:
                self._answers.append(answers(session, waiting, self._pack))
            gone = {
                arrival
                for entry in news
                if entry.kind in ASKS
                for arrival in missed(session, entry, door=self._door, waiting=waiting, pack=self._pack)
            }
        self._answered = waiting
        self._seen = news[-1].seq if news else self._seen
        for arrival in sorted(gone):
            log.warning("arrival %s: consent was given, but no picture waits for it any more: take a photo", arrival)

    def _store(self) -> None:
        """Put the templates that were made on record; what the database refuses stays for the next time."""
        while self._made:
            made = self._made[0]
            try:
                self._pen(partial(self._enrol, made))
            except PeopleError as error:
                log.warning("arrival %s: no template was stored: %s", made.arrival, error)
            self._made.popleft()

    def _enrol(self, made: _Made, site: Site) -> None:
        with site.write_session() as session:
            if answers(session, [made.arrival], self._pack).release.get(made.arrival) != made.person:
                raise PeopleError("who it was or the consent was taken back meanwhile, or there is one already")
            add_templates(session, made.person, [made.photo], at=self._clock(), by=f"door:{self._door}")
