"""Erasing one person: templates, name, phones, guardians, frames, the personal values of entries, and the data key that
all of it was sealed under. An agent's account is closed, its login gone.

Nothing is said to be gone that is not. One transaction takes the rows and the key, unlinks the files of the frames, and
ends with the ledger's entry; then the traces in the database's own file are overwritten (`models.wipe`). Stopped before
its end the person is still there, and erasing again does it; stopped after it, the receipt waits for what comes next.

No row of the person stays but the bare id by which running doors drop the templates: what may be kept, that and when
somebody consented to which text, stands in the ledger under an id that leads to nobody any more.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from sqlalchemy import ColumnElement, delete, select, update

from models.access import disable_user
from models.access.records import User
from models.base import ModelsError
from models.desk.arrivals import arrivals_of
from models.desk.records import Paper
from models.evidence import StoredFrame, erase_frames, erase_frames_under
from models.keys import DataKey, KeyGoneError, drop_key, of_arrival, of_person, sealer_of
from models.ledger.append import append
from models.ledger.kinds import Erased
from models.ledger.particulars import SALT_BYTES
from models.ledger.read import entries_about
from models.ledger.records import About, Particular
from models.people import Consent, FaceTemplate, Person, Phone, consents_of, gallery_changed, person_summary
from models.people import withdraw_consent as withdraw
from models.people.gallery import about_template
from models.people.phones import numbers_of
from models.receipts import Receipt, Receipts, receipt_digest
from models.scan import Needle, bytes_needle, text_needle
from models.session import ReadSession, WriteSession
from models.site import Site
from models.wipe import Wiped, finish, overwrite

Why = Literal["withdrawal", "request", "expiry"]
"""Why somebody is erased: they took their consent back, they asked for it, or nothing more was put on record of them
for too long."""

SHORTEST = 8
"""So many digits of an id may stand for it."""

NAMED = ("name", "phone")
"""Fields of entries that a search may look for in the clear: a reason may be any common word."""


class EraseError(ModelsError):
    """Nobody, or nobody in particular, can be erased under this id."""


@dataclass(frozen=True, kw_only=True)
class _Thing:
    """Something of a person's as it stands in the database; ``sealed`` is looked for afterwards."""

    kind: str
    sealed: bytes


def whole_id(session: ReadSession, given: str) -> str:
    """The id of the one person of whom something is or was kept and whose id is ``given`` or begins with it (8 digits
    or more). Raises ``EraseError`` when there is none, or more than one."""
    if given and (_is_kept(session, given) or _erasures(session, given)):
        return given
    found: set[str] = set()
    if len(given) >= SHORTEST:
        keys = session.scalars(select(DataKey.owner).where(DataKey.owner.startswith(of_person(given), autoescape=True)))
        found |= {owner.removeprefix(of_person("")) for owner in keys}
        found |= set(session.scalars(select(Person.id).where(Person.id.startswith(given, autoescape=True))))
        named = select(About.subject).where(About.subject.startswith(given, autoescape=True)).distinct()
        found |= {one for one in session.scalars(named) if _erasures(session, one)}
    if len(found) == 1:
        return found.pop()
    if found:
        raise EraseError(f"person: {len(found)} ids begin like this; give more of it")
    # what was given is not repeated: it may be a name or a phone
    raise EraseError("person: nothing is kept of anybody with this id; give it whole, or its first 8 digits at least")


def erase(site: Site, persons: Sequence[str], *, reason: Why, at: datetime, by: str) -> Wiped:
    """Erase these people, by whole id, and wipe and search for what they leave; ``at`` now (aware), ``by`` who does it.
    Of somebody who was erased before, with nothing kept since, the receipt comes again. Raises ``ModelsError``,
    ``OSError``; whoever was erased until then stays erased."""
    receipts = Receipts(site.folder)
    needles: dict[str, Sequence[Needle]] = {}
    before: list[Receipt] = []
    with receipts.alone():
        for person in persons:
            with site.read_session() as session:
                kept, earlier = _is_kept(session, person), _erasures(session, person)
            if kept:
                needles.update([erase_one(site, receipts, person, reason=reason, at=at, by=by)])
            elif earlier and (receipt := receipts.read(earlier[-1])) is not None:
                before.append(receipt)
        begun = overwrite(site, receipts)
    wiped = finish(site, receipts, begun, at=at, needles=needles)
    return Wiped(receipts=(*before, *wiped.receipts), put_off=wiped.put_off, traces=wiped.traces)


def erase_one(
    site: Site, receipts: Receipts, person: str, *, reason: Why, at: datetime, by: str
) -> tuple[str, list[Needle]]:
    """Erase one person up to the entry on record; the digest of the receipt, begun but not finished, and what a search
    must not find any more. The caller holds the receipts alone."""
    with site.write_session() as session:
        seen = arrivals_of(session, person)
        things = list(_things(session, person, seen))
        needles = [*_plain(session, person), *(bytes_needle(f"a sealed {one.kind}", one.sealed) for one in things)]
        if reason == "withdrawal" and session.get(Person, person) is not None:
            withdraw(session, person, at=at, by=by)
        frames = [*erase_frames_under(session, of_person(person))]
        for arrival in seen:
            frames += erase_frames(session, arrival)
        _close_accounts(session, person, at=at, by=by)
        digests = _take_rows(session, person)
        needles += [bytes_needle("a look-up digest", digest) for digest in digests]
        gone = tuple(sorted({(one.kind, sha256(one.sealed).hexdigest()) for one in things} | set(map(_named, frames))))
        removed = dict(Counter(one.kind for one in things) + Counter(frame=len(frames)))
        receipt = Receipt(at=at, what=f"person {person}", reason=reason, removed=removed, gone=gone)
        others = tuple(sorted({frame.arrival for frame in frames} - seen))
        entry = Erased(
            at=at, person=person, reason=reason, removed=removed, digest=receipt_digest(at, gone), arrivals=others
        )
        site.frames.remove(frames)  # before it is on record: what cannot be removed is not said to be gone
        append(session, [entry], at=at, by=by)
        receipts.begin(receipt)
    return receipt.digest, needles


def _is_kept(session: ReadSession, person: str) -> bool:
    return session.get(DataKey, of_person(person)) is not None or session.get(Person, person) is not None


def _erasures(session: ReadSession, person: str) -> list[int]:
    """The numbers of the entries that say this person was erased."""
    return [
        one.seq
        for one in entries_about(session, person)
        if one.kind == Erased.model_fields["do"].default and json.loads(one.payload)["person"] == person
    ]


def _things(session: ReadSession, person: str, arrivals: Collection[str]) -> Iterator[_Thing]:
    """Everything sealed of a person's, and the keys it is sealed under."""
    if (one := session.get(Person, person)) is not None:
        yield _Thing(kind="name", sealed=one.name_sealed)
    for phone in session.scalars(select(Phone.number_sealed).where(Phone.person_id == person)):
        yield _Thing(kind="phone", sealed=phone)
    for guardian in session.scalars(select(Consent.guardian_sealed).where(Consent.person_id == person)):
        if guardian is not None:
            yield _Thing(kind="guardian", sealed=guardian)
    for vector in session.scalars(select(FaceTemplate.vector_sealed).where(FaceTemplate.person_id == person)):
        yield _Thing(kind="template", sealed=vector)
    for paper in session.scalars(select(Paper.sealed).where(_their_papers(session, person))):
        yield _Thing(kind="paper", sealed=paper)
    for value in session.scalars(select(Particular.sealed).where(Particular.owner == of_person(person))):
        yield _Thing(kind="particular", sealed=value)
    owners = [of_person(person), *map(of_arrival, arrivals)]
    for key in session.scalars(select(DataKey.wrapped).where(DataKey.owner.in_(owners))):
        yield _Thing(kind="key", sealed=key)


def _plain(session: ReadSession, person: str) -> Iterator[Needle]:
    """What must not stand anywhere in the clear, and never should have."""
    with suppress(KeyGoneError):
        sealer = sealer_of(session, of_person(person))
        if session.get(Person, person) is not None:
            yield text_needle("a name", person_summary(session, person).name)
            for given in consents_of(session, person):
                if given.guardian is not None:
                    yield text_needle("a name", given.guardian)
            for number in numbers_of(session, person):
                yield text_needle("a phone", number)
        for one in session.scalars(select(FaceTemplate).where(FaceTemplate.person_id == person)):
            yield bytes_needle("a template", sealer.open(one.vector_sealed, about_template(one.id)))
        values = select(Particular).where(Particular.owner == of_person(person), Particular.field.in_(NAMED))
        for value in session.scalars(values):
            plain = sealer.open(value.sealed, value.commitment)[SALT_BYTES:].decode()
            yield text_needle(f"a {value.field}", plain)


def _close_accounts(session: WriteSession, person: str, *, at: datetime, by: str) -> None:
    """Nobody signs in as somebody who was erased; and a login may be a name."""
    for user in session.scalars(select(User).where(User.person_id == person)).all():
        if user.disabled_at is None:
            disable_user(session, user.id, at=at, by=by)
        secrets = {"password_hash": "", "totp_sealed": None, "totp_offered_sealed": None}
        session.change(update(User).where(User.id == user.id).values(login=f"erased-{user.id[:24]}", **secrets))


def _take_rows(session: WriteSession, person: str) -> list[bytes]:
    """Delete all rows of a person and the key; the look-up digests that nobody else's rows hold."""
    known = select(Phone.digest, Phone.masked_digest).where(Phone.person_id == person)
    digests = {digest for row in session.rows(known) for digest in row if digest is not None}
    theirs = Particular.owner == of_person(person)
    digests |= {one for one in session.scalars(select(Particular.digest).where(theirs)) if one is not None}
    session.change(delete(Paper).where(_their_papers(session, person)))
    if session.change(delete(Person).where(Person.id == person)):  # phones, consents, templates go with it
        gallery_changed(session, person)
    session.change(delete(Particular).where(theirs))
    drop_key(session, of_person(person))
    for column in (Phone.digest, Phone.masked_digest, Particular.digest):
        digests -= set(session.scalars(select(column).where(column.in_(digests))))
    return sorted(digests)


def _their_papers(session: ReadSession, person: str) -> ColumnElement[bool]:
    """A paper that shows a relation shows both of its people, under whosever key it is sealed."""
    relations = [one.seq for one in entries_about(session, person, "relate")]
    return (Paper.person_id == person) | Paper.entry.in_(relations)


def _named(frame: StoredFrame) -> tuple[str, str]:
    return "frame", frame.sha256
