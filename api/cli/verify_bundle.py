"""`menjian verify BUNDLE.zip`: a bundle, checked by somebody who has nothing but the bundle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from api.cli.console import out
from models.bundle import BundleError, BundleReport, check_bundle
from models.ledger.entry import instant_text
from models.ledger.timestamp import read_roots
from models.signing import fingerprint, read_public_keys

KeyOption = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="FINGERPRINT|FILE",
        help="The site's key as you know it by another way: its fingerprint, or a file of public keys.",
    ),
]
AuthorityOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE.pem", help="Root certificates of the time-stamping authority of a bundle."),
]


def verify_bundle(bundle: Path, *, key: str | None, authority: Path | None, as_json: bool) -> None:
    """Check a bundle and tell what holds. ``key``: a fingerprint, or a file of public keys; ``authority``: a file with
    the time-stamping authority's certificates. Raises ``BundleError`` naming the first bad thing, or tells it as JSON
    and exits with 1."""
    keys, roots = wanted(key) if key else (), read_roots(authority) if authority else ()
    try:
        report = check_bundle(bundle, key=keys, authorities=roots)
    except BundleError as error:
        if not as_json:
            raise
        typer.echo(json.dumps({"good": False, "fault": str(error)}, ensure_ascii=False))
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps(told(report), ensure_ascii=False))
    else:
        show(report, bundle, compared=key is not None)


def wanted(key: str) -> tuple[str, ...]:
    """The fingerprints to look for: of a file's keys, or the one that was written out, however it was grouped.

    >>> wanted("66687aad f862bd77 6c8fc18b 8e9f8e20")
    ('6668-7aad-f862-bd77-6c8f-c18b-8e9f-8e20',)
    """
    if Path(key).is_file():
        return tuple(fingerprint(public) for public in read_public_keys(Path(key)))
    digits = "".join(letter for letter in key.lower() if letter not in "- :")
    if len(digits) != 32 or set(digits) - set("0123456789abcdef"):
        raise typer.BadParameter("neither a file of public keys nor a fingerprint (32 hex digits)", param_hint="--key")
    return ("-".join(digits[start : start + 4] for start in range(0, 32, 4)),)


def told(report: BundleReport) -> dict[str, object]:
    """The report as JSON."""
    made = report.decision
    return {
        "good": True,
        "dispute": report.dispute,
        "person": report.person,
        "recipient": report.recipient,
        "made_at": instant_text(report.made_at),
        "entries": report.entries,
        "frames": report.frames,
        "frames_withheld": report.frames_withheld,
        "values_withheld": report.values_withheld,
        "checkpoint": {"entries": report.checkpoint_count, "at": instant_text(report.checkpoint_at)},
        "keys": list(report.fingerprints),
        "decision": {**made.decision.plain(), "entry": made.seq, "number": made.number, "hash": made.decision.hash},
        "replayed": report.replayed == "yes",
        "stamp": instant_text(report.stamp) if isinstance(report.stamp, datetime) else report.stamp,
    }


def show(report: BundleReport, bundle: Path, *, compared: bool) -> None:
    """The report as a table; ``compared``: the key was given, not taken from the bundle."""
    table = Table("checked", "found", title=escape(str(bundle)))
    for name, found in _lines(report, compared=compared):
        table.add_row(name, escape(found))
    out.print(table)
    out.print("[green]good: this is what the site put on record[/green]")
    if not compared:
        first = report.fingerprints[0]
        out.print(f"if its key is {first}: compare with what the office told you another way", highlight=False)


def _lines(report: BundleReport, *, compared: bool) -> Iterator[tuple[str, str]]:
    made = report.decision
    yield "dispute", f"entry {report.dispute}, for {report.recipient}, made {instant_text(report.made_at)}"
    yield "entries", f"{report.entries:,}, each signed and under the checkpoint"
    yield "checkpoint", f"{report.checkpoint_count:,} entries, {instant_text(report.checkpoint_at)}"
    yield "frames", f"{report.frames:,}; {report.frames_withheld:,} more on record are not shown"
    yield "personal values", f"{report.values_withheld:,} not shown"
    yield "decision", f"entry {made.seq}, version {made.number}, {made.decision.status}; {_replayed(report)}"
    yield "time-stamp", _stamped(report)
    yield "keys", f"{', '.join(report.fingerprints)}{' (the one asked for is among them)' if compared else ''}"


def _replayed(report: BundleReport) -> str:
    if report.replayed == "yes":
        return "computed again from the entries: the same"
    return "not computed again: it rests on personal values that are withheld or erased"


def _stamped(report: BundleReport) -> str:
    if isinstance(report.stamp, datetime):
        return f"an authority vouches for {instant_text(report.stamp)}"
    if report.stamp == "unchecked":
        return "there, not checked: give the authority's certificates with --authority"
    return "none: no outside authority vouches for any instant"
