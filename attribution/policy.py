"""One office's rules as data: `policies/<name>.yaml`, checked when read; its version is the hash of its content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal, NamedTuple, Self, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from attribution.decision import Sentence, canonical_json
from attribution.entries import Kinship
from attribution.periods import Period
from attribution.plain_yaml import PlainLoader, told_fault
from attribution.policy_check import faults_in
from attribution.vocabulary import FACTS, ROLES
from attribution.vocabulary.registry import QUICK, Fact, Role

Value = str | int | float | bool | None
Given = Value | list[Value] | dict[str, Value | list[Value]]


class AttributionError(Exception):
    """Base of every error this package raises on purpose; its text is for the user, a line for each fault."""


class PolicyError(AttributionError):
    """A policy that cannot be used; each line names file and key and what is allowed."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Parameter(_Strict):
    """A number of the document: its value, unit, and the clause it stands in. A fraction is written "2/3"."""

    value: int | float | str
    unit: str | None = None
    clause: str
    note: str | None = None


class Clause(Sentence):
    """A clause's sentence in both languages; ``decides: false`` where it is procedure and no rule rests on it."""

    decides: bool = True


On = Literal[
    "interact", "report", "arrive", "confirm", "receive", "recognise", "follow_up", "refer", "relate", "link", "agree",
    "activity", "depart", "complain", "hand_over", "dispute", "rule", "deal", "decision",
]  # fmt: skip


class Rule(_Strict):
    """When an entry of kind ``upon`` is read (`decision`: at the end), all ``when`` facts hold and no ``unless`` fact
    does, the ``then`` effects happen and the ``clause`` is cited. Of the rules for one entry only the first that
    applies is used, unless it says ``also: true``: then the search goes on. ``otherwise``: what would have changed
    the outcome, in both languages."""

    clause: str | list[str]
    upon: On | list[On]
    when: dict[str, Given] = Field(default_factory=dict)
    unless: dict[str, Given] = Field(default_factory=dict)
    then: dict[str, Given] = Field(default_factory=dict)
    also: bool = False
    otherwise: Sentence | None = None

    @cached_property
    def clauses(self) -> list[str]:
        """The clauses it cites."""
        return [self.clause] if isinstance(self.clause, str) else self.clause

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds of entry it is for."""
        return frozenset([self.upon] if isinstance(self.upon, str) else self.upon)


class Check(NamedTuple):
    """A fact with what it is asked, and whether it must hold; the same question has the same ``bit``."""

    bit: int
    fact: Fact
    given: Given
    wanted: bool


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class ReadyRule:
    """A rule with its facts looked up: ``checks`` with the quick ones first, the bits that must hold (``needs``) and
    must not (``bars``), those that show that it applies in the order of the text, and the roles that its effects name:
    all must be filled."""

    rule: Rule
    checks: tuple[Check, ...]
    needs: int
    bars: int
    shown_by: tuple[int, ...]
    roles: tuple[Role, ...]


class Group(_Strict):
    """Proven relations (``kinds``) whose people count as one customer, save a pair, with nobody else in the group,
    whose relation has all these values (``pair_apart``)."""

    kinds: list[Kinship]
    pair_apart: dict[str, Value] = Field(default_factory=dict)


class Policy(_Strict):
    """A document: its parameters, clauses, and the rules in the order in which they are tried.

    ``claims_of``: whether an agent's act counts for the agent (`self`) or the distributor. ``nobody``: who has the
    customer while nobody claims them. ``family``: relations (``as``) whose records count as one customer, once proven.
    ``companions``: whether somebody's arrival is also a visit of those who came along (``with``).
    ``group``: the same for people who buy together, under conditions.
    """

    policy: str
    document: str
    claims_of: Literal["self", "distributor"] = "self"
    nobody: Literal["developer", "public"] = "public"
    family: list[str] = Field(default_factory=list)
    companions: bool = False
    group: Group | None = None
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    clauses: dict[str, Clause]
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        numbers = {name: parameter.value for name, parameter in self.parameters.items()}
        faults = []
        for index, rule in enumerate(self.rules):
            found = [
                f"clause: {c!r} is not in clauses; allowed: {', '.join(self.clauses)}"
                for c in rule.clauses
                if c not in self.clauses
            ]
            for part, terms in (("when", rule.when), ("unless", rule.unless), ("then", rule.then)):
                found += faults_in(part, terms, numbers)
            faults += [f"rules.{index}.{fault}" for fault in found]
        if faults:
            raise ValueError("\n".join(faults))
        return self

    @cached_property
    def version(self) -> str:
        """SHA-256 (hex) of the policy's content: same rules, same version."""
        return sha256(canonical_json(_without_floats(self.model_dump(mode="json")))).hexdigest()

    @cached_property
    def rules_for(self) -> Mapping[str, tuple[ReadyRule, ...]]:
        """The rules by kind of entry, in order, with their facts looked up."""
        bits: dict[str, int] = {}
        ready = [_ready(rule, bits) for rule in self.rules]
        kinds = frozenset().union(*(rule.kinds for rule in self.rules))
        return {kind: tuple(each for each in ready if kind in each.rule.kinds) for kind in kinds}

    def number(self, given: object) -> Fraction:
        """A number, a fraction written "2/3", or the value of the parameter of that name, exactly."""
        if isinstance(given, str) and given in self.parameters:
            given = self.parameters[given].value
        if isinstance(given, (int, float, str)):
            return _exact(given)
        raise TypeError(f"{given!r} is no number and no parameter of {self.policy}")

    def period(self, given: object) -> Period:
        """``{days: N}`` or ``{months: N}``; N a number or a parameter's name."""
        if not isinstance(given, Mapping) or ("days" in given) == ("months" in given):
            raise TypeError(f"{given!r}: a period is {{days: N}} or {{months: N}}")
        unit = "days" if "days" in given else "months"
        return _period(unit, int(self.number(given[unit])))


def _ready(rule: Rule, bits: dict[str, int]) -> ReadyRule:
    checks = [
        Check(bits.setdefault(f"{name} {given!r}", 1 << len(bits)), FACTS[name], given, wanted)
        for facts, wanted in ((rule.when, True), (rule.unless, False))
        for name, given in facts.items()
    ]
    return ReadyRule(
        rule=rule,
        checks=tuple(sorted(checks, key=lambda check: check.fact not in QUICK)),
        needs=sum(check.bit for check in checks if check.wanted),
        bars=sum(check.bit for check in checks if not check.wanted),
        shown_by=tuple(check.bit for check in checks if check.wanted),
        roles=tuple(ROLES[name] for given in rule.then.values() for name in _words(given) if name in ROLES),
    )


@lru_cache(maxsize=1024, typed=True)
def _exact(given: int | float | str) -> Fraction:
    return Fraction(str(given) if isinstance(given, float) else given)


@lru_cache(maxsize=1024)
def _period(unit: str, amount: int) -> Period:
    return Period(days=amount) if unit == "days" else Period(months=amount)


def _words(given: Given) -> list[str]:
    """Every string in an effect's argument, keys and values."""
    parts = [*given, *given.values()] if isinstance(given, Mapping) else given if isinstance(given, list) else [given]
    return [part for part in parts if isinstance(part, str)]


def _without_floats(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _without_floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_floats(item) for item in value]
    return str(value) if isinstance(value, float) else value


def policy_names() -> list[str]:
    """The policies that ship with the package."""
    return sorted(p.name.removesuffix(".yaml") for p in _shipped().iterdir() if p.name.endswith(".yaml"))


def load_policy(name: str) -> Policy:
    """A shipped policy by name, or one's own by its file's path (``*.yaml``). Raises PolicyError when it is unknown,
    cannot be read or is faulty."""
    return read_policy(policy_text(name), name if name.endswith(".yaml") else f"{name}.yaml")


def policy_text(name: str) -> str:
    """The YAML of a policy, named as for `load_policy`. Raises PolicyError when it is unknown or cannot be read."""
    if name.endswith(".yaml"):
        try:
            return Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise PolicyError(f"{name}: cannot be read ({getattr(error, 'strerror', None) or error})") from None
    path = _shipped() / f"{name}.yaml"
    if not path.is_file():
        raise PolicyError(f"policy {name!r} is unknown; there are: {', '.join(policy_names())}; or a file *.yaml")
    return path.read_text(encoding="utf-8")


def read_policy(text: str, file: str) -> Policy:
    """A policy from YAML. Raises PolicyError with a line for each fault: file, key, what is allowed."""
    try:
        return Policy.model_validate(yaml.load(text, PlainLoader))  # a SafeLoader
    except yaml.YAMLError as error:
        raise PolicyError(told_fault(file, error)) from None
    except ValidationError as error:
        lines = [line for fault in error.errors() for line in _told(fault["loc"], fault["msg"])]
        raise PolicyError("\n".join(f"{file}: {line}" for line in dict.fromkeys(lines))) from None


def _told(loc: tuple[int | str, ...], message: str) -> list[str]:
    """A fault as pydantic tells it, as lines that name the key; the branches of an alternative become one."""
    where = ".".join(map(str, loc))
    if not loc:
        return message.removeprefix("Value error, ").splitlines()
    if loc[0] == "rules" and "otherwise" in loc[2:3]:
        return [f"{'.'.join(map(str, loc[:3]))}: write {{zh: 若…, en: …}}, both filled in"]
    if loc[0] == "rules" and len(loc) > 3:
        place = ".".join(map(str, loc[: 3 if loc[2] in ("clause", "upon") else 4]))
        if loc[2] == "upon":
            return [f"{place}: no kind of entry; allowed: {', '.join(get_args(On))}"]
        return [f"{place}: a word, a number, true or false, a list of them, or a mapping of names to them"]
    return [f"{where}: {'unknown key' if message.startswith('Extra inputs') else message}"]


def _shipped() -> Traversable:
    return files("attribution") / "policies"
