"""The system's own kinds of entry, beside those of `attribution.entries`: what the door saw, who consented, what was
erased, shown, exported, switched. Nothing personal stands in them: persons and arrivals by their ids only."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from attribution.entries import AnyEntry

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256, hex."""


class SystemEntry(BaseModel):
    """What all of them have: `at`, the aware instant at which it happened (not when it was put on record)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    at: AwareDatetime


class Founded(SystemEntry):
    """The first entry: the site with the public key (Ed25519, hex) that signs from here on."""

    do: Literal["founded"] = "founded"
    site: str
    public_key: Hash


class KeyRotated(SystemEntry):
    """Signed by the key in use until now; from the next entry on the new key signs. The reason names
    nobody: it stays."""

    do: Literal["key_rotated"] = "key_rotated"
    public_key: Hash
    reason: str = Field(min_length=1)


class Arrival(SystemEntry):
    """Somebody crossed the sill at `at`, give or take `sigma_s` (standard deviation, s)."""

    do: Literal["arrival"] = "arrival"
    arrival: str
    door: str
    direction: Literal["in", "out"]
    sigma_s: float = Field(ge=0)
    status: Literal["known", "unknown", "uncertain", "unconsented"]
    person: str | None = None
    score: float | None = None
    live: Literal["yes", "no", "unknown"] = "unknown"
    party: str | None = None
    track: int


class Order(SystemEntry):
    """The verdict about two arrivals, the earlier instant first, with P(order)."""

    do: Literal["order"] = "order"
    first: str
    second: str
    verdict: Literal["before", "simultaneous"]
    p: float = Field(ge=0, le=1)


class Blind(SystemEntry):
    """The door was not seen from `at` to `until`."""

    do: Literal["blind"] = "blind"
    door: str
    until: AwareDatetime
    reason: Literal["stream cut", "frames dropped", "decode error", "lens covered"]


class Lost(SystemEntry):
    """What could not be put on record in time: `count` entries of the door between `at` and `until`."""

    do: Literal["lost"] = "lost"
    until: AwareDatetime
    count: int = Field(ge=1)
    reason: str


class ClockJump(SystemEntry):
    """The clock of this machine was set back: it read `before`, and now reads `at`. Order stays that of the ledger."""

    do: Literal["clock_jump"] = "clock_jump"
    before: AwareDatetime


class Evidence(SystemEntry):
    """The frames kept of one arrival: capture instant and SHA-256 of each; `dropped` could not be kept, `why`."""

    do: Literal["evidence"] = "evidence"
    arrival: str
    frames: tuple[tuple[AwareDatetime, Hash], ...] = Field(strict=False)
    dropped: int = Field(0, ge=0)
    why: str | None = None


class Orphans(SystemEntry):
    """Frames found at a start that no entry tells of (the machine stopped in between): removed, by their hashes."""

    do: Literal["orphans"] = "orphans"
    files: tuple[Hash, ...] = Field((), strict=False)


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


class Viewed(SystemEntry):
    """Somebody looked at evidence or a person's record, and said why. The reason names nobody: it stays."""

    do: Literal["view"] = "view"
    what: str
    reason: str = Field(min_length=1)
    frames: tuple[Hash, ...] = Field((), strict=False)


class Exported(SystemEntry):
    """A bundle left the site: its hash, about what, for whom."""

    do: Literal["export"] = "export"
    what: str
    sha256: Hash
    recipient: str


class PolicySwitched(SystemEntry):
    """From `at` on this policy version decides, its text by its hash; with the reason, which names nobody: it stays."""

    do: Literal["policy"] = "policy"
    policy: str
    version: str
    text_sha256: Hash
    reason: str = Field(min_length=1)


class ClaimantKnown(SystemEntry):
    """Somebody who can own a customer, and whom they belong to."""

    do: Literal["claimant"] = "claimant"
    who: str
    kind: Literal["distributor", "agent", "consultant", "team"]
    of: str | None = None


class Merged(SystemEntry):
    """Two records are kept as one from now on: they are the same human being. The reason is sealed as `person`'s."""

    do: Literal["merge"] = "merge"
    person: str
    to: str
    reason: str = Field(min_length=1)


class Unmerged(SystemEntry):
    """The merge or link of entry `undoes` was a mistake and counts no more. The reason is sealed as `person`'s."""

    do: Literal["unmerge"] = "unmerge"
    person: str
    to: str
    undoes: int = Field(ge=1)
    reason: str = Field(min_length=1)


class AccessChanged(SystemEntry):
    """Who may use the service changed: `subject` is the id of a user or device."""

    do: Literal["access"] = "access"
    what: Literal[
        "user added", "user disabled", "password changed", "password reset", "code enrolled",
        "device added", "device revoked",
    ]  # fmt: skip
    subject: str
    role: str


class Decided(SystemEntry):
    """A decision as it was computed, with its hash and that of the policy's text; `upto` the last entry that was on
    record then. A later one about the same customer counts `number` on; the old one stays."""

    do: Literal["decision"] = "decision"
    person: str
    number: int = Field(ge=1)
    policy: str
    version: str
    text_sha256: Hash
    hash: Hash
    upto: int = Field(ge=0)
    decision: dict[str, object]
    otherwise: tuple[str, ...] = Field((), strict=False)


AnySystemEntry = Annotated[
    Founded | KeyRotated | Arrival | Order | Blind | Lost | ClockJump | Evidence | Orphans | Consented | Withdrawn
    | Enrolled | Erased | Purged | Viewed | Exported | PolicySwitched | ClaimantKnown | Merged | Unmerged
    | AccessChanged | Decided,
    Field(discriminator="do"),
]  # fmt: skip

Recordable = AnyEntry | AnySystemEntry
