"""Which records are one human being, and which are known not to be: links, cannot-links and merges, all of them entries
of the ledger that a later entry can undo."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select

from attribution.entries import Link
from models.keys import KeyGoneError
from models.ledger.append import append
from models.ledger.kinds import Merged, Recordable, Unmerged
from models.ledger.read import entry
from models.ledger.records import About, LedgerRow
from models.people.records import PeopleError, Person, existing
from models.session import ReadSession, WriteSession

LINK, MERGE, UNMERGE = "link", "merge", "unmerge"
Proof = Literal["face", "phone", "manual"]


class TieError(PeopleError):
    """Two records cannot be tied as asked; ``because`` the entries (by number) that stand against it."""

    def __init__(self, text: str, because: Sequence[int] = ()) -> None:
        super().__init__(text)
        self.because = tuple(because)


@dataclass(frozen=True, kw_only=True)
class Tie:
    """Entry ``seq``: two records are the ``same`` human being, or are found to be two; ``claimants`` those of the two
    that are a claimant's."""

    seq: int
    person: str
    to: str
    same: bool
    claimants: frozenset[str]

    def other(self, person: str) -> str:
        """The other end."""
        return self.to if person == self.person else self.person


def link(session: WriteSession, person: str, to: str, *, how: Proof, verified: bool, at: datetime, by: str) -> int:
    """Put on record that two records are one human being, or (``verified`` False) that they are not; the number of the
    entry. ``at`` aware, ``by`` who says so.

    Raises ``PeopleError`` for an unknown person, ``TieError`` for a record and itself, for two people who are known not
    to be one, and for a cannot-link within one human being.
    """
    ties = _checked(session, person, to)
    if verified:
        _refuse_if_apart(ties, person, to)
    elif chain := _reached(ties, person).get(to):
        raise TieError(f"{person} and {to} are one human being by {_cited(chain)}; undo that first", chain)
    return _recorded(session, Link(do="link", at=at, person=person, to=to, how=how, verified=verified), at=at, by=by)


def merge(session: WriteSession, person: str, to: str, *, reason: str, at: datetime, by: str) -> int:
    """Keep two records as one from now on; the number of the entry. ``reason`` is sealed as ``person``'s.

    Raises ``PeopleError`` for an unknown person or an empty reason, ``TieError`` for a record and itself, for two that
    are one already, and for two people who are known not to be one.
    """
    ties = _checked(session, person, to)
    if chain := _reached(ties, person).get(to):
        raise TieError(f"{person} and {to} are one human being already, by {_cited(chain)}", chain)
    _refuse_if_apart(ties, person, to)
    return _recorded(session, Merged(at=at, person=person, to=to, reason=_given(reason)), at=at, by=by)


def undo(session: WriteSession, seq: int, *, reason: str, at: datetime, by: str) -> int:
    """Take back the link, cannot-link or merge of entry ``seq``; the number of the entry that does. ``reason`` is
    sealed as that entry's `person`'s, as the other's when that one was erased. Raises ``TieError`` when the entry is
    none of these or was undone before, ``KeyGoneError`` when both were erased."""
    found = entry(session, seq)
    if found is None or found.kind not in (LINK, MERGE):
        what = "there is none" if found is None else f"its kind is {found.kind}"
        raise TieError(f"entry {seq}: no link and no merge ({what}); nothing to undo", () if found is None else (seq,))
    said = json.loads(found.payload)
    person, to = str(said["person"]), str(said["to"])
    for earlier, kind, payload in _told(session, [person]):
        if kind == UNMERGE and payload["undoes"] == seq:
            raise TieError(f"entry {seq}: undone already, by entry {earlier}", (earlier,))
    # a reason would bring back a key for somebody who was erased
    person, to = (person, to) if session.get(Person, person) is not None else (to, person)
    if session.get(Person, person) is None:
        raise KeyGoneError(f"entry {seq}: both were erased; nothing more is put on record of them")
    undone = Unmerged(at=at, person=person, to=to, undoes=seq, reason=_given(reason))
    return _recorded(session, undone, at=at, by=by)


def same_human(session: ReadSession, person: str) -> frozenset[str]:
    """All records that are one human being with ``person`` by what stands now, itself included. A claimant's record
    is no bridge: two customers who are both linked with it stay two."""
    return frozenset(_reached(_ties(session, [person]), person))


def _checked(session: ReadSession, person: str, to: str) -> list[Tie]:
    for one in (person, to):
        existing(session, one)
    if person == to:
        raise TieError(f"{person}: a record cannot be tied to itself; give two")
    return _ties(session, [person, to])


def _refuse_if_apart(ties: Sequence[Tie], person: str, to: str) -> None:
    here, there = _reached(ties, person), _reached(ties, to)
    for tie in ties:
        if tie.same or tie.person == tie.to:
            continue
        for one, other in ((tie.person, tie.to), (tie.to, tie.person)):
            if one in here and other in there:
                chain = (*here[one], *there[other])
                via = f", and {_cited(chain)} make them {person} and {to}" if chain else ""
                raise TieError(
                    f"{person} and {to} cannot be one: entry {tie.seq} says that {one} and {other} are two "
                    f"people{via}; undo entry {tie.seq} first if it is wrong",
                    sorted({tie.seq, *chain}),
                )


def _ties(session: ReadSession, people: Iterable[str]) -> list[Tie]:
    """Every tie that stands among these records and all that are one with them."""
    said: dict[int, Tie] = {}
    undone: set[int] = set()
    claimants: frozenset[str] = frozenset()
    seen: set[str] = set()
    new = set(people)
    while new:
        told = _told(session, sorted(new))
        claimants |= _claimants(session, {str(payload[end]) for _, _, payload in told for end in ("person", "to")})
        for seq, kind, payload in told:
            if kind == UNMERGE:
                undone.add(int(str(payload["undoes"])))
            else:
                same = kind == MERGE or payload["verified"] is True
                person, to = str(payload["person"]), str(payload["to"])
                said[seq] = Tie(seq=seq, person=person, to=to, same=same, claimants=claimants & {person, to})
        seen |= new
        standing = [tie for seq, tie in said.items() if seq not in undone]
        new = {end for tie in standing if tie.same for end in (tie.person, tie.to)} - seen
    return sorted(standing, key=lambda tie: tie.seq)


def _reached(ties: Sequence[Tie], start: str) -> dict[str, tuple[int, ...]]:
    """Every record that is one with ``start``, and the entries that lead there, as few as can be."""
    found: dict[str, tuple[int, ...]] = {start: ()}
    edge = [start]
    while edge:
        reached = {
            tie.other(one): (*found[one], tie.seq)
            for one in edge
            for tie in ties
            if tie.same
            and one in (tie.person, tie.to)
            and tie.other(one) not in found
            and (one == start or one not in tie.claimants)
        }
        found |= reached
        edge = list(reached)
    return found


def _claimants(session: ReadSession, people: Collection[str]) -> frozenset[str]:
    known = select(LedgerRow.seq).where(LedgerRow.kind == "claimant")
    return frozenset(session.scalars(select(About.subject).where(About.subject.in_(people), About.seq.in_(known))))


def _told(session: ReadSession, people: Sequence[str]) -> list[tuple[int, str, dict[str, object]]]:
    named = select(About.seq).where(About.subject.in_(people))
    told = select(LedgerRow.seq, LedgerRow.kind, LedgerRow.payload).where(
        LedgerRow.seq.in_(named), LedgerRow.kind.in_((LINK, MERGE, UNMERGE))
    )
    return [(row.seq, row.kind, json.loads(row.payload)) for row in session.rows(told.order_by(LedgerRow.seq))]


def _recorded(session: WriteSession, said: Recordable, *, at: datetime, by: str) -> int:
    return append(session, [said], at=at, by=by)[-1].seq


def _given(reason: str) -> str:
    if not reason.strip():
        raise PeopleError("reason: empty; say why, without naming anybody")
    return reason.strip()


def _cited(chain: Sequence[int]) -> str:
    return f"{'entry' if len(chain) == 1 else 'entries'} {', '.join(map(str, chain))}"
