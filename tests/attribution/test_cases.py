"""Case files: every fault of every file at once, with file, line, case and key; nothing half-read."""

from __future__ import annotations

from pathlib import Path

import pytest

from attribution.cases import CaseFileError, read_cases, replay_case
from attribution.policy import load_policy

HEAD = """\
policy: thirds
claimants:
  S1: {kind: consultant}
  S2: {kind: consultant}
cases:
"""

GOOD = '{at: "2026-03-01 10:00:00", do: receive, person: wang, by: S1, turn: rota}'


def case(*entries: str, then: str = "{credit: {S1: 1}}", name: str = "one") -> str:
    """A case whose first entry stands on its fifth line."""
    lines = [f"  - id: {name}", '    clause: "1"', "    title: a case", "    given:"]
    return "\n".join([*lines, *(f"      - {entry}" for entry in entries), f"    then: {then}", ""])


def written(folder: Path, text: str, name: str = "office.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def faults(*paths: Path) -> list[str]:
    with pytest.raises(CaseFileError) as told:
        read_cases(paths)
    return str(told.value).splitlines()


ENTRY_FAULTS = [
    # a date that does not exist, quoted and unquoted
    ('{at: "2026-02-30 10:00:00", do: receive, person: wang, by: S1}', "given[1].at: '2026-02-30 10:00:00' is no date"),
    ("{at: 2026-02-30 10:00:00, do: receive, person: wang, by: S1}", "given[1].at: '2026-02-30 10:00:00' is no date"),
    # no instant at all
    ("{do: receive, person: wang, by: S1}", "given[1].at: missing"),
    # an unknown kind, and none
    ('{at: "2026-03-01 10:00:00", do: dance, person: wang}', "given[1].do: no kind of entry; allowed: interact,"),
    ('{at: "2026-03-01 10:00:00", person: wang}', "given[1].do: missing"),
    # a key the kind does not have, and one it must have
    ('{at: "2026-03-01 10:00:00", do: receive, person: wang, by: S1, colour: red}', "given[1].colour: unknown key"),
    ('{at: "2026-03-01 10:00:00", do: receive, by: S1}', "given[1].person: missing"),
    # masked in the wrong form: four stars, then four digits
    ('{at: "2026-03-01 10:00:00", do: report, person: wang, by: S1, phone: "138****8888"}', "given[1].phone: a phone"),
    # too few digits
    ('{at: "2026-03-01 10:00:00", do: report, person: wang, by: S1, phone: "1380000"}', "given[1].phone: a phone has"),
    # undeclared claimants, wherever they are named
    ('{at: "2026-03-01 10:00:00", do: receive, person: wang, by: S9}', "given[1].by: 'S9' is not declared"),
    ('{at: "2026-03-01 10:00:00", do: receive, person: w, by: S1, busy: [S8]}', "given[1].busy: 'S8' is not declared"),
    ('{at: "2026-03-01 10:00:00", do: hand_over, person: wang, to: S7}', "given[1].to: 'S7' is not declared"),
    ('{at: "2026-03-01 10:00:00", do: arrive, person: w, carries: {dm: A5}}', "given[1].carries: 'A5' is not declared"),
    # a ruling that gives away less than everything
    (
        '{at: "2026-03-01 10:00:00", do: rule, person: w, by: manager, to: {S1: 0.5, S2: 0.4}}',
        "given[1].to: shares add up to 0.9, not to 1",
    ),
    # a deviation below zero at the door
    ('{at: "2026-03-01 10:00:00", do: arrive, person: w, door: {S1: [0.0, -0.1]}}', "given[1].door.S1.1: Input should"),
    # no mapping: told with the line of the case
    ("walked in", "given[1].do: missing"),
]


@pytest.mark.parametrize(("entry", "told"), ENTRY_FAULTS)
def test_a_faulty_entry_is_told_with_file_line_case_and_key(tmp_path: Path, entry: str, told: str) -> None:
    path = written(tmp_path, HEAD + case(entry))
    line = 6 if entry == "walked in" else 10
    found = faults(path)
    assert len(found) == 1
    assert found[0].startswith(f"{path}:{line}: one: {told}")


def test_entries_out_of_order_are_told_also_next_to_other_faults(tmp_path: Path) -> None:
    late, early = (GOOD.replace("03-01", day).replace("S1", "S9") for day in ("03-03", "03-02"))
    path = written(tmp_path, HEAD + case(late, early))
    assert f"{path}:11: one: given[2].at: earlier than the entry before; oldest first" in faults(path)


WANTED_FAULTS = [
    # shares that do not add up, within a thousandth
    ("{credit: {S1: 0.5, S2: 0.6}}", "then.credit: shares add up to 1.1, not to 1"),
    ("{commission: {S1: 0.3, S2: 0.3}}", "then.commission: shares add up to 0.6, not to 1"),
    # undeclared
    ("{credit: {S5: 1}}", "then.credit: 'S5' is not declared under claimants"),
    # a slip of the pen must not pass as a case that wants nothing
    ("{credit: {S1: 1}, becuase: ['1']}", "then.becuase: unknown key"),
    ("{}", "then: missing; say what must come out"),
]


@pytest.mark.parametrize(("then", "told"), WANTED_FAULTS)
def test_a_faulty_outcome_is_told_with_its_key(tmp_path: Path, then: str, told: str) -> None:
    path = written(tmp_path, HEAD + case(GOOD, then=then))
    found = faults(path)
    assert len(found) == 1
    assert found[0].split(": ", 1)[1] == f"one: {told}"


FILE_FAULTS = [
    # an unknown office: all that there are
    (HEAD.replace("thirds", "fourths") + case(GOOD), 1, "policy: 'fourths' is unknown; there are: call-and-visit,"),
    # no policy named
    (HEAD.replace("policy: thirds", "document: x") + case(GOOD), 1, "policy: missing"),
    # an unknown key at the top
    (HEAD.replace("cases:", "notes: 1\ncases:") + case(GOOD), 1, "unknown key 'notes'; allowed: cases,"),
    # an id used twice: the second one's line
    (HEAD + case(GOOD) + case(GOOD), 12, "one: id: used twice"),
    # no such kind of claimant
    (HEAD.replace("S2: {kind: consultant}", "S2: {kind: boss}") + case(GOOD), 4, "claimants.S2.kind: Input should be"),
    # a claimant declared twice is a fault of the YAML
    (HEAD.replace("S2:", "S1:") + case(GOOD), 4, "not readable as YAML (key 'S1' twice)"),
    # wrong indentation
    (HEAD + "  - id: one\n   given: x\n", 7, "not readable as YAML (expected <block end>"),
    # nothing in it
    ("", 1, "a case file holds policy, claimants and cases, not nothing"),
]


@pytest.mark.parametrize(("text", "line", "told"), FILE_FAULTS)
def test_a_faulty_file_is_told_with_its_line(tmp_path: Path, text: str, line: int, told: str) -> None:
    path = written(tmp_path, text)
    found = faults(path)
    assert len(found) == 1
    assert found[0].startswith(f"{path}:{line}: {told}")


def test_all_faults_of_all_files_are_told_in_the_order_of_their_lines(tmp_path: Path) -> None:
    first = written(tmp_path, HEAD + case(ENTRY_FAULTS[0][0]) + case(GOOD, then="{credit: {S1: 2}}"), "a.yaml")
    second = written(tmp_path, HEAD + "  - [", "b.yaml")
    good = written(tmp_path, HEAD + case(GOOD), "c.yaml")
    found = faults(first, second, good, tmp_path / "none.yaml")
    places = [line.split(": ")[0] for line in found]
    assert places == [f"{first}:10", f"{first}:12", f"{first}:17", f"{second}:6", str(tmp_path / "none.yaml")]


def test_an_instant_with_an_offset_keeps_it_and_one_without_is_the_offices(tmp_path: Path) -> None:
    entries = [GOOD.replace("2026-03-01 10:00:00", at) for at in ("2026-03-01 10:00:00", "2026-03-01T02:30:00+00:00")]
    (read,) = read_cases([written(tmp_path, HEAD + case(*entries))])
    one, other = read.timeline.entries
    assert (other.at - one.at).total_seconds() == 30 * 60


def test_thirds_written_as_decimals_are_exact(tmp_path: Path) -> None:
    (read,) = read_cases([written(tmp_path, HEAD + case(GOOD, then="{credit: {S1: 0.3333, S2: 0.6667}}"))])
    assert read.wanted.credit is not None
    assert sum(read.wanted.credit.values()) == 1


def test_a_policy_of_ones_own_may_be_named_besides_those_that_ship(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD.replace("thirds", "nineteenth") + case(GOOD))
    (read,) = read_cases([path], besides=["nineteenth"])
    assert read.policy == "nineteenth"


DOORS = [
    # 0.1 s apart, each sure to 0.03 s: inside the document's tolerance, one moment; half each
    ("{A1: [0.0, 0.03], A2: [0.1, 0.03], wang: [3.0, 0.03]}", "{credit: {D1: 0.5, D2: 0.5}}"),
    # 2 s apart, sure to 0.03 s: two moments, for which the document has no word; a person must rule
    ("{A1: [0.0, 0.03], A2: [2.0, 0.03], wang: [5.0, 0.03]}", "{status: review}"),
    # 2 s apart, but only sure to 2 s: no order is sure at 0.99, so one moment again
    ("{A1: [0.0, 2.0], A2: [2.0, 2.0], wang: [30.0, 0.03]}", "{credit: {D1: 0.5, D2: 0.5}}"),
    # a plain number is exact
    ("{A1: 0.0, A2: 2.0, wang: 5.0}", "{status: review}"),
]


@pytest.mark.parametrize(("door", "then"), DOORS)
def test_whether_two_agents_came_at_once_follows_from_how_sure_the_door_is(
    tmp_path: Path, door: str, then: str
) -> None:
    head = (
        "policy: junyuan-2012\nclaimants:\n  D1: {kind: distributor}\n  D2: {kind: distributor}\n"
        "  A1: {kind: agent, of: D1}\n  A2: {kind: agent, of: D2}\ncases:\n"
    )
    entries = [
        f'{{at: "2026-03-01 10:00:00", do: arrive, person: wang, door: {door}}}',
        '{at: "2026-03-01 10:04:00", do: confirm, person: wang, by: A1}',
        '{at: "2026-03-01 10:05:00", do: confirm, person: wang, by: A2}',
        '{at: "2026-03-20 15:00:00", do: deal, person: wang}',
    ]
    (read,) = read_cases([written(tmp_path, head + case(*entries, then=then))])
    outcome = replay_case(read, load_policy(read.policy))
    assert outcome.got is not None
    assert outcome.passed, outcome.got.credit
