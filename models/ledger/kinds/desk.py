"""What happens at the kiosk and the desk beside what a decision rests on, and the decisions themselves."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from attribution.decision import Sentence
from attribution.entries import Settled
from models.ledger.kinds.base import Hash, Reasoned, SystemEntry


class Bound(SystemEntry):
    """Somebody was found to be the one who crossed the sill as `arrival`: by what (`how`), with which `report`."""

    do: Literal["bind"] = "bind"
    arrival: str
    person: str
    how: Literal["qr", "phone", "staff", "face"]
    report: int | None = Field(None, ge=1)


class Registered(SystemEntry):
    """The desk put a customer into the book, or one more phone of theirs: neither name nor phone stand here."""

    do: Literal["registration"] = "registration"
    person: str
    what: Literal["customer", "phone"]


class Refused(SystemEntry):
    """A visitor read the notice and said no, or is under 14 and came without a guardian. Who it was is not kept."""

    do: Literal["refusal"] = "refusal"
    arrival: str | None = None
    how: Literal["kiosk", "desk"]
    notice_version: str
    notice_sha256: Hash
    minor: bool = False


class Greeted(SystemEntry):
    """A visitor was greeted and handed to the consultant (or whoever the rota says) who is to receive them."""

    do: Literal["greeting"] = "greeting"
    person: str
    to: str
    arrival: str | None = None


class Rota(SystemEntry):
    """接待轮序: who receives on a day, in this order, and who stands in for whom."""

    do: Literal["rota"] = "rota"
    day: date
    order: tuple[str, ...] = Field(strict=False, min_length=1)
    stand_ins: dict[str, str] = Field(default_factory=dict)


class Scanned(SystemEntry):
    """A paper that shows a relation (`entry`) was scanned; it lies sealed beside the chain, here by its hash."""

    do: Literal["paper"] = "paper"
    person: str
    entry: int = Field(ge=1)
    sha256: Hash
    media_type: Literal["image/jpeg", "image/png", "application/pdf"]
    size_bytes: int = Field(ge=1)


class Retracted(Reasoned):
    """What entry `undoes` says about this customer was put on record by mistake, or taken back: it counts no more."""

    do: Literal["retraction"] = "retraction"
    undoes: int = Field(ge=1)


class Stated(Reasoned):
    """What a party (`by`, a claimant) says in a dispute."""

    do: Literal["statement"] = "statement"
    dispute: int = Field(ge=1)
    by: str


class RulingProposed(Reasoned):
    """How a manager would settle a dispute. It counts once a second person has confirmed it: then a `rule` entry is
    written."""

    do: Literal["proposal"] = "proposal"
    dispute: int = Field(ge=1)
    to: Settled
    by: Literal["manager", "director"]


class RulingChecked(SystemEntry):
    """A second person looked at a proposal and agrees with it, or does not."""

    do: Literal["ruling_check"] = "ruling_check"
    person: str
    dispute: int = Field(ge=1)
    proposal: int = Field(ge=1)
    agrees: bool


class Notified(SystemEntry):
    """These claimants were told of entry `about`."""

    do: Literal["notice"] = "notice"
    person: str
    whom: tuple[str, ...] = Field(strict=False)
    about: int = Field(ge=1)


class SettlementLine(BaseModel):
    """One deal in a settlement: entry `deal` of customer `person`, decided by entry `decision` (version `number`):
    `claimant` has the exact `share` of the commission, by these clauses."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    deal: int = Field(ge=1)
    person: str
    decision: int = Field(ge=1)
    number: int = Field(ge=1)
    claimant: str
    share: str = Field(pattern=r"^\d+(/[1-9]\d*)?$")
    clauses: tuple[str, ...] = Field(strict=False)


class Settlement(SystemEntry):
    """结佣: a month's deals of one distributor, closed. A later one of the same month (`number` counts on) lists only
    what has changed since: `lines` that hold now, `void` those of earlier ones that hold no more."""

    do: Literal["settlement"] = "settlement"
    month: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")
    distributor: str
    number: int = Field(ge=1)
    lines: tuple[SettlementLine, ...] = Field(strict=False)
    void: tuple[SettlementLine, ...] = Field((), strict=False)


class Decided(SystemEntry):
    """A decision as it was computed, with its hash and that of the policy's text; `upto` the last entry that was on
    record then. A later one about the same customer counts `number` on; the old one stays. With `deal` it says whose
    that deal was, by what bears on it alone: the customer may have dealt with others since."""

    do: Literal["decision"] = "decision"
    person: str
    number: int = Field(ge=1)
    policy: str
    version: str
    text_sha256: Hash
    hash: Hash
    upto: int = Field(ge=0)
    decision: dict[str, object]
    otherwise: tuple[Sentence | None, ...] = Field((), strict=False)
    deal: int | None = Field(None, ge=1)
