"""What is told of settlements, and by which names: the desk and who watches it read the customer's own, a distributor's
liaison the one under which their agents brought the customer."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from fractions import Fraction

from pydantic import AwareDatetime, Field

from api.access.rows import Sight
from api.schemas import Row
from models.desk.settlements import Closed, Due, SoldTo, total
from models.ledger.particulars import committed, taken_out
from models.ledger.read import entries_about
from models.people import people_among
from models.session import ReadSession

SIX_PLACES = 6

ShareText = str
"""An exact fraction, `1/3`."""


class LineRow(Row):
    """What a claimant is due of a deal. ``share`` of the deal's commission, exactly and as a decimal; ``decision`` the
    entry it rests on and ``number`` its version, null in a preview whose decision is not on record yet; ``void``: this
    was closed before and holds no more. ``customer`` is null where nobody told them the name, and once ``erased``."""

    deal: int = Field(examples=[1042])
    person: str
    customer: str | None = Field(examples=["王芳"])
    claimant: str
    claimant_name: str = Field(examples=["李明"])
    share: ShareText = Field(examples=["1/3"])
    decimal: float = Field(examples=[0.333333])
    clauses: tuple[str, ...]
    decision: int | None
    number: int | None
    void: bool = False
    erased: bool = False


class SettlementRow(Row):
    """A closed settlement: the ``number`` of its month and distributor; ``total`` in deals' commissions, what it makes
    void taken off."""

    entry: int
    month: str = Field(examples=["2026-03"])
    distributor: str = Field(examples=["贝壳"])
    number: int = Field(examples=[1])
    at: AwareDatetime
    by: str
    total: ShareText
    decimal: float
    lines: list[LineRow]


class OpenRow(Row):
    """A deal that is paid to nobody before a person has ruled."""

    deal: int
    person: str
    customer: str | None
    at: AwareDatetime


class StatementRow(Row):
    """What a distributor (`developer`: the office's own side) is due of a month as it stands now, the ``closed``
    settlements (entries, oldest first), and whether closing now would put something on record (``differs``)."""

    distributor: str
    total: ShareText
    decimal: float
    lines: list[LineRow]
    closed: list[int]
    differs: bool


class MonthRow(Row):
    """A month: ``over`` once it can be closed."""

    month: str
    over: bool
    statements: list[StatementRow]
    open: list[OpenRow]


class Names:
    """The names somebody may read."""

    def __init__(self, session: ReadSession, sight: Sight, ids: Collection[str]) -> None:
        self._session, self._sight = session, sight
        self._known = {one.id: one for one in people_among(session, set(ids))}

    def customer(self, person: str) -> str | None:
        """A customer's; None when it was erased, or never told to them."""
        if not self._sight.everything:
            return self._reported(person)
        return self._known[person].name if person in self._known else None

    def is_erased(self, person: str) -> bool:
        """Whether a customer was erased."""
        return person not in self._known

    def claimant(self, who: str) -> str:
        """A claimant's; a company's is its own."""
        return self._known[who].name if who in self._known else who

    def _reported(self, person: str) -> str | None:
        own = self._sight.own(entries_about(self._session, person, "report", "confirm"))
        said = [json.loads(one.payload) for one in own]
        opened = taken_out(self._session, said)
        names = [opened[name].value for each in said if (name := committed(each).get("name")) in opened]
        return names[-1] if names else None


def names_for(session: ReadSession, sight: Sight, dues: Sequence[Due], sold: Sequence[SoldTo] = ()) -> Names:
    """The names of everybody these lines and deals are about."""
    ids = {who for due in dues for who in (due.person, due.claimant)} | {deal.person for deal in sold}
    return Names(session, sight, ids)


def line_row(due: Due, names: Names, *, void: bool = False) -> LineRow:
    """One line."""
    return LineRow(
        deal=due.deal,
        person=due.person,
        customer=names.customer(due.person),
        claimant=due.claimant,
        claimant_name=names.claimant(due.claimant),
        share=str(due.share),
        decimal=decimal(due.share),
        clauses=due.clauses,
        decision=due.decision,
        number=due.number,
        void=void,
        erased=names.is_erased(due.person),
    )


def settlement_row(closed: Closed, names: Names) -> SettlementRow:
    """A closed settlement with its lines, what is void first."""
    sum_ = total(due.share for due in closed.lines) - total(due.share for due in closed.void)
    return SettlementRow(
        entry=closed.seq,
        month=closed.month,
        distributor=closed.distributor,
        number=closed.number,
        at=closed.at,
        by=closed.by,
        total=str(sum_),
        decimal=decimal(sum_),
        lines=[
            *(line_row(due, names, void=True) for due in closed.void),
            *(line_row(due, names) for due in closed.lines),
        ],
    )


def decimal(share: Fraction) -> float:
    """A share to six places, for reading only.

    >>> decimal(Fraction(1, 3))
    0.333333
    """
    return round(float(share), SIX_PLACES)
