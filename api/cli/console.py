"""How the command line speaks: rich output on standard output, one clear line for an error on standard error."""

from __future__ import annotations

from rich.console import Console

out = Console()
err = Console(stderr=True)


def fail(message: str, *, code: int = 1) -> int:
    """Print one line for the user and return the exit code to leave with."""
    err.print(f"menjian: {message}", style="red", highlight=False, soft_wrap=True, markup=False)
    return code
