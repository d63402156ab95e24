"""What running doors say of themselves, and whether what a door sees can be relied on at this moment.

A door writes its state every few seconds. One that was killed cannot: its last word grows old, and that is what tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from sqlalchemy import select

from models.desk.records import DoorState
from models.ledger.checkpoint import Checkpoint
from models.ledger.read import entry
from models.ledger.records import LedgerRow
from models.session import ReadSession, WriteSession

SAYS_EVERY_S = 5.0
"""How often a running door writes its state."""

SILENT = timedelta(seconds=20)
"""A door, or a camera, that said nothing for so long is not watching."""

SET_BACK_LATELY = timedelta(days=1)
LEAST_FREE_BYTES = 1_000_000_000

UNSEALED = timedelta(minutes=25)
"""A door seals the head every ten minutes, after a quiet stretch every twenty."""

Blindness = Literal["stream cut", "lens covered", "stopped"]
Code = Literal[
    "door_unseen", "door_silent", "door_stopped", "camera_silent", "stream_cut", "lens_covered", "entries_waiting",
    "clock_unsynchronised", "clock_unknown", "clock_set_back", "disk_low", "head_unsealed",
]  # fmt: skip

BLIND: dict[Blindness, Code] = {
    "stream cut": "stream_cut",
    "lens covered": "lens_covered",
    "stopped": "door_stopped",
}


@dataclass(frozen=True, kw_only=True)
class DoorStanding:
    """What door ``door`` said of itself at ``at`` (aware): the capture instant of its newest frame (``frame_at``, None
    before the first), ``fps`` frames it takes in a second, why it sees nothing (``blind``), and how many entries the
    record has refused so far (``waiting``)."""

    door: str
    at: datetime
    frame_at: datetime | None
    fps: float
    blind: Blindness | None
    waiting: int


@dataclass(frozen=True, kw_only=True)
class ClockHealth:
    """Whether this machine's clock is kept to true time; None where the machine does not tell."""

    synchronised: bool | None


@dataclass(frozen=True, kw_only=True)
class DiskHealth:
    """Room where the site lies, bytes."""

    free_bytes: int


@dataclass(frozen=True, kw_only=True)
class HeadHealth:
    """The end of the ledger: when its first entry beyond the last checkpoint was written (``unsealed_since``, None:
    there is none), and when the clock was last found to be set back (``set_back_at``)."""

    unsealed_since: datetime | None
    set_back_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a door is not to be relied on: a ``code`` for programs, ``since`` when (aware) where that is known, ``count``
    of entries or megabytes."""

    code: Code
    since: datetime | None = None
    count: int | None = None


@dataclass(frozen=True, kw_only=True)
class Trust:
    """Whether a door can be relied on now: with no ``reasons`` against it. ``door`` None: the site never had one."""

    door: str | None
    reasons: tuple[Reason, ...]

    @property
    def trusted(self) -> bool:
        """Nothing speaks against it."""
        return not self.reasons


def put_door_state(session: WriteSession, standing: DoorStanding) -> None:
    """Write what a door says of itself in place of what it said before."""
    row = session.get(DoorState, standing.door)
    if row is None:
        session.add(DoorState(**vars(standing)))
        return
    for name, value in vars(standing).items():
        setattr(row, name, value)


def door_states(session: ReadSession) -> list[DoorStanding]:
    """The last word of every door that ever ran on this site, by name."""
    return [
        DoorStanding(
            door=row.door,
            at=row.at,
            frame_at=row.frame_at,
            fps=row.fps,
            blind=cast("Blindness | None", row.blind),
            waiting=row.waiting,
        )
        for row in session.scalars(select(DoorState).order_by(DoorState.door))
    ]


def head_health(session: ReadSession, sealed: Checkpoint | None) -> HeadHealth:
    """How the end of the ledger stands to ``sealed``, the site's last checkpoint (None: there is none)."""
    unsealed = entry(session, sealed.count + 1 if sealed else 1)
    jumps = select(LedgerRow.at).where(LedgerRow.kind == "clock_jump").order_by(LedgerRow.seq.desc()).limit(1)
    return HeadHealth(unsealed_since=unsealed.at if unsealed else None, set_back_at=session.scalars(jumps).first())


def trust(
    states: Sequence[DoorStanding], *, now: datetime, clock: ClockHealth, disk: DiskHealth, head: HeadHealth
) -> list[Trust]:
    """Whether each door can be relied on at ``now`` (aware), and why not; for a site without doors one answer that says
    so. What concerns the machine counts against each of its doors.

    >>> now = datetime.fromisoformat("2026-03-01T02:00:00+00:00")
    >>> said = DoorStanding(door="main", at=now, frame_at=now, fps=14.8, blind=None, waiting=0)
    >>> well = {"clock": ClockHealth(synchronised=True), "disk": DiskHealth(free_bytes=10**11),
    ...     "head": HeadHealth(unsealed_since=None, set_back_at=None)}
    >>> trust([said], now=now, **well)[0].trusted
    True
    >>> [reason.code for reason in trust([said], now=now + timedelta(minutes=1), **well)[0].reasons]
    ['door_silent']
    """
    machine = (*_of_the_clock(clock, head, now), *_of_the_record(disk, head, now))
    if not states:
        return [Trust(door=None, reasons=(Reason(code="door_unseen"), *machine))]
    return [Trust(door=state.door, reasons=(*_of_the_door(state, now), *machine)) for state in states]


def _of_the_door(state: DoorStanding, now: datetime) -> Iterator[Reason]:
    if state.blind == "stopped":
        yield Reason(code="door_stopped", since=state.at)
    elif abs(now - state.at) > SILENT:  # a word from the future is as old: the clock was set back since
        yield Reason(code="door_silent", since=state.at)
    elif state.blind is not None:
        yield Reason(code=BLIND[state.blind], since=state.frame_at)
    elif state.frame_at is None or abs(now - state.frame_at) > SILENT:
        yield Reason(code="camera_silent", since=state.frame_at)
    if state.waiting:
        yield Reason(code="entries_waiting", count=state.waiting)


def _of_the_clock(clock: ClockHealth, head: HeadHealth, now: datetime) -> Iterator[Reason]:
    if clock.synchronised is None:
        yield Reason(code="clock_unknown")
    elif not clock.synchronised:
        yield Reason(code="clock_unsynchronised")
    if head.set_back_at is not None and abs(now - head.set_back_at) < SET_BACK_LATELY:
        yield Reason(code="clock_set_back", since=head.set_back_at)


def _of_the_record(disk: DiskHealth, head: HeadHealth, now: datetime) -> Iterator[Reason]:
    if disk.free_bytes < LEAST_FREE_BYTES:
        yield Reason(code="disk_low", count=disk.free_bytes // 1_000_000)
    if head.unsealed_since is not None and abs(now - head.unsealed_since) > UNSEALED:
        yield Reason(code="head_unsealed", since=head.unsealed_since)
