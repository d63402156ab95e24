"""Links, cannot-links and merges: what counts as one human being, what is refused and why, what can be undone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest

from models.keys import drop_key, of_person
from models.ledger.particulars import taken_out
from models.ledger.read import entries_about, head
from models.people import PeopleError, TieError, link, merge, same_human, undo
from models.session import WriteSession
from models.site import Site
from models.timeline import timeline_of
from tests.models.builders import FOUNDED
from tests.models.somebody import CUSTOMER, DESK, Somebody, stored

AT = FOUNDED + timedelta(hours=1)


class Office:
    """Four customers' records `a` to `d` and an agent's, `x`, in one open session; what is done to them returns the
    number of its entry."""

    def __init__(self, session: WriteSession, ids: dict[str, str]) -> None:
        self.session, self.ids = session, ids
        self.letters = {person: letter for letter, person in ids.items()}

    def same(self, pair: str) -> int:
        return link(self.session, *self._both(pair), how="phone", verified=True, at=AT, by=DESK)

    def apart(self, pair: str) -> int:
        return link(self.session, *self._both(pair), how="manual", verified=False, at=AT, by=DESK)

    def merged(self, pair: str) -> int:
        return merge(self.session, *self._both(pair), reason="one contract", at=AT, by=DESK)

    def undone(self, seq: int) -> int:
        return undo(self.session, seq, reason="a mistake", at=AT, by=DESK)

    def human(self, letter: str) -> str:
        return "".join(sorted(self.letters[one] for one in same_human(self.session, self.ids[letter])))

    def lettered(self, error: Exception) -> str:
        text = str(error)
        for person, letter in self.letters.items():
            text = text.replace(person, letter)
        return text

    def _both(self, pair: str) -> tuple[str, str]:
        return self.ids[pair[0]], self.ids[pair[1]]


@pytest.fixture
def office(site: Site) -> Iterator[Office]:
    ids = {letter: stored(site, CUSTOMER) for letter in "abcd"} | {"x": stored(site, Somebody())}
    with site.write_session() as session:
        yield Office(session, ids)


def test_links_and_merges_join_records_across_several_steps(office: Office) -> None:
    office.same("ab")
    office.merged("cb")
    assert [office.human(one) for one in "abcd"] == ["abc", "abc", "abc", "d"]


def test_an_agent_who_is_a_customer_too_is_no_bridge_between_two_customers(office: Office) -> None:
    office.same("ax")
    office.same("xb")
    office.same("bc")
    assert [office.human(one) for one in "abcx"] == ["ax", "bcx", "bcx", "abcx"]
    for one in "abcx":
        assert timeline_of(office.session, office.ids[one]).human(office.ids[one]) == {
            office.ids[other] for other in office.human(one)
        }


@pytest.mark.parametrize("tie", [Office.same, Office.merged])
def test_what_was_undone_counts_no_more_and_can_be_done_again(
    office: Office, tie: Callable[[Office, str], int]
) -> None:
    seq = tie(office, "ab")
    undone = office.undone(seq)
    assert office.human("a") == "a"
    told = json.loads(entries_about(office.session, office.ids["b"])[-1].payload)
    assert (told["undoes"], told["recorded_by"]) == (seq, DESK)
    assert tie(office, "ab") == undone + 1
    assert office.human("a") == "ab"


def test_the_reasons_of_a_merge_and_its_undoing_go_with_the_persons_key(office: Office) -> None:
    office.undone(office.merged("ab"))
    told = [json.loads(one.payload) for one in entries_about(office.session, office.ids["a"], "merge", "unmerge")]
    assert {one.value for one in taken_out(office.session, told).values()} == {"one contract", "a mistake"}
    drop_key(office.session, of_person(office.ids["a"]))
    assert taken_out(office.session, told) == {}
    assert not {"one contract", "a mistake"} & {str(one["reason"]) for one in told}


def test_one_of_two_proofs_undone_leaves_the_other(office: Office) -> None:
    first = office.same("ab")
    office.same("ba")
    office.undone(first)
    assert office.human("a") == "ab"


@pytest.mark.parametrize("tie", [Office.same, Office.apart, Office.merged])
def test_a_record_is_not_tied_to_itself_or_to_nobody(office: Office, tie: Callable[[Office, str], int]) -> None:
    before = head(office.session)
    with pytest.raises(TieError, match="a record cannot be tied to itself"):
        tie(office, "aa")
    office.ids["?"] = "nobody"
    with pytest.raises(PeopleError, match="person nobody: unknown"):
        tie(office, "a?")
    assert head(office.session) == before


@pytest.mark.parametrize("tie", [Office.same, Office.merged])
def test_two_people_are_not_made_one_and_it_says_by_which_entries(
    office: Office, tie: Callable[[Office, str], int]
) -> None:
    first, apart, second = office.same("ab"), office.apart("bc"), office.merged("cd")
    with pytest.raises(TieError) as caught:
        tie(office, "ad")
    assert office.lettered(caught.value) == (
        f"a and d cannot be one: entry {apart} says that b and c are two people, and entries {first}, {second} make "
        f"them a and d; undo entry {apart} first if it is wrong"
    )
    assert caught.value.because == (first, apart, second)
    with pytest.raises(TieError) as caught:
        tie(office, "cb")
    assert office.lettered(caught.value) == (
        f"c and b cannot be one: entry {apart} says that c and b are two people; "
        f"undo entry {apart} first if it is wrong"
    )


def test_a_cannot_link_that_was_undone_stands_in_nobodys_way(office: Office) -> None:
    office.undone(office.apart("ab"))
    office.same("ab")
    assert office.human("a") == "ab"


def test_one_human_being_is_not_found_to_be_two(office: Office) -> None:
    first, second = office.same("ab"), office.merged("bc")
    with pytest.raises(TieError) as caught:
        office.apart("ca")
    assert office.lettered(caught.value) == (
        f"c and a are one human being by entries {second}, {first}; undo that first"
    )


def test_what_is_one_already_is_not_merged_again(office: Office) -> None:
    first = office.same("ab")
    with pytest.raises(TieError) as caught:
        office.merged("ba")
    assert office.lettered(caught.value) == f"b and a are one human being already, by entry {first}"
    assert caught.value.because == (first,)


def test_only_a_tie_that_stands_can_be_undone(office: Office) -> None:
    seq = office.merged("ab")
    undone = office.undone(seq)
    for wrong, says in (
        (seq, f"entry {seq}: undone already, by entry {undone}"),
        (undone, f"entry {undone}: no link and no merge (its kind is unmerge); nothing to undo"),
        (1, "entry 1: no link and no merge (its kind is founded); nothing to undo"),
        (9999, "entry 9999: no link and no merge (there is none); nothing to undo"),
    ):
        with pytest.raises(TieError) as caught:
            office.undone(wrong)
        assert str(caught.value) == says


def test_a_merge_and_its_undoing_need_a_reason(office: Office) -> None:
    with pytest.raises(PeopleError, match="reason: empty"):
        merge(office.session, office.ids["a"], office.ids["b"], reason=" ", at=AT, by=DESK)
    seq = office.same("ab")
    with pytest.raises(PeopleError, match="reason: empty"):
        undo(office.session, seq, reason="", at=AT, by=DESK)


def test_a_tie_to_somebody_erased_meanwhile_still_stands_and_can_be_undone(office: Office) -> None:
    seq = office.same("ab")
    drop_key(office.session, of_person(office.ids["b"]))
    assert office.human("a") == "ab"
    office.undone(seq)
    assert office.human("a") == "a"


@pytest.mark.parametrize("seed", range(5))
def test_whatever_was_tied_and_undone_decisions_see_the_same_human_beings(office: Office, seed: int) -> None:
    chance, done = Random(seed), []
    for _ in range(25):
        act = chance.choice([office.same, office.same, office.apart, office.merged])
        with suppress(TieError):
            done.append(act("".join(chance.sample("abcdx", 2))))
        if done and chance.random() < 0.3:
            office.undone(done.pop(chance.randrange(len(done))))
    for person in office.ids.values():
        assert timeline_of(office.session, person).human(person) == same_human(office.session, person)
