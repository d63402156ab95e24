"""Which policy decides, by the record; and the texts of the policies that ever decided, kept by their hash, so that an
old decision can be replayed after the shipped rules changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from attribution.entries import Deal
from attribution.policy import Policy, PolicyError, policy_text, read_policy
from attribution.timeline import Timeline
from models.base import ModelsError
from models.durable import replace_file
from models.ledger.append import append
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import PolicySwitched
from models.ledger.read import entries_of_kind
from models.session import ReadSession, WriteSession

FOLDER = "policies"
"""Where the texts lie in a site's folder."""


@dataclass(frozen=True, kw_only=True)
class PolicyText:
    """A policy with the exact ``text`` (YAML) it was read from."""

    policy: Policy
    text: str

    @property
    def sha256(self) -> str:
        """SHA-256 (hex) of the text: under this an entry names it."""
        return sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True)
class PolicyTexts:
    """The texts in a folder, `<sha256>.yaml` each."""

    folder: Path

    def keep(self, one: PolicyText) -> None:
        """Store a text durably unless it is there. Raises ``OSError`` when it cannot be written."""
        path = self._path(one.sha256)
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            replace_file(path, one.text.encode())

    def read(self, text_sha256: str) -> PolicyText:
        """The policy of a text that was kept. Raises ``ModelsError`` when it is missing or was changed."""
        path = self._path(text_sha256)
        try:
            content = path.read_bytes()
        except OSError as error:
            said = error.strerror
            raise ModelsError(f"{path}: the policy's text cannot be read: {said}; restore the backup") from None
        if sha256(content).hexdigest() != text_sha256:
            raise ModelsError(f"{path}: not the text that was kept; restore the file from the backup")
        return policy_of(content.decode(), path.name)

    def _path(self, text_sha256: str) -> Path:
        return self.folder / f"{text_sha256}.yaml"


@lru_cache(maxsize=64)
def policy_of(text: str, file: str) -> PolicyText:
    """The policy of a YAML text. Raises ``ModelsError`` with the first fault; ``file`` names the text in it."""
    try:
        return PolicyText(policy=read_policy(text, file), text=text)
    except PolicyError as error:
        raise ModelsError(str(error).partition("\n")[0]) from None


def named_policy(name: str) -> PolicyText:
    """A policy that ships with the program, or a file's (``*.yaml``). Raises ``ModelsError`` when it cannot be used."""
    try:
        return policy_of(policy_text(name), name)
    except PolicyError as error:
        raise ModelsError(str(error).partition("\n")[0]) from None


def policy_in_force(session: ReadSession, texts: PolicyTexts, settings_policy: str, at: datetime) -> PolicyText:
    """The policy that decides at the instant ``at`` (aware): the one switched to last, by then; before any switch that
    of the settings. Raises ``ModelsError`` when its text cannot be read."""
    switched = (json.loads(one.payload) for one in entries_of_kind(session, PolicySwitched.model_fields["do"].default))
    # of one instant the later entry
    last = max(
        (
            (instant, place, str(payload["text_sha256"]))
            for place, payload in enumerate(switched)
            if (instant := datetime.fromisoformat(payload["at"])) <= at
        ),
        default=None,
    )
    return texts.read(last[2]) if last else named_policy(settings_policy)


def policy_for(
    session: ReadSession, timeline: Timeline, person: str, *, texts: PolicyTexts, settings_policy: str, at: datetime
) -> PolicyText:
    """The policy that decides about a customer: the one in force when they last bought, so that a later switch does not
    reach back; for who has not bought, the one in force ``at`` (aware). Raises ``ModelsError`` when its text cannot be
    read."""
    bought = timeline.last(Deal, timeline.human(person))
    return policy_in_force(session, texts, settings_policy, bought.at if bought else at)


def switch_policy(
    session: WriteSession, texts: PolicyTexts, name: str, *, at: datetime, reason: str, by: str
) -> LedgerEntry:
    """Put on record that from ``at`` (aware, now) on this policy decides, and keep its text. Raises ``ModelsError``
    when there is no such policy."""
    new = named_policy(name)
    texts.keep(new)
    switched = PolicySwitched(
        at=at, policy=new.policy.policy, version=new.policy.version, text_sha256=new.sha256, reason=reason
    )
    return append(session, [switched], at=at, by=by)[-1]
