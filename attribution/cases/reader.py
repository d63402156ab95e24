"""Reads case files: every fault of every file, with file, line, case and key, before anything is run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import yaml
from pydantic import BaseModel, ValidationError

from attribution.cases.case import WITHIN, Case, CaseFileError, Wanted
from attribution.entries import ENTRY, AnyEntry, Claimant
from attribution.periods import OFFICE
from attribution.policy import Parameter
from attribution.timeline import DEVELOPER, PUBLIC, Timeline

LINE = "__line__"
INSTANTS = ("at", "visit_at", "proof_at", "proposed_at")
WHO_FIELDS = ("by", "closed_by", "against", "who", "asked_for", "absent", "busy", "between")


class _Lines(yaml.SafeLoader):
    """Remembers on which line each mapping starts."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        for key, (key_node, _) in zip(keys, node.value, strict=True):
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} twice", key_node.start_mark)
        made = super().construct_mapping(node, deep=deep)
        return {**made, LINE: node.start_mark.line + 1}


def read_cases(paths: Iterable[Path]) -> list[Case]:
    """All cases of the files. Raises CaseFileError with every fault of every file; then nothing is run."""
    cases: list[Case] = []
    faults: list[str] = []
    for path in paths:
        try:
            data = yaml.load(path.read_text(encoding="utf-8"), _Lines)  # a SafeLoader
        except (OSError, UnicodeDecodeError) as error:
            faults.append(f"{path}: cannot be read ({error})")
            continue
        except yaml.YAMLError as error:
            faults.append(f"{path}: not readable as YAML ({' '.join(str(error).split())})")
            continue
        cases += _FileReader(path.name, data, faults).cases()
    if faults:
        raise CaseFileError("\n".join(faults))
    return cases


class _FileReader:
    """Reads one file's cases, noting faults as it goes."""

    def __init__(self, name: str, data: object, faults: list[str]) -> None:
        self._name, self._faults = name, faults
        self._data: Mapping[str, object] = data if isinstance(data, dict) else {}
        self._claimants: dict[str, Claimant] = {}
        if not isinstance(data, dict):
            self._fault(
                1,
                "",
                f"a case file holds policy, claimants and cases, not {type(data).__name__}",
            )

    def cases(self) -> list[Case]:
        allowed = {
            "policy",
            "document",
            "parameters",
            "rules",
            "claimants",
            "cases",
            LINE,
        }
        for key in set(self._data) - allowed:
            self._fault(1, "", f"unknown key {key!r}")
        if not isinstance(self._data.get("policy"), str):
            self._fault(1, "", "policy: missing")
        for who, claimant in _mapping(self._data.get("claimants")).items():
            if who != LINE:
                made = self._validated(Claimant, claimant, "", f"claimants.{who}")
                if isinstance(made, Claimant):
                    self._claimants[str(who)] = made
        for name, parameter in _mapping(self._data.get("parameters")).items():
            if name != LINE:
                self._validated(Parameter, parameter, "", f"parameters.{name}")
        listed = self._data.get("cases")
        if not isinstance(listed, list):
            self._fault(1, "", "cases: missing, or no list")
            return []
        read = [self._case(_mapping(item)) for item in listed]
        self._no_doubles(listed)
        return [case for case in read if case is not None]

    def _no_doubles(self, listed: list[object]) -> None:
        seen: set[object] = set()
        for item in map(_mapping, listed):
            if item.get("id") in seen:
                self._fault(item.get(LINE), str(item.get("id")), "id: used twice")
            seen.add(item.get("id"))

    def _case(self, item: Mapping[str, object]) -> Case | None:
        name, before = str(item.get("id", "?")), len(self._faults)
        for key in set(item) - {"id", "clause", "title", "given", "then", LINE}:
            self._fault(item.get(LINE), name, f"unknown key {key!r}")
        entries = self._entries(item, name)
        wanted = self._validated(Wanted, item.get("then"), name, "then")
        if isinstance(wanted, Wanted):
            self._check_shares(wanted, name, _mapping(item.get("then")).get(LINE))
        if len(self._faults) > before or not isinstance(wanted, Wanted):
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

    def _entries(self, item: Mapping[str, object], case: str) -> list[AnyEntry]:
        given = item.get("given")
        if not isinstance(given, list) or not given:
            self._fault(item.get(LINE), case, "given: missing or empty")
            return []
        made: list[AnyEntry] = []
        for number, raw in enumerate(map(_mapping, given), start=1):
            entry = self._entry(raw, case, number)
            if entry is None:
                continue
            if made and entry.at < made[-1].at:
                self._fault(
                    raw.get(LINE),
                    case,
                    f"given[{number}].at: earlier than the entry before; oldest first",
                )
            made.append(entry)
        return made

    def _entry(self, raw: Mapping[str, object], case: str, number: int) -> AnyEntry | None:
        fields = {key: value for key, value in raw.items() if key != LINE}
        where = f"given[{number}]"
        for key in INSTANTS:
            if key in fields:
                fields[key] = self._instant(fields[key], raw.get(LINE), case, f"{where}.{key}")
        if any(fields.get(key, True) is None for key in INSTANTS):
            return None
        self._check_claimants(fields, raw.get(LINE), case, where)
        for key, value in fields.items():
            if isinstance(value, dict):
                fields[key] = {inner: v for inner, v in value.items() if inner != LINE}
        try:
            return ENTRY.validate_python({**fields, "id": f"e{number}"})
        except ValidationError as error:
            for fault in error.errors():
                key = ".".join(str(part) for part in fault["loc"][1:] or fault["loc"])
                self._fault(
                    raw.get(LINE),
                    case,
                    f"{where}.{key}: {fault['msg'].removeprefix('Value error, ')}",
                )
            return None

    def _instant(self, text: object, line: object, case: str, where: str) -> datetime | None:
        try:
            return datetime.fromisoformat(str(text)).replace(tzinfo=OFFICE)
        except ValueError as error:
            self._fault(
                line,
                case,
                f'{where}: {text!r} is no date and time ({error}); write "2026-03-01 10:00:00"',
            )
            return None

    def _check_claimants(self, fields: Mapping[str, object], line: object, case: str, where: str) -> None:
        known = {*self._claimants, DEVELOPER, PUBLIC}
        people = fields.get("do") == "refer"
        for key in WHO_FIELDS:
            named = fields.get(key)
            if named is None or (key == "by" and (people or fields.get("do") == "rule")):
                continue
            for who in named if isinstance(named, list) else [named]:
                if who not in known:
                    self._fault(
                        line,
                        case,
                        f"{where}.{key}: {who!r} is not declared under claimants",
                    )

    def _check_shares(self, wanted: Wanted, case: str, line: object) -> None:
        for key, shares in (
            ("credit", wanted.credit),
            ("commission", wanted.commission),
        ):
            if shares is None:
                continue
            if abs(sum(shares.values(), Fraction(-1))) > WITHIN:
                self._fault(
                    line,
                    case,
                    f"then.{key}: shares add up to {float(sum(shares.values())):g}, not to 1",
                )
            for who in set(shares) - {*self._claimants, DEVELOPER, PUBLIC}:
                self._fault(line, case, f"then.{key}: {who!r} is not declared under claimants")

    def _validated(self, model: type[BaseModel], raw: object, case: str, where: str) -> BaseModel | None:
        fields = {key: _plain(value) for key, value in _mapping(raw).items() if key != LINE}
        try:
            return model.model_validate(fields)
        except ValidationError as error:
            for fault in error.errors():
                key = ".".join([where, *map(str, fault["loc"])])
                self._fault(_mapping(raw).get(LINE), case, f"{key}: {fault['msg']}")
            return None

    def _fault(self, line: object, case: str, what: str) -> None:
        self._faults.append(f"{self._name}:{line}: {case + ': ' if case else ''}{what}")


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _plain(value: object) -> object:
    return {key: item for key, item in value.items() if key != LINE} if isinstance(value, dict) else value
