"""Erasing a person: nothing of theirs is left anywhere, everybody else and the ledger stay whole."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select

from models.erase import EraseError, Why, erase, erase_one, whole_id
from models.evidence import frames_of
from models.keys import DataKey, KeyGoneError, of_person, sealer_of
from models.ledger.append import append
from models.ledger.particulars import taken_out
from models.ledger.read import entries, entries_about, entries_of_kind
from models.ledger.records import Particular
from models.ledger.verify import verify_site
from models.people import (
    Consent,
    FaceTemplate,
    PeopleError,
    Person,
    Phone,
    gallery_snapshot,
    people_with_phone,
    person_summary,
)
from models.receipts import Receipts
from models.site import Site
from models.wipe import Wiped
from tests.models.kept import VISIT, Customer, came, files_with, film, plaintexts
from tests.models.ledger.builders import chain_fault, report
from tests.models.somebody import DESK, Somebody, stored

LATER = VISIT + timedelta(days=30)
OTHER = Customer(name="司马相如", phone="13987654321", arrival="arr-2")


def erased(site: Site, *persons: str, reason: Why = "request") -> Wiped:
    return erase(site, persons, reason=reason, at=LATER, by=DESK)


def blobs(site: Site, person: str) -> list[bytes]:
    """Everything sealed of a person, the wrapped key and the look-up digests, as they stand in the database."""
    particulars = Particular.owner == of_person(person)
    asked = (
        select(Person.name_sealed).where(Person.id == person),
        select(FaceTemplate.vector_sealed).where(FaceTemplate.person_id == person),
        select(Consent.guardian_sealed).where(Consent.person_id == person),
        select(Phone.number_sealed, Phone.digest, Phone.masked_digest).where(Phone.person_id == person),
        select(Particular.sealed, Particular.digest).where(particulars),
        select(DataKey.wrapped).where(DataKey.owner == of_person(person)),
    )
    with site.read_session() as session:
        return [bytes(one) for each in asked for row in session.rows(each) for one in row if one is not None]


def database_folder(site: Site) -> Path:
    """Where the files of the database lie."""
    if site.settings.database is None:
        return site.folder
    with psycopg.connect(site.settings.database, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        where = connection.execute(
            "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert where is not None
    if not (folder := Path(where[0]) / "base" / str(where[1])).is_dir():
        pytest.skip("the files of this PostgreSQL lie on another machine")
    return folder


def test_while_somebody_is_kept_nothing_stands_in_the_clear(site: Site) -> None:
    customer = Customer()
    person = customer.store(site)
    assert files_with(site.folder, list(plaintexts(customer))) == []
    assert files_with(database_folder(site), list(plaintexts(customer))) == []
    assert files_with(database_folder(site), blobs(site, person)) != []  # sealed, it does


def test_afterwards_no_sealed_byte_is_left_in_any_file(site: Site) -> None:
    person, other = Customer().store(site), OTHER.store(site)
    of_this_one = blobs(site, person)
    ended = erased(site, person)
    assert (ended.put_off, ended.traces) == (None, ())
    assert len(of_this_one) == 10
    assert files_with(database_folder(site), of_this_one) == []
    assert files_with(site.folder, of_this_one) == []
    assert files_with(database_folder(site), blobs(site, other)) != []


def test_nothing_of_the_person_can_be_read_any_more(site: Site) -> None:
    person = Customer().store(site)
    frames = [path.name for path in site.frames.files()]
    erased(site, person)
    with site.read_session() as session:
        payloads = [json.loads(one.payload) for one in entries_about(session, person)]
        assert any("phone" in payload for payload in payloads)  # the commitment stays
        assert taken_out(session, payloads) == {}
        assert frames_of(session, "arr-1") == ()
        assert gallery_snapshot(session, "toy-1").people == ()
        assert people_with_phone(session, Customer().phone).certain == ()
        with pytest.raises(PeopleError):
            person_summary(session, person)
        with pytest.raises(KeyGoneError):
            sealer_of(session, of_person(person))
    assert len(frames) == 2
    assert list(site.frames.files()) == []


def test_everybody_else_stays_whole_also_with_the_same_phone(site: Site) -> None:
    person, other = Customer().store(site), Customer(name="司马相如", arrival="arr-2").store(site)
    assert erased(site, person).traces == ()
    with site.read_session() as session:
        assert [one.id for one in people_with_phone(session, Customer().phone).certain] == [other]
        payloads = [json.loads(one.payload) for one in entries_about(session, other)]
        assert {one.value for one in taken_out(session, payloads).values()} == {"司马相如", Customer().phone}
        assert len(frames_of(session, "arr-2")) == 2


def test_the_ledger_stays_whole_and_says_why_things_are_gone(site: Site) -> None:
    person = Customer().store(site)
    OTHER.store(site)
    erased(site, person)
    report = verify_site(site.folder, open_frames=True)
    assert report.faults == ()
    assert (report.particulars.gone, report.frames.gone, report.frames.opened) == (2, 2, 2)
    with site.read_session() as session:
        public = session_public(site)
        assert chain_fault(list(entries(session)), public) is None


def session_public(site: Site) -> bytes:
    with site.write_session() as session:
        return session.signer.public


def test_the_receipt_says_what_went_and_nothing_personal(site: Site) -> None:
    customer = Customer()
    person = customer.store(site)
    [receipt] = erased(site, person).receipts
    assert receipt.removed == {
        "name": 1,
        "phone": 1,
        "guardian": 1,
        "template": 1,
        "particular": 2,
        "key": 1,
        "frame": 2,
    }
    assert len(receipt.gone) == 9
    assert (receipt.what, receipt.found, receipt.finished_at) == (f"person {person}", (), LATER)
    with site.read_session() as session:
        [entry] = entries_of_kind(session, "erasure")
    said = json.loads(entry.payload)
    assert (entry.seq, said["digest"], said["removed"]) == (receipt.entry, receipt.digest, receipt.removed)
    assert Receipts(site.folder).read(entry.seq) == receipt
    assert files_with(site.folder, list(plaintexts(customer))) == []


def test_a_withdrawal_ends_the_consents_on_record_first(site: Site) -> None:
    person = Customer().store(site)
    erased(site, person, reason="withdrawal")
    with site.read_session() as session:
        kinds = [one.kind for one in entries_about(session, person)]
        [withdrawal] = entries_of_kind(session, "withdrawal")
    assert kinds[-2:] == ["withdrawal", "erasure"]
    assert json.loads(withdrawal.payload)["templates"] == 1


def test_frames_under_an_arrivals_own_key_go_too_when_the_door_knew_the_person(site: Site) -> None:
    person = stored(site, Somebody())
    with site.write_session() as session:
        append(session, [came("arr-7", person), came("arr-8", None)], at=VISIT, by="door")
    film(site, "arr-7", None)
    film(site, "arr-8", None)
    [receipt] = erased(site, person).receipts
    assert (receipt.removed["frame"], receipt.removed["key"]) == (2, 2)
    with site.read_session() as session:
        assert (len(frames_of(session, "arr-7")), len(frames_of(session, "arr-8"))) == (0, 2)


def test_the_entry_names_arrivals_that_no_entry_gives_to_the_person(site: Site) -> None:
    person = stored(site, Somebody())
    with site.write_session() as session:
        append(session, [came("arr-7", None)], at=VISIT, by="door")
    film(site, "arr-7", person)  # recognised after the arrival was on record
    erased(site, person)
    with site.read_session() as session:
        [entry] = entries_of_kind(session, "erasure")
    assert json.loads(entry.payload)["arrivals"] == ["arr-7"]
    assert verify_site(site.folder).faults == ()


def test_of_somebody_only_reported_the_personal_values_go(site: Site) -> None:
    with site.write_session() as session:
        append(session, [report("p1")], at=VISIT, by=DESK)
    [receipt] = erased(site, "p1").receipts
    assert receipt.removed == {"particular": 2, "key": 1}


def test_erasing_again_gives_the_same_receipt_until_something_new_is_kept(site: Site) -> None:
    with site.write_session() as session:
        append(session, [report("p1")], at=VISIT, by=DESK)
    first = erased(site, "p1")
    assert erased(site, "p1") == first
    with site.write_session() as session:
        append(session, [report("p1")], at=LATER, by=DESK)
    [again] = erased(site, "p1").receipts
    assert again.entry == (first.receipts[0].entry or 0) + 2


class StoppedError(Exception):
    """The program ended here."""


class StopsBeforeTheEntryIsKept(Receipts):
    def begin(self, receipt: object) -> None:
        raise StoppedError


def test_stopped_before_the_entry_nothing_is_said_and_erasing_again_does_it(site: Site) -> None:
    person = Customer().store(site)
    with pytest.raises(StoppedError):
        erase_one(site, StopsBeforeTheEntryIsKept(site.folder), person, reason="request", at=LATER, by=DESK)
    with site.read_session() as session:
        assert list(entries_of_kind(session, "erasure")) == []
        assert person_summary(session, person).name == Customer().name
    [receipt] = erased(site, person).receipts
    assert receipt.removed["frame"] == 2
    assert verify_site(site.folder).faults == ()


def test_stopped_after_the_entry_the_next_erasure_finishes_both(site: Site) -> None:
    person, other, receipts = Customer().store(site), OTHER.store(site), Receipts(site.folder)
    with receipts.alone():
        erase_one(site, receipts, person, reason="request", at=LATER, by=DESK)
    [begun] = receipts.begun()
    assert (begun.entry, begun.finished_at) == (None, None)
    assert [path.suffix for path in receipts.folder.iterdir()] == [".begun"]
    first, second = erased(site, other).receipts
    assert (first.digest, first.finished_at, first.found) == (begun.digest, LATER, None)  # its bytes are not known now
    assert (second.what, second.found) == (f"person {other}", ())
    assert receipts.begun() == []


def test_a_receipt_of_what_never_came_on_record_is_forgotten(site: Site) -> None:
    receipts, person = Receipts(site.folder), Customer().store(site)
    [receipt] = erased(site, person).receipts
    receipts.begin(receipt.model_copy(update={"at": LATER + timedelta(days=1)}))
    assert erased(site, person).receipts == (receipt,)
    assert receipts.begun() == []


def test_what_stands_in_the_clear_elsewhere_is_found_and_told(site: Site) -> None:
    customer = Customer()
    person = customer.store(site)
    (site.folder / "notes.txt").write_text(f"call {customer.name}", encoding="utf-16")
    (site.folder / "calls.csv").write_text(f"1;{customer.phone};", encoding="utf-8")
    (site.folder / "vector.bin").write_bytes(customer.photos[0].template.vector.tobytes())
    ended = erased(site, person)
    assert ended.receipts[0].found == ("calls.csv: a phone", "notes.txt: a name", "vector.bin: a template")
    assert [str(trace.path) for trace in ended.traces] == ["calls.csv", "notes.txt", "vector.bin"]


def test_an_id_may_be_cut_to_where_it_is_the_only_one(site: Site) -> None:
    person = stored(site, Somebody())
    with site.write_session() as session:
        append(session, [report("12345678-a"), report("12345678-b"), report("p1")], at=VISIT, by=DESK)
    erased(site, "p1", "12345678-b")
    with site.read_session() as session:
        assert [whole_id(session, given) for given in (person, person[:8], "p1", "12345678-a")] == [
            person,
            person,
            "p1",
            "12345678-a",
        ]
        assert whole_id(session, "12345678-b") == "12345678-b"  # erased before


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("12345678", "2 ids begin like this"),
        ("1234567", "nothing is kept"),  # too short to stand for one
        ("", "nothing is kept"),
        ("13800138000", "nothing is kept"),  # a phone is no id, and is not repeated
        ("________", "nothing is kept"),  # no patterns
    ],
)
def test_an_id_that_is_nobodys_or_several_peoples_is_refused(embedded_site: Site, given: str, says: str) -> None:
    with embedded_site.write_session() as session:
        append(session, [report("12345678-a"), report("12345678-b")], at=VISIT, by=DESK)
    with embedded_site.read_session() as session, pytest.raises(EraseError, match=says) as caught:
        whole_id(session, given)
    assert "138" not in str(caught.value)
