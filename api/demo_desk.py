"""What the demo's desk does after the door: both agents confirm the same customer, one contests, the rules decide, the
agent who contested gets a bundle, and everything is verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from attribution.entries import ENTRY, AnyEntry
from models.bundle import BundleReport, check_bundle, export_dispute
from models.decisions import StoredDecision, decide_now
from models.ledger.append import append
from models.ledger.seal import seal_head
from models.ledger.verify import Report, verify_site
from models.site import Site

DESK = "demo desk"


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What came of it: the ``decision``, the ``dispute``'s number, the bundle with its check, the whole ledger's."""

    decision: StoredDecision
    dispute: int
    bundle: Path
    checked: BundleReport
    verified: Report


def settle(site: Site, people: Mapping[str, str], bundle: Path, *, at: datetime) -> Settled:
    """The desk's part, from ``at`` on (aware). ``people``: ids of `first` and `second` (the agents) and `customer`."""
    confirmed, contested, decided = (at + timedelta(minutes=minutes) for minutes in (4, 6, 7))
    texts = site.policy_texts
    with site.write_session() as session:
        for agent in ("first", "second"):
            append(session, [_entry("confirm", confirmed, people["customer"], people[agent])], at=confirmed, by=DESK)
    with site.write_session() as session:
        dispute = _entry("dispute", contested, people["customer"], people["second"])
        [written] = append(session, [dispute], at=contested, by=DESK)
        decision = decide_now(
            session,
            people["customer"],
            texts=texts,
            settings_policy=site.settings.policy,
            at=decided,
            by=DESK,
        )
    made = export_dispute(site, written.seq, bundle, recipient=people["second"], at=decided, by=DESK)
    seal_head(site, decided)
    return Settled(
        decision=decision,
        dispute=written.seq,
        bundle=made.path,
        checked=check_bundle(made.path),
        verified=verify_site(site.folder, open_frames=True),
    )


def _entry(do: str, at: datetime, person: str, by: str) -> AnyEntry:
    return ENTRY.validate_python({"do": do, "at": at, "person": person, "by": by})
