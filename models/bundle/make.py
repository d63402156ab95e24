"""Making a bundle for a dispute: what belongs in it, its zip, and the entries that say it left the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import chain
from pathlib import Path

from sqlalchemy import select

from models.bundle import layout
from models.bundle.extent import extent_of
from models.bundle.layout import NO_RECIPIENT, BundleError, Manifest, said
from models.bundle.page import Shown, page_html
from models.bundle.sight import may_see_frame, may_see_values, own_names, parties
from models.bundle.zipped import file_digest, write_zip
from models.decisions import decide_now
from models.durable import sync_folder
from models.evidence import StoredFrame, frames_of, read_frame
from models.ledger.append import append
from models.ledger.checkpoint import Checkpoint, checkpoint_json
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import Exported, Recordable, Viewed
from models.ledger.merkle import Frontier, inclusions
from models.ledger.particulars import Opened, taken_out
from models.ledger.read import entry
from models.ledger.records import LedgerRow
from models.ledger.seal import seal_head
from models.ledger.timestamp import timestamp_path
from models.policies import PolicyTexts
from models.session import ReadSession, WriteSession
from models.signed import Purpose
from models.signing import Signer, fingerprint
from models.site import Site


@dataclass(frozen=True, kw_only=True)
class Made:
    """A bundle that was written: ``sha256`` (hex) of its file, what is in it, and the ``fingerprint`` of the site's
    first key, to be told to the recipient by another way."""

    path: Path
    sha256: str
    entries: int
    frames: int
    withheld: int
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class _Gathered:
    person: str
    shown: Shown
    opened: dict[str, Opened]
    signer: Signer

    @property
    def entries(self) -> Sequence[LedgerEntry]:
        return self.shown.entries


def export_dispute(site: Site, dispute: int, output: Path, *, recipient: str | None, at: datetime, by: str) -> Made:
    """Write the bundle for the `dispute` entry of this number to ``output``, for ``recipient`` (a claimant of the
    dispute; None: the office's own copy; who sees what: `models.bundle.sight`).

    ``at`` now (aware). The decision is computed once more first. The export is on record, with the bundle's hash and
    every frame shown, before the file gets its name. Raises ``BundleError`` for an entry that is no dispute or a
    recipient who has no part in it, or when the file cannot be written; ``ModelsError`` when something cannot be read.
    """
    if output.is_dir() or not output.parent.is_dir():
        raise BundleError(f"{output}: cannot be a bundle's file; name a file in a folder that is there")
    texts = site.policy_texts
    with site.write_session() as session:
        found = _gathered(session, site, texts, dispute, recipient, at, by)
    checkpoint = _covering(site, found.entries[-1].seq, at)
    stamp = timestamp_path(site.folder, checkpoint.root)
    manifest = Manifest(
        dispute=dispute,
        person=found.person,
        recipient=recipient or NO_RECIPIENT,
        at=at,
        time_zone=site.settings.time_zone,
        key=found.signer.public.hex(),
        files={},
    )
    files = {
        layout.PAGE: page_html(manifest, found.shown, checkpoint, stamped=stamp.exists()),
        layout.ENTRIES: layout.entries_jsonl(found.entries),
        layout.PROOFS: layout.proofs_json(_proofs(site, checkpoint, found.entries)),
        layout.CHECKPOINT: checkpoint_json(checkpoint),
        layout.KEYS: layout.keys_json(layout.keys_of(found.entries)),
        layout.POLICY: texts.read(found.shown.decision.text_sha256).text.encode(),
        layout.DECISION: layout.decision_json(found.shown.decision),
        layout.PARTICULARS: layout.particulars_json(found.opened),
    }
    if stamp.exists():
        files[layout.STAMP] = stamp.read_bytes()
    return _written(site, output, manifest, files, found, by=by)


def _gathered(
    session: WriteSession, site: Site, texts: PolicyTexts, dispute: int, recipient: str | None, at: datetime, by: str
) -> _Gathered:
    contested = entry(session, dispute)
    if contested is None or contested.kind != "dispute":
        raise BundleError(f"entry {dispute}: no dispute; give the number of the entry by which somebody contests")
    person = str(said(contested)["person"])
    decision = decide_now(session, person, texts=texts, settings_policy=site.settings.policy, at=at, by=by)
    entries = extent_of(session, person)
    payloads = [said(one) for one in entries]
    if recipient is not None and recipient not in parties(payloads):
        raise BundleError(f"entry {dispute}: the recipient is no party; give a claimant's id, or leave it out")
    own = own_names(recipient, payloads) if recipient else frozenset()
    arrivals = {
        str(payload["arrival"]) for one, payload in zip(entries, payloads, strict=True) if one.kind == "arrival"
    }
    kept = [frame for arrival in sorted(arrivals) for frame in frames_of(session, arrival)]
    frames = [frame for frame in kept if may_see_frame(frame, recipient, own)]
    withheld = {frame.sha256 for frame in kept} - {frame.sha256 for frame in frames}
    return _Gathered(
        person=person,
        shown=Shown(entries=entries, decision=decision, frames=frames, withheld=len(withheld)),
        opened=taken_out(session, [payload for payload in payloads if may_see_values(payload, recipient, own)]),
        signer=session.signer,
    )


def _covering(site: Site, last: int, at: datetime) -> Checkpoint:
    """A checkpoint over the entries up to ``last``: the first one with a time-stamp, else the newest; made when there
    is none."""
    covering = [one for one in site.checkpoints.all() if one.count >= last]
    stamped = [one for one in covering if timestamp_path(site.folder, one.root).exists()]
    if stamped or covering:
        return stamped[0] if stamped else covering[-1]
    made = seal_head(site, at).checkpoint
    assert made is not None  # there are entries
    return made


def _proofs(site: Site, checkpoint: Checkpoint, entries: Sequence[LedgerEntry]) -> dict[int, tuple[bytes, ...]]:
    numbers = [one.seq for one in entries]
    asked = select(LedgerRow.hash).where(LedgerRow.seq <= checkpoint.count).order_by(LedgerRow.seq)
    with site.read_session() as session:
        leaves = list(session.scalars(asked))
    if len(leaves) < checkpoint.count or Frontier().extended(leaves) != checkpoint.frontier:
        raise BundleError(
            f"{site.checkpoints.path}: the ledger is not the one this was signed for; nothing is exported from it; "
            f"find out with: menjian verify --site {site.folder}"
        )
    return dict(zip(numbers, inclusions(leaves, [number - 1 for number in numbers]), strict=True))


def _written(
    site: Site, output: Path, manifest: Manifest, files: Mapping[str, bytes], found: _Gathered, *, by: str
) -> Made:
    frames = {f"frames/{frame.sha256}.jpg": frame for frame in found.shown.frames}
    digests = {name: sha256(content).hexdigest() for name, content in files.items()}
    digests |= {name: frame.sha256 for name, frame in sorted(frames.items())}
    text = layout.manifest_json(manifest.model_copy(update={"files": digests}))
    signature = found.signer.sign(sha256(text).digest(), Purpose.BUNDLE)
    small = {layout.MANIFEST: text, layout.SIGNATURE: f"{signature.hex()}\n".encode(), **files}
    beside = output.with_name(f"{output.name}.new")
    try:
        with site.read_session() as session:
            pictures = ((name, _picture(session, site, frame)) for name, frame in sorted(frames.items()))
            write_zip(beside, chain(small.items(), pictures))
        digest = file_digest(beside)
        _put_on_record(site, manifest, [frame.sha256 for frame in found.shown.frames], digest, by)
        beside.replace(output)
        sync_folder(output.parent)
    except OSError as error:
        raise BundleError(
            f"{output}: the bundle cannot be written: {error.strerror}; make room or name another folder"
        ) from None
    finally:
        with suppress(OSError):  # what cannot be removed was in the way
            beside.unlink()
    return Made(
        path=output,
        sha256=digest,
        entries=len(found.entries),
        frames=len(frames),
        withheld=found.shown.withheld,
        fingerprint=fingerprint(layout.keys_of(found.entries)[0][1]),
    )


def _picture(session: ReadSession, site: Site, frame: StoredFrame) -> bytes:
    return read_frame(session, site.frames, arrival=frame.arrival, sha256=frame.sha256)


def _put_on_record(site: Site, manifest: Manifest, frames: Sequence[str], digest: str, by: str) -> None:
    """That the frames were shown and the bundle left. Before the file has its name: what left is on record, always."""
    what, shown = f"dispute {manifest.dispute}", tuple(dict.fromkeys(frames))
    told: list[Recordable] = [
        Exported(at=manifest.at, what=what, sha256=digest, recipient=manifest.recipient),
    ]
    if shown:
        reason = f"exported for {manifest.recipient}"
        told.insert(0, Viewed(at=manifest.at, what=what, reason=reason, frames=shown))
    with site.write_session() as session:
        append(session, told, at=manifest.at, by=by)
