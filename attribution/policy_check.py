"""What of a rule's arguments can be told to be wrong before anything is decided: words, roles, parameters, shares."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from fractions import Fraction

from attribution.vocabulary import EFFECTS, FACTS, ROLES

SHARED = ("credit", "commission", "review")
"""Effects that divide something: a role, or ``{role: share}``."""

NUMBERED = ("before_hour", "party_over", "fine")
"""Words whose argument is a number or a parameter."""

PERIODS = ("contacted_within", "known_within", "planned_within", "purchaser_known", "seen_within",
           "visited_within")  # fmt: skip
"""Words whose argument holds a period."""

NUMBERS = frozenset({
    "at_least", "at_most", "cap", "consultants", "days", "ends_in", "head", "max_gap_days", "months", "more_than",
    "newer_than_min", "offset_days", "share", "tail", "tolerance_s", "within",
})  # fmt: skip
"""Keys under which a number or a parameter stands."""

OF_ROLES: Mapping[str, tuple[str, ...]] = {
    "against": (), "asked_for": ("anybody", "nobody"), "called": (), "called_after": (), "closed_by": ("other",),
    "complained": (), "in_touch_before": (), "knows": ("other",), "led_in": (), "noted_before": (), "owner_is": (),
    "owner_is_role": (), "pass_claims": (), "same": (), "somebody_is": (), "took_call": (), "works_for": (),
}  # fmt: skip
"""Words whose argument is a role (or several), and what may stand there instead."""

ROLE_KEYS: Mapping[str, tuple[str, ...]] = {"by": ("anybody", "other"), "who": (), "with": (), "without": ()}
"""Keys under which a role stands, and what may stand there instead."""

Numbers = Mapping[str, object]
"""The policy's parameters: name and value."""


def faults_in(part: str, terms: Mapping[str, object], numbers: Numbers) -> Iterator[str]:
    """What is wrong in a rule's ``when``, ``unless`` or ``then``: each fault names the key and what is allowed."""
    known = EFFECTS if part == "then" else FACTS
    for name, argument in terms.items():
        where = f"{part}.{name}"
        if name not in known:
            yield f"{part}: {name!r} is unknown; {_allowed(name, known)}"
        elif name == "either" and isinstance(argument, Mapping):
            yield from (f"{part}.{fault}" for fault in faults_in("either", argument, numbers))
        elif name in SHARED and argument is not True:
            yield from _shares(where, argument, numbers)
        else:
            yield from _argument(where, name, argument, numbers)


def number(given: object, numbers: Numbers) -> Fraction | None:
    """A number, a fraction written "2/3", or the value of the parameter of that name; None if it is none of these."""
    if isinstance(given, str) and given in numbers:
        given = numbers[given]
    if isinstance(given, bool) or not isinstance(given, (int, float, str)):
        return None
    try:
        return Fraction(str(given))
    except (ValueError, ZeroDivisionError):
        return None


def _argument(where: str, name: str, argument: object, numbers: Numbers) -> Iterator[str]:
    if name in NUMBERED:
        yield from _number(where, argument, numbers)
    if name in PERIODS and len({"days", "months"} & set(argument if isinstance(argument, Mapping) else ())) != 1:
        yield f"{where}: {argument!r} holds no period; write {{days: N}} or {{months: N}}"
    if name == "same" and not (isinstance(argument, list) and len(argument) == 2):
        yield f"{where}: {argument!r} is no pair; write two roles, [receiver, owner]"
    if name in OF_ROLES:
        yield from _roles(where, argument, OF_ROLES[name])
    if isinstance(argument, Mapping) and name not in ("mark", "marked"):
        for key, value in argument.items():
            if key in NUMBERS:
                yield from _number(f"{where}.{key}", value, numbers)
            if key in ROLE_KEYS:
                yield from _roles(f"{where}.{key}", value, ROLE_KEYS[key])


def _shares(where: str, argument: object, numbers: Numbers) -> Iterator[str]:
    if not isinstance(argument, Mapping):
        if not isinstance(argument, str):
            yield f"{where}: {argument!r} is neither a role nor {{role: share}}"
        yield from _roles(where, argument, ())
        return
    for name in argument:
        yield from _roles(where, name, ())
    parts = {name: number(part, numbers) for name, part in argument.items() if part != "rest"}
    for name, part in parts.items():
        if part is None:
            yield from _number(f"{where}.{name}", argument[name], numbers)
    given = [part for part in parts.values() if part is not None]
    if len(given) < len(parts):
        return
    total, rest = sum(given, Fraction(0)), len(argument) - len(parts)
    if rest > 1 or min([*given, 1 - total if rest else Fraction(0)]) < 0 or (not rest and total != 1):
        yield f"{where}: shares add up to {total}, not to 1; one of them may be `rest`"


def _roles(where: str, argument: object, besides: Collection[str]) -> Iterator[str]:
    for name in argument if isinstance(argument, list) else [argument]:
        if isinstance(name, str) and name not in ROLES and name not in besides:
            yield f"{where}: {name!r} is no role; {_allowed(name, [*ROLES, *besides])}"


def _number(where: str, given: object, numbers: Numbers) -> Iterator[str]:
    if number(given, numbers) is None:
        which = f"the value of the parameter {given!r}" if given in numbers else repr(given)
        yield f"{where}: {which} is no number and no parameter; {_allowed(str(given), numbers)}"


def _allowed(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return (f"do you mean {near[0]!r}? " if near else "") + f"allowed: {', '.join(sorted(known)) or 'nothing'}"
