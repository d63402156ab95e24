"""The demo, run once as a user runs it, and what it says when things go wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner

from api.cli.app import app
from api.cli.demo import at_the_door, record, show
from api.demo import MADE, STARTS_AT, Files, Played, Seen, prepare
from attribution.order import SURE, Order
from kiosk.events import ArrivalEvent, OrderEvent, read_events
from kiosk.pipeline import Ordered
from kiosk.types import KioskError
from models.bundle import check_bundle
from models.desk.doors import Reason, Trust
from models.ledger.verify import verify_site
from models.people import PersonSummary, people
from models.site import open_site
from tests.api.conftest import Menjian
from tests.kiosk.arrivals import DOOR, arrival


@dataclass(frozen=True, kw_only=True)
class Ran:
    """One run of the demo: exit code, its JSON, and the folder."""

    code: int
    told: dict[str, object]
    folder: Path


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("demo")
    result = CliRunner().invoke(app, ["demo", "--out", str(folder), "--json"])
    return Ran(code=result.exit_code, told=json.loads(result.stdout), folder=folder)


def rows(ran: Ran) -> list[dict[str, object]]:
    told = ran.told["arrivals"]
    assert isinstance(told, list)
    return told


def test_nobody_is_missed_or_invented(ran: Ran) -> None:
    assert (ran.code, ran.told["passed"], ran.told["missed"], ran.told["invented"]) == (0, True, 0, 0)
    assert len(rows(ran)) == 6


def test_everybody_with_consent_is_known_by_name_and_strangers_are_not(ran: Ran) -> None:
    for row in rows(ran):
        truth = row["truth"]
        assert isinstance(truth, dict)
        enrolled = not truth["who"].endswith(("Stranger A", "Stranger B"))
        assert (row["status"], row["name"]) == (("known", truth["who"]) if enrolled else ("unknown", None))


def test_every_instant_is_near_the_truth(ran: Ran) -> None:
    errors = [row["error_s"] for row in rows(ran)]
    assert all(isinstance(error, float) and abs(error) <= 0.1 for error in errors)


def test_the_agents_are_rivals_and_the_strangers_one_party(ran: Ran) -> None:
    parties = [row["party"] for row in rows(ran)]
    assert parties[0] != parties[1]
    assert parties[4] == parties[5]
    assert parties[4] not in parties[:4]


def test_the_close_call_says_before_only_when_it_is_sure(ran: Ran) -> None:
    close = ran.told["close_call"]
    assert isinstance(close, dict)
    assert {close["first"], close["second"]} == {row["arrival"] for row in rows(ran)[:2]}
    assert (close["verdict"] == "before") == (close["p"] >= SURE)


def test_the_events_file_holds_every_arrival_and_verdict(ran: Ran) -> None:
    events = list(read_events(ran.folder / "events.jsonl"))
    assert sum(isinstance(event, ArrivalEvent) for event in events) == 6
    orders = [event for event in events if isinstance(event, OrderEvent)]
    assert len(orders) == len({(event.first, event.second) for event in orders})
    told = ran.told["orders"]
    assert isinstance(told, list)
    assert len(told) == len(orders)


def test_the_site_holds_the_people_with_consent_and_nobody_else(ran: Ran) -> None:
    with open_site(ran.folder / "site") as site, site.read_session() as session:
        assert site.settings.consent_mode == "match_consented"
        assert sorted(person.role for person in people(session)) == ["agent", "agent", "customer", "customer"]
        assert site.doorway_path.is_file()


def test_the_desk_decides_by_clause_what_the_door_could_not(ran: Ran) -> None:
    decision = ran.told["decision"]
    assert isinstance(decision, dict)
    assert sorted(decision["credit"].values()) == ["1/2", "1/2"]
    assert "1.2.8" in [clause for clause, _ in decision["reasons"]]


def test_the_record_verifies_and_so_does_the_bundle(ran: Ran) -> None:
    assert verify_site(ran.folder / "site", open_frames=True).faults == ()
    assert check_bundle(ran.folder / "bundle.zip").replayed == "yes"


def test_the_picture_is_there_and_small_enough_for_a_page(ran: Ran) -> None:
    path = ran.folder / "arrivals.png"
    picture = cv2.imread(str(path))
    assert picture is not None
    assert picture.shape[1] == 1600
    assert path.stat().st_size <= 700_000


def test_everything_lies_where_the_next_demo_clears_it_away(ran: Ran) -> None:
    made = {path.name for path in ran.folder.iterdir()} - {".menjian-demo"}
    assert made == set(MADE)


def test_an_earlier_demo_makes_way_and_other_files_stay(tmp_path: Path) -> None:
    prepare(tmp_path)
    (tmp_path / "site").mkdir()
    (tmp_path / "events.jsonl").touch()
    (tmp_path / "mine.txt").touch()
    prepare(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".menjian-demo", "mine.txt"]


def test_a_folder_with_something_else_in_it_is_refused(menjian: Menjian, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    told = menjian("demo", "--out", tmp_path)
    assert told.code == 1
    assert "not an empty folder and not an earlier demo" in told.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KioskError, match="name another with --out"):
        prepare(tmp_path / "file")


def agent(number: int, crossed_s: float) -> Seen:
    who = PersonSummary(id=f"p{number}", name=f"Agent {number}", role="agent", distributor=f"Distributor {number}")
    seen = arrival(number, crossed_s=crossed_s, status="known", person=who.id)
    return Seen(arrival=seen, who=who, truth=None)


def played(verdict: Order) -> Played:
    seen = (agent(1, 4.6), agent(2, 4.7))
    told = Ordered(first="main-1", second="main-2", order=verdict)
    files = Files(folder=Path("demo"))
    return Played(files=files, doorway=DOOR, seen=seen, orders=(told,), missed=0, invented=2, settled=None)


def test_two_who_crossed_together_stand_on_an_equal_footing() -> None:
    said = "\n".join(at_the_door(played(Order(verdict="simultaneous", p=0.974))))
    assert "simultaneously" in said
    assert "P(order) = 0.9740, below 0.99" in said


def test_who_was_surely_first_is_named() -> None:
    said = "\n".join(at_the_door(played(Order(verdict="before", p=0.998))))
    assert "Agent 1 crossed before Agent 2" in said


def test_without_both_agents_nothing_is_said_about_who_was_first() -> None:
    both = played(Order(verdict="before", p=0.998))
    alone = replace(both, seen=(both.seen[0], replace(both.seen[1], who=None)))
    assert alone.close_call() is None
    assert "nothing is said about who was first" in "\n".join(at_the_door(alone))


def test_the_table_tells_an_invented_arrival_as_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    show(played(Order(verdict="before", p=0.998)))
    said = capsys.readouterr()
    assert "nobody" in said.out
    assert "missed: 0, invented: 2" in said.err


def test_whether_the_door_can_be_relied_on_is_said_by_the_offices_clock(capsys: pytest.CaptureFixture[str]) -> None:
    stopped = Trust(door="main", reasons=(Reason(code="door_stopped", since=STARTS_AT),))
    show(replace(played(Order(verdict="before", p=0.998)), doors=(stopped,)))
    assert "door main: The door was stopped at 2026-03-01 10:00:00." in capsys.readouterr().out


def test_the_record_of_an_invented_arrival_has_no_truth() -> None:
    told = record(played(Order(verdict="before", p=0.998)))["arrivals"]
    assert isinstance(told, list)
    assert [(row["truth"], row["error_s"]) for row in told] == [(None, None)] * 2
