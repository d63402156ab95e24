"""The crossings of a dispute on time axes, one a visit, as numbers for a drawing.

label of who    |------●------|          ● the instant, the line two standard deviations to both sides
label of who          |---●---|   ▒▒▒▒   ▒ the door was not seen
                10:00:01.0     10:00:02.0
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import cast

from models.bundle.extent import NEAR, bindings_in, who_crossed
from models.bundle.layout import instant_of, said
from models.ledger.entry import LedgerEntry

LEFT_PX, WIDTH_PX, ROW_PX, HEAD_PX = 330, 960, 42, 20
TICKS = 6
STEPS = tuple(timedelta(seconds=seconds) for seconds in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600, 1800, 3600))
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
SAME = timedelta(milliseconds=1)
"""So far apart what a visit says and what the door saw are the same but for rounding."""

SIGMAS = 2.0
"""How far an interval reaches: with normal errors the instant lies inside in 95 of 100 cases."""


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """``who`` (a person or claimant; None: unknown) crossed the sill ``at``, with standard deviation ``sigma_s``, as
    the entries ``seqs`` say; ``seen``: the door's own."""

    seqs: tuple[int, ...]
    who: str | None
    at: datetime
    sigma_s: float
    seen: bool = False
    out: bool = False

    @property
    def reach(self) -> timedelta:
        """Half the interval."""
        return timedelta(seconds=SIGMAS * self.sigma_s)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One crossing drawn: its interval from ``left`` to ``right`` with the instant at ``x``, all at ``y``, px."""

    crossing: Crossing
    y: int
    left: float
    x: float
    right: float


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One visit drawn: rows, when the door was not seen (left, width, entry) and ticks (x, text); px."""

    height: int
    rows: tuple[Row, ...]
    unseen: tuple[tuple[float, float, int], ...]
    ticks: tuple[tuple[float, str], ...]


def crossings_of(entries: Sequence[LedgerEntry]) -> list[Crossing]:
    """What the entries say about who crossed the sill when, earliest first: the door's own (`arrival`), with the entry
    (`bind`) by which somebody was found to be who crossed; and those recorded with a visit (`arrive`)."""
    found: list[Crossing] = []
    bindings = bindings_in(entries)
    for one in entries:
        payload, at = said(one), instant_of(one)
        if one.kind == "arrival":
            bound = bindings.get(str(payload["arrival"]))
            found.append(
                Crossing(
                    seqs=(one.seq, bound.seq) if bound else (one.seq,),
                    who=who_crossed(one, bindings),
                    at=at,
                    sigma_s=float(str(payload["sigma_s"])),
                    seen=True,
                    out=payload["direction"] == "out",
                )
            )
        elif one.kind == "arrive":
            door = cast("Mapping[str, tuple[float, float]]", payload.get("door", {}))
            found += [
                Crossing(seqs=(one.seq,), who=who, at=at + timedelta(seconds=after), sigma_s=sigma)
                for who, (after, sigma) in door.items()
            ]
    return sorted(found, key=lambda crossing: crossing.at)


def axes_of(entries: Sequence[LedgerEntry], written: Callable[[datetime], str]) -> list[Axis]:
    """One axis for each visit, the newest first; ``written``: how an instant is written at a tick."""
    visits: list[list[Crossing]] = []
    for crossing in crossings_of(entries):
        if not visits or crossing.at - visits[-1][-1].at > NEAR:
            visits.append([])
        visits[-1].append(crossing)
    unseen = [one for one in entries if one.kind in ("blind", "lost")]
    return [_axis(_told_once(visit), unseen, written) for visit in reversed(visits)]


def _told_once(visit: Sequence[Crossing]) -> list[Crossing]:
    """Where a visit was recorded with what the door saw, one crossing with the entries of both."""
    told = [one for one in visit if one.seen]
    for one in visit:
        if one.seen:
            continue
        same = next((i for i, own in enumerate(told) if own.who == one.who and abs(own.at - one.at) <= SAME), None)
        if same is None:
            told.append(one)
        else:
            told[same] = replace(told[same], seqs=told[same].seqs + one.seqs)
    return sorted(told, key=lambda crossing: crossing.at)


def _axis(visit: Sequence[Crossing], unseen: Iterable[LedgerEntry], written: Callable[[datetime], str]) -> Axis:
    start = min(one.at - one.reach for one in visit)
    span = max(max(one.at + one.reach for one in visit) - start, timedelta(seconds=1))
    start, span = start - span / 10, span * 1.2

    def x(at: datetime) -> float:
        share = min(max((at - start) / span, 0.0), 1.0)
        return round(LEFT_PX + share * (WIDTH_PX - LEFT_PX), 1)

    rows = tuple(
        Row(
            crossing=one,
            y=HEAD_PX + ROW_PX * place,
            left=x(one.at - one.reach),
            x=x(one.at),
            right=x(one.at + one.reach),
        )
        for place, one in enumerate(visit)
    )
    gaps = [(x(instant_of(one)), x(datetime.fromisoformat(str(said(one)["until"]))), one.seq) for one in unseen]
    return Axis(
        height=HEAD_PX + ROW_PX * len(visit) + HEAD_PX,
        rows=rows,
        unseen=tuple((left, round(right - left, 1), seq) for left, right, seq in gaps if right > left),
        ticks=tuple((x(at), written(at)) for at in _ticks(start, span)),
    )


def _ticks(start: datetime, span: timedelta) -> list[datetime]:
    """Round instants inside, at most `TICKS` and more than a third of that."""
    step = next((one for one in STEPS if span / one <= TICKS), STEPS[-1])
    first = -(-(start - EPOCH) // step)
    found = [EPOCH + step * (first + place) for place in range(TICKS + 1)]
    return [at for at in found if at < start + span][:TICKS]
