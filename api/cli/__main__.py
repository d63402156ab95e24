"""Where `menjian` starts: even when a system library is missing, there is one clear line and a doctor to ask."""

from __future__ import annotations

import os
import signal
import sys
from io import TextIOWrapper

import typer

from api.cli.console import fail
from api.cli.doctor import doctor


def main() -> None:
    """Run the command line; when it cannot be loaded, only `menjian doctor` runs."""
    # the door's matrices are small: threads that wait for each other cost ten times what they save
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # a service manager's stop ends a run like Ctrl-C: what was seen is told and written first
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without ± or 门 shows a question mark
    try:
        from api.cli.app import main as run

        run()
    except ImportError as error:
        if sys.argv[1:2] == ["doctor"]:
            del sys.argv[1]
            typer.run(doctor)
        sys.exit(fail(f"cannot start: {error}; run `menjian doctor`, it says what to install"))


if __name__ == "__main__":
    main()
