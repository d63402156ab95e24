"""Everything recorded about one office's customers, in order: immutable, with the questions rules ask of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from heapq import merge
from typing import TypeVar

from attribution.entries import Activity, AnyEntry, Arrive, Claimant, Deal, Depart, Entry, Kinship, Link, Relate
from attribution.periods import Period, office_day

E = TypeVar("E", bound=Entry)

DEVELOPER = "developer"
PUBLIC = "public"


class _Index:
    """Where the entries of a record stand, by kind and by person; shared by all views of it."""

    def __init__(self, entries: tuple[AnyEntry, ...]) -> None:
        self.entries = entries
        self.places = {id(entry): place for place, entry in enumerate(entries)}
        self.by_kind: dict[type[Entry], list[int]] = defaultdict(list)
        self.by_person: dict[tuple[type[Entry], str], list[int]] = defaultdict(list)
        self._joined: dict[tuple[type[Entry], frozenset[str] | None], list[int]] = {}
        self.naming: dict[str, list[int]] = defaultdict(list)
        self.bringing: dict[str, list[int]] = defaultdict(list)
        self.general: list[int] = []
        for place, entry in enumerate(entries):
            kind = type(entry)
            self.by_kind[kind].append(place)
            if "person" in kind.model_fields:
                self.by_person[kind, entry.person].append(place)  # type: ignore[union-attr]  # it has one
            names = _named(entry)
            for name in names:
                self.naming[name].append(place)
            if not names:
                self.general.append(place)
            if isinstance(entry, Arrive):
                for name in entry.with_:
                    self.bringing[name].append(place)

    @cached_property
    def days(self) -> list[date]:
        """The office's calendar day of each entry."""
        return [office_day(entry.at) for entry in self.entries]

    def places_of(self, kind: type[Entry], people: frozenset[str] | None) -> Sequence[int]:
        """Where the entries of a kind stand that are about any of these people (None: about anybody)."""
        if (kind, people) not in self._joined:
            if people is None:
                self._joined[kind, people] = self.by_kind.get(kind, [])
            else:
                lists = [found for one in people if (found := self.by_person.get((kind, one)))]
                self._joined[kind, people] = lists[0] if len(lists) == 1 else list(merge(*lists))
        return self._joined[kind, people]


def _named(entry: AnyEntry) -> set[str]:
    """The customers' records an entry names; none where it is about a claimant."""
    if isinstance(entry, Depart):
        return set()
    if isinstance(entry, Activity):
        return set(entry.people_)
    names = {entry.person}
    if isinstance(entry, (Relate, Link)):
        names.add(entry.to)
    if isinstance(entry, Deal) and entry.confirmed_as:
        names.add(entry.confirmed_as)
    return names


def _instant(entry: AnyEntry) -> datetime:
    return entry.at


class Timeline:
    """``entries`` oldest first (entries of one instant keep their order) and the ``claimants`` named in them."""

    def __init__(self, *, entries: Sequence[AnyEntry], claimants: Mapping[str, Claimant] | None = None) -> None:
        self.claimants: Mapping[str, Claimant] = claimants or {}
        self._index = _Index(tuple(entries))
        self._from, self._to = 0, len(self._index.entries)

    def _view(self, start: int, stop: int) -> Timeline:
        """The same record between two places; nothing is copied."""
        view = Timeline.__new__(Timeline)
        view.claimants, view._index, view._from, view._to = self.claimants, self._index, start, stop
        return view

    @property
    def extent(self) -> Hashable:
        """Equal for views of the same part of one record."""
        return self._index, self._from, self._to

    @property
    def entries(self) -> tuple[AnyEntry, ...]:
        """The entries of this view, oldest first."""
        return self._index.entries[self._from : self._to]

    @cached_property
    def _linked(self) -> Mapping[str, set[str]]:
        """Every record with those that it is proven to be one with, each by a link of its own."""
        found: dict[str, set[str]] = defaultdict(set)
        for link in self.all(Link):
            if link.verified:
                found[link.person].add(link.to)
                found[link.to].add(link.person)
        return found

    def human(self, person: str) -> frozenset[str]:
        """The records of the human being behind ``person``, from link to link. A claimant's record is one with whoever
        it is linked with, but no bridge: it does not make two customers one."""
        found, edge = {person}, [person]
        while edge:
            one = edge.pop()
            if one == person or one not in self.claimants:
                new = self._linked.get(one, set()) - found
                found |= new
                edge += new
        return frozenset(found)

    def until(self, at: datetime) -> Timeline:
        """What was recorded up to and including ``at``."""
        return self._view(self._from, bisect_right(self._index.entries, at, self._from, self._to, key=_instant))

    def rest_of_day(self, entry: Entry) -> Timeline:
        """What stands after an entry of this timeline on the same day at the office."""
        place, days = self.place(entry), self._index.days
        return self._view(place + 1, max(bisect_right(days, days[place], self._from, self._to), place + 1))

    def on(self, day: date) -> Timeline:
        """What was recorded on one day at the office."""
        days = self._index.days
        return self._view(bisect_left(days, day, self._from, self._to), bisect_right(days, day, self._from, self._to))

    def before(self, entry: Entry) -> Timeline:
        """What stands before an entry of this timeline."""
        return self._view(self._from, self.place(entry))

    def after(self, entry: Entry) -> Timeline:
        """What stands after an entry of this timeline."""
        return self._view(self.place(entry) + 1, self._to)

    def place(self, entry: Entry) -> int:
        """Where an entry stands in the whole record."""
        return self._index.places[id(entry)]

    def about(self, people: Collection[str], companions: bool = False) -> list[AnyEntry]:
        """The entries that name these people, and those about claimants only (somebody left), oldest first; with
        ``companions`` also the arrivals of others with whom they came along."""
        index = self._index
        places = {place for person in people for place in index.naming.get(person, ())}.union(index.general)
        if companions:
            places.update(place for person in people for place in index.bringing.get(person, ()))
        return [index.entries[place] for place in sorted(places) if self._from <= place < self._to]

    def all(self, kind: type[E], people: Collection[str] | None = None) -> Iterator[E]:
        """Entries of one kind, oldest first; only about these ``people`` when given."""
        places, start, stop = self._places(kind, people)
        for i in range(start, stop):
            yield self._index.entries[places[i]]  # type: ignore[misc]  # indexed by its type

    def last(
        self, kind: type[E], people: Collection[str] | None = None, where: Callable[[E], bool] | None = None
    ) -> E | None:
        """The newest entry of a kind about these people for which ``where`` holds."""
        places, start, stop = self._places(kind, people)
        return self._found(kind, places, range(stop - 1, start - 1, -1), where)

    def first(
        self, kind: type[E], people: Collection[str] | None = None, where: Callable[[E], bool] | None = None
    ) -> E | None:
        """The oldest such entry."""
        places, start, stop = self._places(kind, people)
        return self._found(kind, places, range(start, stop), where)

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

    def joined(self, person: str, kinds: Collection[str]) -> frozenset[str]:
        """The records of a human being and of all who are joined to them by proven relations of these kinds."""
        people, new = set(self.human(person)), True
        while new:
            proven = [r for one in people for r in self.relations(one) if r.verified and r.as_ in kinds]
            found = {record for r in proven for end in (r.person, r.to) for record in self.human(end)} - people
            people |= found
            new = bool(found)
        return frozenset(people)

    @property
    def deal(self) -> Deal | None:
        """The last deal."""
        return self.last(Deal)

    def distributor(self, who: str) -> str:
        """Whom an agent works for; everybody else stands for themselves."""
        claimant = self.claimants.get(who)
        return claimant.of if claimant and claimant.kind == "agent" and claimant.of else who

    def _places(self, kind: type[Entry], people: Collection[str] | None) -> tuple[Sequence[int], int, int]:
        """Places of a kind's entries about these people in the whole record, and the part of them in this view."""
        places = self._index.places_of(kind, None if people is None else frozenset(people))
        if not places or (places[0] >= self._from and places[-1] < self._to):
            return places, 0, len(places)
        start = bisect_left(places, self._from) if self._from else 0
        return places, start, bisect_left(places, self._to, start)

    def _found(self, kind: type[E], places: Sequence[int], order: range, where: Callable[[E], bool] | None) -> E | None:
        for i in order:
            entry: E = self._index.entries[places[i]]  # type: ignore[assignment]  # indexed by its type
            if where is None or where(entry):
                return entry
        return None
