"""`menjian policy`: the rule systems as a user meets them, and the generated page about them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.policies_page import page
from attribution.policy import policy_names
from tests.api.conftest import Menjian
from tests.attribution.test_policy import OFFICE

CASES = Path(__file__).parent.parent / "cases"


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """An office of one's own."""
    path = tmp_path / "ours.yaml"
    path.write_text(OFFICE, encoding="utf-8")
    return path


def test_list_names_every_policy_that_ships(menjian: Menjian) -> None:
    ran = menjian("policy", "list", "--json")
    assert ran.code == 0
    assert [row["policy"] for row in json.loads(ran.out)] == policy_names()
    table = menjian("policy", "list").out
    assert all(name in table for name in policy_names())


def test_show_prints_parameters_and_clauses_in_both_languages(menjian: Menjian) -> None:
    said = menjian("policy", "show", "thirds").out
    for part in ("recognise_within_min", "minutes", "离职人员的客户由营销经理分配", "consultant who left"):
        assert part in said


def test_show_takes_a_file_too_and_names_what_there_is_when_the_name_is_unknown(menjian: Menjian, ours: Path) -> None:
    assert "首接制" in menjian("policy", "show", ours).out
    ran = menjian("policy", "show", "fourths")
    assert ran.code == 2
    assert "thirds" in ran.err


def test_check_says_that_a_good_file_is_good(menjian: Menjian, ours: Path) -> None:
    ran = menjian("policy", "check", ours)
    assert ran.code == 0
    assert ran.out.startswith(f"{ours}: good; 2 clauses, 2 rules, version ")


def test_check_tells_every_fault_on_a_line_and_ends_with_2(menjian: Menjian, ours: Path) -> None:
    text = OFFICE.replace("owned: false", "ownd: false").replace("owner: rest", "owner: 0.5")
    ours.write_text(text, encoding="utf-8")
    ran = menjian("policy", "check", ours)
    assert ran.code == 2
    first, second = ran.err.splitlines()
    assert first.startswith(f"menjian: {ours}: rules.0.when: 'ownd' is unknown; do you mean 'owned'? allowed: ")
    assert second.startswith(f"menjian: {ours}: rules.1.then.credit: shares add up to 4/5, not to 1")


def test_check_of_a_file_that_is_not_there_is_one_line(menjian: Menjian, tmp_path: Path) -> None:
    ran = menjian("policy", "check", tmp_path / "none.yaml")
    assert ran.code == 2
    assert ran.err.splitlines() == [f"menjian: {tmp_path / 'none.yaml'}: cannot be read (No such file or directory)"]


def test_diff_lists_the_cases_that_come_out_differently_in_credit_or_commission(menjian: Menjian) -> None:
    ran = menjian("policy", "diff", "thirds", "seventy-thirty", CASES / "thirds.yaml", "--json")
    told = json.loads(ran.out)
    assert ran.code == 0
    assert told["cases"] == 7
    differ = {row["case"]: (row["thirds"], row["seventy-thirty"]) for row in told["differ"]}
    assert differ["TH-6-never"] == ("S2", "S1")
    assert differ["TH-4-owner-busy"][0] != differ["TH-4-owner-busy"][1]
    assert "TH-2-caller" not in differ


def test_diff_takes_a_file_of_ones_own(menjian: Menjian, ours: Path) -> None:
    ran = menjian("policy", "diff", "thirds", ours, CASES / "thirds.yaml")
    assert ran.code == 0
    assert "of 7 cases come out differently" in ran.out


def test_diff_of_a_policy_with_itself_is_wrong_usage(menjian: Menjian) -> None:
    assert menjian("policy", "diff", "thirds", "thirds", CASES / "thirds.yaml").code == 2


def test_the_page_of_policies_is_what_make_policies_writes(checkout: Path) -> None:
    written = (checkout / "docs/policies.md").read_text(encoding="utf-8")
    assert written == page([checkout / "tests/cases", checkout / "tests/attribution/cases"]), "run `make policies`"
