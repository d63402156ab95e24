"""`menjian users`: a way back for somebody who lost theirs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from api.cli.console import out
from api.cli.options import DEFAULT_SITE, JsonOption, SiteOption
from models.access import let_back_in
from models.site import open_site

group = typer.Typer(no_args_is_help=True, help="Who may sign in: a way back for somebody who lost theirs.")


@group.command()
def reset(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="The login of whoever lost password or authenticator.")],
    site: SiteOption = DEFAULT_SITE,
    as_json: JsonOption = False,
) -> None:
    """A new one-time password for a user, also for the last administrator; second factor, lock and sessions end.

    The record keeps that it was done here. Who can run this can read the site's key: keep the machine to few.

    [bold]Examples[/bold]

      menjian users reset admin --site site
    """
    with open_site(site) as opened, opened.write_session() as session:
        made = let_back_in(session, login, at=datetime.now(UTC), by="menjian users")
    if as_json:
        typer.echo(json.dumps({"id": made.id, "login": login, "password": made.password}))
        return
    out.print(f"password of {login}: {made.password}", highlight=False, markup=False)
    out.print("  shown once, good for 72 hours, changed at the first sign-in", highlight=False)
