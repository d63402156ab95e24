"""`menjian run`: the door on a video file, a stream or a camera."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from api.cli.console import err, fail, out
from api.door import OnItem, People, event_of, happenings, open_follower, open_pipeline, open_recorder
from kiosk.doorway import Doorway, DoorwayError, load_doorway
from kiosk.events import ArrivalEvent, BlindEvent, Event, EventsError, EventsFile
from kiosk.pipeline import DoorPipeline
from kiosk.record import Left, Recorder
from kiosk.source import Source, open_source
from kiosk.types import Blind, Frame
from models.people import people as everybody
from models.site import Site, open_site
from recognition.engine import load_engine


class Speed(StrEnum):
    """How a file is read."""

    max = "max"
    real = "real"


def run(
    source: Annotated[str, typer.Argument(help="Video file, rtsp:// or http:// address, or a camera's index.")],
    site: Annotated[
        Path | None,
        typer.Option("--site", envvar="MENJIAN_SITE", metavar="DIR", help="Site folder; none: nobody known."),
    ] = None,
    doorway: Annotated[Path | None, typer.Option(metavar="FILE", help="Doorway file; left out: the site's.")] = None,
    events: Annotated[Path | None, typer.Option(metavar="FILE.jsonl", help="Events; a live run adds to it.")] = None,
    engine: Annotated[str | None, typer.Option(help="Face engine; left out: the site's setting, else dlib.")] = None,
    speed: Annotated[Speed, typer.Option(help="Read a file as fast as possible, or as it was filmed.")] = Speed.max,
) -> None:
    """Watch the door: arrivals with instant and identity, their order, and when the door was blind.

    [bold]Examples[/bold]

      menjian run morning.mp4 --site office --events morning.jsonl

      menjian run rtsp://camera.local/door --site office

      menjian run 0 --doorway doorway.yaml --engine insightface:buffalo_s
    """
    with ExitStack() as stack:
        opened = stack.enter_context(open_site(site)) if site else None
        door = _opened(stack, source, opened, doorway, engine, speed)
        # a door that starts again in the afternoon keeps the morning; a file watched again replaces its events
        file = EventsFile(events, add=not Path(source).is_file()) if events else None
        teller = Teller(zone=_zone(opened), file=stack.enter_context(file) if file else None)
        stack.callback(lambda: teller.summary(door.frames, door.pipeline.tracks_seen))
        stopped = stack.enter_context(_ended_by_signals(door.frames))
        if door.recorder:
            stack.callback(lambda recorder: teller.ended(recorder.close()), door.recorder)
        follower = stack.enter_context(closing(open_follower(opened, door.pipeline))) if opened else None
        act = follower.act if follower else lambda: None
        with _progress(door.frames) as seen:
            on_item = _both(seen, door.recorder.see) if door.recorder else seen
            for happening in happenings(door.pipeline, door.frames, on_item, act):
                teller.tell(event_of(happening, door.people))
                if door.recorder:
                    door.recorder.tell(happening)
    raise typer.Exit(1 if teller.lost or teller.left else 128 + stopped[0] if stopped else 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Door:
    """A door ready to be watched; without a site nothing is put on record."""

    frames: Source
    people: People
    pipeline: DoorPipeline
    recorder: Recorder | None


def _opened(
    stack: ExitStack, source: str, site: Site | None, doorway: Path | None, engine: str | None, speed: Speed
) -> Door:
    geometry = load_doorway(path := _doorway_path(doorway, site))
    named = engine or (site.settings.engine if site else None)
    chosen = load_engine(named)
    frames = stack.enter_context(open_source(source, speed=speed.value))
    _require_fit(geometry, path, frames)
    people = People(pack=chosen.pack, site=site)
    pipeline = open_pipeline(geometry, chosen, people)
    _say_whom(people)
    patient = frames.duration_s is not None and speed is Speed.max
    recorder = open_recorder(site, pipeline, load_engine(named), frames, patient=patient) if site else None
    return Door(frames=frames, people=people, pipeline=pipeline, recorder=recorder)


def _require_fit(doorway: Doorway, path: Path, frames: Source) -> None:
    """A doorway measured in pictures of another size would put everybody in the wrong place."""
    camera = doorway.camera
    if (frames.width, frames.height) != (camera.width, camera.height):
        size = f"{camera.width}x{camera.height}"
        raise DoorwayError(f"{path}: camera is {size}, the source {frames.width}x{frames.height}: calibrate again")


def _say_whom(people: People) -> None:
    """How many may be recognised: nobody, after a change of engine, until they are enrolled with it."""
    if people.site is None:
        return
    count, mode = len(people.gallery()), people.site.settings.consent_mode
    err.print(f"{count} enrolled with {people.pack}; consent mode {mode}", highlight=False)
    with people.site.read_session() as session:
        others = len(everybody(session)) - count
    if others:
        line = f"{others} people have no live consent or no template of this engine, and cannot be recognised"
        err.print(line, style="yellow", highlight=False)


def _doorway_path(given: Path | None, site: Site | None) -> Path:
    path = given or (site.doorway_path if site else None)
    if path is None:
        raise DoorwayError("no doorway file: give --doorway FILE or --site DIR; make one with 'menjian calibrate'")
    return path


@contextmanager
def _ended_by_signals(source: Source) -> Iterator[list[int]]:
    """Ctrl-C or SIGTERM ends the source, so that everything seen until then is told and put on record as at any end;
    the next one interrupts at once. Gives the signal that came, when one has."""
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def end(number: int, _frame: object) -> None:
        came.append(number)
        for each in before:
            signal.signal(each, signal.default_int_handler)
        # in a thread, as what was interrupted here may hold a lock that closing waits for
        threading.Thread(target=source.close, name="end of the source").start()

    for number in before:
        signal.signal(number, end)
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _both(one: OnItem, other: OnItem) -> OnItem:
    def on_item(item: Frame | Blind) -> None:
        one(item)
        other(item)

    return on_item


def _zone(site: Site | None) -> ZoneInfo:
    return ZoneInfo(site.settings.time_zone if site else "Asia/Shanghai")


@dataclass(kw_only=True)
class Teller:
    """Prints events as they come, and writes them down; counts those the disk had no room for (``lost``), and entries
    the record refused to the end (``left``)."""

    zone: ZoneInfo
    file: EventsFile | None
    arrivals: int = 0
    lost: int = 0
    left: int = 0
    _short: dict[str, str] = field(default_factory=dict)

    def tell(self, event: Event) -> None:
        """One event: a line on the screen, a line in the file."""
        if self.file:
            try:
                self.file.write(event)
            except EventsError as error:
                # the door goes on; what could not be written is counted and said at the end
                if not self.lost:
                    fail(str(error))
                self.lost += 1
        out.print(self._line(event), highlight=False, markup=False)

    def summary(self, source: Source, tracks: int) -> None:
        """What it came to."""
        counted = source.counters
        out.print(f"{self.arrivals} arrivals, {tracks} tracks, {counted.read} frames", highlight=False)
        if counted.dropped or counted.decode_errors:
            line = f"{counted.dropped} frames dropped, {counted.decode_errors} not decodable"
            err.print(line, style="yellow", highlight=False)
        if self.lost:
            fail(f"{self.lost} events could not be written to the events file")

    def ended(self, left: Left) -> None:
        """What the record refused to the end."""
        self.left = left.entries
        if left.entries:
            fail(f"{left.entries} entries could not be put on record: {left.why}")

    def _line(self, event: Event) -> str:
        if isinstance(event, BlindEvent):
            return f"      blind  {event.from_t:.3f} s to {event.to_t:.3f} s: {event.reason}"
        if isinstance(event, ArrivalEvent):
            self.arrivals += event.direction == "in"
            self._short[event.arrival] = f"#{event.track}"
            who = event.identity
            named = " ".join(filter(None, (who.status, who.role, who.name)))
            clock = f"{event.at.astimezone(self.zone):%H:%M:%S.%f}"[:-3]
            instant = f"{event.t:8.3f} s ±{1.96 * event.sigma_s:.3f}"
            return f"{event.direction:>4}  #{event.track:<3} {clock}  {instant}  {named}"
        first, second = (self._short.get(name, name) for name in (event.first, event.second))
        sign = "before" if event.verdict == "before" else "simultaneous with"
        return f"      {first} {sign} {second}  (P(order) = {event.p:.4f})"


@contextmanager
def _progress(source: Source) -> Iterator[Seen]:
    """A bar for files on a terminal; a live source has no end to measure against."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
    )
    hidden = source.duration_s is None or not err.is_terminal
    with Progress(*columns, console=err, transient=True, disable=hidden) as progress:
        yield Seen(progress=progress, task=progress.add_task("watching", total=source.duration_s))


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Moves the bar to the capture time of each frame."""

    progress: Progress
    task: TaskID

    def __call__(self, item: Frame | Blind) -> None:
        """Take the next item of the source."""
        if isinstance(item, Frame):
            self.progress.update(self.task, completed=item.t)
