"""The words in which a policy's rules are written. Importing this package registers all of them."""

from attribution.vocabulary import basics, naming, reception, referral, reports
from attribution.vocabulary.registry import EFFECTS, FACTS, ROLES

__all__ = ["EFFECTS", "FACTS", "ROLES", "basics", "naming", "reception", "referral", "reports"]
