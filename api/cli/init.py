"""`menjian init`: a new site folder."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.access.roles import Role
from api.cli.console import out
from api.cli.options import JsonOption
from models.access import add_user
from models.ledger.seal import seal_head
from models.settings import SiteSettings
from models.site import create_site

FIRST = "admin"


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make; may exist when no site is in it.")],
    database: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Empty PostgreSQL database, postgresql://user@host/name; left out: SQLite in the folder.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a site folder: settings (site.yaml), key, notice, database, and a first administrator. Asks nothing.

    [bold]Examples[/bold]

      menjian init site

      menjian init /srv/riverside --json

      menjian init /srv/group --database postgresql://menjian@db.local/riverside
    """
    now = datetime.now(UTC)
    with create_site(folder, SiteSettings(database=database), at=now) as site:
        key = site.key_path
        with site.write_session() as session:
            admin = add_user(session, login=FIRST, role=Role.ADMIN, at=now, by="menjian init")
        seal_head(site, now)
        if as_json:
            first = {"login": FIRST, "password": admin.password}
            told = {"site": str(folder), "settings": str(site.settings_path), "key": str(key), "admin": first}
            typer.echo(json.dumps(told))
            return
        out.print(f"made the site [bold]{folder}[/bold]; consent mode {site.settings.consent_mode}", highlight=False)
        out.print(f"settings: {site.settings_path}", highlight=False, soft_wrap=True)
        out.print(f"first administrator: {FIRST}, password {admin.password}", highlight=False)
        out.print("  shown once, good for 72 hours, changed at the first sign-in to `menjian serve`", highlight=False)
        out.print(f"back up {key} apart from the database: without it nothing opens", highlight=False, soft_wrap=True)
