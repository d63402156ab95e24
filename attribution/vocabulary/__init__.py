"""The words in which a policy's rules are written. Importing this package registers all of them."""

from attribution.vocabulary import (
    acquaintance,
    basics,
    contact,
    handling,
    households,
    identity,
    kin,
    leading,
    naming,
    notice,
    reception,
    referral,
    reports,
    standing,
)
from attribution.vocabulary.registry import EFFECTS, FACTS, ROLES

__all__ = [
    "EFFECTS",
    "FACTS",
    "ROLES",
    "acquaintance",
    "basics",
    "contact",
    "handling",
    "households",
    "identity",
    "kin",
    "leading",
    "naming",
    "notice",
    "reception",
    "referral",
    "reports",
    "standing",
]
