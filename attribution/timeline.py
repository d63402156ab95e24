"""Everything recorded about one office's customers, in order: immutable, with the questions rules ask of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TypeVar

from attribution.entries import AnyEntry, Claimant, Deal, Entry, Kinship, Link, Relate
from attribution.periods import Period, office_day

E = TypeVar("E", bound=Entry)

DEVELOPER = "developer"
PUBLIC = "public"


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """``entries`` oldest first (entries of one instant keep their order) and the ``claimants`` named in them."""

    entries: tuple[AnyEntry, ...]
    claimants: Mapping[str, Claimant] = field(default_factory=dict)

    @cached_property
    def humans(self) -> Mapping[str, frozenset[str]]:
        """Every record with all records that are proven to be the same human being (symmetric, transitive)."""
        group: dict[str, frozenset[str]] = {}
        for link in self.all(Link):
            if link.verified:
                both = group.get(link.person, frozenset({link.person})) | group.get(link.to, frozenset({link.to}))
                group.update(dict.fromkeys(both, both))
        return group

    def human(self, person: str) -> frozenset[str]:
        """The records of the human being behind ``person``."""
        return self.humans.get(person, frozenset({person}))

    def until(self, at: datetime) -> Timeline:
        """What was recorded up to and including ``at``."""
        return Timeline(
            entries=tuple(e for e in self.entries if e.at <= at),
            claimants=self.claimants,
        )

    def before(self, entry: Entry) -> Timeline:
        """What stands before an entry of this timeline."""
        return Timeline(entries=self.entries[: self.place(entry)], claimants=self.claimants)

    def after(self, entry: Entry) -> Timeline:
        """What stands after an entry of this timeline."""
        return Timeline(entries=self.entries[self.place(entry) + 1 :], claimants=self.claimants)

    def place(self, entry: Entry) -> int:
        """Index of an entry of this timeline."""
        return next(i for i, one in enumerate(self.entries) if one is entry)

    def all(self, kind: type[E], people: Collection[str] | None = None) -> Iterator[E]:
        """Entries of one kind, oldest first; only about these ``people`` when given."""
        for entry in self.entries:
            if isinstance(entry, kind) and (people is None or getattr(entry, "person", None) in people):
                yield entry

    def last(
        self,
        kind: type[E],
        people: Collection[str] | None = None,
        where: Callable[[E], bool] = lambda _: True,
    ) -> E | None:
        """The newest entry of a kind about these people for which ``where`` holds."""
        return next((e for e in reversed(list(self.all(kind, people))) if where(e)), None)

    def first(
        self,
        kind: type[E],
        people: Collection[str] | None = None,
        where: Callable[[E], bool] = lambda _: True,
    ) -> E | None:
        """The oldest such entry."""
        return next((e for e in self.all(kind, people) if where(e)), None)

    def within(self, kind: type[E], people: Collection[str], period: Period, end: date) -> list[E]:
        """Entries of a kind about these people in the ``period`` that ends on ``end``, that day left out."""
        start = period.first_day(end)
        return [e for e in self.all(kind, people) if start <= office_day(e.at) < end]

    def relations(self, person: str, kinds: Collection[Kinship] | None = None) -> list[Relate]:
        """Relations of a human being, in either direction, verified or not; the last word about a pair stands."""
        humans = self.human(person)
        found: dict[tuple[frozenset[str], str], Relate] = {}
        for relate in self.all(Relate):
            if (relate.person in humans or relate.to in humans) and (kinds is None or relate.as_ in kinds):
                found[(frozenset({relate.person, relate.to}), relate.as_)] = relate
        return list(found.values())

    @property
    def deal(self) -> Deal | None:
        """The last deal."""
        return self.last(Deal)

    def distributor(self, who: str) -> str:
        """Whom an agent works for; everybody else stands for themselves."""
        claimant = self.claimants.get(who)
        return claimant.of if claimant and claimant.kind == "agent" and claimant.of else who
