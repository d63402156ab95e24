"""From record to stored decision: versions, which policy decides, and what is read back."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from attribution.decision import Sentence
from attribution.entries import Arrive, Confirm, Dispute, Interact, Link
from attribution.entries import Rule as Ruling
from models.base import ModelsError
from models.decisions import StoredDecision, decide_now, decisions_of
from models.ledger.append import append
from models.ledger.kinds import ClaimantKnown, Recordable
from models.ledger.read import count
from models.policies import PolicyTexts, policy_in_force, switch_policy
from models.site import Site
from tests.models.builders import FOUNDED

VISIT = FOUNDED + timedelta(hours=1)
LATER = VISIT + timedelta(days=1)
LED: tuple[Recordable, ...] = (
    ClaimantKnown(at=FOUNDED, who="a1", kind="agent", of="north"),
    Interact(do="interact", at=VISIT - timedelta(days=9), person="p2", kind="visit"),
    Arrive(do="arrive", at=VISIT, person="p1", door={"a1": (0.0, 0.02), "p1": (0.9, 0.02)}),
    Confirm(do="confirm", at=VISIT + timedelta(minutes=20), person="p1", by="a1"),
)
"""North's agent leads in and confirms somebody new; somebody else had visited nine days before."""


def texts_of(site: Site) -> PolicyTexts:
    return PolicyTexts(site.folder / "policies")


def recorded(site: Site, *entries: Recordable, at: datetime = LATER) -> None:
    with site.write_session() as session:
        append(session, entries, at=at, by="desk")


def decided(site: Site, *, at: datetime = LATER) -> StoredDecision:
    with site.write_session() as session:
        return decide_now(session, "p1", texts=texts_of(site), settings_policy=site.settings.policy, at=at, by="desk")


def versions(site: Site) -> list[StoredDecision]:
    with site.read_session() as session:
        return decisions_of(session, "p1", texts_of(site))


def length(site: Site) -> int:
    with site.read_session() as session:
        return count(session)


def own_policy(folder: Path, *, note: str = "") -> str:
    path = folder / "ours.yaml"
    path.write_text(
        f"{note}policy: ours\ndocument: 内部规定\n"
        "clauses:\n  '1': {zh: 确认即归属。, en: Whoever confirms has the customer.}\n"
        "rules:\n  - {clause: '1', upon: confirm, then: {credit: actor},\n"
        "     otherwise: {zh: 若由他人确认, en: somebody else had confirmed}}\n",
        encoding="utf-8",
    )
    return str(path)


def test_a_decision_is_read_back_as_it_was_made(site: Site) -> None:
    recorded(site, *LED)
    made = decided(site)
    assert made.decision.credit == {"north": Fraction(1)}
    assert made.number == 1
    assert made.upto == length(site) - 1
    assert versions(site) == [made]
    assert all(reason.zh and reason.en and reason.entries for reason in made.decision.reasons)
    assert made.decision.reasons[0].otherwise == Sentence(
        zh="若带访日前三个月内开发商系统中有互动记录",
        en="an interaction in the developer's CRM in the three months before the led visit",
    )


def test_deciding_again_puts_nothing_on_record_while_nothing_changes(site: Site) -> None:
    recorded(site, *LED)
    first = decided(site)
    recorded(site, Interact(do="interact", at=LATER, person="p9", kind="call"))
    before = length(site)
    assert decided(site) == first
    assert length(site) == before


def test_a_late_link_gives_a_new_version_and_the_old_one_stays(site: Site) -> None:
    recorded(site, *LED)
    first = decided(site)
    recorded(site, Link(do="link", at=LATER, person="p1", to="p2", how="face", verified=True))
    second = decided(site)
    assert second.decision.credit == {"developer": Fraction(1)}
    assert "1.2.6" in second.decision.because
    assert versions(site) == [first, second]
    assert [one.number for one in versions(site)] == [1, 2]


def test_a_persons_ruling_is_quoted_though_the_document_has_no_clause_for_it(site: Site) -> None:
    recorded(site, *LED, Dispute(do="dispute", at=LATER, person="p1", by="a1"))
    with site.write_session() as session:
        switch_policy(session, texts_of(site), "thirds", at=LATER, reason="new office rules", by="manager")
    recorded(site, Ruling(do="rule", at=LATER, person="p1", to={"north": Fraction(1)}, by="manager"))
    made = decided(site)
    assert made.decision.credit == {"north": Fraction(1)}
    assert made.decision.because[-1] == "rule"
    assert versions(site)[-1] == made


def test_the_policy_of_the_settings_decides_until_the_ledger_says_another(site: Site) -> None:
    with site.write_session() as session:
        switch_policy(session, texts_of(site), "thirds", at=LATER, reason="new office rules", by="manager")
        # switched ahead of time: from the next day on
        switch_policy(session, texts_of(site), "rotation", at=LATER + timedelta(days=1), reason="again", by="manager")
    with site.read_session() as session:
        found = [
            policy_in_force(session, texts_of(site), site.settings.policy, LATER + after).policy.policy
            for after in (timedelta(microseconds=-1), timedelta(0), timedelta(days=1))
        ]
    assert found == [site.settings.policy, "thirds", "rotation"]


def test_an_old_version_can_be_read_after_the_policys_file_changed(site: Site, tmp_path: Path) -> None:
    recorded(site, *LED)
    with site.write_session() as session:
        switch_policy(session, texts_of(site), own_policy(tmp_path), at=LATER, reason="own rules", by="manager")
    first = decided(site)
    Path(own_policy(tmp_path)).write_text("policy: other", encoding="utf-8")
    assert versions(site) == [first]
    assert decided(site) == first


def test_a_policy_text_that_was_changed_in_the_folder_is_refused(site: Site, tmp_path: Path) -> None:
    recorded(site, *LED)
    decided(site)
    [kept] = texts_of(site).folder.iterdir()
    kept.write_text(kept.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(ModelsError, match=rf"{kept.name}: not the text that was kept; restore"):
        versions(site)
    kept.unlink()
    with pytest.raises(ModelsError, match=rf"{kept.name}: the policy's text cannot be read"):
        versions(site)


def test_a_policy_that_cannot_be_used_is_one_line(site: Site, tmp_path: Path) -> None:
    faulty = tmp_path / "faulty.yaml"
    faulty.write_text("policy: faulty\n", encoding="utf-8")
    # unknown; not a policy
    for name, told in (("no-such-policy", "policy 'no-such-policy' is unknown"), (str(faulty), "document: ")):
        with site.write_session() as session, pytest.raises(ModelsError, match=told) as refused:
            switch_policy(session, texts_of(site), name, at=LATER, reason="try", by="manager")
        assert "\n" not in str(refused.value)
