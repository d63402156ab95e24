"""People: who consented, whose records are one, what was erased."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from models.ledger.kinds.base import Hash, Reasoned, SystemEntry


class Consented(SystemEntry):
    """A consent: to which text, in which mode, how it was given; `guardian` when somebody gave it for a minor."""

    do: Literal["consent"] = "consent"
    person: str
    consent: str
    mode: Literal["consent_first", "match_consented", "record_all"]
    how: Literal["paper", "kiosk", "desk"]
    notice_version: str
    notice_sha256: Hash
    guardian: bool = False


class Withdrawn(SystemEntry):
    """A withdrawal: these consents ended, that many templates were erased with them."""

    do: Literal["withdrawal"] = "withdrawal"
    person: str
    consents: tuple[str, ...] = Field(strict=False)
    templates: int = Field(ge=0)


class Enrolled(SystemEntry):
    """Templates were made: the pack, and the hash of each picture they came from."""

    do: Literal["enrolment"] = "enrolment"
    person: str
    pack: str
    sources: tuple[Hash, ...] = Field(strict=False)


class Corrected(SystemEntry):
    """What is stored of somebody was put right: which of it, not from what or to what."""

    do: Literal["correction"] = "correction"
    person: str
    what: tuple[Literal["name", "phone"], ...] = Field(strict=False, min_length=1)


class Erased(SystemEntry):
    """An erasure: how many of what, `digest` over the hashes of the sealed things that are gone (the receipt);
    `arrivals` whose frames went though no entry says that they were this person's."""

    do: Literal["erasure"] = "erasure"
    person: str
    reason: Literal["withdrawal", "expiry", "request"]
    removed: dict[str, int]
    digest: Hash
    arrivals: tuple[str, ...] = Field((), strict=False)


class Purged(SystemEntry):
    """The retention clock: things of one kind older than `before` were removed, `digest` over their hashes (the
    receipt). Frames go with their whole arrival, when its last one is older; `held` arrivals keep theirs for a dispute.
    """

    do: Literal["purge"] = "purge"
    what: str
    before: AwareDatetime
    count: int = Field(ge=0)
    digest: Hash
    held: tuple[str, ...] = Field((), strict=False)


class Merged(Reasoned):
    """Two records are kept as one from now on: they are the same human being. The reason is sealed as `person`'s."""

    do: Literal["merge"] = "merge"
    to: str


class Unmerged(Reasoned):
    """The merge or link of entry `undoes` was a mistake and counts no more. The reason is sealed as `person`'s."""

    do: Literal["unmerge"] = "unmerge"
    to: str
    undoes: int = Field(ge=1)
