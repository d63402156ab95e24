"""The page of a bundle, for people: static HTML without scripts or anything from elsewhere, Chinese with English."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from attribution.entries import Claimant
from models.bundle.axis import WIDTH_PX, Axis, axes_of
from models.bundle.extent import bindings_in, who_crossed
from models.bundle.layout import NO_RECIPIENT, Manifest, keys_of, said
from models.decisions import StoredDecision
from models.evidence import StoredFrame
from models.ledger.checkpoint import Checkpoint
from models.ledger.entry import LedgerEntry
from models.signing import fingerprint
from models.timeline import timeline_from

LONG = re.compile(r"[0-9a-f]{32}")

ROLES = {
    "distributor": "分销商 distributor",
    "agent": "经纪人 agent",
    "consultant": "置业顾问 consultant",
    "team": "团队 team",
}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a bundle shows: its entries, the decision, the frames its recipient may see and how many they may not."""

    entries: Sequence[LedgerEntry]
    decision: StoredDecision
    frames: Sequence[StoredFrame]
    withheld: int


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A verdict about two crossings, by what they are called."""

    seq: int
    first: str
    second: str
    before: bool
    p: str


@dataclass(frozen=True, kw_only=True)
class Strip:
    """The frames of one arrival: (SHA-256, capture time)."""

    who: str
    frames: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class PageContext:
    """Everything the template may name."""

    manifest: Manifest
    recipient: str | None
    made_at: str
    contested_by: str
    contested_at: str
    axes: Sequence[Axis]
    verdicts: Sequence[Verdict]
    decision: StoredDecision
    strips: Sequence[Strip]
    withheld: int
    entries: Sequence[LedgerEntry]
    checkpoint: Checkpoint
    sealed_at: str
    stamped: bool
    fingerprint: str
    width: int = WIDTH_PX


class Names:
    """What people are called on the page: their shortened ids, with what they are. Names stand nowhere in a bundle."""

    def __init__(self, claimants: Mapping[str, Claimant], customer: str) -> None:
        self._claimants = claimants
        self._customer = customer

    def __call__(self, who: str | None) -> str:
        """How somebody is called; None: the door knew nobody.

        >>> Names({"a1": Claimant(kind="agent", of="north")}, "p1")("a1")
        'a1 · 经纪人 agent · north'
        """
        if who is None:
            return "未识别 not known"
        claimant = self._claimants.get(who)
        role = ROLES[claimant.kind] if claimant else "本案客户 the customer" if who == self._customer else None
        return " · ".join(part for part in (short(who), role, claimant.of if claimant else None) if part)


def short(name: str) -> str:
    """An id as it is shown: of 32 hex digits the first eight.

    >>> short("north"), short("5f0c1f2a9d3e4b7f8a6c1d2e3f405162")
    ('north', '5f0c1f2a…')
    """
    return f"{name[:8]}…" if LONG.fullmatch(name) else name


def page_html(manifest: Manifest, shown: Shown, checkpoint: Checkpoint, *, stamped: bool) -> bytes:
    """`index.html` (UTF-8): the crossings, verdicts, decision, frames and how to verify them, in the office's time."""
    zone = ZoneInfo(manifest.time_zone)
    names = Names(timeline_from(shown.entries, {}).claimants, manifest.person)
    contested = next(one for one in shown.entries if one.seq == manifest.dispute)
    page = PageContext(
        manifest=manifest,
        recipient=None if manifest.recipient == NO_RECIPIENT else manifest.recipient,
        made_at=_written(manifest.at, zone),
        contested_by=names(str(said(contested)["by"])),
        contested_at=_written(contested.at, zone),
        axes=axes_of(shown.entries, lambda at: _written(at, zone)[11:]),
        verdicts=_verdicts(shown.entries, names),
        decision=shown.decision,
        strips=_strips(shown, names, zone),
        withheld=shown.withheld,
        entries=shown.entries,
        checkpoint=checkpoint,
        sealed_at=_written(checkpoint.at, zone),
        stamped=stamped,
        fingerprint=fingerprint(keys_of(shown.entries)[0][1]),
    )
    templates = Environment(
        loader=PackageLoader("models.bundle", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"name": names, "short": short, "time": lambda at: _written(at, zone)}
    return templates.get_template("page.html.j2").render(page=page).encode()


def _written(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(sep=" ", timespec="milliseconds")[:23]


def _arrivals(entries: Sequence[LedgerEntry], names: Names) -> dict[str, str]:
    """What each arrival is called: by who it was, with its entry."""
    bindings = bindings_in(entries)
    return {
        str(said(one)["arrival"]): f"{names(who_crossed(one, bindings))} (#{one.seq})"
        for one in entries
        if one.kind == "arrival"
    }


def _verdicts(entries: Sequence[LedgerEntry], names: Names) -> list[Verdict]:
    called = _arrivals(entries, names)
    return [
        Verdict(
            seq=one.seq,
            first=called[str(order["first"])],
            second=called[str(order["second"])],
            before=order["verdict"] == "before",
            p=f"{float(str(order['p'])):.4f}",
        )
        for one in entries
        if one.kind == "order"
        for order in [said(one)]
    ]


def _strips(shown: Shown, names: Names, zone: ZoneInfo) -> list[Strip]:
    called = _arrivals(shown.entries, names)
    return [
        Strip(
            who=called[arrival],
            frames=tuple((one.sha256, _written(one.at, zone)) for one in shown.frames if one.arrival == arrival),
        )
        for arrival in dict.fromkeys(frame.arrival for frame in shown.frames)
    ]
