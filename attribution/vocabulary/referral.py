"""老带新: an existing customer brings or sends a newcomer."""

from __future__ import annotations

from attribution.entries import Refer
from attribution.periods import office_day
from attribution.state import Moment
from attribution.vocabulary.registry import Argument, Found, fact, options, role, when


def referral(moment: Moment) -> Refer | None:
    """The newest referral of this customer, also when it was recorded only afterwards; not one for a later visit."""
    return moment.timeline.last(
        Refer,
        moment.people,
        lambda e: office_day(e.at) <= moment.day or not (e.announced or e.accompanied or e.mentioned == "arrival"),
    )


@role
def referrer_owner(moment: Moment) -> str | None:
    """Whose customer the referrer is."""
    refer = referral(moment)
    return moment.ask(moment.timeline.before(refer), refer.by).owner if refer else None


@fact
def referred(moment: Moment, argument: Argument) -> Found:
    """Somebody's customer referred the newcomer: `true`/`false`, or any of ``{mentioned: [arrival, during, never],
    accompanied: true, announced: true, by_role: plain|informant}``."""
    refer = referral(moment)
    if isinstance(argument, bool) or refer is None:
        return when(
            (refer is not None) == argument if isinstance(argument, bool) else False,
            refer,
        )
    if not isinstance(argument, dict):
        return None
    holds = all(getattr(refer, name) in options(value) for name, value in argument.items())
    return when(holds, refer)
