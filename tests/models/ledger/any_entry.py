"""Any entry of `attribution`, for hypothesis."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel

from attribution.entries import AnyEntry
from tests.models.builders import FOUNDED

KINDS: tuple[type[BaseModel], ...] = get_args(get_args(AnyEntry)[0])
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)  # no database takes NUL
SECONDS = st.floats(min_value=0, max_value=1e9)
HALF_CENTURY = timedelta(days=50 * 365)
"""Before 1972 some zones were off by seconds, which no instant in JSON can say."""
INSTANTS = st.builds(
    lambda after, zone: (FOUNDED + after).astimezone(zone), st.timedeltas(-HALF_CENTURY, HALF_CENTURY), st.timezones()
)


@st.composite
def shares(draw: st.DrawFn) -> dict[str, Fraction]:
    """What several settle on: adds up to 1."""
    parts = draw(st.dictionaries(NAMES, st.integers(0, 9), min_size=1, max_size=3).filter(lambda d: sum(d.values())))
    return {who: Fraction(part, sum(parts.values())) for who, part in parts.items()}


SPECIAL: dict[str, st.SearchStrategy[Any]] = {
    "id": st.just(""),
    "count": st.integers(1, 1_000_000),
    "phone": st.from_regex(r"\A1[0-9]{10}\Z|\A1[0-9]{2}\*{3}[0-9]{5}\Z"),
    "door": st.dictionaries(NAMES, st.tuples(st.floats(-1e9, 1e9), SECONDS), max_size=3),
    "settled": shares(),
}


def fields_of(kind: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """Fields of an entry of this kind as they are read, the optional ones there or not."""
    needed: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for name, field in kind.model_fields.items():
        settled = name == "to" and get_origin(field.annotation) is dict
        key = "settled" if settled else name
        made = SPECIAL[key] if key in SPECIAL else values_of(field.annotation)
        (needed if field.is_required() else optional)[field.alias or name] = made
    return st.fixed_dictionaries(needed, optional=optional)


def values_of(kind: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401  # annotations are of no common type
    """Values an annotation allows."""
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return values_of(inside[0])
    if origin is Literal:
        return st.sampled_from(inside)
    if origin in (Union, UnionType):
        return st.one_of([values_of(one) for one in inside if one is not NoneType])
    if origin is tuple:
        return st.lists(values_of(inside[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(values_of(inside[0]), values_of(inside[1]), max_size=3)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return fields_of(kind)
    simple: Mapping[object, st.SearchStrategy[Any]] = {
        str: NAMES, bool: st.booleans(), int: st.integers(1, 2**53 - 1), float: SECONDS, AwareDatetime: INSTANTS,
    }  # fmt: skip
    return simple[kind]


ENTRIES: st.SearchStrategy[dict[str, Any]] = st.one_of([fields_of(kind) for kind in KINDS])
