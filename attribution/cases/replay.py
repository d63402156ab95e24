"""Replays cases and compares what came out with what must."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from attribution.cases.case import WITHIN, Case, Wanted
from attribution.decide import decide
from attribution.decision import Decision, Shares
from attribution.policy import Policy


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A case replayed: what was got, and what differs (nothing: passed)."""

    case: Case
    got: Decision | None
    differs: tuple[str, ...]
    error: str | None = None

    @property
    def passed(self) -> bool:
        """Everything wanted came out."""
        return not self.differs and self.error is None


def replay_case(case: Case, policy: Policy) -> Outcome:
    """Decide one case and compare; a rule that cannot be applied is the case's error, not the run's. The clauses cited
    are compared under the case's own policy only: another document numbers its own."""
    try:
        got = decide(case.timeline, policy)
    except (LookupError, TypeError, ValueError) as error:
        return Outcome(case=case, got=None, differs=(), error=str(error))
    differs = tuple(_differences(case.wanted, got))
    if policy.policy == case.policy and set(case.wanted.because) - set(got.because):
        differs += ("because",)
    return Outcome(case=case, got=got, differs=differs)


def _differences(wanted: Wanted, got: Decision) -> Iterable[str]:
    commission = wanted.commission if wanted.commission is not None else wanted.credit
    for name, want, have in (
        ("credit", wanted.credit, got.credit),
        ("commission", commission, got.commission),
    ):
        if want is not None and not _alike(want, have):
            yield name
    for name in ("status", "report", "arrival", "next_turn", "fine"):
        want = getattr(wanted, name)
        if want is not None and want != getattr(got, name):
            yield name


def _alike(want: Shares, have: Shares | None) -> bool:
    if have is None:
        return False
    return all(abs(want.get(who, Fraction(0)) - have.get(who, Fraction(0))) <= WITHIN for who in {*want, *have})
