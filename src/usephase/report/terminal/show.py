"""Show parts of an answer: as wide as the terminal, or 80 columns without trailing blanks where there is none."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

WIDE = 200
"""Columns of lists that are searched rather than read, where nobody's screen sets the width."""


def show(*parts: "RenderableType", stderr: bool = False, wide: bool = False) -> None:
    """Print parts one below the other.

    Parameters
    ----------
    *parts : renderable
    stderr : bool
        On the error stream.
    wide : bool
        Where there is no terminal, leave lines long enough for a search.
    """
    from rich.console import Console

    console = Console(stderr=stderr)
    if console.is_terminal:
        for part in parts:
            console.print(part)
        return
    if wide:
        console = Console(stderr=stderr, width=WIDE)
    console.file.write("".join(f"{line.rstrip()}\n" for line in _lines(console, parts)))


def _lines(console: "Console", parts: "tuple[RenderableType, ...]") -> list[str]:
    with console.capture() as shown:
        for part in parts:
            console.print(part)
    return shown.get().splitlines()
