"""`menjian export dispute`: a bundle for a party to a dispute."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import out
from api.cli.options import DEFAULT_SITE, JsonOption, SiteOption
from models.bundle import Made, export_dispute
from models.site import open_site

group = typer.Typer(no_args_is_help=True, help="Bundles: what a party takes away and anybody can check.")


@group.command()
def dispute(
    number: Annotated[int, typer.Argument(metavar="ID", help="Number of the entry by which somebody contests.", min=1)],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="BUNDLE.zip", help="The bundle to write.")],
    recipient: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="CLAIMANT",
            help="Whom it is for: it shows the frames in which only they, or nobody, can be recognised, and the names "
            "and phones they gave themselves. Left out: the office's own copy, every frame, no name and no phone.",
        ),
    ] = None,
    folder: SiteOption = DEFAULT_SITE,
    as_json: JsonOption = False,
) -> None:
    """The evidence in a dispute as one zip: entries, proofs, frames, decision, policy, keys, and a page to read.

    The export and every frame shown are put on record. `menjian verify BUNDLE.zip` checks it anywhere.

    [bold]Examples[/bold]

      menjian export dispute 1204 -o dispute-1204.zip

      menjian export dispute 1204 -o for-north.zip --for north --site /srv/riverside
    """
    with open_site(folder) as site:
        made = export_dispute(
            site, number, output, recipient=recipient, at=datetime.now(UTC), by="menjian export dispute"
        )
    if as_json:
        typer.echo(json.dumps(_plain(made)))
        return
    _tell(f"made {made.path}: {made.entries} entries, {made.frames} frames, {made.withheld} withheld")
    _tell(f"SHA-256 {made.sha256}")
    _tell(f"tell the recipient the key's fingerprint by another way: {made.fingerprint}")


def _plain(made: Made) -> dict[str, str | int]:
    return {
        "bundle": str(made.path),
        "sha256": made.sha256,
        "entries": made.entries,
        "frames": made.frames,
        "frames_withheld": made.withheld,
        "fingerprint": made.fingerprint,
    }


def _tell(line: str) -> None:
    out.print(line, highlight=False, markup=False, soft_wrap=True)
