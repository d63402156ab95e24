"""The system's own kinds of entry, beside those of `attribution.entries`: what the door saw, who consented, what was
erased, shown, exported, switched. Nothing personal stands in them: persons and arrivals by their ids only."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from attribution.entries import AnyEntry
from models.ledger.kinds.base import Hash, Reasoned, SystemEntry
from models.ledger.kinds.desk import (
    Bound,
    Decided,
    Greeted,
    Notified,
    Refused,
    Registered,
    Retracted,
    Rota,
    RulingChecked,
    RulingProposed,
    Scanned,
    Settlement,
    SettlementLine,
    Stated,
)
from models.ledger.kinds.door import Arrival, Blind, ClockJump, Evidence, Lost, Order, Orphans
from models.ledger.kinds.people import Consented, Corrected, Enrolled, Erased, Merged, Purged, Unmerged, Withdrawn
from models.ledger.kinds.site import (
    AccessChanged,
    ClaimantKnown,
    Exported,
    Founded,
    KeyRotated,
    PolicySwitched,
    Viewed,
)

AnySystemEntry = Annotated[
    Founded | KeyRotated | Arrival | Order | Blind | Lost | ClockJump | Evidence | Orphans | Consented | Withdrawn
    | Enrolled | Erased | Purged | Viewed | Exported | PolicySwitched | ClaimantKnown | Merged | Unmerged
    | AccessChanged | Decided | Bound | Registered | Refused | Greeted | Rota | Scanned | Retracted | Stated
    | RulingProposed | RulingChecked | Notified | Settlement | Corrected,
    Field(discriminator="do"),
]  # fmt: skip

Recordable = AnyEntry | AnySystemEntry

__all__ = [
    "AccessChanged", "AnySystemEntry", "Arrival", "Blind", "Bound", "ClaimantKnown", "ClockJump", "Consented",
    "Corrected", "Decided", "Enrolled", "Erased", "Evidence", "Exported", "Founded", "Greeted", "Hash", "KeyRotated",
    "Lost", "Merged", "Notified", "Order", "Orphans", "PolicySwitched", "Purged", "Reasoned", "Recordable",
    "Refused", "Registered", "Retracted", "Rota", "RulingChecked", "RulingProposed", "Scanned", "Settlement",
    "SettlementLine", "Stated", "SystemEntry", "Unmerged", "Viewed", "Withdrawn",
]  # fmt: skip
