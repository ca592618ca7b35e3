"""Show parts of an answer: as wide as the terminal, or 80 columns without trailing blanks where there is none."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

WIDE = 200
"""Columns of lists that are searched rather than read, where nobody's screen sets the width."""
PAGE = 100
"""Columns of a page that is read, with its tables."""


def show(*parts: "RenderableType", stderr: bool = False, columns: int = 0) -> None:
    """Print parts one below the other.

    Parameters
    ----------
    *parts : renderable
    stderr : bool
        On the error stream.
    columns : int
        As wide where there is no terminal; 0 for what is usual there.
    """
    from rich.console import Console

    console = Console(stderr=stderr)
    if console.is_terminal:
        for part in parts:
            console.print(part)
        return
    if columns:
        console = Console(stderr=stderr, width=columns)
    console.file.write("".join(f"{line.rstrip()}\n" for line in _lines(console, parts)))


def _lines(console: "Console", parts: "tuple[RenderableType, ...]") -> list[str]:
    with console.capture() as shown:
        for part in parts:
            console.print(part)
    return shown.get().splitlines()
