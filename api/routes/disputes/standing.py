"""What every route about a dispute asks first: is there one, and is it theirs to see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from api.access.actor import Actor
from api.access.roles import PARTIES
from api.access.rows import Sight, sight_of, theirs_since
from api.errors import ApiError
from models.desk.acts import UnknownNameError
from models.desk.crossings import AtTheDoor, at_the_door, concerning
from models.desk.disputes import Contested, Terms, dispute_of
from models.session import ReadSession
from models.site import Site


def terms_of(site: Site) -> Terms:
    """How long this office takes to rule."""
    return Terms(days=site.settings.dispute_days, zone=ZoneInfo(site.settings.time_zone))


def require_dispute(session: ReadSession, site: Site, actor: Actor, seq: int) -> tuple[Contested, Sight]:
    """Dispute ``seq`` and what ``actor`` sees. Raises ``ApiError`` 404, also for a dispute of others."""
    sight, found = sight_of(session, actor), dispute_of(session, seq, terms_of(site))
    if found is None or not (sight.everything or found.parties & sight.claimants):
        raise ApiError(404, "not_found")
    return found, sight


def door_of(session: ReadSession, found: Contested, sight: Sight) -> AtTheDoor:
    """What the door knows of a dispute, as far as it concerns whoever asks."""
    door = at_the_door(session, found.person)
    if sight.everything:
        return door
    since = theirs_since(session, sight, found.person)
    return concerning(door, sight.claimants, since=None if since is None else since.at)


def speaks_for(actor: Actor, sight: Sight, claimant: str | None, *, field: str = "by") -> str:
    """The claimant for whom ``actor`` speaks: the one named, else themselves, a liaison their distributor. Raises
    ``ApiError`` 403 for a claimant who is not theirs (in ``field``), 422 when the desk names none."""
    if claimant is None and actor.role in PARTIES:
        claimant = actor.person if actor.person in sight.claimants else actor.distributor
    if claimant is None:
        raise ApiError(422, "invalid", field=field)
    if not sight.is_own(claimant):
        raise ApiError(403, "not_a_party", field=field)
    return claimant


@contextmanager
def only_known() -> Iterator[None]:
    """Answers 422 with the field in which somebody unknown is named."""
    try:
        yield
    except UnknownNameError as error:
        raise ApiError(422, "unknown_name", field=error.field) from None
