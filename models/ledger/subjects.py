"""Whom or what an entry is about: the index by which the record of one customer is found among a million entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from attribution.periods import office_day

OFFICE = ""
"""Subject of what concerns the whole office."""

EVERYBODY = "every customer"
"""Subject of what may bear on any customer: which companies there are, and what was taken back for the whole office."""

TIES = ("person", "to", "confirmed_as", "with", "by")
"""Fields of a tie that hold customers: following them from one record to the next gives everything about one human."""

TYING = frozenset({"link", "relate", "refer", "merge", "unmerge", "deal", "arrive"})
NAMES = frozenset(
    {"person", "to", "confirmed_as", "by", "who", "against", "closed_by", "arrival", "first", "second", "asked_for"}
)
LISTS = frozenset({"with", "people", "between", "absent", "busy", "whom"})
TABLES = frozenset({"door", "absent_why"})
OF_THE_OFFICE = frozenset({"depart", "claimant", "policy"})
OF_A_CLAIMANT = frozenset({"depart", "claimant"})
COMPANIES = frozenset({"distributor", "team"})


def subjects(kind: str, payload: Mapping[str, object]) -> dict[str, bool]:
    """Every subject of an entry, and whether it ties customers' records together. A report on a list has the day's list
    as a subject: whether it was full tells the fate of the others on it. What is said of a claimant has a subject of
    its own: among all that names them it would be one entry in a hundred thousand.

    >>> subjects("link", {"person": "p1", "to": "p2", "how": "face"})
    {'p1': True, 'p2': True}
    >>> subjects("report", {"person": "p1", "by": "a1"})
    {'p1': False, 'a1': False}
    """
    found: dict[str, bool] = {}
    for name, value in _named(payload):
        found[value] = found.get(value, False) or (kind in TYING and name in _ties(kind))
    if kind in OF_THE_OFFICE:
        found[OFFICE] = False
    if kind in OF_A_CLAIMANT:
        found[claimant(str(payload["who"]))] = False
    if (kind == "claimant" and payload["kind"] in COMPANIES) or (kind == "retraction" and OFFICE in found):
        found[EVERYBODY] = False
    if kind == "report" and payload.get("via") == "list":
        found[f"list of {office_day(datetime.fromisoformat(str(payload['at'])))}"] = True
    return found


def indexed(kind: str, payload: Mapping[str, object], claimants: set[str]) -> dict[str, bool]:
    """What the index holds of an entry: its subjects, where those of ``claimants`` (known so far) tie nothing: an agent
    with whom a customer is related does not join the agent's customers. A claimant it makes known is added to them.

    >>> known = {"a1"}
    >>> indexed("relate", {"person": "p1", "to": "a1"}, known)
    {'p1': True, 'a1': False}
    """
    found = {name: tie and name not in claimants for name, tie in subjects(kind, payload).items()}
    if kind == "claimant":
        claimants.add(str(payload["who"]))
    return found


def claimant(who: str) -> str:
    """Subject of what is said of a claimant as such: what they are, that they left.

    >>> subjects("depart", {"who": "a1"})
    {'a1': False, '': False, 'claimant a1': False}
    """
    return f"claimant {who}"


def names_in(payload: Mapping[str, object]) -> set[str]:
    """Everybody an entry names, also those it is not indexed by: to whom shares go, whose flyer or card was held.

    >>> sorted(names_in({"person": "p1", "to": {"a1": "1/2", "a2": "1/2"}}))
    ['a1', 'a2', 'p1']
    """
    shares, carried = payload.get("to"), payload.get("carries")
    names = {name for _, name in _named(payload)}
    names.update(shares if isinstance(shares, dict) else ())
    names.update(carried.values() if isinstance(carried, dict) else ())
    return names


def _ties(kind: str) -> tuple[str, ...]:
    # `by` is a customer only where customers bring each other
    return TIES if kind == "refer" else TIES[:-1]


def _named(payload: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in payload.items():
        if name in NAMES and isinstance(value, str):
            yield name, value
        elif name in LISTS and isinstance(value, list):
            yield from ((name, one) for one in value if isinstance(one, str))
        elif name in TABLES and isinstance(value, dict):
            yield from ((name, who) for who in value)
