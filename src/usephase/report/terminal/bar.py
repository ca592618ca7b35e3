"""A small bar for a share, drawn in eighths of a character."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.measure import Measurement
    from rich.text import Text

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_WIDTH = 16


@dataclass(frozen=True)
class Bar:
    """Show a share (0 to 1) as a bar of at most 16 characters."""

    share: float

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        """Yield one line."""
        yield from self._line(min(options.max_width, _WIDTH), ascii_only=options.ascii_only)

    def __rich_measure__(self, console: "Console", options: "ConsoleOptions") -> "Measurement":
        """Ask for as much as there is, and for little at least."""
        from rich.measure import Measurement

        return Measurement(min(4, options.max_width), min(_WIDTH, options.max_width))

    def _line(self, width: int, *, ascii_only: bool) -> "Iterator[Text]":
        from rich.text import Text

        share = min(max(self.share, 0.0), 1.0)
        if ascii_only:
            text = "#" * max(round(share * width), 1 if share > 0 else 0)
        else:
            # What is there is seen: at least an eighth.
            eighths = max(round(share * width * 8), 1 if share > 0 else 0)
            text = _EIGHTHS[8] * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
        yield Text(text, style="green", no_wrap=True)
