"""What a bundle holds, who sees what in it, and what the export leaves on record."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from fractions import Fraction
from hashlib import sha256
from html import unescape
from pathlib import Path
from zipfile import ZipFile

import pytest

from attribution.entries import Interact
from models.bundle import BundleError, BundleReport, Made, check_bundle, export_dispute
from models.evidence import EvidenceError
from models.keys import drop_key, of_person
from models.ledger.append import append
from models.ledger.read import entries_of_kind
from models.ledger.seal import seal_head
from models.ledger.timestamp import keep_timestamp
from models.site import Site
from tests.models.dispute import CONTESTED, CROSSED, NAME, PHONE, VISIT, frames_of, put_on_record
from tests.models.limits import files_limited_to

NOW = CONTESTED + timedelta(days=1)


def exported(site: Site, output: Path, *, recipient: str | None = None) -> Made:
    return export_dispute(site, put_on_record(site), output, recipient=recipient, at=NOW, by="desk")


def inside(bundle: Path) -> dict[str, bytes]:
    with ZipFile(bundle) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def entries_in(bundle: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in inside(bundle)["entries.jsonl"].splitlines()]


def pictures(*arrivals: str) -> set[bytes]:
    return {jpeg for arrival in arrivals for _, jpeg in frames_of(arrival)}


def shown(bundle: Path) -> set[bytes]:
    return {content for name, content in inside(bundle).items() if name.startswith("frames/")}


def test_a_bundle_is_checked_without_its_site(embedded_site: Site, tmp_path: Path) -> None:
    made = exported(embedded_site, tmp_path / "bundle.zip")
    report = check_bundle(made.path)
    assert report.fingerprints == (made.fingerprint,)
    assert (report.entries, report.frames, report.frames_withheld) == (made.entries, 6, 0)


@pytest.mark.parametrize(
    ("recipient", "arrivals"),
    [
        (None, ["arr-1", "arr-2", "arr-3"]),  # the office's own copy: everything kept
        ("a1", ["arr-1", "arr-3"]),  # their own, and where nobody can be recognised
        ("north", ["arr-1", "arr-3"]),  # a distributor: those of its agents
        ("a2", ["arr-2", "arr-3"]),
    ],
)
def test_a_recipient_sees_the_frames_that_show_nobody_else(
    embedded_site: Site, tmp_path: Path, recipient: str | None, arrivals: list[str]
) -> None:
    made = exported(embedded_site, tmp_path / "bundle.zip", recipient=recipient)
    assert shown(made.path) == pictures(*arrivals)
    assert (made.frames, made.withheld) == (2 * len(arrivals), 2 * (len(CROSSED) - len(arrivals)))


@pytest.mark.parametrize(
    ("recipient", "values"),
    [
        (None, []),  # the office's own copy: none
        ("a1", [PHONE, NAME]),  # what they said themselves
        ("north", [PHONE, NAME]),  # what its agent said
        ("south", [PHONE, NAME]),  # on record only as whom an agent belongs to
    ],
)
def test_personal_values_go_only_to_whom_gave_them(
    embedded_site: Site, tmp_path: Path, recipient: str | None, values: list[str]
) -> None:
    made = exported(embedded_site, tmp_path / "bundle.zip", recipient=recipient)
    files = inside(made.path)
    assert sorted(one["value"] for one in json.loads(files.pop("particulars.json")).values()) == sorted(values)
    rest = b"".join(files.values())
    assert PHONE.encode() not in rest
    assert NAME.encode() not in rest


def test_a_decision_that_rests_on_what_is_withheld_is_said_not_to_be_computed_again(
    embedded_site: Site, tmp_path: Path
) -> None:
    known = Interact(do="interact", at=VISIT - timedelta(days=9), person="p2", kind="visit", phone=PHONE)
    with embedded_site.write_session() as session:
        append(session, [known], at=VISIT - timedelta(days=9), by="desk")
    number = put_on_record(embedded_site)

    def checked() -> BundleReport:
        made = export_dispute(embedded_site, number, tmp_path / "b.zip", recipient=None, at=NOW, by="desk")
        return check_bundle(made.path)

    report = checked()
    assert report.decision.decision.credit == {"developer": Fraction(1)}  # found by the phone on the form
    assert (report.replayed, report.values_withheld) == ("withheld", 5)
    with embedded_site.write_session() as session:
        drop_key(session, of_person("p1"))
        drop_key(session, of_person("p2"))
    again = checked()
    # what was erased decides no more: that is a new version, and anybody can compute it
    assert (again.decision.number, again.replayed) == (2, "yes")


def test_what_the_door_saw_of_those_involved_is_in_it_and_nothing_of_others(
    embedded_site: Site, tmp_path: Path
) -> None:
    made = exported(embedded_site, tmp_path / "bundle.zip")
    found = [(one["kind"], json.loads(one["payload"])) for one in entries_in(made.path)]
    assert {said["arrival"] for kind, said in found if kind == "arrival"} == {"arr-1", "arr-2", "arr-3"}
    assert {said["door"] for kind, said in found if kind == "blind"} == {"main"}
    assert sum(kind == "order" for kind, _ in found) == 2
    assert sum(kind == "evidence" for kind, _ in found) == 3
    assert [said for _, said in found if said.get("person") == "p8"] == []
    assert [kind for kind, _ in found if kind in ("founded", "dispute", "decision")] == [
        "founded",
        "dispute",
        "decision",
    ]


def test_the_export_and_every_frame_shown_are_on_record(site: Site, tmp_path: Path) -> None:
    number = put_on_record(site)
    made = export_dispute(site, number, tmp_path / "bundle.zip", recipient="north", at=NOW, by="desk")
    with site.read_session() as session:
        [viewed, export] = [json.loads(one.payload) for one in entries_of_kind(session, "view", "export")]
    assert export["sha256"] == made.sha256 == sha256(made.path.read_bytes()).hexdigest()
    assert export["recipient"] == "north"
    assert {f"frames/{digest}.jpg" for digest in viewed["frames"]} == {
        name for name in inside(made.path) if name.startswith("frames/")
    }
    assert viewed["what"] == export["what"] == f"dispute {number}"


def test_the_same_content_gives_the_same_bytes(embedded_site: Site, tmp_path: Path) -> None:
    first = exported(embedded_site, tmp_path / "one.zip")
    number = json.loads(inside(first.path)["manifest.json"])["dispute"]
    again = export_dispute(embedded_site, number, tmp_path / "two.zip", recipient=None, at=NOW, by="desk")
    assert first.sha256 == again.sha256


def test_nothing_is_left_and_nothing_recorded_when_the_bundle_cannot_be_written(
    embedded_site: Site, tmp_path: Path
) -> None:
    (tmp_path / "bundle.zip.new").mkdir()  # something in the way of the file beside
    with pytest.raises(BundleError, match=r"bundle\.zip: the bundle cannot be written: Is a directory; make room"):
        exported(embedded_site, tmp_path / "bundle.zip")
    assert not (tmp_path / "bundle.zip").exists()
    with embedded_site.read_session() as session:
        assert list(entries_of_kind(session, "view", "export")) == []


def test_a_full_disk_is_told_with_the_bundles_name_and_leaves_no_part_of_it(
    embedded_site: Site, tmp_path: Path
) -> None:
    output = tmp_path / "bundle.zip"
    first = exported(embedded_site, output)
    number = json.loads(inside(first.path)["manifest.json"])["dispute"]
    output.rename(embedded_site.folder / "padding")  # the bundle is larger than anything else that is written
    room = first.path.with_name("site").joinpath("padding").stat().st_size - 1
    with files_limited_to(room), pytest.raises(BundleError, match=f"{output}: the bundle cannot be written: File too"):
        export_dispute(embedded_site, number, output, recipient=None, at=NOW, by="desk")
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_bundle_of_which_a_frame_is_damaged_is_not_made(embedded_site: Site, tmp_path: Path) -> None:
    number = put_on_record(embedded_site)
    [first, *_] = sorted(path for path in embedded_site.frames.folder.rglob("*") if path.is_file())
    first.write_bytes(first.read_bytes()[:-1])
    with pytest.raises(EvidenceError, match=f"{first.name}: not the frame that was recorded"):
        export_dispute(embedded_site, number, tmp_path / "bundle.zip", recipient=None, at=NOW, by="desk")
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_recipient_without_a_part_in_the_dispute_is_refused(embedded_site: Site, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="the recipient is no party; give a claimant's id"):
        exported(embedded_site, tmp_path / "bundle.zip", recipient="p1")


def test_an_entry_that_is_no_dispute_is_refused(embedded_site: Site, tmp_path: Path) -> None:
    number = put_on_record(embedded_site)
    for other in (number - 1, number + 100):
        with pytest.raises(BundleError, match=f"entry {other}: no dispute"):
            export_dispute(embedded_site, other, tmp_path / "bundle.zip", recipient=None, at=NOW, by="desk")


def test_a_checkpoint_with_a_time_stamp_is_taken_when_it_covers_the_slice(embedded_site: Site, tmp_path: Path) -> None:
    first = exported(embedded_site, tmp_path / "one.zip")
    number = json.loads(inside(first.path)["manifest.json"])["dispute"]
    stamped = seal_head(embedded_site, NOW).checkpoint
    assert stamped is not None
    keep_timestamp(embedded_site.folder, stamped.root, b"stamp")
    export_dispute(embedded_site, number, tmp_path / "two.zip", recipient=None, at=NOW, by="desk")
    seal_head(embedded_site, NOW)
    third = export_dispute(embedded_site, number, tmp_path / "three.zip", recipient=None, at=NOW, by="desk")
    assert "checkpoint.tsr" not in inside(first.path)
    assert inside(third.path)["checkpoint.tsr"] == b"stamp"
    report = check_bundle(third.path)
    assert (report.checkpoint_count, report.stamp) == (stamped.count, "unchecked")
    assert check_bundle(first.path).stamp == "absent"


def test_the_page_stands_alone_and_shows_crossings_decision_and_frames(embedded_site: Site, tmp_path: Path) -> None:
    files = inside(exported(embedded_site, tmp_path / "bundle.zip").path)
    page = unescape(files["index.html"].decode())
    assert not re.search(r"<script|https?://|\bon\w+=|url\(", page)
    assert {f"frames/{name}.jpg" for name in re.findall(r'src="frames/(\w+)\.jpg"', page)} == {
        name for name in files if name.startswith("frames/")
    }
    # the door's; the visit at the desk names the customer as well, whom the door did not know
    assert page.count("<circle") == len(CROSSED) + 1
    assert len(re.findall(r">#\d+, #\d+</text>", page)) == 2  # both agents: seen by the door and told by the visit
    assert page.count("<rect") == 1
    for clause in json.loads(files["decision.json"])["reasons"]:
        assert clause["zh"] in page
        assert clause["en"] in page
        assert f"{clause['otherwise']['zh']}，则结论不同。" in page
        assert clause["otherwise"]["en"] in page
    assert "2026-03-01 10:00:00.000" in page  # the office's time
    assert check_bundle(tmp_path / "bundle.zip").fingerprints[0] in page
