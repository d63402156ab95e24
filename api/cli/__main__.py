"""Where `menjian` starts: even when a system library is missing, there is one clear line and a doctor to ask."""

from __future__ import annotations

import sys

import typer

from api.cli.console import fail
from api.cli.doctor import doctor


def main() -> None:
    """Run the command line; when it cannot be loaded, only `menjian doctor` runs."""
    try:
        from api.cli.app import main as run
    except ImportError as error:
        if sys.argv[1:2] == ["doctor"]:
            del sys.argv[1]
            typer.run(doctor)
        sys.exit(fail(f"cannot start: {error}; run `menjian doctor`, it says what to install"))
    run()


if __name__ == "__main__":
    main()
