"""`menjian decide`: cases replayed, explained, tried under other rules; faulty files stop everything."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.api.conftest import Menjian
from tests.attribution.test_policy import OFFICE

CASES = Path(__file__).parent.parent / "cases"

TWO = """\
policy: thirds
claimants:
  S1: {kind: consultant}
  S2: {kind: consultant}
cases:
  - id: right
    clause: "1"
    title: the first to receive
    given: &given
      - {at: "2026-03-01 10:00:00", do: receive, person: wang, by: S1, turn: rota}
      - {at: "2026-03-03 10:00:00", do: deal, person: wang, closed_by: S1}
    then: {credit: {S1: 1}, because: ["1"]}
  - id: wrong
    clause: "1"
    title: wants what the text does not say
    given: *given
    then: {credit: {S2: 1}, because: ["1"]}
"""


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A file with a case that passes and, after it, one that fails."""
    path = tmp_path / "two.yaml"
    path.write_text(TWO, encoding="utf-8")
    return path


def test_cases_that_pass_end_with_0(menjian: Menjian) -> None:
    ran = menjian("decide", CASES / "thirds.yaml")
    assert ran.code == 0
    assert ran.out.splitlines()[-1] == "7 passed, 0 failed"


def test_a_failing_case_ends_with_1_and_stands_first(menjian: Menjian, two: Path) -> None:
    ran = menjian("decide", two)
    assert ran.code == 1
    assert ran.out.index("wrong") < ran.out.index("right")
    assert "differs: credit" in ran.out
    assert ran.out.splitlines()[-1] == "1 passed, 1 failed"


def test_json_is_the_contract(menjian: Menjian, two: Path) -> None:
    ran = menjian("decide", two, "--json")
    told = json.loads(ran.out)
    assert ran.code == 1
    assert (told["passed"], told["failed"]) == (1, 1)
    assert set(told) == {"passed", "failed", "cases"}
    right, wrong = told["cases"]
    assert set(right) == {"id", "policy", "clause", "passed", "want", "got", "because"}
    assert (right["id"], right["policy"], right["clause"], right["passed"]) == ("right", "thirds", ["1"], True)
    assert right["want"]["credit"] == right["got"]["credit"] == {"S1": "1/1"}
    assert right["because"] == ["1"]
    assert (wrong["passed"], wrong["want"]["credit"], wrong["got"]["credit"]) == (False, {"S2": "1/1"}, {"S1": "1/1"})


def test_explain_is_a_numbered_argument_with_clauses_entries_and_what_would_change_it(menjian: Menjian) -> None:
    ran = menjian("decide", CASES / "thirds.yaml", "--explain", "TH-6-minute-4")
    assert ran.code == 0
    assert re.findall(r"^(\d)\. (\S+)", ran.out, re.MULTILINE) == [("1", "1"), ("2", "6")]
    for part in (
        "五分钟内认出的交还首次接待人",
        "recognised within 5 minutes",
        "e3: 2026-03-10 14:04 recognise",
        "若接待五分钟之后才认出，则结论不同",
        "otherwise: recognised later than five minutes into the reception",
    ):
        assert part in ran.out
    assert "credit: S1; commission: S1; decided" in ran.out


def test_explain_tells_where_a_case_differs_and_ends_as_that_case_does(menjian: Menjian, two: Path) -> None:
    assert menjian("decide", two, "--explain", "right").code == 0
    ran = menjian("decide", two, "--explain", "wrong")
    assert ran.code == 1
    assert "differs from what is wanted in credit, commission: wanted S2" in ran.out


def test_explain_of_an_unknown_case_is_wrong_usage(menjian: Menjian, two: Path) -> None:
    ran = menjian("decide", two, "--explain", "neither")
    assert ran.code == 2
    assert ran.err == "menjian: no case 'neither' in these files\n"


def test_another_policy_is_tried_on_the_same_cases_without_asking_for_its_own_clauses(menjian: Menjian) -> None:
    ran = menjian("decide", CASES / "thirds.yaml", "--policy", "seventy-thirty", "--json")
    cases = {case["id"]: case for case in json.loads(ran.out)["cases"]}
    assert {case["policy"] for case in cases.values()} == {"seventy-thirty"}
    assert cases["TH-2-caller"]["passed"]
    assert cases["TH-6-never"]["got"]["credit"] == {"S1": "1/1"}


def test_a_nineteenth_office_is_a_file_and_cases_that_name_it(menjian: Menjian, two: Path, tmp_path: Path) -> None:
    ours = tmp_path / "ours.yaml"
    ours.write_text(OFFICE, encoding="utf-8")
    two.write_text(TWO.replace("policy: thirds", "policy: nineteenth"), encoding="utf-8")
    ran = menjian("decide", two, "--policy", ours, "--explain", "right")
    assert ran.code == 0
    assert "首接制" in ran.out


def test_faults_of_all_files_and_of_the_policy_are_told_and_nothing_is_run(menjian: Menjian, two: Path) -> None:
    bad, broken = two.with_name("bad.yaml"), two.with_name("broken.yaml")
    bad.write_text(TWO.replace("2026-03-03", "2026-02-30").replace("S2: 1}", "S2: 0.5}"), encoding="utf-8")
    broken.write_text("policy: [", encoding="utf-8")
    ran = menjian("decide", two, bad, broken, "--policy", "fourths", "--json")
    assert (ran.code, ran.out) == (2, "")
    lines = ran.err.splitlines()
    assert lines[0].startswith("menjian: policy 'fourths' is unknown; there are: ")
    assert lines[1].startswith(f"menjian: {bad}:11: right: given[2].at: '2026-02-30 10:00:00' is no date and time")
    assert f"menjian: {bad}:17: wrong: then.credit: shares add up to 0.5, not to 1" in lines
    assert lines[-1].startswith(f"menjian: {broken}:1: not readable as YAML")
