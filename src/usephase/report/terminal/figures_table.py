"""A table for a terminal whose numbers are never cut: names fold, and words about numbers wrap, instead."""

import re
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from usephase.report.cells import printable

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

_INTERVAL = re.compile("95.?%")
"""What the head of a column of intervals holds in every language."""
_PERCENT = 9
"""Characters of the longest percentage, as ``-12,345 %``."""
_NAME = 24
"""Characters that names keep if heads can give way at blanks."""
_LEAST_NAME = 16
"""Characters that names keep before numbers and words about them give way at blanks."""

_LINES = 2
"""Lines that a head takes where there is little room."""


class FiguresTable(Table):
    """Lay out columns of names and of numbers by the width there is; every other column stays as wide as its numbers.

    Parameters
    ----------
    *heads : str
        Heads of the columns; those of texts on the left, of numbers on the right.
    names : tuple of int
        Columns that fold.
    left : tuple of int
        Further columns that are written from the left; those of intervals are, and a last one without a head: bars.
    width : int, optional
        What each column of names takes up where there is room, so that tables below each other are in line.
    """

    def __init__(
        self, *heads: str, names: tuple[int, ...] = (0,), left: tuple[int, ...] = (), width: int | None = None
    ) -> None:
        super().__init__(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
        self._names, self._width = names, width
        for i, head in enumerate(heads):
            right = not (i in names or i in left or _INTERVAL.search(head) or (i == len(heads) - 1 and not head))
            self.add_column(Text(printable(head)), justify="right" if right else "left", overflow="fold")

    def add_row(self, *cells: "RenderableType | None", **style: Any) -> None:
        """Add a row; what stands behind the blanks of an indented name stays behind them where it folds."""
        super().add_row(*(_indented(cell) if i in self._names else cell for i, cell in enumerate(cells)), **style)

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        """Give each column of numbers its width, at least that of its longest number, then the names what is left."""
        told = [(column, *_measured(console, options, column)) for column in self.columns]
        names = [told[i] for i in self._names]
        all_room = options.max_width - 2 * (len(told) - 1)
        others = [one for i, one in enumerate(told) if i not in self._names]
        widths = {id(column): max(head.maximum, most.maximum) for column, head, most in others}

        def excess(name: int) -> int:
            kept = sum(self._width or min(max(head.maximum, most.maximum), name) for _, head, most in names)
            return sum(widths.values()) - (all_room - kept)

        if excess(_NAME) > 0:  # heads fold first
            widths = {id(column): max(_folded(column.header, head), most.maximum) for column, head, most in others}
        for column, _, most in others:  # then bars get short
            if not str(column.header) and (over := excess(_NAME)) > 0:
                widths[id(column)] = max(widths[id(column)] - over, most.minimum)
        if excess(_LEAST_NAME) > 0:
            for column, head, most in sorted(others, key=lambda one: one[2].minimum - one[2].maximum):
                if (over := excess(_LEAST_NAME)) > 0:
                    widths[id(column)] = max(widths[id(column)] - over, head.minimum, most.minimum)
        for column, _, _ in others:
            column.width = widths[id(column)]
        if self._width:
            left = (all_room - sum(widths.values())) // len(names)
            for column, _, _ in names:
                column.width = max(min(self._width, left), 1)
        yield from super().__rich_console__(console, options)


class _Indented(Text):
    """A name behind blanks, which stays behind them where it folds."""

    def _padded(self) -> Padding:
        name = self.plain.lstrip()
        return Padding(Text(name, style=self.style), (0, 0, 0, len(self.plain) - len(name)))

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":  # type: ignore[override]
        yield self._padded()

    def __rich_measure__(self, console: "Console", options: "ConsoleOptions") -> Measurement:
        return Measurement.get(console, options, self._padded())


def _indented(cell: "RenderableType | None") -> "RenderableType | None":
    if isinstance(cell, str):
        return _Indented(cell) if cell[:1] == " " else cell
    plain = isinstance(cell, Text) and cell.plain[:1] == " " and not cell.spans
    return _Indented(cell.plain, style=cell.style) if isinstance(cell, Text) and plain else cell


def _folded(head: object, size: Measurement) -> int:
    """Give the width at which a head takes two lines."""
    widths = range(size.minimum, size.maximum)
    return next((width for width in widths if len(wrap(str(head), width)) <= _LINES), size.maximum)


def _percent(cell: object) -> bool:
    return str(cell).endswith(" %") and len(str(cell)) <= _PERCENT


def _measured(console: "Console", options: "ConsoleOptions", column: Column) -> tuple[Measurement, Measurement]:
    """Measure the head of a column, and its cells."""
    head = Measurement.get(console, options, column.header)
    found = [(cell, Measurement.get(console, options, cell)) for cell in column.cells]
    # A number and its percent sign stay on one line.
    cells = [Measurement(one.maximum, one.maximum) if _percent(cell) else one for cell, one in found]
    return head, Measurement(
        max((one.minimum for one in cells), default=0), max((one.maximum for one in cells), default=0)
    )
