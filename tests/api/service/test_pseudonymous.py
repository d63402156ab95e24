"""What leaves the house about an entry, of every kind there is: ids and what the door measured, never a person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import get_args

import pytest
from pydantic import BaseModel

from api.live.pseudonymous import HANDED_ON, told
from attribution.entries import AnyEntry, Confirm, Dispute, Interact, Receive, Report, Rule
from models.ledger.append import append
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import (
    AnySystemEntry,
    Arrival,
    Exported,
    KeyRotated,
    Merged,
    PolicySwitched,
    Recordable,
    Retracted,
    RulingProposed,
    Stated,
    Unmerged,
    Viewed,
)
from models.site import Site
from tests.models.builders import FOUNDED
from tests.models.somebody import CUSTOMER, Somebody, stored

PERSONAL = {"name", "phone", "reason", "score", "recorded_by", "frames", "sources", "recipient", "proof", "track"}
"""Fields that stay inside, whatever kind they stand in."""

OF_FOUR_WORDS = ("blind", "reason")
"""Why a door was blind is one of four words, said by the door."""

NAME, PHONE, WORDS = "王芳", "13800138000", "她说要买两套"


def kinds() -> Iterator[type[BaseModel]]:
    for union in (AnyEntry, AnySystemEntry):
        yield from get_args(get_args(union)[0])


MODELS = {get_args(model.model_fields["do"].annotation)[0]: model for model in kinds()}


def test_every_kind_that_is_handed_on_is_one_of_the_ledgers() -> None:
    assert set(HANDED_ON) <= set(MODELS)
    assert len(MODELS) == sum(1 for _ in kinds())


@pytest.mark.parametrize("kind", sorted(HANDED_ON))
def test_the_fields_handed_on_are_those_of_the_kind_and_none_is_personal(kind: str) -> None:
    fields = {field.alias or name for name, field in MODELS[kind].model_fields.items()}
    assert set(HANDED_ON[kind]) <= fields
    assert [name for name in HANDED_ON[kind] if name in PERSONAL and (kind, name) != OF_FOUR_WORDS] == []


def recorded(site: Site, *entries: Recordable) -> list[LedgerEntry]:
    with site.write_session() as session:
        return append(session, entries, at=FOUNDED, by="user:reception")


def telling(customer: str, agent: str) -> list[Recordable]:
    """An entry of each kind in which something personal, or somebody's own words, can stand."""
    said = {"name": NAME, "phone": PHONE}
    about = {"at": FOUNDED, "person": customer, "reason": WORDS}
    return [
        Interact(do="interact", at=FOUNDED, person=customer, kind="call", by=agent, **said),
        Report(do="report", at=FOUNDED, person=customer, by=agent, reason=WORDS, **said),
        Confirm(do="confirm", at=FOUNDED, person=customer, by=agent, **said),
        Receive(do="receive", at=FOUNDED, person=customer, by=agent, **said),
        Dispute(do="dispute", at=FOUNDED, person=customer, by=agent),
        Stated(**about, dispute=1, by=agent),
        RulingProposed(**about, dispute=1, to={agent: Fraction(1)}, by="manager"),
        Rule(do="rule", at=FOUNDED, person=customer, to={agent: Fraction(1)}, by="manager"),
        Retracted(**about, undoes=1),
        Merged(**about, to=agent),
        Unmerged(**about, to=agent, undoes=1),
        Viewed(at=FOUNDED, what=WORDS, reason=WORDS),
        Exported(at=FOUNDED, what=WORDS, sha256="ab" * 32, recipient=NAME),
        PolicySwitched(at=FOUNDED, policy="p", version="1", text_sha256="ab" * 32, reason=WORDS),
        Arrival(
            at=FOUNDED, arrival="a1", door="main", direction="in", sigma_s=0.1, status="known", person=customer,
            score=0.61, track=12,
        ),
    ]  # fmt: skip


def test_nothing_personal_is_told_of_entries_that_hold_it(office: Site) -> None:
    customer, agent = stored(office, CUSTOMER), stored(office, Somebody())
    written = recorded(office, *telling(customer, agent))
    outside = json.dumps([told(one) for one in written], ensure_ascii=False)
    assert customer in outside
    inside = (NAME, PHONE, WORDS, "李明", "sealed", "user:reception", "0.61")
    assert [one for one in inside if one in outside] == []
    assert {one.kind for one in written if told(one) is None} == {"interact", "view", "export"}


def test_the_entry_that_names_a_new_key_is_nobodys_business(office: Site) -> None:
    [entry] = recorded(office, KeyRotated(at=FOUNDED, public_key="ab" * 32, reason=WORDS))
    assert told(entry) is None
