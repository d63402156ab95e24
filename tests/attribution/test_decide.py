"""What holds for every policy and every record: shares, replay, what may be cited, what cannot matter."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.cases import Case, read_cases
from attribution.decide import decide
from attribution.decision import Decision
from attribution.entries import AnyEntry, Interact, Link, Receive
from attribution.policy import Policy, load_policy, policy_names
from attribution.timeline import Timeline

CASES_FOLDER = Path(__file__).parent.parent / "cases"
FILES = sorted(CASES_FOLDER.glob("*.yaml"))
CASES = read_cases(FILES)
POLICIES = [load_policy(name) for name in policy_names()]
CALENDAR_CYCLE = timedelta(weeks=1461)
"""28 years: weekdays, month ends and leap years fall alike."""


@st.composite
def records(draw: st.DrawFn) -> tuple[Policy, Timeline]:
    """A policy and the record of some office's case from which entries may be missing."""
    case: Case = draw(st.sampled_from(CASES))
    kept = [entry for entry in case.timeline.entries if draw(st.integers(0, 5)) > 0]
    # somebody must be named, or there is nothing to decide
    entries = kept if any(getattr(entry, "person", None) for entry in kept) else list(case.timeline.entries)
    return draw(st.sampled_from(POLICIES)), Timeline(entries=entries, claimants=case.timeline.claimants)


def moved(entry: AnyEntry, by: timedelta) -> AnyEntry:
    """The same entry at another time."""
    instants = {
        name: at + by for name in ("at", "visit_at", "proof_at", "proposed_at") if (at := getattr(entry, name, None))
    }
    return entry.model_copy(update=instants)


def outcome(decision: Decision) -> tuple[object, ...]:
    """What a decision says, without its version."""
    return (decision.credit, decision.commission, decision.status, decision.because, decision.report, decision.arrival)


@given(records())
@settings(max_examples=300, deadline=None)
def test_any_record_is_decided_and_shares_add_up_to_exactly_one(record: tuple[Policy, Timeline]) -> None:
    policy, timeline = record
    told = decide(timeline, policy)
    for shares in (told.credit, told.commission):
        assert shares is None or sum(shares.values(), Fraction(0)) == 1
    assert told.credit is not None or told.status == "review"


@given(records(), st.integers(0, 20))
@settings(max_examples=150, deadline=None)
def test_nothing_later_than_the_moment_asked_for_is_cited(record: tuple[Policy, Timeline], place: int) -> None:
    policy, timeline = record
    first_named = next(i for i, entry in enumerate(timeline.entries) if getattr(entry, "person", None))
    until = timeline.entries[min(max(place, first_named), len(timeline.entries) - 1)].at
    told = decide(timeline, policy, at=until)
    at = {entry.id: entry.at for entry in timeline.entries}
    assert all(at[entry] <= until for reason in told.reasons for entry in reason.entries)


@given(records())
@settings(max_examples=150, deadline=None)
def test_a_whole_turn_of_the_calendar_changes_nothing(record: tuple[Policy, Timeline]) -> None:
    policy, timeline = record
    later = Timeline(entries=[moved(entry, CALENDAR_CYCLE) for entry in timeline.entries], claimants=timeline.claimants)
    assert outcome(decide(timeline, policy)) == outcome(decide(later, policy))


@given(records())
@settings(max_examples=150, deadline=None)
def test_entries_about_unrelated_people_change_nothing(record: tuple[Policy, Timeline]) -> None:
    policy, timeline = record
    first = timeline.entries[0].at
    strangers: list[AnyEntry] = [
        Interact(at=first, id="x1", do="interact", person="somebody else", kind="visit"),
        Receive(at=first, id="x2", do="receive", person="somebody else", by="S1", turn="rota"),
    ]
    person = subject(timeline)
    crowded = Timeline(entries=[*strangers, *timeline.entries], claimants=timeline.claimants)
    assert decide(crowded, policy, person=person).canonical() == decide(timeline, policy, person=person).canonical()


def subject(timeline: Timeline) -> str:
    """Whom the record is about: the purchaser, else the last person named."""
    if timeline.deal:
        return timeline.deal.person
    return str(next(person for entry in reversed(timeline.entries) if (person := getattr(entry, "person", None))))


LINKED = [case for case in CASES if any(isinstance(e, Link) for e in case.timeline.entries)]


@pytest.mark.parametrize("case", LINKED, ids=lambda case: case.id)
def test_a_link_joins_either_way_round(case: Case) -> None:
    entries: Sequence[AnyEntry] = [
        e.model_copy(update={"person": e.to, "to": e.person}) if isinstance(e, Link) else e
        for e in case.timeline.entries
    ]
    policy, turned = load_policy(case.policy), Timeline(entries=entries, claimants=case.timeline.claimants)
    person = subject(case.timeline)
    assert outcome(decide(case.timeline, policy, person=person)) == outcome(decide(turned, policy, person=person))


def test_another_process_reaches_the_same_hashes() -> None:
    code = (
        "import sys; from pathlib import Path; from attribution.cases import read_cases; "
        "from attribution.decide import decide; from attribution.policy import load_policy\n"
        "for case in read_cases(sorted(Path(sys.argv[1]).glob('*.yaml'))):\n"
        "    print(decide(case.timeline, load_policy(case.policy)).hash)"
    )
    command = [sys.executable, "-c", code, str(CASES_FOLDER)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}).stdout
    assert printed.split() == [decide(case.timeline, load_policy(case.policy)).hash for case in CASES]


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.policy)
def test_a_customer_of_whom_nothing_is_on_record_is_nobodys(policy: Policy) -> None:
    decision = decide(Timeline(entries=[], claimants={}), policy, person="p1")
    assert (decision.credit, decision.because) == ({policy.nobody: Fraction(1)}, ())
