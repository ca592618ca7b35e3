"""A table for a terminal whose numbers are never cut: names fold, and words about numbers wrap, instead."""

from typing import TYPE_CHECKING, Any

from rich.measure import Measurement
from rich.table import Column, Table
from rich.text import Text

from usephase.report.cells import printable

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

_PERCENT = 9
"""Characters of the longest percentage, as ``-12,345 %``."""
_NAME = 24
"""Characters that names keep if the numbers can give way at blanks."""


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
            right = not (i in names or i in left or "95 %" in head or (i == len(heads) - 1 and not head))
            self.add_column(Text(printable(head)), justify="right" if right else "left", overflow="fold")

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        """Give each column of numbers its width, at least that of its longest number, then the names what is left."""
        told = [(column, _measured(console, options, column)) for i, column in enumerate(self.columns)]
        names = [told[i] for i in self._names]
        all_room = options.max_width - 2 * (len(told) - 1)
        room = all_room - sum(self._width or min(most.maximum, _NAME) for _, most in names)
        others = [one for i, one in enumerate(told) if i not in self._names]
        widths = {id(column): most.maximum for column, most in others}
        for column, found in sorted(others, key=lambda one: one[1].minimum - one[1].maximum):
            excess = sum(widths.values()) - room
            if excess > 0:
                widths[id(column)] = max(found.maximum - excess, found.minimum)
        for column, _ in others:
            column.width = widths[id(column)]
        if self._width:
            left = (all_room - sum(widths.values())) // len(names)
            for column, _ in names:
                column.width = max(min(self._width, left), 1)
        yield from super().__rich_console__(console, options)


def _percent(cell: object) -> bool:
    return str(cell).endswith(" %") and len(str(cell)) <= _PERCENT


def _measured(console: "Console", options: "ConsoleOptions", column: Column) -> Measurement:
    cells: list[Any] = [column.header, *column.cells]
    found = [Measurement.get(console, options, cell) for cell in cells]
    # A number and its percent sign stay on one line.
    found = [
        Measurement(one.maximum, one.maximum) if _percent(cell) else one for one, cell in zip(found, cells, strict=True)
    ]
    return Measurement(max(one.minimum for one in found), max(one.maximum for one in found))
