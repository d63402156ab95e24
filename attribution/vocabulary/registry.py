"""The vocabulary that policies are written in: facts (`when`, `unless`), effects (`then`) and roles, each registered
under the name by which the YAML calls it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from inspect import unwrap
from typing import TypeVar, cast

from attribution.entries import Entry
from attribution.state import Moment

Scalar = str | int | float | bool | None
Argument = Scalar | list[Scalar] | dict[str, Scalar | list[Scalar]]

Found = tuple[str, ...] | None
"""What a fact answers: None if it does not hold, else the ids of the entries that show it (none, if none is needed)."""

Fact = Callable[[Moment, Argument], Found]
Effect = Callable[[Moment, Argument], None]
Role = Callable[[Moment], str | None]

FACTS: dict[str, Fact] = {}
EFFECTS: dict[str, Effect] = {}
ROLES: dict[str, Role] = {}

QUICK: set[Fact] = set()
"""Facts that read only the entry, the reception or the state: a rule asks them before those that search the record."""

T = TypeVar("T")


def fact(function: Fact) -> Fact:
    """Register a fact under its function's name."""
    _once(FACTS, function)
    FACTS[function.__name__] = function
    return function


def effect(function: Effect) -> Effect:
    """Register an effect under its function's name."""
    _once(EFFECTS, function)
    EFFECTS[function.__name__] = function
    return function


def quick(function: Fact) -> Fact:
    """Register a fact that is asked first; it must be able to answer whatever the other facts say."""
    QUICK.add(fact(function))
    return function


def role(function: Role) -> Role:
    """Register a role under its function's name. Who fills it is asked once until the state changes."""
    _once(ROLES, function)
    ROLES[function.__name__] = filled = until_change(function)
    return filled


def until_change(function: Callable[[Moment], T]) -> Callable[[Moment], T]:
    """What depends on the state is asked once until that changes."""

    @wraps(function)
    def told(moment: Moment) -> T:
        known = moment.answers
        if function not in known:
            known[function] = function(moment)
        return cast("T", known[function])

    return told


def once(function: Callable[[Moment], T]) -> Callable[[Moment], T]:
    """What the record alone tells, whatever the state, is asked once a moment."""

    @wraps(function)
    def told(moment: Moment) -> T:
        known = moment.record
        if function not in known:
            known[function] = function(moment)
        return cast("T", known[function])

    return told


def _once(words: Mapping[str, Callable[..., object]], function: Callable[..., object]) -> None:
    """Refuses a second word of the same name; the same file read twice (as test runners do) is no second word."""
    known = words.get(function.__name__)
    if known is not None and unwrap(known).__code__.co_filename != function.__code__.co_filename:
        raise ValueError(f"two words are called {function.__name__!r}")


def shown(*entries: Entry | None) -> tuple[str, ...]:
    """A fact that holds, shown by these entries."""
    return tuple([entry.id for entry in entries if entry is not None])


def when(holds: object, *entries: Entry | None) -> Found:
    """The answer of a fact: shown by these entries if ``holds``, else None."""
    return shown(*entries) if holds else None


def options(argument: Argument) -> Sequence[Scalar]:
    """A list of alternatives, also where the YAML gives only one."""
    if isinstance(argument, dict):
        raise TypeError("a list of alternatives, not a mapping")
    return argument if isinstance(argument, list) else (argument,)
