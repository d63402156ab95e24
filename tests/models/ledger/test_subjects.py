"""Whom an entry is about, and which entries tie the records of several customers."""

from __future__ import annotations

import pytest

from models.ledger.subjects import EVERYBODY, OFFICE, indexed, names_in, subjects

SUBJECTS = [
    # who brings a customer is indexed, and ties nobody to the other customers of that agent
    ("report", {"person": "p1", "by": "a1"}, {"p1": False, "a1": False}),
    # but a list is full or not for everybody on it: 23:30 in UTC is the next day at the office
    (
        "report",
        {"person": "p1", "by": "a1", "via": "list", "at": "2026-03-01T23:30:00Z"},
        {"p1": False, "a1": False, "list of 2026-03-02": True},
    ),
    ("report", {"person": "p1", "by": "a1", "via": "sms", "at": "2026-03-01T23:30:00Z"}, {"p1": False, "a1": False}),
    # two records of one human being, proven or disproved
    ("link", {"person": "p1", "to": "p2"}, {"p1": True, "p2": True}),
    ("merge", {"person": "p1", "to": "p2"}, {"p1": True, "p2": True}),
    ("unmerge", {"person": "p1", "to": "p2", "undoes": 7}, {"p1": True, "p2": True}),
    ("relate", {"person": "p1", "to": "p2"}, {"p1": True, "p2": True}),
    # the newcomer and the customer who sent them
    ("refer", {"person": "p1", "by": "p2"}, {"p1": True, "p2": True}),
    # those who come together; who crossed the sill with them is indexed only
    (
        "arrive",
        {"person": "p1", "with": ["p2", "p3"], "door": {"a1": [0.0, 0.1], "p1": [1.0, 0.1]}},
        {"p1": True, "p2": True, "p3": True, "a1": False},
    ),
    ("deal", {"person": "p1", "confirmed_as": "p2", "closed_by": "s1"}, {"p1": True, "p2": True, "s1": False}),
    # a handover ties nobody, nor do shares
    ("hand_over", {"person": "p1", "to": "s1"}, {"p1": False, "s1": False}),
    ("rule", {"person": "p1", "to": {"s1": "1/2", "s2": "1/2"}, "by": "manager"}, {"p1": False, "manager": False}),
    (
        "receive",
        {"person": "p1", "by": "s1", "absent": ["s2"], "busy": ["s3"]},
        {"p1": False, "s1": False, "s2": False, "s3": False},
    ),
    ("activity", {"by": "s1", "people": ["p1", "p2"]}, dict.fromkeys(("s1", "p1", "p2"), False)),
    # what concerns the whole office
    ("policy", {"policy": "rota"}, {OFFICE: False}),
    # what a claimant is, and that they left, is asked for by itself
    ("depart", {"who": "s1"}, {"s1": False, OFFICE: False, "claimant s1": False}),
    (
        "claimant",
        {"who": "a1", "kind": "agent", "of": "d1"},
        {"a1": False, OFFICE: False, "claimant a1": False},
    ),
    # how many companies sell bears on everybody; so does what was taken back for no customer in particular
    (
        "claimant",
        {"who": "d1", "kind": "distributor"},
        {"d1": False, OFFICE: False, "claimant d1": False, EVERYBODY: False},
    ),
    ("retraction", {"person": OFFICE, "undoes": 7}, {OFFICE: False, EVERYBODY: False}),
    ("retraction", {"person": "p1", "undoes": 7}, {"p1": False}),
    # the door's own: arrivals by their ids
    ("order", {"first": "v1", "second": "v2"}, {"v1": False, "v2": False}),
    ("clock_jump", {"before": "2026-03-01T02:00:00Z"}, {}),
]


@pytest.mark.parametrize(("kind", "payload", "found"), SUBJECTS)
def test_an_entry_is_indexed_by_everybody_it_names(
    kind: str, payload: dict[str, object], found: dict[str, bool]
) -> None:
    assert subjects(kind, payload) == found


def test_whoever_is_known_as_a_claimant_ties_nobody_from_then_on() -> None:
    known: set[str] = set()
    related: tuple[str, dict[str, object]] = ("relate", {"person": "p1", "to": "s1"})
    assert indexed(*related, known) == {"p1": True, "s1": True}
    assert indexed("claimant", {"who": "s1", "kind": "consultant"}, known).keys() == {"s1", OFFICE, "claimant s1"}
    assert known == {"s1"}
    assert indexed(*related, known) == {"p1": True, "s1": False}


NAMES = [
    ({"person": "p1", "by": "a1"}, {"p1", "a1"}),
    # the index knows nothing of who gets a share, nor of whose flyer or card was held
    ({"person": "p1", "to": {"a1": "1/2", "a2": "1/2"}, "by": "manager"}, {"p1", "a1", "a2", "manager"}),
    ({"person": "p1", "carries": {"dm": "a1", "card": "a2"}}, {"p1", "a1", "a2"}),
    ({"person": "p1", "door": {"a1": [0.0, 0.1]}, "with": ["p2"]}, {"p1", "p2", "a1"}),
    ({"before": "2026-03-01T02:00:00Z"}, set()),
]


@pytest.mark.parametrize(("payload", "names"), NAMES)
def test_everybody_an_entry_names_is_found(payload: dict[str, object], names: set[str]) -> None:
    assert names_in(payload) == names
