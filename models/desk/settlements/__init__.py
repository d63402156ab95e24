"""结佣: whose commission a month's deals are, computed from the decisions that stand, and closed distributor by
distributor. What is closed stays; what changes afterwards is closed again as a correction.

    deals of the month --> decision of each --> shares of claimants --> lines by distributor
            |                    |                                         |
    what bears on each           +- status review --> open: needs a ruling +- less what was closed --> corrections
"""

from models.desk.settlements.closing import (
    ChangingError,
    Closed,
    MonthNotOverError,
    NothingToSettleError,
    SettlementError,
    changed,
    close,
    closed_of,
    settlement,
)
from models.desk.settlements.judging import Rules, SoldTo
from models.desk.settlements.month import OFFICE_SIDE, Due, Month, month_of, month_so_far, total

__all__ = [
    "OFFICE_SIDE",
    "ChangingError",
    "Closed",
    "Due",
    "Month",
    "MonthNotOverError",
    "NothingToSettleError",
    "Rules",
    "SettlementError",
    "SoldTo",
    "changed",
    "close",
    "closed_of",
    "month_of",
    "month_so_far",
    "settlement",
    "total",
]
