"""What the recipient of a bundle may see: the one place with the rule.

The office's own copy (no recipient) shows every frame that was kept, and no personal value. A recipient sees the
frames in which nobody but themselves can be recognised, and the personal values they gave themselves; a distributor
also those of its agents. Everybody sees all entries: in these, people stand by their ids only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models.evidence import StoredFrame
from models.keys import of_arrival, of_person

Payload = Mapping[str, object]


def parties(payloads: Sequence[Payload]) -> frozenset[str]:
    """Who can be a recipient: the claimants of these entries, and whom they belong to."""
    named = (payload.get(field) for payload in payloads for field in ("by", "who", "of", "against", "closed_by"))
    return frozenset(name for name in named if isinstance(name, str))


def own_names(recipient: str, payloads: Sequence[Payload]) -> frozenset[str]:
    """The recipient and the agents that belong to them."""
    agents = {str(payload["who"]) for payload in payloads if payload.get("of") == recipient and "who" in payload}
    return frozenset({recipient, *agents})


def may_see_frame(frame: StoredFrame, recipient: str | None, own: frozenset[str]) -> bool:
    """Whether a frame is shown. Under an arrival's own key lie only frames in which nobody can be recognised."""
    if recipient is None or frame.owner == of_arrival(frame.arrival):
        return True
    return frame.owner in {of_person(name) for name in own}


def may_see_values(payload: Payload, recipient: str | None, own: frozenset[str]) -> bool:
    """Whether the personal values of an entry are shown."""
    return recipient is not None and payload.get("by") in own
