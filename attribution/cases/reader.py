"""Reads case files: every fault of every file, with file, line, case and key, before anything is run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from fractions import Fraction
from operator import itemgetter
from pathlib import Path

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from attribution.cases.case import WITHIN, Case, CaseFileError, Wanted
from attribution.entries import ENTRY, AnyEntry, Claimant
from attribution.periods import OFFICE
from attribution.plain_yaml import PlainLoader, told_fault
from attribution.policy import Parameter, policy_names
from attribution.timeline import DEVELOPER, PUBLIC, Timeline

LINE = "__line__"
INSTANTS = ("at", "visit_at", "proof_at", "proposed_at")
WHO_FIELDS = ("by", "closed_by", "against", "who", "asked_for", "absent", "busy", "between", "carries")
TOP = frozenset({"policy", "document", "parameters", "rules", "claimants", "cases"})
IN_A_CASE = frozenset({"id", "clause", "title", "given", "then"})


class _Lines(PlainLoader):
    """Remembers on which line each mapping starts."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        return {**super().construct_mapping(node, deep=deep), LINE: node.start_mark.line + 1}


def read_cases(paths: Iterable[Path], besides: Collection[str] = ()) -> list[Case]:
    """All cases of the files, whose policies ship or are ``besides``. Raises CaseFileError with every fault of every
    file; then nothing is run."""
    policies = {*policy_names(), *besides}
    cases: list[Case] = []
    faults: list[str] = []
    for path in paths:
        try:
            data = yaml.load(path.read_text(encoding="utf-8"), _Lines)  # a SafeLoader
        except (OSError, UnicodeDecodeError) as error:
            faults.append(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})")
            continue
        except yaml.YAMLError as error:
            faults.append(told_fault(str(path), error))
            continue
        reader = _FileReader(data, policies)
        cases += reader.cases()
        faults += [f"{path}:{line}: {what}" for line, what in sorted(reader.faults, key=itemgetter(0))]
    if faults:
        raise CaseFileError("\n".join(faults))
    return cases


class _FileReader:
    """Reads one file's cases, noting faults (line and what) as it goes."""

    def __init__(self, data: object, policies: Collection[str]) -> None:
        self.faults: list[tuple[int, str]] = []
        self._line, self._case_id = 1, ""
        self._data, self._policies = _mapping(data), policies
        self._claimants: dict[str, Claimant] = {}
        if not isinstance(data, dict):
            self._fault(f"a case file holds policy, claimants and cases, not {'nothing' if data is None else 'this'}")

    def cases(self) -> list[Case]:
        if not self._data:
            return []
        self._known_keys(self._data, TOP)
        policy = self._data.get("policy")
        if policy not in self._policies:
            told = "missing" if policy is None else f"{policy!r} is unknown"
            self._fault(f"policy: {told}; there are: {', '.join(sorted(self._policies))}")
        for part, model in (("claimants", Claimant), ("parameters", Parameter)):
            self._declared(part, model)
        listed = self._data.get("cases")
        if not isinstance(listed, list):
            self._fault("cases: missing, or no list")
            return []
        seen: set[str] = set()
        read = [self._case(item, seen) for item in listed]
        return [case for case in read if case is not None]

    def _declared(self, part: str, model: type[BaseModel]) -> None:
        declared = self._data.get(part)
        if declared is not None and not isinstance(declared, dict):
            self._fault(f"{part}: a mapping of names to what they are")
        for name, raw in _mapping(declared).items():
            if name != LINE:
                with self._at(raw, ""):
                    made = self._validated(model, raw, f"{part}.{name}")
                if isinstance(made, Claimant):
                    self._claimants[str(name)] = made

    def _case(self, raw: object, seen: set[str]) -> Case | None:
        item, before = _mapping(raw), len(self.faults)
        name = str(item.get("id", "?"))
        with self._at(raw, name):
            if "id" not in item:
                self._fault("id: missing")
            elif name in seen:
                self._fault("id: used twice")
            seen.add(name)
            self._known_keys(item, IN_A_CASE)
            entries = self._entries(item.get("given"))
            wanted = self._wanted(item.get("then"))
        if len(self.faults) > before or wanted is None:
            return None
        clause = item.get("clause", "")
        return Case(
            id=name,
            policy=str(self._data.get("policy")),
            clause=tuple(map(str, clause)) if isinstance(clause, list) else (str(clause),),
            title=str(item.get("title", "")),
            timeline=Timeline(entries=tuple(entries), claimants=self._claimants),
            wanted=wanted,
        )

    def _entries(self, given: object) -> list[AnyEntry]:
        if not isinstance(given, list) or not given:
            self._fault("given: missing, or no list of entries")
            return []
        made: list[AnyEntry] = []
        latest: datetime | None = None
        for number, raw in enumerate(given, start=1):
            with self._at(raw, self._case_id):
                at, entry = self._entry(raw, number)
                if at and latest and at < latest:
                    self._fault(f"given[{number}].at: earlier than the entry before; oldest first")
            latest = at or latest
            made += [entry] if entry else []
        return made

    def _entry(self, raw: object, number: int) -> tuple[datetime | None, AnyEntry | None]:
        """The entry and its instant; None where they are faulty."""
        where, before = f"given[{number}]", len(self.faults)
        fields: dict[str, object] = {str(key): _plain(value) for key, value in _mapping(raw).items() if key != LINE}
        for key in INSTANTS:
            if key in fields:
                fields[key] = self._instant(fields[key], f"{where}.{key}")
        self._check_claimants(fields, where)
        at = fields.get("at")
        instant = at if isinstance(at, datetime) else None
        try:
            entry = ENTRY.validate_python({**fields, "id": f"e{number}"})
        except ValidationError as error:
            for fault in error.errors():
                if not (fault["loc"] and fault["loc"][-1] in INSTANTS and fields.get(str(fault["loc"][-1]), 0) is None):
                    self._told(where, fault["loc"][1:], fault)
            return instant, None
        return instant, entry if len(self.faults) == before else None

    def _wanted(self, raw: object) -> Wanted | None:
        if not isinstance(raw, dict) or not set(raw) - {LINE}:
            self._fault("then: missing; say what must come out")
            return None
        with self._at(raw, self._case_id):
            wanted = self._validated(Wanted, raw, "then")
            if not isinstance(wanted, Wanted):
                return None
            for key, shares in (("credit", wanted.credit), ("commission", wanted.commission)):
                if shares is not None and abs(sum(shares.values(), Fraction(-1))) > WITHIN:
                    self._fault(f"then.{key}: shares add up to {float(sum(shares.values())):g}, not to 1")
                self._declared_only(shares or (), f"then.{key}")
        return wanted

    def _instant(self, text: object, where: str) -> datetime | None:
        try:
            at = datetime.fromisoformat(str(text))
        except ValueError as error:
            self._fault(f'{where}: {text!r} is no date and time ({error}); write "2026-03-01 10:00:00"')
            return None
        return at if at.tzinfo else at.replace(tzinfo=OFFICE)

    def _check_claimants(self, fields: Mapping[str, object], where: str) -> None:
        do = fields.get("do")
        of_people = {"refer": ("by",), "rule": ("by",)}.get(str(do), ())
        named = [*WHO_FIELDS, *(["to"] if do in ("rule", "agree", "hand_over") else [])]
        for key in named:
            value = fields.get(key)
            if value is None or key in of_people:
                continue
            who = value.values() if key == "carries" and isinstance(value, dict) else value
            self._declared_only(
                who if isinstance(who, Iterable) and not isinstance(who, str) else [who], f"{where}.{key}"
            )

    def _declared_only(self, named: Iterable[object], where: str) -> None:
        for who in named:
            if str(who) not in self._claimants and who not in (DEVELOPER, PUBLIC):
                self._fault(f"{where}: {who!r} is not declared under claimants")

    def _known_keys(self, item: Mapping[str, object], allowed: Collection[str]) -> None:
        for key in item:
            if key != LINE and key not in allowed:
                self._fault(f"unknown key {key!r}; allowed: {', '.join(sorted(allowed))}")

    def _validated(self, model: type[BaseModel], raw: object, where: str) -> BaseModel | None:
        try:
            return model.model_validate(_plain(raw, 2))
        except ValidationError as error:
            for fault in error.errors():
                self._told(where, fault["loc"], fault)
            return None

    def _told(self, where: str, loc: tuple[int | str, ...], fault: ErrorDetails) -> None:
        key, what = ".".join([where, *map(str, loc)]), fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            what = "unknown key"
        elif fault["type"] == "missing":
            what = "missing"
        elif fault["type"].startswith("union_tag"):
            allowed = str(fault.get("ctx", {}).get("expected_tags", "")).replace("'", "")
            key, what = f"{where}.do", f"no kind of entry; allowed: {allowed}" if allowed else "missing"
        self._fault(f"{key}: {what}")

    @contextmanager
    def _at(self, raw: object, case: str) -> Iterator[None]:
        """Faults noted inside are told with this place; where it has no line of its own, with that around it."""
        outer = self._line, self._case_id
        line = _mapping(raw).get(LINE)
        self._line, self._case_id = line if isinstance(line, int) else self._line, case
        yield
        self._line, self._case_id = outer

    def _fault(self, what: str) -> None:
        self.faults.append((self._line, f"{self._case_id}: {what}" if self._case_id else what))


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _plain(value: object, depth: int = 1) -> object:
    """Without the lines."""
    if not isinstance(value, dict):
        return value
    return {key: _plain(item, depth - 1) if depth > 1 else item for key, item in value.items() if key != LINE}
