"""`python -m api.policies_page CASES_DIR ... > docs/policies.md`, the page that `make policies` writes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from attribution.cases import read_cases
from attribution.document import policies_page
from attribution.policy import load_policy, policy_names


def page(folders: Sequence[Path]) -> str:
    """The page for the policies that ship, with the cases of these folders."""
    cases = read_cases(file for folder in folders for file in sorted(folder.glob("*.yaml")))
    return policies_page([load_policy(name) for name in policy_names()], cases)


if __name__ == "__main__":
    sys.stdout.write(page([Path(folder) for folder in sys.argv[1:]]))
