"""`menjian erase`: everything that is kept of a person goes, with a receipt."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import err, fail, out
from api.cli.options import DEFAULT_SITE, JsonOption, SiteOption
from models.erase import erase as erase_people
from models.erase import whole_id
from models.holds import open_disputes
from models.people import same_human
from models.receipts import RECEIPTS_FOLDER, Receipt
from models.site import open_site
from models.wipe import Wiped


class ReasonChoice(StrEnum):
    """Why somebody is erased, as the command line spells it."""

    withdrawal = "withdrawal"
    request = "request"


def erase(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="The person's id, or its first 8 digits or more.")],
    reason: Annotated[
        ReasonChoice, typer.Option(help="A consent was withdrawn, or the person asked for it.")
    ] = ReasonChoice.request,
    all_records: Annotated[
        bool, typer.Option("--all-records", help="Also the other records that are known to be the same human being.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    site: SiteOption = DEFAULT_SITE,
    as_json: JsonOption = False,
) -> None:
    """Erase a person: templates, name, phones, guardians, frames, personal values of entries, and the key to them.

    The ledger stays, with an id that leads to nobody. Afterwards the whole site folder is searched for what went. On a
    terminal it asks first. Run it again when it was interrupted. Exit code 1 when something is left.

    [bold]Examples[/bold]

      menjian erase 7f3a91c2 --reason withdrawal --site site

      menjian erase 7f3a91c2 --all-records --yes --json
    """
    with open_site(site) as opened:
        with opened.read_session() as session:
            whole = whole_id(session, person)
            others = same_human(session, whole) - {whole}
            contested = [seq for seq, people in open_disputes(session).items() if whole in people]
        going, left = [whole, *sorted(others if all_records else ())], sorted(() if all_records else others)
        if not as_json:
            _warn(contested, left)
        if not (yes or as_json) and sys.stdin.isatty():
            typer.confirm(f"Erase {', '.join(going)}? It cannot be undone.", abort=True)
        ended = erase_people(opened, going, reason=reason.value, at=datetime.now(UTC), by="menjian erase")
    if as_json:
        typer.echo(json.dumps(told(ended) | {"same_human": left, "open_disputes": contested}, ensure_ascii=False))
    else:
        for receipt in ended.receipts:
            show(receipt, site)
    tell_end(ended, as_json=as_json)


def told(ended: Wiped) -> dict[str, object]:
    """The outcome as JSON; `put_off` why the database's file could not be overwritten yet."""
    return {
        "receipts": [receipt.model_dump(mode="json") | {"digest": receipt.digest} for receipt in ended.receipts],
        "put_off": ended.put_off,
        "found": [f"{trace.path}: {trace.what}" for trace in ended.traces],
    }


def show(receipt: Receipt, site: Path) -> None:
    """Print a receipt without the list of hashes."""
    counts = ", ".join(f"{kind} {number}" for kind, number in receipt.removed.items()) or "nothing was left"
    _say(f"erased {receipt.what} ({receipt.reason}), entry {receipt.entry}: {counts}")
    _say(f"digest {receipt.digest}")
    if receipt.finished_at is not None:
        _say(f"receipt {site / RECEIPTS_FOLDER / f'{receipt.entry}.json'}")


def tell_end(ended: Wiped, *, as_json: bool = False) -> None:
    """Say what is left to do; exit code 1 when the search found something or the last step was put off."""
    if ended.put_off is not None:
        fail(
            f"{ended.put_off}; the rows and keys are gone and on record, but the database's file may still hold their "
            "bytes: run menjian retention when the other programs are stopped"
        )
    for trace in ended.traces:
        fail(f"{trace.path}: {trace.what} still stands here; remove it by hand")
    if ended.put_off is not None or ended.traces:
        raise typer.Exit(1)
    if ended.receipts and not as_json:
        _say("copies elsewhere (backups, exported bundles, a server's archived log) end with their own terms")


def _warn(contested: Sequence[int], others: Sequence[str]) -> None:
    if contested:
        numbers = ", ".join(map(str, contested))
        err.print(f"an open dispute (entry {numbers}) is about this person: its frames go too", soft_wrap=True)
    if others:
        err.print(
            f"the same human being is also kept as {', '.join(others)}; --all-records erases these too",
            highlight=False,
            soft_wrap=True,
        )


def _say(line: str) -> None:
    out.print(line, highlight=False, markup=False, soft_wrap=True)
