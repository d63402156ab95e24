"""The door against a named peer: frames per second on the same file in the same run, who was recognised, and memory.

The peer looks at every whole frame, finds every face in it and makes a template of each, as programs on top of a face
library do. Both sides decode the same file in the same process, turn about, and may use every core.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count, islice
from pathlib import Path
from statistics import median
from time import perf_counter

import psutil

from api.door import People, happenings, open_pipeline
from kiosk.doorway import Doorway
from kiosk.evaluate import Scene
from kiosk.pipeline import Arrival, DoorPipeline
from kiosk.source import open_source
from kiosk.types import Blind, Frame
from recognition.engine import pack_thresholds
from recognition.engines.insightface_engine import Faces, InsightfaceEngine, face_analysis
from recognition.gallery import Gallery, fuse
from recognition.matcher import match_together
from recognition.types import FaceEngine, Image, Template

WholeFrame = Callable[[Image], Faces]
"""Every face of an (H, W, 3) BGR picture with its template."""

OnFrames = Callable[[int], None]
"""Told how many more frames are done, for a progress bar."""

WARM_FRAMES = 25
FULL_SIZE_FRAMES = 100
"""At the camera's own size only so many frames are looked at: it is slow, and its pace hardly changes."""

WARM_MEMORY_FRAMES = 2000
MEMORY_EVERY = 100
PAUSE_S = 4.0
"""Between two showings of the same scene, so that its people have left before they come again."""

LEAST_FRAMES = 3
"""The peer names somebody whom it recognised in this many frames, and again in their fused template."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side's speed: median ``fps`` of its ``runs``; ``threads`` says what it may use inside one call."""

    name: str
    threads: str
    fps: float
    runs: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Named:
    """Whom the door and the peer recognised in a scene, sorted; a scene whose runs differ is there several times."""

    scene: str
    door: tuple[str, ...]
    peer: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Resident memory of the process (MB) while one pipeline takes ``frames`` frames: after ``warm_frames``, at the
    end, and the most it grew in between."""

    frames: int
    warm_frames: int
    warm_mb: float
    end_mb: float
    growth_mb: float


@dataclass(frozen=True, kw_only=True)
class DoorBench:
    """Everything `menjian bench door` prints. ``times_faster`` is the door's speed over the peer's."""

    engine: str
    cores: int
    width: int
    height: int
    frames: int
    door: Side
    peer: Side
    full_size: Side
    times_faster: float
    named: tuple[Named, ...]
    same_people: bool
    memory: Memory | None


@dataclass(frozen=True, kw_only=True)
class _Pass:
    frames: int
    seconds: float
    people: tuple[tuple[str, ...], ...]


def bench_door(
    scenes: Sequence[Scene],
    engine: FaceEngine,
    gallery: Gallery,
    *,
    runs: int = 3,
    memory_frames: int = 0,
    on_frames: OnFrames = lambda _: None,
) -> DoorBench:
    """``runs`` alternating runs over all scenes, then the peer at full size once; ``memory_frames`` through one
    pipeline beforehand, 0 for none."""
    # first of all, as a peak of the peer would hide growth
    memory = door_memory(scenes[0], engine, gallery, memory_frames, on_frames) if memory_frames else None
    peer, name, threads = _peer(engine)
    _door(scenes[:1], engine, gallery, lambda _: None, limit=WARM_FRAMES)
    _whole(scenes[:1], peer, gallery, lambda _: None, limit=WARM_FRAMES)
    doors: list[_Pass] = []
    peers: list[_Pass] = []
    for _ in range(runs):
        doors.append(_door(scenes, engine, gallery, on_frames))
        peers.append(_whole(scenes, peer, gallery, on_frames))
    full = _whole(scenes[:1], _detect_and_embed(engine), gallery, on_frames, limit=FULL_SIZE_FRAMES)
    named = _named(scenes, doors, peers)
    camera = scenes[0].doorway.camera
    door_side = _side("door", f"{_threads_of(engine)}, decoding beside", doors)
    peer_side = _side(name, threads, peers)
    return DoorBench(
        engine=engine.pack,
        cores=_cores(),
        width=camera.width,
        height=camera.height,
        frames=doors[0].frames,
        door=door_side,
        peer=peer_side,
        full_size=_side("detect and embed, full size", _threads_of(engine), [full]),
        times_faster=door_side.fps / peer_side.fps,
        named=named,
        same_people=all(one.door == one.peer for one in named),
        memory=memory,
    )


def _named(scenes: Sequence[Scene], doors: Sequence[_Pass], peers: Sequence[_Pass]) -> tuple[Named, ...]:
    named = (
        Named(scene=scene.video.name, door=by_door, peer=by_peer)
        for run, other in zip(doors, peers, strict=True)
        for scene, by_door, by_peer in zip(scenes, run.people, other.people, strict=True)
    )
    return tuple(dict.fromkeys(named))


def door_memory(scene: Scene, engine: FaceEngine, gallery: Gallery, frames: int, on_frames: OnFrames) -> Memory:
    """Show ``scene`` to one pipeline over and over, ``frames`` frames in all, and watch the process grow."""
    pipeline = _pipeline(scene.doorway, engine, gallery)
    process, warm_frames = psutil.Process(), min(WARM_MEMORY_FRAMES, frames // 2)
    warm_mb = most_mb = 0.0
    for number, item in enumerate(islice(over_and_over(scene.video), frames), start=1):
        pipeline.process(item)
        on_frames(1)
        if number == warm_frames:
            warm_mb = most_mb = _resident_mb(process)
        elif number > warm_frames and number % MEMORY_EVERY == 0:
            most_mb = max(most_mb, _resident_mb(process))
    end_mb = _resident_mb(process)
    return Memory(
        frames=frames,
        warm_frames=warm_frames,
        warm_mb=warm_mb,
        end_mb=end_mb,
        growth_mb=max(most_mb, end_mb) - warm_mb,
    )


def over_and_over(video: Path) -> Iterator[Frame]:
    """The frames of a video without end, ``t`` and ``at`` going on from one showing to the next."""
    offset_s = 0.0
    for _ in count():
        last_s = 0.0
        with open_source(str(video)) as source:
            for item in source:
                if isinstance(item, Frame):
                    last_s = item.t
                    yield replace(item, t=item.t + offset_s, at=item.at + timedelta(seconds=offset_s))
        offset_s += last_s + PAUSE_S


def _door(
    scenes: Sequence[Scene], engine: FaceEngine, gallery: Gallery, on_frames: OnFrames, limit: int | None = None
) -> _Pass:
    frames, seconds, people = 0, 0.0, []
    for scene in scenes:
        began = perf_counter()
        with open_source(str(scene.video)) as source:
            counted = _Counted(islice(source, limit), on_frames)
            happened = list(happenings(_pipeline(scene.doorway, engine, gallery), counted))
        seconds += perf_counter() - began
        frames += counted.frames
        people.append(
            {
                what.identity.person or ""
                for what in happened
                if isinstance(what, Arrival) and what.crossing.direction == "in" and what.identity.status == "known"
            }
        )
    return _Pass(frames=frames, seconds=seconds, people=tuple(tuple(sorted(names)) for names in people))


def _whole(
    scenes: Sequence[Scene],
    look: WholeFrame,
    gallery: Gallery,
    on_frames: OnFrames,
    limit: int | None = None,
) -> _Pass:
    frames, seconds, people = 0, 0.0, []
    for scene in scenes:
        seen: list[Faces] = []
        began = perf_counter()
        with open_source(str(scene.video)) as source:
            for item in islice(source, limit):
                if isinstance(item, Frame):
                    seen.append(look(item.image))
                    on_frames(1)
        seconds += perf_counter() - began
        frames += len(seen)
        people.append(named_in(seen, gallery))
    return _Pass(frames=frames, seconds=seconds, people=tuple(people))


class _Counted:
    """Items of a source, counting its frames as they pass."""

    def __init__(self, items: Iterable[Frame | Blind], on_frames: OnFrames) -> None:
        self._items, self._on_frames, self.frames = items, on_frames, 0

    def __iter__(self) -> Iterator[Frame | Blind]:
        for item in self._items:
            yield item
            if isinstance(item, Frame):
                self.frames += 1
                self._on_frames(1)


def named_in(seen: Sequence[Faces], gallery: Gallery) -> tuple[str, ...]:
    """Whom the faces of every frame are: matched frame by frame, one to one, their templates fused per person and
    matched again; sorted."""
    thresholds = pack_thresholds(gallery.pack, people=len(gallery))
    looks: dict[str, list[Template]] = defaultdict(list)
    for faces in seen:
        templates = [template for _, template in faces]
        for template, match in zip(templates, match_together(gallery, templates, thresholds), strict=True):
            if match.status == "known" and match.person:
                looks[match.person].append(template)
    fused = [fuse(templates) for templates in looks.values() if len(templates) >= LEAST_FRAMES]
    again = match_together(gallery, fused, thresholds) if fused else []
    return tuple(sorted(match.person for match in again if match.status == "known" and match.person))


def _pipeline(doorway: Doorway, engine: FaceEngine, gallery: Gallery) -> DoorPipeline:
    return open_pipeline(doorway, engine, People(pack=engine.pack, fixed=gallery), mode="match_consented")


def _peer(engine: FaceEngine) -> tuple[WholeFrame, str, str]:
    """The peer with its name and threads: InsightFace's own program where the engine is InsightFace, otherwise the
    same engine on every whole frame."""
    if isinstance(engine, InsightfaceEngine):
        return face_analysis(engine), "insightface.app.FaceAnalysis.get, 640 x 640", f"ONNX Runtime {_cores()}"
    return _detect_and_embed(engine), "detect and embed on every whole frame", _threads_of(engine)


def _detect_and_embed(engine: FaceEngine) -> WholeFrame:
    def look(picture: Image) -> Faces:
        found = engine.detect(picture)
        return list(zip(found, engine.embed(picture, found), strict=True))

    return look


def _threads_of(engine: FaceEngine) -> str:
    return f"ONNX Runtime {engine.threads}" if isinstance(engine, InsightfaceEngine) else "the engine's own"


def _side(name: str, threads: str, passes: Sequence[_Pass]) -> Side:
    runs = tuple(one.frames / one.seconds for one in passes)
    return Side(name=name, threads=threads, fps=median(runs), runs=runs)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _resident_mb(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 1e6
