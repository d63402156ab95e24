"""Every case of every document comes out as its text says; and every clause that decides is cited by some case."""

from __future__ import annotations

from pathlib import Path

import pytest

from attribution.cases import Case, read_cases, replay_case
from attribution.policy import load_policy, policy_names

HERE = Path(__file__).parent
FILES = [*sorted((HERE.parent / "cases").glob("*.yaml")), *sorted((HERE / "cases").glob("*.yaml"))]
CASES = read_cases(FILES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.policy}:{case.id}")
def test_a_case_comes_out_as_the_document_says(case: Case) -> None:
    outcome = replay_case(case, load_policy(case.policy))
    assert outcome.error is None
    assert outcome.differs == (), f"wanted {case.wanted}, got {outcome.got}"


@pytest.mark.parametrize("name", policy_names())
def test_every_clause_that_decides_is_cited_by_a_case(name: str) -> None:
    policy = load_policy(name)
    cited: set[str] = set()
    for case in CASES:
        if case.policy == name and (got := replay_case(case, policy).got):
            cited |= set(got.because)
    assert {clause for clause, text in policy.clauses.items() if text.decides} <= cited
