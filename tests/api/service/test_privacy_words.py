"""On the printed record people read words, not the names that programs use."""

from __future__ import annotations

from typing import get_args

from api.routes.privacy.words import KINDS, ROLES, word
from attribution.entries import AnyEntry
from models.ledger.kinds import AnySystemEntry
from models.people.records import ROLES as ROLES_ON_RECORD


def test_every_kind_of_entry_and_every_role_has_its_words() -> None:
    united = [kind for one in (AnyEntry, AnySystemEntry) for kind in get_args(get_args(one)[0])]
    assert set(KINDS) == {get_args(kind.model_fields["do"].annotation)[0] for kind in united}
    assert set(ROLES) == set(ROLES_ON_RECORD)
    assert all(set(words) == {"zh", "en"} for words in (*KINDS.values(), *ROLES.values()))


def test_a_kind_without_a_word_keeps_its_name() -> None:
    assert word(KINDS, "arrive", "zh") == "到访"
    assert word(KINDS, "of an older program", "zh") == "of an older program"
