"""`menjian verify`: a whole ledger or a bundle, checked by somebody who trusts nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from api.cli.console import err, fail, out
from api.cli.options import DEFAULT_SITE, JsonOption, SiteOption
from api.cli.verify_bundle import AuthorityOption, KeyOption, verify_bundle
from models.ledger.entry import instant_text
from models.ledger.verify import OnEntries, Report, Tally, verify_site
from models.signing import fingerprint

SHOWN = 20
"""More faults or files than this are counted only."""


def verify(
    bundle: Annotated[
        Path | None, typer.Argument(metavar="[BUNDLE.zip]", help="A bundle of `menjian export`; left out: the site.")
    ] = None,
    site: SiteOption = DEFAULT_SITE,
    frames: Annotated[bool, typer.Option("--frames", help="Open and hash every frame; needs the site key.")] = False,
    key: KeyOption = None,
    authority: AuthorityOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a bundle, or a whole ledger: chain, signatures, index, checkpoints, time-stamps, what entries commit to.

    Writes nothing, asks nobody, and works on a copy: the database, keys/signing.pub, and what else is there. Exit code
    1 when something is wrong; the first bad entry is named.

    [bold]Examples[/bold]

      menjian verify dispute-1204.zip --key 6668-7aad-f862-bd77-6c8f-c18b-8e9f-8e20

      menjian verify --site site

      menjian verify --site copy-of-site --frames --json
    """
    if bundle is not None and frames:
        raise typer.BadParameter("is for a site; the frames of a bundle are hashed always", param_hint="--frames")
    if bundle is not None:
        verify_bundle(bundle, key=key, authority=authority, as_json=as_json)
        return
    if key is not None or authority is not None:
        raise typer.BadParameter("--key and --authority are for a bundle; name its file", param_hint="BUNDLE.zip")
    with _progress() as on_entries:
        report = verify_site(site, open_frames=frames, on_entries=on_entries)
    if as_json:
        typer.echo(json.dumps(told(report), ensure_ascii=False))
    else:
        show(report, site)
    if report.faults:
        raise typer.Exit(1)


@contextmanager
def _progress() -> Iterator[OnEntries]:
    columns = ("verifying", "{task.completed:,.0f} of {task.total:,.0f} entries")
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("verifying", total=0)
        yield lambda done, of: progress.update(task, completed=done, total=of)


def told(report: Report) -> dict[str, object]:
    """The report as JSON; ``first_bad`` is the number of the first bad entry."""
    first = report.first_bad
    return {
        "good": first is None,
        "first_bad": first.seq if first else None,
        "faults": [asdict(fault) for fault in report.faults],
        "entries": report.entries,
        "head": report.head.hex() if report.head else None,
        "keys": [fingerprint(key) for key in report.keys],
        "checkpoints": report.checkpoints,
        "sealed": report.sealed,
        "sealed_at": _written(report.sealed_at),
        "stamps": asdict(report.stamps) | {"last": _written(report.stamps.last)},
        "particulars": asdict(report.particulars),
        "frames": asdict(report.frames),
        "extra": list(report.extra),
    }


def show(report: Report, site: Path) -> None:
    """The report as a table, and what is wrong in lines on standard error."""
    table = Table("checked", "found", title=escape(f"ledger of {site}"))
    for name, found in _lines(report):
        table.add_row(name, found)
    out.print(table)
    for name in report.extra[:SHOWN]:
        out.print(f"no entry names this file: {name}", highlight=False, markup=False, soft_wrap=True)
    for fault in report.faults[:SHOWN]:
        fail(str(fault))
    if len(report.faults) > SHOWN:
        fail(f"and {len(report.faults) - SHOWN} more")
    if not report.faults:
        out.print("[green]good: nothing that was checked has been changed[/green]")


def _lines(report: Report) -> Iterator[tuple[str, str]]:
    yield "entries", f"{report.entries:,}, the last {report.head.hex()[:16]}…" if report.head else "none"
    if report.keys:
        yield "founded with the key", f"{fingerprint(report.keys[0])}\ncompare it with what you noted then"
        yield "keys used", str(len(report.keys))
    yield "checkpoints", _sealed(report)
    yield "time-stamps", _stamped(report)
    yield "personal values", _tallied(report.particulars, "opened and compared")
    yield "frames", _tallied(report.frames, "opened and hashed")
    if report.extra:
        yield "files no entry names", f"{len(report.extra):,}"


def _sealed(report: Report) -> str:
    if report.sealed_at is None:
        return "none that holds: entries cut off the end would not show"
    after = report.entries - report.sealed
    behind = f"; of the {after:,} after it, a cut would not show" if after > 0 else ""
    return f"{report.checkpoints:,}, the last over {report.sealed:,} entries of {_written(report.sealed_at)}{behind}"


def _stamped(report: Report) -> str:
    stamps = report.stamps
    if not stamps.held:
        return "none: no outside authority vouches for any instant"
    if not stamps.checked:
        return f"{stamps.held:,}, not checked: put the authority's certificate at timestamps/authority.pem"
    return f"{stamps.held:,}, {stamps.checked:,} checked, the last of {_written(stamps.last)}"


def _tallied(tally: Tally, opened: str) -> str:
    return f"{tally.there:,} there, {tally.opened:,} {opened}; {tally.gone:,} erased or purged"


def _written(at: datetime | None) -> str | None:
    return instant_text(at) if at else None
