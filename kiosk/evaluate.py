"""The door measured on scenes with truth: crossing instants, their stated intervals, order, identities.

Two figures matter. The *crossing error* is estimate less truth. The *gap error* is the error of the time between two
people, on which order rests; what both have in common (a camera pitched half a degree lower than written) cancels.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from scipy.optimize import linear_sum_assignment

from attribution.order import Instant, order
from kiosk.crossing import Crossing, find_crossing, walk_of
from kiosk.doorway import Doorway, load_doorway
from kiosk.pipeline import Arrival, DoorPipeline, Happening
from kiosk.source import open_source
from kiosk.types import KioskError

Array = NDArray[np.float64]

SAME_EVENT_S = 1.0
"""An arrival further than this from every true crossing is an invented one."""

GAP_S = 5.0
"""Pairs that crossed further apart than this are not counted: nobody disputes them."""

CLEARLY_APART_S = 0.5
Z95 = 1.959964


class TruthError(KioskError):
    """A scene folder or truth file that cannot be used."""


class Person(BaseModel):
    """Somebody who truly crossed: ``who``, and when (seconds on the video's axis)."""

    model_config = ConfigDict(extra="allow", frozen=True)
    who: str = Field(min_length=1)
    crossed_s: float


class Truth(BaseModel):
    """The truth beside a scene."""

    model_config = ConfigDict(extra="allow", frozen=True)
    people: tuple[Person, ...]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One video with its doorway and truth."""

    video: Path
    doorway: Doorway
    truth: Truth


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairing:
    """One scene's arrivals set against its truth."""

    scene: Scene
    hits: tuple[tuple[Arrival, Person], ...]
    missed: int
    invented: int


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Errors of one method, seconds; ``coverage`` the part of truths inside the stated 95 % interval."""

    method: str
    crossings: int
    bias_s: float
    mae_s: float
    p95_s: float
    coverage: float
    mean_sigma_s: float
    pairs: int
    gap_mae_s: float
    gap_p95_s: float


@dataclass(frozen=True, kw_only=True)
class Orders:
    """Verdicts about pairs: ``before`` right and wrong, ``simultaneous``; ``apart`` those at least half a second
    apart, of which ``apart_right`` were called before, and rightly."""

    before_right: int
    before_wrong: int
    simultaneous: int
    apart: int
    apart_right: int


@dataclass(frozen=True, kw_only=True)
class Identities:
    """Arrivals of enrolled people by what was said of them."""

    right: int
    wrong: int
    uncertain: int
    unknown: int


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything `menjian evaluate door` prints."""

    scenes: int
    people: int
    missed: int
    invented: int
    timings: tuple[Timing, ...]
    orders: Orders
    identities: Identities


def scenes_in(folder: Path) -> list[Scene]:
    """The scenes of a folder. Raises TruthError naming the file and key when truth or doorway is missing or wrong."""
    videos = sorted(folder.glob("scene-*.mp4"))
    if not videos:
        raise TruthError(f"{folder}: no scene-*.mp4 here; make some with 'menjian simulate'")
    return [Scene(video=video, doorway=_doorway_of(video), truth=_truth_of(video)) for video in videos]


def _doorway_of(video: Path) -> Doorway:
    own = (
        video.with_name(f"{video.stem}.doorway.yaml"),
        *(video.parent / f"doorway.{kind}" for kind in ("yaml", "json")),
    )
    return load_doorway(next((path for path in own if path.exists()), own[1]))


def _truth_of(video: Path) -> Truth:
    path = video.with_suffix(".json")
    try:
        return Truth.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise TruthError(f"{path}: the truth of {video.name} is missing") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise TruthError(f"{path}: not JSON ({error})") from None
    except ValidationError as error:
        fault = error.errors()[0]
        raise TruthError(f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None


def run_scene(scene: Scene, pipeline: DoorPipeline) -> Pairing:
    """Run the door on one scene and set its inward arrivals against the truth, one to one."""
    happened: list[Happening] = []
    with open_source(str(scene.video)) as source:
        for item in source:
            happened += pipeline.process(item)
    happened += pipeline.finish()
    return against_truth(scene, [what for what in happened if isinstance(what, Arrival)])


def against_truth(scene: Scene, arrivals: Sequence[Arrival]) -> Pairing:
    """Set the inward ones of a scene's arrivals against its truth, one to one."""
    arrivals = [arrival for arrival in arrivals if arrival.crossing.direction == "in"]
    truths = scene.truth.people
    away = np.abs([[a.crossing.t - p.crossed_s for p in truths] for a in arrivals]).reshape(len(arrivals), len(truths))
    away = away + 0.2 * _misnamed(arrivals, truths)
    rows, columns = linear_sum_assignment(np.minimum(away, 10.0))
    hits = [(arrivals[i], truths[j]) for i, j in zip(rows, columns, strict=True) if away[i, j] < SAME_EVENT_S]
    return Pairing(scene=scene, hits=tuple(hits), missed=len(truths) - len(hits), invented=len(arrivals) - len(hits))


def _misnamed(arrivals: Sequence[Arrival], truths: Sequence[Person]) -> Array:
    """1 where an arrival was recognised as somebody else: of two close crossings each goes to its own truth."""
    return np.array(
        [[float(a.identity.status == "known" and a.identity.person != p.who) for p in truths] for a in arrivals]
    ).reshape(len(arrivals), len(truths))


def report(pairings: Sequence[Pairing], enrolled: frozenset[str]) -> Report:
    """Figures over all scenes; ``enrolled`` the people whose templates the gallery held."""
    methods: Mapping[str, Callable[[Arrival, Doorway], Crossing | None]] = {
        "face only": lambda arrival, doorway: _face_only(arrival, doorway),
        "with feet": lambda arrival, doorway: arrival.crossing,
    }
    return Report(
        scenes=len(pairings),
        people=sum(len(p.scene.truth.people) for p in pairings),
        missed=sum(p.missed for p in pairings),
        invented=sum(p.invented for p in pairings),
        timings=tuple(_timing(name, pairings, method) for name, method in methods.items()),
        orders=_orders(pairings),
        identities=_identities(pairings, enrolled),
    )


def _face_only(arrival: Arrival, doorway: Doorway) -> Crossing | None:
    seen = arrival.sightings
    walk = walk_of(seen, doorway, with_feet=False)
    return find_crossing(walk, doorway, seen[0].t, seen[-1].t) if walk else None


def _timing(name: str, pairings: Sequence[Pairing], method: Callable[[Arrival, Doorway], Crossing | None]) -> Timing:
    errors, sigmas, gaps = [], [], []
    for pairing in pairings:
        measured = [(method(arrival, pairing.scene.doorway), person.crossed_s) for arrival, person in pairing.hits]
        told = [(crossing, truth) for crossing, truth in measured if crossing is not None]
        errors += [crossing.t - truth for crossing, truth in told]
        sigmas += [crossing.sigma_s for crossing, _ in told]
        close = [(a, b) for a, b in combinations(told, 2) if abs(a[1] - b[1]) <= GAP_S]
        gaps += [(a.t - b.t) - (true_a - true_b) for (a, true_a), (b, true_b) in close]
    error, sigma, gap = np.array(errors), np.array(sigmas), np.abs(gaps)
    return Timing(
        method=name,
        crossings=len(error),
        bias_s=_of(error, np.mean),
        mae_s=_of(np.abs(error), np.mean),
        p95_s=_of(np.abs(error), _p95),
        coverage=_of(np.abs(error) <= Z95 * sigma, np.mean),
        mean_sigma_s=_of(sigma, np.mean),
        pairs=len(gap),
        gap_mae_s=_of(gap, np.mean),
        gap_p95_s=_of(gap, _p95),
    )


def _of(values: Array | NDArray[np.bool_], figure: Callable[[Array], object]) -> float:
    return float(np.asarray(figure(np.asarray(values, np.float64)))) if len(values) else float("nan")


def _p95(values: Array) -> object:
    return np.percentile(values, 95)


def _verdicts(pairings: Sequence[Pairing]) -> Iterator[tuple[str, bool, float]]:
    """(verdict, whether the earlier arrival was truly earlier, true gap in seconds) of every close pair."""
    for pairing in pairings:
        for (a, person_a), (b, person_b) in combinations(pairing.hits, 2):
            gap = person_b.crossed_s - person_a.crossed_s
            if abs(gap) > GAP_S:
                continue
            one, two = (Instant(t=x.crossing.t, sigma_s=x.crossing.sigma_s) for x in (a, b))
            first, second = sorted((one, two), key=lambda instant: instant.t)
            yield order(first, second).verdict, (gap > 0) == (two.t > one.t), abs(gap)


def _orders(pairings: Sequence[Pairing]) -> Orders:
    verdicts = list(_verdicts(pairings))
    apart = [(verdict, right) for verdict, right, gap in verdicts if gap >= CLEARLY_APART_S]
    return Orders(
        before_right=sum(verdict == "before" and right for verdict, right, _ in verdicts),
        before_wrong=sum(verdict == "before" and not right for verdict, right, _ in verdicts),
        simultaneous=sum(verdict == "simultaneous" for verdict, _, _ in verdicts),
        apart=len(apart),
        apart_right=sum(verdict == "before" and right for verdict, right in apart),
    )


def _identities(pairings: Sequence[Pairing], enrolled: frozenset[str]) -> Identities:
    said = [(a.identity, p.who) for pairing in pairings for a, p in pairing.hits if p.who in enrolled]
    return Identities(
        right=sum(i.status == "known" and i.person == who for i, who in said),
        wrong=sum(i.status == "known" and i.person != who for i, who in said),
        uncertain=sum(i.status == "uncertain" for i, _ in said),
        unknown=sum(i.status in ("unknown", "unconsented") for i, _ in said),
    )
