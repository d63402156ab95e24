"""`menjian retention`: what was kept long enough goes, and erasures that were put off are finished."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from api.cli.console import err, out
from api.cli.erase import show, tell_end, told
from api.cli.options import DEFAULT_SITE, JsonOption, SiteOption
from models.ledger.entry import instant_text
from models.retention import PEOPLE_LIMIT, PEOPLE_WARNING, Due, due, people_stored, retain
from models.site import open_site
from models.wipe import Wiped

CALLED = {
    "frames": "frames of arrivals",
    "templates": "templates since the last visit or consent",
    "reports": "reported customers who never came",
    "people": "people with nothing more on record",
}


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what is due; nothing is removed.")] = False,
    site: SiteOption = DEFAULT_SITE,
    as_json: JsonOption = False,
) -> None:
    """Remove what was kept long enough, with a receipt for each removal, and finish erasures that were put off.

    How long is set in site.yaml (frames_days, templates_days, reports_days, people_days). What an open dispute may need
    is held. Run it every night: on SQLite the door's writes wait while the file is written anew.

    [bold]Examples[/bold]

      menjian retention --dry-run --site site

      menjian retention --json
    """
    now = datetime.now(UTC)
    with open_site(site) as opened:
        with opened.read_session() as session:
            clock = due(session, opened.settings, at=now)
        ended = Wiped(receipts=()) if dry_run else retain(opened, at=now, by="menjian retention")
        with opened.read_session() as session:
            stored = people_stored(session)
    if as_json:
        people = {"stored": stored, "limit": PEOPLE_LIMIT, "warning": stored >= PEOPLE_WARNING}
        kinds = [_plain(each) for each in clock]
        typer.echo(json.dumps({"kinds": kinds, "people": people, "dry_run": dry_run} | told(ended)))
    else:
        _show(clock, stored)
        for receipt in ended.receipts:
            show(receipt, site)
    tell_end(ended, as_json=as_json)


def _plain(each: Due) -> dict[str, object]:
    oldest = None if each.oldest is None else instant_text(each.oldest)
    return {"kind": each.kind, "days": each.days, "due": each.count, "oldest": oldest, "held": len(each.held)}


def _show(clock: Sequence[Due], stored: int) -> None:
    table = Table("kept", "days", "due", "oldest", "held for disputes")
    for each in clock:
        oldest = "" if each.oldest is None else f"{each.oldest:%Y-%m-%d}"
        table.add_row(CALLED[each.kind], str(each.days), str(each.count), oldest, str(len(each.held)))
    out.print(table)
    out.print(f"people with a face template: {stored} (at {PEOPLE_LIMIT} they must be filed)", highlight=False)
    if stored >= PEOPLE_WARNING:
        err.print(
            f"{stored} people are stored: at {PEOPLE_LIMIT} file within 30 working days, or keep templates for less "
            "time (templates_days)",
            style="yellow",
            highlight=False,
            soft_wrap=True,
        )
