"""Disputes on record: opened, argued, ruled by two, told to everybody concerned."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from models import access
from models.decisions import decisions_of
from models.desk.acts import UnknownNameError
from models.desk.dealings import parties_of
from models.desk.disputes import (
    AlreadyOpenError,
    AlreadyRuledError,
    Contested,
    DisputeError,
    Terms,
    add_statement,
    dispute_of,
    disputes,
    open_dispute,
)
from models.desk.notices import notices_for
from models.desk.retraction import retract
from models.desk.rulings import Checked, Judge, PartialError, ReplacedError, check_proposal, propose
from models.erase import erase
from models.keys import KeyGoneError
from models.ledger.read import entries
from models.people import link
from models.site import Site
from tests.models.contest import NAME, SIGNED, Contest, contest
from tests.models.somebody import CUSTOMER, Somebody, stored

NOW = SIGNED + timedelta(days=2)
TERMS = Terms(days=7, zone=ZoneInfo("Asia/Shanghai"))
HALVES = {"贝壳": Fraction(1, 2), "链家": Fraction(1, 2)}


def opened(site: Site, one: Contest) -> int:
    with site.write_session() as session:
        return open_dispute(session, one.customer, claimant=one.second, terms=TERMS, at=NOW, by="desk")


def standing(site: Site, seq: int) -> Contested:
    with site.read_session() as session:
        found = dispute_of(session, seq, TERMS)
    assert found is not None
    return found


def judge(site: Site, login: str, *, person: str | None = None, distributor: str | None = None) -> Judge:
    with site.write_session() as session:
        made = access.add_user(session, login=login, role="manager", person=person, at=NOW, by="test")
    return Judge(id=f"user:{made.id}", person=person, distributor=distributor)


def proposed(site: Site, seq: int, by: Judge, to: dict[str, Fraction] | None = None) -> int:
    with site.write_session() as session:
        found = dispute_of(session, seq, TERMS)
        assert found is not None
        return propose(session, found, to=to or HALVES, reason="同时进门", judge=by, at=NOW)


def checked(site: Site, seq: int, proposal: int, by: Judge, *, agrees: bool = True) -> Checked:
    with site.write_session() as session:
        found = dispute_of(session, seq, TERMS)
        assert found is not None
        return check_proposal(
            session,
            found,
            proposal,
            agrees=agrees,
            judge=by,
            texts=site.policy_texts,
            settings_policy=site.settings.policy,
            at=NOW,
        )


def told(site: Site, claimant: str) -> list[tuple[str, int]]:
    with site.read_session() as session:
        return [(one.kind, one.about) for one in notices_for(session, {claimant}, before=None, limit=9)]


@pytest.mark.parametrize(
    ("days", "opened_at", "last"),
    [
        (7, datetime(2026, 3, 2, 2, tzinfo=UTC), date(2026, 3, 9)),  # the day it is opened is not counted
        (7, datetime(2026, 3, 2, 17, tzinfo=UTC), date(2026, 3, 10)),  # which is the 3rd already at the office
        (1, datetime(2026, 2, 28, 2, tzinfo=UTC), date(2026, 3, 1)),  # into the next month
    ],
)
def test_the_deadline_is_counted_in_days_of_the_office(days: int, opened_at: datetime, last: date) -> None:
    assert Terms(days=days, zone=ZoneInfo("Asia/Shanghai")).deadline(opened_at) == last


def test_a_dispute_is_told_to_the_other_party_and_not_to_who_opened_it(site: Site) -> None:
    one = contest(site)
    seq = opened(site, one)
    assert told(site, one.first) == [("dispute", seq)]
    assert told(site, one.second) == []
    found = standing(site, seq)
    assert (found.by, found.parties, found.is_open) == (one.second, frozenset({one.first, one.second}), True)


def test_whoever_has_a_share_in_the_last_decision_is_a_party(site: Site) -> None:
    one = contest(site)
    first, second = judge(site, "first"), judge(site, "second")
    seq = opened(site, one)
    checked(site, seq, proposed(site, seq, first), second)
    with site.read_session() as session:
        assert parties_of(session, one.customer) == {one.first, one.second, "贝壳", "链家"}


def test_a_party_by_another_record_of_the_same_human_is_told(site: Site) -> None:
    one = contest(site)
    other = stored(site, CUSTOMER)
    third = stored(site, Somebody(name="孙丽", consents=0))
    with site.write_session() as session:
        link(session, one.customer, other, how="manual", verified=True, at=NOW, by="desk")
        seq = open_dispute(session, other, claimant=third, terms=TERMS, at=NOW, by="desk")
    assert told(site, one.first) == [("dispute", seq)]
    with site.read_session() as session:
        mine = disputes(session, TERMS, claimants={one.first}, is_open=True, before=None, limit=9)
    assert [found.seq for found in mine] == [seq]


def test_two_people_rule_and_everybody_is_told(site: Site) -> None:
    one = contest(site)
    first, second = judge(site, "first"), judge(site, "second")
    seq = opened(site, one)
    done = checked(site, seq, proposed(site, seq, first), second)
    assert done.ruling is not None
    assert standing(site, seq).ruling == done.ruling
    for party in (one.first, one.second, "贝壳", "链家"):
        assert ("rule", done.ruling) in told(site, party)
    with site.read_session() as session:
        last = decisions_of(session, one.customer, site.policy_texts)[-1]
    assert (last.seq, last.decision.credit, last.decision.because[-1]) == (done.decision, HALVES, "3.4")


def test_a_proposal_alone_changes_nothing(site: Site) -> None:
    one = contest(site)
    seq = opened(site, one)
    proposal = proposed(site, seq, judge(site, "first"))
    found = standing(site, seq)
    assert found.is_open
    assert found.waiting is not None
    assert found.waiting.seq == proposal
    with site.read_session() as session:
        assert decisions_of(session, one.customer, site.policy_texts) == []


def test_turned_down_a_dispute_goes_on(site: Site) -> None:
    seq = opened(site, contest(site))
    first, second = judge(site, "first"), judge(site, "second")
    proposal = proposed(site, seq, first)
    assert checked(site, seq, proposal, second, agrees=False).ruling is None
    assert (standing(site, seq).is_open, standing(site, seq).waiting) == (True, None)
    with pytest.raises(ReplacedError, match="none waits"):
        checked(site, seq, proposal, second)
    assert checked(site, seq, proposed(site, seq, second), first).ruling is not None


def test_a_new_proposal_takes_the_place_of_one_that_waits(site: Site) -> None:
    seq = opened(site, contest(site))
    first, second = judge(site, "first"), judge(site, "second")
    old = proposed(site, seq, first)
    new = proposed(site, seq, first, {"贝壳": Fraction(1)})
    with pytest.raises(ReplacedError, match=f"the one that waits is entry {new}"):
        checked(site, seq, old, second)


def test_of_two_rulings_one_wins_and_the_other_is_told_which(site: Site) -> None:
    seq = opened(site, contest(site))
    first, second, third = (judge(site, login) for login in ("first", "second", "third"))
    proposal = proposed(site, seq, first)
    done = checked(site, seq, proposal, second)
    with pytest.raises(AlreadyRuledError, match=f"by entry {done.ruling}"):
        checked(site, seq, proposal, third)
    with pytest.raises(AlreadyRuledError, match=f"by entry {done.ruling}"):
        proposed(site, seq, third)


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ({"贝壳": Fraction(1, 2)}, "add up to 1"),
        ({"贝壳": Fraction(2), "链家": Fraction(-1)}, "none below 0"),
        ({"nobody known": Fraction(1)}, "not a claimant known here"),
    ],
)
def test_shares_that_are_none_are_refused(embedded_site: Site, to: dict[str, Fraction], says: str) -> None:
    seq = opened(embedded_site, contest(embedded_site))
    with pytest.raises((DisputeError, UnknownNameError), match=says):
        proposed(embedded_site, seq, judge(embedded_site, "first"), to)


def test_who_proposed_cannot_confirm_not_even_by_another_account(embedded_site: Site) -> None:
    seq = opened(embedded_site, contest(embedded_site))
    person = stored(embedded_site, Somebody(name="周敏", role="consultant", distributor=None, consents=0))
    first, other = judge(embedded_site, "first", person=person), judge(embedded_site, "other", person=person)
    proposal = proposed(embedded_site, seq, first)
    for again in (first, other):
        with pytest.raises(PartialError, match="somebody else"):
            checked(embedded_site, seq, proposal, again)


@pytest.mark.parametrize("side", ["party", "colleague of a party", "of a party", "of who would get a share"])
def test_nobody_rules_on_their_own_side(embedded_site: Site, side: str) -> None:
    one = contest(embedded_site)
    seq = opened(embedded_site, one)
    colleague = stored(embedded_site, Somebody(name="周敏", distributor="链家", consents=0))
    person, distributor = {
        "party": (one.first, None),
        "colleague of a party": (colleague, None),
        "of a party": (None, "链家"),
        "of who would get a share": (None, "贝壳"),
    }[side]
    partial = judge(embedded_site, "partial", person=person, distributor=distributor)
    with pytest.raises(PartialError, match="cannot rule on it"):
        proposed(embedded_site, seq, partial)
    proposal = proposed(embedded_site, seq, judge(embedded_site, "first"))
    with pytest.raises(PartialError, match="cannot rule on it"):
        checked(embedded_site, seq, proposal, partial)


def test_the_same_claimant_contests_once_another_too(embedded_site: Site) -> None:
    one = contest(embedded_site)
    seq = opened(embedded_site, one)
    with embedded_site.write_session() as session:
        with pytest.raises(AlreadyOpenError, match=f"dispute {seq}: open already"):
            open_dispute(session, one.customer, claimant=one.second, terms=TERMS, at=NOW, by="desk")
        other = open_dispute(session, one.customer, claimant=one.first, terms=TERMS, at=NOW, by="desk")
        found = disputes(session, TERMS, claimants=None, is_open=True, before=None, limit=9)
    assert [one.seq for one in found] == [other, seq]


def test_a_dispute_taken_back_is_closed(embedded_site: Site) -> None:
    seq = opened(embedded_site, contest(embedded_site))
    with embedded_site.write_session() as session:
        undone = retract(session, seq, reason="误录", at=NOW, by="desk")
    with pytest.raises(AlreadyRuledError, match=f"taken back, by entry {undone}"):
        proposed(embedded_site, seq, judge(embedded_site, "first"))


def test_what_is_said_is_sealed_and_goes_with_the_customer(site: Site) -> None:
    one = contest(site)
    seq = opened(site, one)
    with site.write_session() as session:
        add_statement(session, standing(site, seq), claimant=one.first, text=f"{NAME}是我带来的", at=NOW, by="user:x")
    proposed(site, seq, judge(site, "first"))
    with site.read_session() as session:
        payloads = "".join(one.payload for one in entries(session))
    assert all(said not in payloads for said in (NAME, "我带来的", "同时进门", "13800138000"))
    erase(site, [one.customer], reason="request", at=NOW, by="desk")
    with site.write_session() as session, pytest.raises(KeyGoneError):
        add_statement(session, standing(site, seq), claimant=one.first, text="再说一次", at=NOW, by="user:x")


def test_no_entry_but_a_dispute_is_one(embedded_site: Site) -> None:
    with embedded_site.read_session() as session:
        assert dispute_of(session, 1, TERMS) is None
        assert dispute_of(session, 10**9, TERMS) is None
