"""Policy files: every fault is found when the file is read, and names file, key and what is allowed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from attribution.policy import PolicyError, load_policy, policy_names, read_policy

OFFICE = """\
policy: nineteenth
document: 本案场客户归属办法
parameters:
  helper_share: {value: 0.3, clause: "2"}
  keep_months: {value: 3, unit: months, clause: "1"}
clauses:
  "1": {zh: 首接制。, en: The first to receive has the customer.}
  "2": {zh: 协助成交的分三成。, en: Who helps to close has three tenths.}
rules:
  - {clause: "1", upon: receive, when: {owned: false}, then: {owner_is: receiver}}
  - {clause: "2", upon: deal, when: {closed_by: other}, then: {credit: {closer: helper_share, owner: rest}}}
"""


def faults(text: str) -> list[str]:
    with pytest.raises(PolicyError) as told:
        read_policy(text, "ours.yaml")
    return str(told.value).splitlines()


FAULTS = [
    # an unknown fact; what it was probably meant to be comes first
    ("owned: false", "ownd: false", "rules.0.when: 'ownd' is unknown; do you mean 'owned'? allowed: against,"),
    # unknown inside an alternative
    ("owned: false", "either: {ownd: true}", "rules.0.when.either: 'ownd' is unknown; do you mean 'owned'?"),
    # an unknown effect
    ("owner_is:", "owner_are:", "rules.0.then: 'owner_are' is unknown; do you mean 'owner_is'? allowed: arrival,"),
    # an unknown clause
    ('{clause: "1", upon', '{clause: "7", upon', "rules.0.clause: '7' is not in clauses; allowed: 1, 2"),
    # an unknown role: of an effect, among shares, of a fact
    ("owner_is: receiver", "owner_is: boss", "rules.0.then.owner_is: 'boss' is no role; allowed: acting,"),
    ("{closer: helper_share", "{closr: helper_share", "rules.1.then.credit: 'closr' is no role; do you mean 'closer'?"),
    ("closed_by: other", "closed_by: others", "rules.1.when.closed_by: 'others' is no role; do you mean 'other'?"),
    # an unknown parameter: among shares, in a period
    ("closer: helper_share", "closer: help", "rules.1.then.credit.closer: 'help' is no number and no parameter; "),
    ("owned: false", "seen_within: {months: keep}", "rules.0.when.seen_within.months: 'keep' is no number and no "),
    # no period, no pair
    ("owned: false", "seen_within: 3", "rules.0.when.seen_within: 3 holds no period; write {days: N} or {months: N}"),
    ("owned: false", "same: owner", "rules.0.when.same: 'owner' is no pair; write two roles"),
    # a parameter that is no number where one is needed
    ("value: 0.3", "value: 三成", "rules.1.then.credit.closer: the value of the parameter 'helper_share' is no number"),
    # shares that do not add up
    ("owner: rest", "owner: 0.5", "rules.1.then.credit: shares add up to 4/5, not to 1; one of them may be `rest`"),
    ("owner: rest", "owner: 0.7, former: 0.5", "rules.1.then.credit: shares add up to 3/2, not to 1"),
    # an unknown kind of entry, an unknown key, a key left out
    ("upon: deal", "upon: sale", "rules.1.upon: no kind of entry; allowed: interact, report,"),
    ("document:", "dokument:", "document: Field required"),
    ("upon: deal,", "upon: deal, weather: fine,", "rules.1.weather: unknown key"),
    # what would have changed it: in one language, as a bare string, half empty, in a third language
    *(
        ("upon: deal,", f"upon: deal, otherwise: {given},", "rules.1.otherwise: write {zh: 若…, en: …}, both filled in")
        for given in ("{en: alone}", "alone", "{zh: '', en: alone}", "{zh: 若独立成交, en: alone, fr: seul}")
    ),
    # too deep
    ("owned: false", "owned: {a: {b: {c: 1}}}", "rules.0.when.owned: a word, a number, true or false"),
]


@pytest.mark.parametrize(("old", "new", "told"), FAULTS)
def test_a_fault_is_told_with_file_key_and_what_is_allowed(old: str, new: str, told: str) -> None:
    assert OFFICE.count(old) == 1
    assert any(line.startswith(f"ours.yaml: {told}") for line in faults(OFFICE.replace(old, new)))


def test_every_fault_has_a_line_of_its_own() -> None:
    text = OFFICE
    for old, new in (("owned: false", "ownd: false"), ("owner_is: receiver", "owner_is: boss"), ("rest", "0.5")):
        text = text.replace(old, new)
    assert [line.split(": ")[1] for line in faults(text)] == [
        "rules.0.when",
        "rules.0.then.owner_is",
        "rules.1.then.credit",
    ]


TEXTS = [
    # no YAML: the line
    ("policy: [", "ours.yaml:1: not readable as YAML"),
    # a clause twice: the second one's line
    (OFFICE.replace('"2": {zh', '"1": {zh'), "ours.yaml:8: not readable as YAML (key '1' twice)"),
    # no policy at all
    ("- 1", "ours.yaml: Input should be a valid dictionary"),
    ("", "ours.yaml: Input should be a valid dictionary"),
]


@pytest.mark.parametrize(("text", "told"), TEXTS)
def test_text_that_is_no_policy_is_told_in_one_line(text: str, told: str) -> None:
    (line,) = faults(text)
    assert line.startswith(told)


def test_the_version_follows_the_content_not_the_layout() -> None:
    version = read_policy(OFFICE, "a.yaml").version
    assert read_policy("# ours\n" + OFFICE.replace("value: 0.3", "value:  0.3"), "b.yaml").version == version
    assert read_policy(OFFICE.replace("value: 0.3", "value: 0.4"), "a.yaml").version != version


@pytest.mark.parametrize("name", policy_names())
def test_what_would_have_changed_it_is_said_in_both_languages(name: str) -> None:
    told = [rule.otherwise for rule in load_policy(name).rules if rule.otherwise]
    assert told
    for one in told:
        assert re.fullmatch(r"若[^若则。]+", one.zh), one.zh
        assert one.en.isascii(), one.en


def test_an_unknown_policy_names_those_that_ship() -> None:
    with pytest.raises(PolicyError) as told:
        load_policy("fourths")
    assert all(name in str(told.value) for name in policy_names())


def test_the_policy_on_the_page_can_be_used_as_it_stands(checkout: Path) -> None:
    page = (checkout / "docs/attribution.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert len(read_policy(example, "docs/attribution.md").rules) == 3
