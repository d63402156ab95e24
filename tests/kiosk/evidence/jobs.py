"""Crossings on the wall with red squares for faces, as jobs for the writer, and a record that keeps what it is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from kiosk.evidence import Job, RingFrame, Written
from kiosk.evidence.ring import decode, encode
from kiosk.evidence.veil import Trail
from models.base import ModelsError
from models.evidence import add_frames, read_frame
from models.site import Site
from recognition.types import FloatArray
from tests.kiosk.arrivals import STARTS_AT, arrival
from tests.kiosk.marks import MarkEngine, wall

Point = tuple[int, int]
STEP_S = 0.1


def left_to_right(t: float) -> Point:
    """Somebody who walks through the upper half of the picture."""
    return (60 + round(60 * t), 60)


def below(t: float) -> Point:
    """Somebody who stands in the lower half."""
    return (250, 140)


def job(number: int, *walkers: Callable[[float], Point], seen: Sequence[int] = (), lost: int = 0) -> Job:
    """Two seconds around a crossing at 1 s of the first walker; the door saw those walkers whose place in the list is
    in ``seen``, as tracks with the arrival's number plus that place."""
    times = [n * STEP_S for n in range(21)]
    frames = [
        RingFrame(jpeg=encode(wall(*(walk(t) for walk in walkers))), t=t, at=STARTS_AT + timedelta(seconds=t))
        for t in times
    ]
    trails = tuple(Trail.of(number + i, [(t, box_around(walkers[i](t))) for t in times]) for i in seen)
    return Job(arrival=arrival(number, crossed_s=1.0, person="p"), frames=tuple(frames), lost=lost, trails=trails)


def box_around(point: Point) -> FloatArray:
    """The box of a red square's face, as the engine finds it."""
    (face,) = MarkEngine().detect(wall(point))
    return face.box_xyxy_px


@dataclass(eq=False)
class Book:
    """The record: lists frames in the site's database; refuses as often as ``refusals`` says."""

    site: Site
    refusals: int = 0
    error: ModelsError = field(default_factory=lambda: ModelsError("menjian.db: the database refused: locked"))
    told: list[Written] = field(default_factory=list)

    def __call__(self, written: Written) -> None:
        if self.refusals:
            self.refusals -= 1
            raise self.error
        with self.site.write_session() as session:
            add_frames(session, written.frames, written_at=STARTS_AT)
        self.told.append(written)

    def marks(self, written: Written) -> list[int]:
        """How many red squares can be seen in each kept frame."""
        return [len(MarkEngine().detect(decode(jpeg))) for jpeg in self.jpegs(written)]

    def jpegs(self, written: Written) -> list[bytes]:
        """The kept frames, read back."""
        with self.site.read_session() as session:
            return [
                read_frame(session, self.site.frames, arrival=frame.arrival, sha256=frame.sha256)
                for frame in written.frames
            ]
