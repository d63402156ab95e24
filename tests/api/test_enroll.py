"""`menjian enroll`, with the engine that is always there and real photographs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from api.cli.enroll import unlike_the_first
from models.ledger.read import entries_of_kind
from models.people import EnrolmentPhoto, consents_of, gallery_snapshot, people
from models.site import create_site, open_site
from recognition.types import Template
from tests.api.conftest import Menjian
from tests.models.builders import FOUNDED

LI = ("--role", "agent", "--name", "李明", "--of", "贝壳", "--consent", "F-1")


@pytest.fixture
def office(tmp_path: Path) -> Path:
    create_site(tmp_path / "office", at=FOUNDED).close()
    return tmp_path / "office"


def stored_names(office: Path) -> list[str]:
    with open_site(office) as site, site.read_session() as session:
        return [person.name for person in people(session)]


def test_a_person_with_consent_is_in_the_gallery(menjian: Menjian, office: Path, photographs: list[Path]) -> None:
    ran = menjian("enroll", *LI, "--site", office, "--json", photographs[0])
    told = json.loads(ran.out)
    assert (ran.code, told["templates"], told["unlike"]) == (0, 1, [])
    with open_site(office) as site, site.read_session() as session:
        assert gallery_snapshot(session, told["pack"]).people == (told["person"],)


def test_a_guardian_consents_for_a_minor_at_the_desk(menjian: Menjian, office: Path, photographs: list[Path]) -> None:
    who = ("--role", "customer", "--name", "王小", "--consent", "F-2", "--how", "desk", "--guardian", "王芳")
    ran = menjian("enroll", *who, "--site", office, "--json", photographs[0])
    with open_site(office) as site, site.read_session() as session:
        [given] = consents_of(session, json.loads(ran.out)["person"])
        [told] = entries_of_kind(session, "consent")
    assert (given.how, given.guardian, given.reference) == ("desk", "王芳", "F-2")
    assert '"recorded_by":"menjian enroll"' in told.payload


def test_a_consultant_belongs_to_no_distributor(menjian: Menjian, office: Path, photographs: list[Path]) -> None:
    who = ("--role", "consultant", "--name", "赵", "--consent", "F-3", "--site", office)
    refused = menjian("enroll", *who, "--of", "贝壳", photographs[0])
    assert (refused.code, stored_names(office)) == (1, [])
    assert "distributor: only an agent works for one, not a consultant" in refused.err
    assert menjian("enroll", *who, photographs[0]).code == 0
    assert stored_names(office) == ["赵"]


def test_the_site_may_come_from_the_environment(
    menjian: Menjian, office: Path, photographs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MENJIAN_SITE", str(office))
    ran = menjian("enroll", *LI, photographs[0])
    assert ran.code == 0
    assert "enrolled 李明 (agent, 贝壳): templates: 1 of dlib-" in ran.out
    assert stored_names(office) == ["李明"]


def test_every_faulty_photograph_is_listed_and_nothing_is_stored(
    menjian: Menjian, office: Path, photographs: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "note.jpg").write_text("not a picture")
    ran = menjian("enroll", *LI, "--site", office, photographs[0], tmp_path / "note.jpg", tmp_path / "missing.jpg")
    assert (ran.code, ran.out) == (1, "")
    assert [line.split(": ")[1] for line in ran.err.splitlines()] == [
        str(tmp_path / "note.jpg"),
        str(tmp_path / "missing.jpg"),
    ]
    assert stored_names(office) == []


def test_a_refused_consent_leaves_no_person_behind(menjian: Menjian, office: Path, photographs: list[Path]) -> None:
    ran = menjian("enroll", "--role", "staff", "--name", "王", "--consent", " ", "--site", office, photographs[0])
    assert ran.code == 1
    assert "consent: empty" in ran.err
    assert stored_names(office) == []


def test_two_photographs_of_different_people_are_pointed_out(
    menjian: Menjian, office: Path, photographs: list[Path]
) -> None:
    ran = menjian("enroll", *LI, "--site", office, *photographs)
    assert ran.code == 0
    assert "1.png: hardly looks like the first photograph" in ran.err


def test_only_photographs_below_the_review_threshold_are_unlike() -> None:
    def photo(x: float, y: float) -> EnrolmentPhoto:
        template = Template(vector=np.array([x, y], np.float32), pack="toy-1")
        return EnrolmentPhoto(template=template, quality=1, source_sha256="00")

    paths = [Path("a"), Path("b"), Path("c")]
    assert unlike_the_first([photo(1, 0), photo(0.6, 0.8), photo(0.5, 0.9)], paths, review=0.55) == ["c"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--role", "boss", "--name", "x", "--consent", "F", "a.jpg"),  # no such role
        ("--role", "agent", "--name", "x", "a.jpg"),  # no consent
        ("--role", "agent", "--name", "x", "--consent", "F"),  # no photograph
        ("--role", "staff", "--name", "x", "--consent", "F", "--how", "phone", "a.jpg"),  # no way to consent
    ],
)
def test_wrong_usage_is_exit_code_2(menjian: Menjian, arguments: tuple[str, ...]) -> None:
    assert menjian("enroll", *arguments).code == 2


def test_without_a_site_it_says_how_to_make_one(menjian: Menjian, tmp_path: Path) -> None:
    ran = menjian("enroll", *LI, "--site", tmp_path / "none", "a.jpg")
    assert ran.code == 1
    assert f"make one with: menjian init {tmp_path / 'none'}" in ran.err
