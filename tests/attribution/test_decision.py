"""The decision's hash: canonical JSON after RFC 8785."""

from __future__ import annotations

import json
from fractions import Fraction
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.decision import Decision, Reason, canonical_json

VECTORS = [
    # RFC 8785, section 3.2.3: keys in the order of their UTF-16 code units; the emoji (a surrogate pair) before U+FB33
    (
        {
            "\u20ac": "Euro Sign",
            "\r": "Carriage Return",
            "\ufb33": "Hebrew Letter Dalet With Dagesh",
            "1": "One",
            "\U0001f600": "Emoji: Grinning Face",
            "\u0080": "Control",
            "\u00f6": "Latin Small Letter O With Diaeresis",
        },
        '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis",'
        '"\u20ac":"Euro Sign","\U0001f600":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    ),
    # section 3.2.2.2: short escapes, lower-case hex for other controls, a slash and DEL as they are
    ({"s": '\u20ac$\u000f\nA\'B"\\\\"/\u007f'}, '{"s":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/\u007f"}'),
    # section 3.2.2: literals; no space anywhere; lists keep their order
    ({"literals": [None, True, False], "a": [3, 1]}, '{"a":[3,1],"literals":[null,true,false]}'),
    # nested objects are sorted too; Chinese text is not escaped
    ({"b": {"乙": 1, "z": [{"d": 1, "c": 2}]}}, '{"b":{"z":[{"c":2,"d":1}],"乙":1}}'),
]


@pytest.mark.parametrize(("value", "text"), VECTORS)
def test_canonical_json_is_that_of_rfc_8785(value: object, text: str) -> None:
    assert canonical_json(value) == text.encode()


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(plain)
def test_canonical_json_says_the_same_and_stays_the_same_when_read_again(value: object) -> None:
    written = canonical_json(value)
    assert json.loads(written) == value
    assert canonical_json(json.loads(written)) == written


def decided(credit: dict[str, Fraction], clause: str = "1") -> Decision:
    reasons = (Reason(clause=clause, zh="首次接待", en="First reception.", entries=("e1",)),)
    return Decision(policy="p", version="v", credit=credit, commission=credit, status="decided", reasons=reasons)


def test_the_hash_is_that_of_the_canonical_json_and_does_not_depend_on_the_order_of_shares() -> None:
    half = Fraction(1, 2)
    one, other = decided({"D1": half, "D2": half}), decided({"D2": half, "D1": half})
    assert one.hash == other.hash == sha256(one.canonical()).hexdigest()
    assert b'"credit":{"D1":"1/2","D2":"1/2"}' in one.canonical()


def test_another_share_or_another_clause_is_another_hash() -> None:
    hashes = {
        decided({"D1": Fraction(1)}).hash,
        decided({"D2": Fraction(1)}).hash,
        decided({"D1": Fraction(1)}, clause="2").hash,
    }
    assert len(hashes) == 3
