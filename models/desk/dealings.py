"""Who has to do with a customer by what is on record, and who has a share in the last decision."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from attribution.timeline import DEVELOPER, PUBLIC
from models.access.records import User
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import Decided, Retracted
from models.ledger.read import entries_about
from models.ledger.records import About, LedgerRow
from models.people import Person, same_human
from models.session import ReadSession

DEALINGS: Mapping[str, str] = {
    "report": "by",
    "confirm": "by",
    "receive": "by",
    "follow_up": "by",
    "interact": "by",
    "activity": "by",
    "hand_over": "to",
    "agree": "between",
    "deal": "closed_by",
    "dispute": "by",
}
"""The kinds of entry by which somebody has to do with a customer, each with its field that says who. Not an arrival:
agents who cross the sill about the same time stand in it by chance."""

RETRACTED = Retracted.model_fields["do"].default

Named = tuple[int, str, dict[str, Any]]

NOBODY = frozenset({DEVELOPER, PUBLIC})
"""Who has a share without being told of it."""


def dealers(kind: str, payload: Mapping[str, object]) -> frozenset[str]:
    """Who has to do with the customer by an entry.

    >>> sorted(dealers("agree", {"person": "p1", "between": ["a1", "a2"]})), dealers("arrive", {"person": "p1"})
    (['a1', 'a2'], frozenset())
    """
    named = payload.get(DEALINGS.get(kind, ""))
    if isinstance(named, str):
        return frozenset({named}) - NOBODY
    return frozenset(map(str, named)) - NOBODY if isinstance(named, list) else frozenset()


def customers_in(payload: Mapping[str, Any]) -> list[str]:
    """Which customers an entry of these kinds is about.

    >>> customers_in({"person": "p1", "by": "a1"}), customers_in({"people": ["p1", "p2"], "by": "a1"})
    (['p1'], ['p1', 'p2'])
    """
    return [str(payload["person"])] if "person" in payload else [str(one) for one in payload.get("people", ())]


def entries_naming(session: ReadSession, claimants: Collection[str], *kinds: str) -> list[Named]:
    """Number, kind and payload of every entry of these kinds that names one of these claimants, in order. From them to
    the customers by the payload: the index leads from names to entries, not back."""
    theirs = select(About.seq).where(About.subject.in_(claimants))
    asked = select(LedgerRow.seq, LedgerRow.kind, LedgerRow.payload)
    asked = asked.where(LedgerRow.seq.in_(theirs), LedgerRow.kind.in_(kinds)).order_by(LedgerRow.seq)
    return [(row.seq, row.kind, json.loads(row.payload)) for row in session.rows(asked)]


def taken_back(entries: Iterable[LedgerEntry]) -> frozenset[int]:
    """The numbers of the entries that retractions among ``entries`` take back."""
    return frozenset(int(json.loads(one.payload)["undoes"]) for one in entries if one.kind == RETRACTED)


def withdrawn(session: ReadSession, entries: Sequence[LedgerEntry]) -> frozenset[int]:
    """The numbers of those ``entries`` that were taken back by a claimant they name, or by that one's distributor: they
    gave the dealing up. What somebody else took back counts no more, but whose it was may still know, and contest."""
    undone = taken_back(entries)
    named = {one.seq: dealers(one.kind, json.loads(one.payload)) for one in entries if one.seq in undone}
    back = [(int(said["undoes"]), str(said["recorded_by"])) for one in entries if "undoes" in (said := _said(one))]
    return frozenset(seq for seq, by in back if named.get(seq) and own_claimants(session, by, among=named[seq]))


def own_claimants(session: ReadSession, by: str, *, among: Collection[str]) -> frozenset[str]:
    """Those ``among`` claimants for whom ``by`` (`user:…`, as entries name who recorded them) speaks: who it is, the
    distributor it belongs to, and that one's agents."""
    account = session.get(User, by.removeprefix("user:"))
    if account is None:
        return frozenset()
    if account.role == "agent" or not account.distributor:
        return frozenset(who for who in among if who == account.person_id)
    agents = session.scalars(select(Person.id).where(Person.id.in_(among), Person.distributor == account.distributor))
    return frozenset({account.distributor, *agents} & {*among})


def _said(entry: LedgerEntry) -> Mapping[str, Any]:
    found: dict[str, Any] = json.loads(entry.payload) if entry.kind == RETRACTED else {}
    return found


def parties_of(session: ReadSession, person: str) -> frozenset[str]:
    """The claimants (ids, or names of distributors) with dealings with this customer, under any of their records, that
    they did not take back themselves, or with a share in the last decision."""
    found: set[str] = set()
    for record in same_human(session, person):
        entries = entries_about(session, record)
        undone = withdrawn(session, entries)
        said = [(one.kind, json.loads(one.payload)) for one in entries if one.seq not in undone]
        found |= {who for kind, payload in said for who in dealers(kind, payload)}
        decided = [payload["decision"] for kind, payload in said if kind == Decided.model_fields["do"].default]
        for decision in decided[-1:]:
            found |= {*(decision["credit"] or ()), *(decision["commission"] or ())}
    return frozenset(found - NOBODY)
