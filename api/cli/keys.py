"""`menjian keys`: the keys a site signs its ledger with."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from api.cli.console import out
from api.cli.options import DEFAULT_SITE, JsonOption, SiteOption
from models.ledger.rotate import rotate_key
from models.ledger.seal import seal_head
from models.signing import fingerprint, read_public_keys
from models.site import open_site

group = typer.Typer(no_args_is_help=True, help="The keys a site signs its ledger with: show, rotate.")


@group.command()
def show(site: SiteOption = DEFAULT_SITE, as_json: JsonOption = False) -> None:
    """The fingerprints of the site's public keys, in the order of their use; the last one signs now.

    Note the first one down outside the site: by it you know this ledger from one that was made anew.

    [bold]Examples[/bold]

      menjian keys show --site site
    """
    with open_site(site) as opened:
        keys = read_public_keys(opened.public_path)
    if as_json:
        rows = [{"fingerprint": fingerprint(key), "public_key": key.hex()} for key in keys]
        typer.echo(json.dumps({"keys": rows}))
        return
    for number, key in enumerate(keys, 1):
        out.print(f"{number}  {fingerprint(key)}", highlight=False)


@group.command()
def rotate(
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; stays in the ledger. Name nobody.")],
    site: SiteOption = DEFAULT_SITE,
    as_json: JsonOption = False,
) -> None:
    """Replace the signing key by a new one; the old one signs the entry that says so, and its signatures stay valid.

    Programs that run on this site have to be started again: they hold the old key, which nothing accepts any more.

    [bold]Examples[/bold]

      menjian keys rotate --reason "yearly change" --site site
    """
    if not reason.strip():
        raise typer.BadParameter("say why the key is replaced", param_hint="--reason")
    now = datetime.now(UTC)
    with open_site(site) as opened:
        entry = rotate_key(opened, reason=reason, at=now, by="menjian keys rotate")
    with open_site(site) as again:
        seal_head(again, now)
        new = fingerprint(read_public_keys(again.public_path)[-1])
    if as_json:
        typer.echo(json.dumps({"entry": entry.seq, "fingerprint": new}))
        return
    out.print(f"the site signs with [bold]{new}[/bold] from entry {entry.seq + 1} on", highlight=False)
    out.print("start the programs of this site again, and back up the folder keys", highlight=False)
