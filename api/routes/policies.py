"""The rules that decide: which there are, which is in force, and switching to another."""

from __future__ import annotations

import json
from datetime import datetime
from difflib import unified_diff
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, Field

from api.access.roles import PREFIX
from api.deps import ActorDep, Listed, Now, SiteDep
from api.errors import ApiError
from api.schemas import Body, Recorded, Remark, Row
from attribution.policy import Policy, policy_names
from models.ledger.kinds import PolicySwitched
from models.ledger.read import entries_of_kind
from models.policies import PolicyText, named_policy, policy_in_force, switch_policy
from models.session import ReadSession
from models.site import Site

router = APIRouter(prefix=PREFIX, tags=["privacy"])

NAME = r"^[a-z0-9][a-z0-9-]{0,59}$"
NamePath = Annotated[str, Path(pattern=NAME, examples=["junyuan-2012"])]
Other = Annotated[str, Query(alias="with", pattern=NAME, examples=["thirds"])]


class PolicyRow(Row):
    """A policy: the ``document`` it renders, its ``version`` (SHA-256 of its content), whether it is ``in_force``."""

    name: str
    document: str
    version: str
    clauses: int
    rules: int
    in_force: bool


class ParameterRow(Row):
    """A number of the document, its unit, and the clause it stands in."""

    name: str
    value: str
    unit: str | None
    clause: str


class ClauseRow(Row):
    """A clause in both languages; ``decides`` false: procedure, no rule rests on it."""

    clause: str
    zh: str
    en: str
    decides: bool


class PolicyInFull(PolicyRow):
    """A policy in full, ``text`` as it is written (YAML)."""

    parameters: list[ParameterRow]
    sentences: list[ClauseRow]
    text: str


class Change(Row):
    """A parameter or clause that differs; null where one of the two has none."""

    name: str
    before: str | None
    after: str | None


class DiffRow(Row):
    """How two policies differ; ``text`` line by line (unified diff)."""

    parameters: list[Change]
    clauses: list[Change]
    text: str


class SwitchRow(Row):
    """A switch on record."""

    entry: int
    at: AwareDatetime
    by: str
    policy: str
    version: str
    reason: str


class Switch(Body):
    """Which policy decides from now on, and why; the reason stays on record for good, so it names nobody."""

    policy: str = Field(pattern=NAME, examples=["thirds"])
    reason: Remark = Field(examples=["2026 年第二季度渠道管理办法生效"])


@router.get("/policies")
def list_policies(site: SiteDep, now: Now) -> Listed[PolicyRow]:
    """The policies that can be switched to, and the one in force."""
    with site.read_session() as session:
        in_force = policy_in_force(session, site.policy_texts, site.settings.policy, now)
    known = {one.sha256: one for one in (in_force, *map(named_policy, policy_names()))}
    rows = [_row(one.policy, in_force) for one in known.values()]
    return Listed(items=sorted(rows, key=lambda row: (row.name, not row.in_force)))


@router.get("/policies/switches")
def policy_switches(site: SiteDep) -> Listed[SwitchRow]:
    """Every switch, the newest first. Before the first, the policy of the settings decides."""
    with site.read_session() as session:
        found = list(entries_of_kind(session, PolicySwitched.model_fields["do"].default))
    rows = []
    for one in reversed(found):
        said = json.loads(one.payload)
        kept = {name: said[name] for name in ("at", "policy", "version", "reason")}
        rows.append(SwitchRow(entry=one.seq, by=said["recorded_by"], **kept))
    return Listed(items=rows)


@router.post("/policies/switch", status_code=201)
def switch_to_policy(body: Switch, actor: ActorDep, site: SiteDep, now: Now) -> Recorded:
    """Have another policy decide from now on. What was decided before stays on record as it was."""
    if body.policy not in policy_names():
        raise ApiError(422, "invalid", field="policy")
    with site.write_session() as session:
        in_force = policy_in_force(session, site.policy_texts, site.settings.policy, now)
        if in_force.sha256 == named_policy(body.policy).sha256:
            raise ApiError(409, "in_force", field="policy")
        switched = switch_policy(session, site.policy_texts, body.policy, at=now, reason=body.reason, by=actor.id)
    return Recorded(entry=switched.seq)


@router.get("/policies/{name}")
def policy_in_full(name: NamePath, site: SiteDep, now: Now) -> PolicyInFull:
    """A policy in full."""
    with site.read_session() as session:
        found, in_force = _found(session, site, name, now)
    one = found.policy
    return PolicyInFull(
        **_row(one, in_force).model_dump(),
        parameters=[
            ParameterRow(name=key, value=str(each.value), unit=each.unit, clause=each.clause)
            for key, each in one.parameters.items()
        ],
        sentences=[
            ClauseRow(clause=key, zh=each.zh, en=each.en, decides=each.decides) for key, each in one.clauses.items()
        ],
        text=found.text,
    )


@router.get("/policies/{name}/diff")
def policy_diff(name: NamePath, other: Other, site: SiteDep, now: Now) -> DiffRow:
    """What would be different under another policy: its parameters, its clauses, its text."""
    with site.read_session() as session:
        before, after = (_found(session, site, one, now)[0] for one in (name, other))
    lines = unified_diff(before.text.splitlines(), after.text.splitlines(), name, other, lineterm="")
    return DiffRow(
        parameters=_changes(_parameters(before.policy), _parameters(after.policy)),
        clauses=_changes(_clauses(before.policy), _clauses(after.policy)),
        text="\n".join(lines),
    )


def _found(session: ReadSession, site: Site, name: str, now: datetime) -> tuple[PolicyText, PolicyText]:
    """The policy of this name, and the one in force: that may be an office's own, or older than what ships. Names only,
    never paths."""
    in_force = policy_in_force(session, site.policy_texts, site.settings.policy, now)
    if name == in_force.policy.policy:
        return in_force, in_force
    if name not in policy_names():
        raise ApiError(404, "not_found")
    return named_policy(name), in_force


def _row(one: Policy, in_force: PolicyText) -> PolicyRow:
    return PolicyRow(
        name=one.policy,
        document=one.document,
        version=one.version,
        clauses=len(one.clauses),
        rules=len(one.rules),
        in_force=one.version == in_force.policy.version,
    )


def _parameters(one: Policy) -> dict[str, str]:
    return {name: f"{each.value} {each.unit or ''}".strip() for name, each in one.parameters.items()}


def _clauses(one: Policy) -> dict[str, str]:
    return {name: f"{each.zh} {each.en}" for name, each in one.clauses.items()}


def _changes(before: dict[str, str], after: dict[str, str]) -> list[Change]:
    return [
        Change(name=name, before=before.get(name), after=after.get(name))
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    ]
