"""Whom the desk or a kiosk found to be who crossed counts in a bundle as whom the door knew by face."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from zipfile import ZipFile

from attribution.entries import Arrive, Confirm, Dispute
from models.bundle import check_bundle, export_dispute
from models.ledger.append import append
from models.ledger.kinds import Arrival, Bound, ClaimantKnown, Order, Recordable, Retracted
from models.site import Site
from tests.models.builders import FOUNDED

VISIT = FOUNDED + timedelta(hours=1)
DESK = VISIT + timedelta(minutes=25)
"""When they check in: long after they crossed."""

NOW = VISIT + timedelta(days=2)

CROSSED = {
    "arr-1": timedelta(),
    "arr-2": timedelta(seconds=0.4),
    "arr-3": timedelta(seconds=1.1),
    "arr-4": timedelta(seconds=2),
    "arr-9": timedelta(hours=3),
}
"""Nobody of them was known by face."""


def bound(arrival: str, person: str) -> Bound:
    return Bound(at=DESK, arrival=arrival, person=person, how="qr")


FOUND = [
    bound("arr-1", "a1"),
    bound("arr-2", "p1"),
    bound("arr-3", "p8"),  # another customer just behind
    bound("arr-9", "a1"),  # the agent again, hours later
]


def story(found: Sequence[Recordable]) -> Iterator[Recordable]:
    yield ClaimantKnown(at=FOUNDED, who="a1", kind="agent", of="north")
    yield ClaimantKnown(at=FOUNDED, who="a2", kind="agent", of="south")
    for number, (arrival, after) in enumerate(CROSSED.items()):
        yield Arrival(
            at=VISIT + after,
            arrival=arrival,
            door="main",
            direction="in",
            sigma_s=0.02,
            status="unconsented",
            track=number,
        )
    for first, second in (("arr-1", "arr-2"), ("arr-2", "arr-3"), ("arr-2", "arr-4")):
        yield Order(at=VISIT, first=first, second=second, verdict="before", p=0.9999)
    yield from found
    yield Arrive(do="arrive", at=VISIT, person="p1", door={"a1": (0.0, 0.02), "p1": (0.4, 0.02)})
    yield Confirm(do="confirm", at=DESK, person="p1", by="a1")
    yield Dispute(do="dispute", at=NOW, person="p1", by="a2")


def exported(site: Site, found: Sequence[Recordable], output: Path, at: datetime = NOW) -> Path:
    with site.write_session() as session:
        dispute = append(session, list(story(found)), at=at, by="desk")[-1].seq
    return export_dispute(site, dispute, output, recipient=None, at=at, by="desk").path


def said_in(bundle: Path, *kinds: str) -> list[dict[str, object]]:
    with ZipFile(bundle) as archive:
        entries = [json.loads(line) for line in archive.read("entries.jsonl").splitlines()]
    return [json.loads(one["payload"]) | {"seq": one["seq"]} for one in entries if one["kind"] in kinds]


def labels(bundle: Path) -> dict[str, str]:
    """Who stands beside the axes, with the entries that say so."""
    with ZipFile(bundle) as archive:
        page = unescape(archive.read("index.html").decode())
    return dict(re.findall(r'y="[\d.]+">([^<#]+)</text>\s*<text [^>]+>(#[^<]+)</text>', page))


def test_a_bound_agents_arrival_its_order_and_the_binding_are_in_the_bundle(
    embedded_site: Site, tmp_path: Path
) -> None:
    bundle = exported(embedded_site, FOUND, tmp_path / "bundle.zip")
    report = check_bundle(bundle)
    assert report.replayed == "yes"
    assert {one["arrival"] for one in said_in(bundle, "arrival")} == {"arr-1", "arr-2", "arr-4"}
    assert [(one["arrival"], one["person"]) for one in said_in(bundle, "bind")] == [("arr-1", "a1"), ("arr-2", "p1")]
    assert [(one["first"], one["second"]) for one in said_in(bundle, "order")] == [
        ("arr-1", "arr-2"),
        ("arr-2", "arr-4"),  # of whom nobody knows who it was
    ]


def test_a_bound_arrival_stands_on_the_axis_under_whoever_it_was_once(embedded_site: Site, tmp_path: Path) -> None:
    bundle = exported(embedded_site, FOUND, tmp_path / "bundle.zip")
    [visit] = said_in(bundle, "arrive")
    seen = {one["arrival"]: one["seq"] for one in said_in(bundle, "arrival")}
    told = {one["arrival"]: one["seq"] for one in said_in(bundle, "bind")}
    assert labels(bundle) == {
        "a1 · 经纪人 agent · north": f"#{seen['arr-1']}, #{told['arr-1']}, #{visit['seq']}",
        "p1 · 本案客户 the customer": f"#{seen['arr-2']}, #{told['arr-2']}, #{visit['seq']}",
        "未识别 not known": f"#{seen['arr-4']}",
    }


def test_a_binding_that_was_taken_back_is_shown_as_such(embedded_site: Site, tmp_path: Path) -> None:
    with embedded_site.write_session() as session:
        mistaken = append(session, [bound("arr-1", "a2"), bound("arr-2", "p8")], at=FOUNDED, by="desk")
    back = [
        Retracted(at=DESK, person=person, undoes=one.seq, reason="it was somebody else")
        for one, person in zip(mistaken, ("a2", "p8"), strict=True)
    ]
    bundle = exported(embedded_site, [*back, *FOUND], tmp_path / "bundle.zip")
    assert check_bundle(bundle).replayed == "yes"
    assert [(one["arrival"], one["person"]) for one in said_in(bundle, "bind")] == [
        ("arr-1", "a2"),
        ("arr-2", "p8"),
        ("arr-1", "a1"),
        ("arr-2", "p1"),
    ]
    assert [one["undoes"] for one in said_in(bundle, "retraction")] == [one.seq for one in mistaken]
    assert {"a1 · 经纪人 agent · north", "p1 · 本案客户 the customer"} <= labels(bundle).keys()
    assert "a2 · 经纪人 agent · south" not in labels(bundle)


def test_whom_the_door_took_for_an_agent_and_the_desk_for_another_customer_is_left_out(
    embedded_site: Site, tmp_path: Path
) -> None:
    mistaken = Arrival(
        at=VISIT + timedelta(seconds=3),
        arrival="arr-5",
        door="main",
        direction="in",
        sigma_s=0.02,
        status="known",
        person="a1",
        track=5,
    )
    bundle = exported(embedded_site, [mistaken, *FOUND, bound("arr-5", "p8")], tmp_path / "bundle.zip")
    assert "arr-5" not in {one["arrival"] for one in said_in(bundle, "arrival")}
