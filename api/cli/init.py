"""`menjian init`: a new site folder."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import out
from api.cli.options import JsonOption
from models.ledger.seal import seal_head
from models.site import create_site


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make; may exist when no site is in it.")],
    as_json: JsonOption = False,
) -> None:
    """Make a site folder: settings (site.yaml), key, notice and database. Asks nothing.

    [bold]Examples[/bold]

      menjian init site

      menjian init /srv/riverside --json
    """
    now = datetime.now(UTC)
    with create_site(folder, at=now) as site:
        key = site.key_path
        seal_head(site, now)
        if as_json:
            typer.echo(json.dumps({"site": str(folder), "settings": str(site.settings_path), "key": str(key)}))
            return
        out.print(f"made the site [bold]{folder}[/bold]; consent mode {site.settings.consent_mode}", highlight=False)
        out.print(f"settings: {site.settings_path}", highlight=False, soft_wrap=True)
        out.print(f"back up {key} apart from the database: without it nothing opens", highlight=False, soft_wrap=True)
