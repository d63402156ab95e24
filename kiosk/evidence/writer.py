"""Writes evidence in the background: one thread, a bounded queue, and word of everything that was kept or lost."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from time import monotonic

import cv2
import numpy as np

from kiosk.blur import blur_faces
from kiosk.evidence.collect import Job
from kiosk.evidence.look import SecondLook
from kiosk.evidence.ring import RingFrame, decode, encode
from kiosk.evidence.veil import Box
from kiosk.pipeline import Arrival
from kiosk.types import KioskError
from models.base import ModelsError
from models.evidence import EvidenceError, StoredFrame, frame_key
from models.keys import KeyGoneError
from models.site import Site
from models.vault import Sealer
from recognition.types import RecognitionError

log = logging.getLogger(__name__)

FAILURES = (KioskError, ModelsError, RecognitionError, OSError, RuntimeError, ValueError, cv2.error)
JOBS = 4
"""Crossings that may wait, some 20 MB each at 25 frames a second; one more is lost and told."""

NICENESS = 10
"""How far the thread stands back behind the door's (nice value)."""

AGAIN_S = 2.0
"""How long after a refusal the record is asked again."""

PATIENCE_S = 300.0
"""How long a patient door waits for room."""

TOO_SLOW = "the machine was too slow"
ENDED = "the program ended first"
UNCLEAR = "where the faces are could not be found out"
REFUSED = "frames could not be written"
ERASED = "the person was erased meanwhile"


@dataclass(frozen=True, kw_only=True)
class Written:
    """What became of one crossing's evidence: the ``frames`` on the disk, how many are not there, and ``why``."""

    arrival: Arrival
    frames: tuple[StoredFrame, ...]
    dropped: int
    why: str | None


class EvidenceWriter:
    """Covers faces, seals and writes frames.

    ``consented`` says, when its frames are about to be written, which person's consent covers an arrival (None: it
    shows nobody's face). ``record`` puts the outcome on record (`models.evidence.add_frames` and the ledger's entry in
    one transaction); while it raises ModelsError it is asked again later, after KeyGoneError the frames are removed.
    Both are called on the writer's thread. ``patient``: `submit` waits for room, for a film that is read faster than
    it was taken.
    """

    def __init__(
        self,
        site: Site,
        look: SecondLook,
        *,
        consented: Callable[[Arrival], str | None],
        record: Callable[[Written], None],
        patient: bool = False,
    ) -> None:
        self._site, self._look, self._consented, self._record = site, look, consented, record
        self._patient = patient
        self._changed = threading.Condition()
        self._jobs: deque[Job] = deque()
        self._untold: deque[Written] = deque()
        self._closing = self._abandoned = False
        self._anonymous: dict[float, tuple[bytes, bytes]] = {}
        self._thread = threading.Thread(target=self._run, name="evidence writer", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Have a crossing written; never waits unless patient. When too many wait already it is lost, and told."""
        with self._changed:
            if self._patient:
                self._changed.wait_for(lambda: len(self._jobs) < JOBS, timeout=PATIENCE_S)
            if len(self._jobs) < JOBS:
                self._jobs.append(job)
            else:
                self._untold.append(_lost(job, TOO_SLOW))
            self._changed.notify_all()

    def close(self, limit_s: float = 30.0) -> int:
        """Finish what waits, within ``limit_s`` seconds, and tell the rest as lost; how many outcomes the record
        refused until the end."""
        until = monotonic() + limit_s
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(max(0.0, until - monotonic()))
        self._abandoned = True
        self._look.stop()
        self._thread.join()
        return len(self._untold)

    def _run(self) -> None:
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while (job := self._next()) is not None or not self._closing:
            if job is not None:
                self._untold.append(self._written(job))
            self._tell()
        self._tell()

    def _next(self) -> Job | None:
        """The next job; None when there is none and there is something else to do."""
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or self._closing, timeout=AGAIN_S)
            job = self._jobs.popleft() if self._jobs else None
            self._changed.notify_all()
            return job

    def _tell(self) -> None:
        """Put the outcomes on record, oldest first, until one is refused."""
        while self._untold:
            written = self._untold[0]
            try:
                self._record(written)
            except ModelsError as error:
                if not (isinstance(error, KeyGoneError) and written.frames):
                    log.warning("evidence is written but not on record yet: %s", error)
                    return
                with suppress(EvidenceError):  # nobody can read them, and the next start removes them
                    self._site.frames.remove(written.frames)
                dropped = written.dropped + len(written.frames)
                self._untold[0] = replace(written, frames=(), dropped=dropped, why=ERASED)
            else:
                self._untold.popleft()

    def _written(self, job: Job) -> Written:
        stored: list[StoredFrame] = []
        try:
            why = self._write(job, stored)
        except FAILURES as error:
            log.warning("%s: %s", job.arrival.id, error)
            why = REFUSED
        dropped = job.lost + len(job.frames) - len(stored)
        return Written(
            arrival=job.arrival, frames=tuple(stored), dropped=dropped, why=(why or TOO_SLOW) if dropped else None
        )

    def _write(self, job: Job, stored: list[StoredFrame]) -> str | None:
        """Write the frames one by one into ``stored``; why some are not there."""
        why = None
        if self._abandoned:
            return ENDED
        person, owner, sealer = self._key(job.arrival)
        crossing_t, number = job.arrival.crossing.t, job.arrival.track if person is not None else None
        known = self._look.known(job.frames, job.trails, consented=number, crossing_t=crossing_t)
        before, self._anonymous = self._anonymous, {}
        for frame in job.frames:
            if self._abandoned:
                return ENDED
            if not known.at(frame.t):
                why = UNCLEAR
                continue
            boxes = known.veil.boxes(frame.t)
            where = np.array(boxes).tobytes()
            # strangers who come together have frames in common, in which the same faces are covered
            covered, jpeg = before.get(frame.t, (None, b""))
            if covered != where:
                jpeg = _covered(frame, boxes)
            if person is None:
                self._anonymous[frame.t] = (where, jpeg)
            files, arrival = self._site.frames, job.arrival.id
            stored.append(files.write(sealer, jpeg, arrival=arrival, owner=owner, at=frame.at))
        return why

    def _key(self, arrival: Arrival) -> tuple[str | None, str, Sealer]:
        """Whose face may be seen, the owner of the frames, and the owner's key."""
        person = self._consented(arrival)
        with self._site.write_session() as session:
            try:
                return person, *frame_key(session, arrival=arrival.id, person=person, at=arrival.at)
            except KeyGoneError:
                return None, *frame_key(session, arrival=arrival.id, person=None, at=arrival.at)


def _covered(frame: RingFrame, boxes: list[Box]) -> bytes:
    """The frame with these faces covered; a frame in which there are none stays bit for bit."""
    return encode(blur_faces(decode(frame.jpeg), boxes)) if boxes else frame.jpeg


def _lost(job: Job, why: str) -> Written:
    return Written(arrival=job.arrival, frames=(), dropped=job.lost + len(job.frames), why=why)
