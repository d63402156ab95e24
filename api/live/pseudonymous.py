"""What is handed on of an entry: the fields named here and no other, so that a field somebody adds stays inside until
somebody decides otherwise. People, arrivals and claimants go by their ids; names, phones, stated reasons and scores of
faces never go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from api.access.rows import Sight, theirs_since
from models.ledger.entry import LedgerEntry
from models.session import ReadSession

HANDED_ON: Mapping[str, tuple[str, ...]] = {
    "arrival": ("arrival", "door", "direction", "sigma_s", "status", "person", "live", "party"),
    "order": ("first", "second", "verdict", "p"),
    "blind": ("door", "until", "reason"),
    "lost": ("until", "count"),
    "bind": ("arrival", "person", "how", "report"),
    "refusal": ("arrival", "how"),
    "greeting": ("person", "to", "arrival"),
    "rota": ("day", "order", "stand_ins"),
    "arrive": ("person", "door", "asked_for", "with"),
    "report": ("person", "by", "visit_at", "via"),
    "confirm": ("person", "by"),
    "receive": ("person", "by", "turn", "purpose"),
    "follow_up": ("person", "by"),
    "hand_over": ("person", "to"),
    "link": ("person", "to", "how", "verified"),
    "merge": ("person", "to"),
    "unmerge": ("person", "to", "undoes"),
    "deal": ("person", "closed_by"),
    "decision": ("person", "number", "policy", "version", "hash"),
    "dispute": ("person", "by"),
    "statement": ("person", "dispute", "by"),
    "proposal": ("person", "dispute"),
    "ruling_check": ("person", "dispute", "proposal", "agrees"),
    "rule": ("person", "to", "by"),
    "retraction": ("person", "undoes"),
    "notice": ("person", "whom", "about"),
    "settlement": ("month", "distributor", "number"),
    "policy": ("policy", "version", "text_sha256"),
    "claimant": ("who", "kind", "of"),
    "withdrawal": ("person",),
    "erasure": ("person",),
}
"""Kind of entry -> its fields, beside the instant at which it happened (`at`)."""

KINDS = tuple(HANDED_ON)

DECISION = "decision"
DECIDED = ("status", "credit", "commission", "report")
"""What a decision says, beside the fields of its entry."""

SHARES = ("credit", "commission")
CLAIMANTS = ("by", "to", "who", "closed_by")

Told = dict[str, Any]
"""Fields of an entry, as JSON."""


def told(entry: LedgerEntry) -> Told | None:
    """What may be known of an entry outside; None when nothing may."""
    fields = HANDED_ON.get(entry.kind)
    if fields is None:
        return None
    said = json.loads(entry.payload)
    data = {name: said[name] for name in ("at", *fields) if name in said}
    if entry.kind == DECISION:
        data |= {name: said["decision"][name] for name in DECIDED}
    return data


def told_to_kiosk(entry: LedgerEntry) -> Told | None:
    """What a kiosk may know: that somebody crossed the sill, and when."""
    data = told(entry)
    return {name: data[name] for name in ("at", "arrival")} if data and entry.kind == "arrival" else None


def told_to(session: ReadSession, sight: Sight, entry: LedgerEntry) -> Told | None:
    """What somebody with this ``sight`` may know of an entry; None when nothing. A party learns what concerns it
    without the others' names, and of a decision its own share only."""
    data = told(entry)
    if data is None or sight.everything:
        return data
    if entry.kind == DECISION:
        since = theirs_since(session, sight, data["person"])
        return _own_shares(data, sight) if since is not None and since.seq < entry.seq else None
    return _own_names(data, sight) if sight.own([entry]) else None


def _own_shares(data: Told, sight: Sight) -> Told:
    shares = {name: _own(data[name], sight) for name in SHARES}
    return {name: data[name] for name in ("at", "person", "number", "status")} | shares


def _own(shares: Mapping[str, str] | None, sight: Sight) -> dict[str, str] | None:
    return None if shares is None else {who: share for who, share in shares.items() if sight.is_own(who)}


def _own_names(data: Told, sight: Sight) -> Told:
    own = {name: value for name, value in data.items() if name not in CLAIMANTS or sight.is_own(value)}
    if "whom" in own:
        own["whom"] = [who for who in own["whom"] if sight.is_own(who)]
    return own
