"""Attribution against a named peer: decisions a second beside merely reading the same entries with pydantic."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from statistics import median
from time import perf_counter

from attribution.decide import decide
from attribution.entries import ENTRY, AnyEntry, Claimant
from attribution.policy import Policy
from attribution.timeline import Timeline

START = datetime(2026, 3, 1, 2, tzinfo=UTC)
CLAIMANTS = {
    "D1": Claimant(kind="distributor"),
    "D2": Claimant(kind="distributor"),
    "A1": Claimant(kind="agent", of="D1"),
    "A2": Claimant(kind="agent", of="D2"),
    "S1": Claimant(kind="consultant"),
    "S2": Claimant(kind="consultant"),
}
DAYS: tuple[dict[str, object], ...] = (
    {"do": "report", "by": "A1", "name": "wang", "phone": "13800000001", "via": "list"},
    {"do": "arrive", "door": {"A1": (0.0, 0.03), "A2": (0.4, 0.03), "wang": (1.4, 0.03)}},
    {"do": "confirm", "by": "A1"},
    {"do": "receive", "by": "S1", "turn": "rota"},
    {"do": "follow_up", "by": "S1"},
    {"do": "interact", "kind": "call", "by": "S2"},
    {"do": "receive", "by": "S2", "turn": "rota", "absent": ["S1"], "absent_why": {"S1": "rest"}},
    {"do": "recognise", "who": "S1", "after_min": 4.0},
)


@dataclass(frozen=True, kw_only=True)
class Rate:
    """Decisions a second under one policy for timelines of ``entries``, median of several runs; ``reading`` how many
    such records a second pydantic merely reads."""

    policy: str
    entries: int
    decisions_s: float
    reading_s: float


def raw_record(entries: int, person: str = "wang") -> list[dict[str, object]]:
    """One customer's record of so many entries, six hours apart, ending in a deal, as it is stored."""
    raw = [
        {**fields, "person": person, "at": START + timedelta(hours=6 * number), "id": f"e{number}"}
        for number, fields in enumerate(islice(cycle(DAYS), entries - 1))
    ]
    at = START + timedelta(hours=6 * entries)
    return [*raw, {"do": "deal", "person": person, "closed_by": "S2", "at": at, "id": "deal"}]


def record(entries: int, person: str = "wang") -> Timeline:
    """The same as a timeline."""
    read: list[AnyEntry] = [ENTRY.validate_python(raw) for raw in raw_record(entries, person)]
    return Timeline(entries=read, claimants=CLAIMANTS)


def rate(policy: Policy, *, entries: int = 30, runs: int = 3, least_s: float = 0.2) -> Rate:
    """How many records of so many entries are decided a second, on one core."""
    timeline, raw = record(entries), raw_record(entries)
    return Rate(
        policy=policy.policy,
        entries=entries,
        decisions_s=median(_per_second(lambda: decide(timeline, policy), least_s) for _ in range(runs)),
        reading_s=median(
            _per_second(lambda: [ENTRY.validate_python(one) for one in raw], least_s) for _ in range(runs)
        ),
    )


def replay_office(policy: Policy, customers: Iterable[int], entries: int = 8) -> float:
    """Reads and decides so many customers one after the other; returns the seconds it took."""
    began = perf_counter()
    for number in customers:
        decide(record(entries, f"customer-{number}"), policy)
    return perf_counter() - began


def _per_second(work: Callable[[], object], least_s: float) -> float:
    began, done = perf_counter(), 0
    while (took := perf_counter() - began) < least_s:
        work()
        done += 1
    return done / took
