"""`python -m api.policies_page CASES_DIR > docs/policies.md`: the page of policies, as `make policies` writes it."""

from __future__ import annotations

import sys
from pathlib import Path

from attribution.cases import read_cases
from attribution.document import policies_page
from attribution.policy import load_policy, policy_names


def page(cases: Path) -> str:
    """The page for the policies that ship, with the cases of a folder."""
    return policies_page([load_policy(name) for name in policy_names()], read_cases(sorted(cases.glob("*.yaml"))))


if __name__ == "__main__":
    sys.stdout.write(page(Path(sys.argv[1])))
