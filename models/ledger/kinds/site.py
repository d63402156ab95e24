"""The site itself: its keys, rules, users, claimants, and what was shown or given out."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from models.ledger.kinds.base import Hash, SystemEntry


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


class AccessChanged(SystemEntry):
    """Who may use the service changed: `subject` is the id of a user, device or webhook."""

    do: Literal["access"] = "access"
    what: Literal[
        "user added", "user disabled", "password changed", "password reset", "code enrolled",
        "device added", "device revoked", "webhook added", "webhook removed",
    ]  # fmt: skip
    subject: str
    role: str


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
