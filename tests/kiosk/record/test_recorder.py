"""The recorder: what happens at the door stands on record with its evidence, once, and whatever the disk does."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256

import pytest
from sqlalchemy import select

from kiosk.evidence.ring import decode
from kiosk.evidence.writer import REFUSED
from kiosk.identity import Status
from kiosk.pipeline import Happening
from kiosk.record import Left
from kiosk.types import Blind
from models.evidence import read_frame
from models.evidence.records import FrameRecord
from models.keys import of_arrival, of_person
from models.ledger.rotate import rotate_key
from models.ledger.verify import Report, verify_site
from models.people import withdraw_consent
from models.site import Site, open_site
from tests.kiosk.arrivals import STARTS_AT, arrival, ordered
from tests.kiosk.marks import MarkEngine
from tests.kiosk.record.door import enrolled, film, left_to_right, recorder_of, recording, shaky_site, show
from tests.kiosk.record.entries import kinds_on_record, of_kind
from tests.models.builders import FOUNDED
from tests.models.somebody import DESK

OWNERS = select(FrameRecord.owner).distinct()
LONG_AGO_S = 1_000_000_000


def verified(site: Site) -> Report:
    report = verify_site(site.folder, open_frames=True)
    assert report.faults == ()
    return report


def pictures(site: Site, arrival: str) -> list[bytes]:
    """The frames an arrival's entry names, read back."""
    (told,) = (said for said in of_kind(site, "evidence") if said["arrival"] == arrival)
    with site.read_session() as session:
        return [read_frame(session, site.frames, arrival=arrival, sha256=digest) for _, digest in told["frames"]]


def faces_shown(site: Site, arrival: str) -> set[int]:
    """How many faces can be seen in the frames of an arrival."""
    return {len(MarkEngine().detect(decode(jpeg))) for jpeg in pictures(site, arrival)}


def watch(site: Site, *happened: Happening) -> None:
    """The door sees somebody walk by, and tells what happened."""
    with recording(site) as recorder:
        show(recorder, film(left_to_right), happened)


# what is on record


def test_arrivals_their_order_and_the_visit_are_entries_with_their_instants(site: Site) -> None:
    customer, agent = enrolled(site), enrolled(site, "agent", distributor="D")
    first = arrival(1, crossed_s=1.0, status="known", person=agent, party="x")
    second = arrival(2, crossed_s=1.5, status="known", person=customer, party="x", sigma_s=0.02)
    with recording(site) as recorder:
        for happening in (first, second, ordered(first, second)):
            recorder.tell(happening)
    one, other = of_kind(site, "arrival")
    assert one == {
        "arrival": "main-1",
        "at": "2026-03-01T02:00:01Z",
        "direction": "in",
        "door": "main",
        "live": "unknown",
        "party": "x",
        "person": agent,
        "recorded_by": "door:main",
        "score": 0.98,
        "sigma_s": 0.03,
        "status": "known",
        "track": 1,
    }
    assert (other["arrival"], other["at"], other["sigma_s"]) == ("main-2", "2026-03-01T02:00:01.500000Z", 0.02)
    (order,) = of_kind(site, "order")
    assert (order["first"], order["second"], order["verdict"]) == ("main-1", "main-2", "before")
    assert order["at"] == other["at"]
    assert 0.99 <= order["p"] <= ordered(first, second).order.p
    (visit,) = of_kind(site, "arrive")
    assert (visit["person"], visit["at"]) == (customer, one["at"])
    assert visit["door"] == {agent: [0.0, 0.03], customer: [0.5, 0.02]}
    verified(site)


@pytest.mark.parametrize("status", ["unknown", "unconsented"])
def test_somebody_the_door_may_not_know_arrives_without_name_and_score(site: Site, status: Status) -> None:
    watch(site, arrival(1, crossed_s=1.0, status=status))
    (told,) = of_kind(site, "arrival")
    assert told["status"] == status
    assert {"person", "score"}.isdisjoint(told)
    assert of_kind(site, "arrive") == []


def test_blind_stretches_are_entries_at_the_instants_of_the_source(site: Site) -> None:
    with recording(site) as recorder:
        recorder.tell(Blind(from_t=7.25, to_t=9.0, reason="stream cut"))
    assert of_kind(site, "blind") == [
        {
            "at": "2026-03-01T02:00:07.250000Z",
            "door": "main",
            "reason": "stream cut",
            "recorded_by": "door:main",
            "until": "2026-03-01T02:00:09Z",
        }
    ]


def test_the_frames_an_entry_names_are_the_files_by_their_hashes(site: Site) -> None:
    watch(site, arrival(1, crossed_s=1.0))
    (told,) = of_kind(site, "evidence")
    assert [digest for _, digest in told["frames"]] == [sha256(jpeg).hexdigest() for jpeg in pictures(site, "main-1")]
    assert [at for at, _ in told["frames"]][:2] == ["2026-03-01T02:00:00Z", "2026-03-01T02:00:00.100000Z"]
    assert (told["arrival"], told["at"], told["dropped"]) == ("main-1", "2026-03-01T02:00:01Z", 0)
    report = verified(site)
    assert (report.frames.opened, report.extra) == (30, ())


# the same film again


def test_the_same_film_watched_again_adds_nothing(site: Site) -> None:
    first = arrival(1, crossed_s=1.0, status="known", person=enrolled(site))
    second = arrival(2, crossed_s=1.2)
    blind = Blind(from_t=7.1, to_t=9.3, reason="frames dropped")
    happened = (first, second, ordered(first, second), blind)
    for _ in range(2):
        with recording(site) as recorder:
            show(recorder, film(left_to_right), happened)
    assert sorted(kinds_on_record(site)) == sorted(
        ["founded", "consent", "arrival", "arrival", "order", "blind", "arrive", "evidence", "evidence"]
    )


def test_what_a_stop_left_untold_is_told_when_the_film_is_watched_again(site: Site) -> None:
    first, second = arrival(1, crossed_s=1.0), arrival(2, crossed_s=1.2)
    stopped = recorder_of(site)
    show(stopped, film(left_to_right, seconds=1.6), [first])  # neither the second, nor evidence, nor the order
    stopped._journal.close()
    assert kinds_on_record(site) == ["founded", "arrival"]
    watch(site, first, second, ordered(first, second))
    assert sorted(kinds_on_record(site)) == ["arrival", "arrival", "evidence", "evidence", "founded", "order"]
    stopped.close()


# who may be seen


def test_whose_consent_is_live_can_be_seen_in_the_frames_and_nobody_else(site: Site) -> None:
    person = enrolled(site)
    watch(site, arrival(1, crossed_s=1.0, status="known", person=person))
    assert 1 in faces_shown(site, "main-1")
    with site.read_session() as session:
        owners = {row[0] for row in session.rows(OWNERS)}
    assert owners == {of_person(person)}


def withdrawn(site: Site, person: str) -> None:
    with site.write_session() as session:
        withdraw_consent(session, person, at=STARTS_AT, by=DESK)


def nothing(site: Site, person: str) -> None:
    """Consent stays."""


@pytest.mark.parametrize(
    ("status", "meanwhile"),
    [
        ("known", withdrawn),  # consent withdrawn between crossing and writing
        ("uncertain", nothing),  # perhaps it is somebody else
    ],
)
def test_without_a_consent_that_is_sure_and_live_no_face_is_kept(
    site: Site, status: Status, meanwhile: Callable[[Site, str], None]
) -> None:
    person = enrolled(site)
    with recording(site) as recorder:
        show(recorder, film(left_to_right), [arrival(1, crossed_s=1.0, status=status, person=person)])
        meanwhile(site, person)
    assert faces_shown(site, "main-1") == {0}
    with site.read_session() as session:
        assert {row[0] for row in session.rows(OWNERS)} == {of_arrival("main-1")}
    verified(site)


# what goes wrong


def test_a_disk_with_no_room_for_frames_leaves_an_entry_that_says_so(site: Site) -> None:
    site.frames.folder.write_bytes(b"")  # where the folder should be
    watch(site, arrival(1, crossed_s=1.0))
    (told,) = of_kind(site, "evidence")
    assert (told["frames"], told["dropped"], told["why"]) == ([], 30, REFUSED)


def test_frames_of_no_entry_are_removed_at_the_next_start_and_told(site: Site) -> None:
    watch(site, arrival(1, crossed_s=1.0))
    kept = sorted(site.frames.files())
    stray = kept[0].with_name(f"{'ab' * 32}-{'0' * 16}")
    stray.write_bytes(b"sealed")
    os.utime(stray, (LONG_AGO_S, LONG_AGO_S))
    recorder_of(site).close()
    assert sorted(site.frames.files()) == kept
    (told,) = of_kind(site, "orphans")
    assert told["files"] == ["ab" * 32]
    recorder_of(site).close()
    assert len(of_kind(site, "orphans")) == 1
    verified(site)


def test_frames_that_somebody_removed_are_named_however_often_a_door_starts(site: Site) -> None:
    watch(site, arrival(1, crossed_s=1.0))
    for path in site.frames.files():
        path.unlink()
    for _ in range(2):
        recorder_of(site).close()
    assert "the frame it names is missing" in str(verify_site(site.folder).first_bad)
    assert of_kind(site, "orphans") == []


def test_an_evidence_folder_moved_aside_for_a_while_comes_back_whole(site: Site) -> None:
    watch(site, arrival(1, crossed_s=1.0))
    aside = site.frames.folder.rename(site.folder / "aside")
    recorder_of(site).close()
    site.frames.folder.rmdir()
    aside.rename(site.frames.folder)
    recorder_of(site).close()
    assert verified(site).frames.opened == 30


def test_a_second_door_that_starts_leaves_the_frames_of_the_first_alone(site: Site) -> None:
    with recording(site):
        file = site.frames.folder / "ab" / f"{'ab' * 32}-{'0' * 16}"  # the first one is about to tell of it
        file.parent.mkdir()
        file.write_bytes(b"sealed")
        os.utime(file, (LONG_AGO_S, LONG_AGO_S))
        with recording(site):
            pass
        assert file.exists()
    assert of_kind(site, "orphans") == []


def test_a_signing_key_rotated_during_the_day_changes_nothing(site: Site) -> None:
    with recording(site) as recorder:
        with open_site(site.folder) as other:
            rotate_key(other, reason="every year", at=FOUNDED, by="menjian keys")
        show(recorder, film(left_to_right), [arrival(1, crossed_s=1.0)])
    assert sorted(kinds_on_record(site)) == ["arrival", "evidence", "founded", "key_rotated"]
    verified(site)


def test_a_record_that_cannot_be_read_for_a_while_stops_no_arrival(site: Site) -> None:
    shaky = shaky_site(site)
    recorder = recorder_of(shaky)
    shaky.database.readable = False
    recorder.tell(arrival(1, crossed_s=1.0, status="known", person=enrolled(site)))
    shaky.database.readable = True
    assert recorder.close() == Left(entries=0, why=None)
    assert [told["arrival"] for told in of_kind(site, "arrival")] == ["main-1"]
    shaky.close()
