"""Canonical JSON is what the reference says, whichever way it was written."""

from __future__ import annotations

from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from models.ledger.canonical import canonical

TEXTS = st.text(st.characters(codec="utf-8")) | st.text(st.characters(max_codepoint=127))
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inside: st.lists(inside) | st.dictionaries(TEXTS, inside),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, VALUES))
@example({"\U0001f600": 1, "\ufb33": 2})  # UTF-16 orders these the other way round
@example({"a": -0.0, "b": 1e21, "c": 1e-6, "d": 5e-324, "e": [1e16, 0.1]})
@example({"a": '\x00\x1f\x7f"\\/\u2028', "b": '":1.5', "c": "2026-03-01T02:00:05.013000Z"})
@example({"a": [[-1.5]], "b": {"c": 9007199254740991}})
def test_it_is_written_as_the_reference_writes_it(value: dict[str, Any]) -> None:
    assert canonical(value) == rfc8785.dumps(value).decode()


@pytest.mark.parametrize("number", [2**53, -(2**53), 10**30, float("nan"), float("inf")])
def test_a_number_that_json_does_not_have_is_refused(number: float) -> None:
    for value in ({"a": number}, {"a": [number]}, {"a": [1, number]}):
        with pytest.raises(ValueError):
            canonical(value)
