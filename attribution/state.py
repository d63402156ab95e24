"""What a policy's rules know and change while they read a timeline: the state of one customer, and one moment in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal, Protocol

from attribution.decision import Reason, Sentence, Shares
from attribution.entries import AnyEntry, Deal, Kinship
from attribution.lazy import lazy
from attribution.periods import Period, office_day
from attribution.timeline import Timeline


class Grouping(Protocol):
    """Relations that make people one customer, save a pair whose relation has these values."""

    @property
    def kinds(self) -> Sequence[Kinship]: ...

    @property
    def pair_apart(self) -> Mapping[str, object]: ...


class Terms(Protocol):
    """What rules may ask of the policy they belong to (`attribution.policy.Policy`)."""

    @property
    def policy(self) -> str: ...

    @property
    def claims_of(self) -> str: ...

    @property
    def group(self) -> Grouping | None: ...

    @property
    def clauses(self) -> Mapping[str, Sentence]: ...

    def number(self, given: object) -> Fraction:
        """A number, or the value of the parameter of that name."""

    def period(self, given: object) -> Period:
        """``{days: N}`` or ``{months: N}``."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Somebody's claim to the customer: by ``who``, valid ``from_day`` through ``last_day`` (both inside), by which
    ``clause`` and ``entries``. ``kind`` tells claims of different strength apart (report, led, first, second ...)."""

    who: str
    kind: str
    from_day: date
    last_day: date
    clause: str
    entries: tuple[str, ...]
    person: str

    def runs(self, day: date) -> bool:
        """Whether ``day`` is inside."""
        return self.from_day <= day <= self.last_day


@dataclass(kw_only=True)
class State:
    """One customer so far. Only effects write here."""

    owner: str | None = None
    former: str | None = None
    owner_entry: AnyEntry | None = None
    claims: list[Claim] = field(default_factory=list)
    credit: Shares | None = None
    commission: Shares | None = None
    status: Literal["decided", "review"] = "decided"
    report: Literal["accepted", "rejected", "expired"] | None = None
    arrival: Literal["natural", "reported"] | None = None
    next_turn: bool | None = None
    fine: int | None = None
    closed: bool = False
    marks: dict[str, str] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)


@dataclass(kw_only=True, eq=False)  # not frozen: one is made for every entry read, and freezing doubles its price
class Moment:
    """A rule's view: the ``entry`` being read (None at the decision), everything recorded, the ``people`` (records)
    that are this customer, the state so far, and the policy. ``ask`` replays another customer on a timeline."""

    entry: AnyEntry | None
    timeline: Timeline
    people: frozenset[str]
    state: State
    policy: Terms
    ask: Callable[[Timeline, str], State]
    answers: dict[object, object] = field(default_factory=dict)
    """What was asked, roles first of all, until the state changes."""
    record: dict[object, object] = field(default_factory=dict)
    """What the record alone tells at this moment, once asked."""

    @lazy
    def past(self) -> Timeline:
        """What was recorded before this entry; everything at the decision."""
        return self.timeline if self.entry is None else self.timeline.before(self.entry)

    @lazy
    def today(self) -> Timeline:
        """What was recorded on this day before this entry."""
        return self.past.on(self.day)

    @lazy
    def day(self) -> date:
        """The office's calendar day of this entry, of the customer's deal, or of the last entry about them."""
        entry = self.entry or self.timeline.last(Deal, self.people)
        return office_day((entry or (self.timeline.about(self.people) or self.timeline.entries)[-1]).at)

    def counts_for(self, who: str) -> str:
        """The claimant for whom an act of ``who`` counts: themselves, or their distributor where the policy says so."""
        return self.timeline.distributor(who) if self.policy.claims_of == "distributor" else who
