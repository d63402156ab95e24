"""`menjian erase`, on a site with a real face and the template made of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import cv2
import pytest

from attribution.entries import Dispute
from models.evidence import add_frames, frame_key
from models.ledger.append import append
from models.ledger.kinds import Evidence
from models.ledger.read import entries_of_kind
from models.ledger.verify import verify_site
from models.people import add_person, gallery_snapshot, link, people
from models.site import create_site, open_site
from tests.api.conftest import Menjian
from tests.models.builders import FOUNDED
from tests.models.kept import files_with
from tests.models.ledger.builders import report
from tests.models.somebody import DESK

NAME, PHONE, GUARDIAN = "欧阳明月", "13812345678", "欧阳建国"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    create_site(tmp_path / "office", at=FOUNDED).close()
    return tmp_path / "office"


@pytest.fixture
def enrolled(menjian: Menjian, office: Path, photographs: list[Path]) -> str:
    """Somebody of whom everything is kept: from a photograph, with entries and a frame."""
    who = ("--role", "customer", "--name", NAME, "--phone", PHONE, "--consent", "F-1", "--guardian", GUARDIAN)
    person = str(json.loads(menjian("enroll", *who, "--site", office, "--json", photographs[0]).out)["person"])
    with open_site(office) as site, site.write_session() as session:
        owner, sealer = frame_key(session, arrival="arr-1", person=person, at=FOUNDED)
        frame = site.frames.write(sealer, jpeg_of(photographs[0]), arrival="arr-1", owner=owner, at=FOUNDED)
        add_frames(session, [frame], written_at=FOUNDED)
        kept = Evidence(at=FOUNDED, arrival="arr-1", frames=((FOUNDED, frame.sha256),))
        append(session, [report(person, name=NAME, phone=PHONE), kept], at=datetime.now(UTC), by=DESK)
    return person


def jpeg_of(photograph: Path) -> bytes:
    picture = cv2.imread(str(photograph))
    assert picture is not None
    return cv2.imencode(".jpg", picture)[1].tobytes()


def plaintexts(office: Path, photograph: Path) -> list[bytes]:
    """Everything personal of the enrolled, as it would stand in the clear."""
    with open_site(office) as site, site.read_session() as session:
        [enrolment] = entries_of_kind(session, "enrolment")
        gallery = gallery_snapshot(session, json.loads(enrolment.payload)["pack"])
    [vector] = gallery.matrix
    texts = [text.encode(code) for text in (NAME, PHONE, GUARDIAN) for code in ("utf-8", "utf-16-le", "utf-16-be")]
    vectors = [vector.astype(kind).tobytes()[:32] for kind in ("<f4", ">f4", "<f8")]
    return [*texts, *vectors, jpeg_of(photograph)[:64], photograph.read_bytes()[:64]]


def test_a_site_with_people_holds_no_phone_name_face_or_template_in_the_clear(
    enrolled: str, office: Path, photographs: list[Path]
) -> None:
    sought = plaintexts(office, photographs[0])
    assert len(sought) == 14
    assert files_with(office, sought) == []
    assert any(enrolled.encode() in path.read_bytes() for path in office.glob("menjian.db*"))  # the search reads them
    assert not any(path.read_bytes().startswith(b"\xff\xd8\xff") for path in office.glob("evidence/*/*"))


def test_erasing_prints_a_receipt_and_leaves_a_whole_ledger(menjian: Menjian, enrolled: str, office: Path) -> None:
    ran = menjian("erase", enrolled[:8], "--reason", "withdrawal", "--site", office, "--json")
    told = json.loads(ran.out)
    [receipt] = told["receipts"]
    assert (ran.code, told["put_off"], told["found"], told["same_human"]) == (0, None, [], [])
    assert receipt["what"] == f"person {enrolled}"
    assert receipt["removed"] == {
        "name": 1,
        "phone": 1,
        "guardian": 1,
        "template": 1,
        "particular": 2,
        "key": 1,
        "frame": 1,
    }
    assert json.loads((office / "receipts" / f"{receipt['entry']}.json").read_text())["gone"] == receipt["gone"]
    assert not any(secret in ran.out for secret in (NAME, PHONE, GUARDIAN))
    assert verify_site(office).faults == ()
    with open_site(office) as site, site.read_session() as session:
        assert people(session) == []


def test_text_names_the_receipt_and_what_lies_elsewhere(menjian: Menjian, enrolled: str, office: Path) -> None:
    ran = menjian("erase", enrolled, "--site", office)
    assert ran.code == 0
    assert f"erased person {enrolled} (request), entry 6: name 1, phone 1" in ran.out
    assert f"receipt {office}/receipts/6.json" in ran.out
    assert "backups" in ran.out
    assert menjian("erase", enrolled, "--site", office).out == ran.out


def test_other_records_of_the_same_human_being_are_named_and_kept_unless_asked_for(
    menjian: Menjian, enrolled: str, office: Path
) -> None:
    with open_site(office) as site, site.write_session() as session:
        other = add_person(session, name="欧阳", role="customer", at=FOUNDED, by=DESK)
        link(session, enrolled, other, how="manual", verified=True, at=FOUNDED, by=DESK)
    ran = menjian("erase", enrolled, "--site", office)
    assert f"also kept as {other}; --all-records erases these too" in ran.err
    with open_site(office) as site, site.read_session() as session:
        assert [one.id for one in people(session)] == [other]
    told = json.loads(menjian("erase", enrolled, "--all-records", "--site", office, "--json").out)
    assert [one["what"] for one in told["receipts"]] == [f"person {enrolled}", f"person {other}"]


def test_an_open_dispute_is_pointed_out(menjian: Menjian, enrolled: str, office: Path) -> None:
    with open_site(office) as site, site.write_session() as session:
        contested = Dispute(do="dispute", at=FOUNDED, person=enrolled, by="a2")
        [entry] = append(session, [contested], at=datetime.now(UTC), by=DESK)
    ran = menjian("erase", enrolled, "--site", office)
    assert (ran.code, f"open dispute (entry {entry.seq})" in ran.err) == (0, True)


def test_what_is_found_in_the_clear_is_told_with_exit_code_1(menjian: Menjian, enrolled: str, office: Path) -> None:
    (office / "notes.txt").write_text(f"{NAME} called", encoding="utf-8")
    ran = menjian("erase", enrolled, "--site", office)
    assert ran.code == 1
    assert ran.err == "menjian: notes.txt: a name still stands here; remove it by hand\n"


class Terminal(StringIO):
    """Somebody at a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("answer", "options", "kept"),
    [
        ("n\n", (), 1),
        ("y\n", (), 0),
        ("", ("--yes",), 0),  # nobody is asked
    ],
)
def test_at_a_terminal_it_asks_first(
    menjian: Menjian,
    office: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    options: tuple[str, ...],
    kept: int,
) -> None:
    with open_site(office) as site, site.write_session() as session:
        person = add_person(session, name=NAME, role="customer", at=FOUNDED, by=DESK)
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    assert menjian("erase", person, *options, "--site", office).code == kept
    with open_site(office) as site, site.read_session() as session:
        assert len(people(session)) == kept


def test_an_unknown_person_is_one_line_and_exit_code_1(menjian: Menjian, office: Path) -> None:
    ran = menjian("erase", PHONE, "--site", office)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("menjian: person: nothing is kept of anybody with this id")
    assert PHONE not in ran.err


def test_an_unknown_reason_is_a_usage_error(menjian: Menjian, office: Path) -> None:
    assert menjian("erase", "12345678", "--reason", "expiry", "--site", office).code == 2


def test_a_busy_database_puts_the_end_off_with_exit_code_1(
    menjian: Menjian, enrolled: str, office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.session.BUSY_TIMEOUT_MS", 100)
    with open_site(office) as reading, reading.read_session() as session:
        people(session)
        ran = menjian("erase", enrolled, "--site", office)
    assert ran.code == 1
    assert "run menjian retention when the other programs are stopped" in ran.err
    assert "receipts" not in ran.out
    assert menjian("retention", "--site", office).code == 0
    assert (office / "receipts" / "6.json").is_file()
