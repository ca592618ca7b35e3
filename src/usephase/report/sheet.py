"""Writing to a worksheet: titles, tables with units and formats, and text that always stays text."""

import math
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from usephase.report.cells import printable

ROWS_MAX = 10_000
"""Rows of a table in the workbook; what is beyond is in figures.csv and run.h5, and the sheet says so."""

TEXT_MAX = 32_767  # Excel's own limit of a cell
WIDTH_MAX = 60.0
SIDE_WIDTH = 17.0
"""Width of the number columns of a sheet that holds several tables."""

Kind = Literal["text", "wrap", "amount", "share", "integer", "year", "plain", "index"]

# Whole numbers where they are large, decimals where they are small, and no thousands of zeros.
_AMOUNT = "#,##0.0##"
_FORMATS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16, "font_color": "#1F4E5F"},
    "note": {"font_color": "#595959", "italic": True},
    "section": {"bold": True, "font_size": 12, "font_color": "#1F4E5F"},
    "header": {
        "bold": True, "text_wrap": True, "valign": "top", "bg_color": "#1F4E5F", "font_color": "#FFFFFF", "border": 1,
        "border_color": "#FFFFFF",
    },
    "text": {"indent": 1},
    "wrap": {"text_wrap": True, "valign": "top"},
    "heading": {"bold": True, "valign": "top", "text_wrap": True},
    "amount": {"num_format": _AMOUNT},
    "share": {"num_format": "0.0%"},
    "integer": {"num_format": "#,##0"},
    "index": {"num_format": "0.000"},
    "year": {"num_format": "0", "align": "left"},
    "plain": {},
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """Declare a column of a table: its header with unit, and what its cells hold."""

    header: str
    kind: Kind = "amount"
    width: float = 0.0


@dataclass(frozen=True)
class Placed:
    """Remember where a table was written, so that charts can point at it."""

    sheet: str
    first_row: int
    rows: int
    headers: tuple[str, ...]
    cells: Sequence[Sequence[Any]]

    def values(self, header: str, rows: int) -> list[float]:
        """Give the numbers of the first `rows` cells of a column; what is not there is left out."""
        column = self.headers.index(header)
        return [row[column] for row in self.cells[:rows] if math.isfinite(row[column])]

    def reference(self, header: str, rows: int) -> list[Any]:
        """Point at the first `rows` cells of a column, as xlsxwriter wants it."""
        column = self.headers.index(header)
        return [self.sheet, self.first_row, column, self.first_row + rows - 1, column]


class Book:
    """Hold an xlsxwriter workbook and its formats."""

    def __init__(self, workbook: Any) -> None:
        self.workbook = workbook
        self.formats = {name: workbook.add_format(how) for name, how in _FORMATS.items()}
        # The prefix keeps such a cell text even after somebody edits it.
        self.quoted = {name: workbook.add_format({**how, "quote_prefix": True}) for name, how in _FORMATS.items()}

    def sheet(self, name: str, title: str, note: str = "", *, landscape: bool = True) -> Any:
        """Add a worksheet with a title and a note in its first two rows, set up for printing."""
        sheet = self.workbook.add_worksheet(name)
        self.text(sheet, 0, 0, title, "title")
        self.text(sheet, 1, 0, note, "note")
        sheet.set_row(0, 24)
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        if landscape:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&A&RPage &P of &N")
        return sheet

    def text(self, sheet: Any, row: int, column: int, value: object, style: str = "text") -> None:
        """Write text as text, whatever it looks like; too long text is cut, with a mark."""
        shown = printable(value)
        if len(shown) > TEXT_MAX:
            shown = shown[: TEXT_MAX - 4] + " ..."
        formats = self.quoted if shown.startswith(("=", "+", "-", "@")) else self.formats
        sheet.write_string(row, column, shown, formats[style])

    def cell(self, sheet: Any, row: int, column: int, value: object, kind: Kind) -> None:
        """Write one cell by its kind; what is not there (None, NaN, no text) leaves the cell empty."""
        if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
            return
        if isinstance(value, str):
            self.text(sheet, row, column, value, kind if kind == "wrap" else "text")
        else:
            sheet.write_number(row, column, value, self.formats[kind])

    def table(
        self, sheet: Any, top: int, columns: Sequence[Column], rows: Sequence[Sequence[Any]], *, sole: bool = True,
        whole: int = 0, elsewhere: str = "run.h5",
    ) -> Placed:  # fmt: skip
        """Write a table.

        Parameters
        ----------
        sheet : worksheet
            Where to.
        top : int
            Row of the header, from 0.
        columns : sequence of Column
            What each column is.
        rows : sequence of sequences
            The cells; rows beyond `ROWS_MAX` are left out, and the row above the header says so.
        sole : bool
            The table is all that the sheet holds: freeze its header, filter it and set the widths.
        whole : int
            How many rows there are, if `rows` are not all of them.
        elsewhere : str
            The file of the run that has all rows.

        Returns
        -------
        Placed
        """
        shown = rows[:ROWS_MAX]
        whole = max(whole, len(rows))
        if whole > len(shown):
            text = f"The first {len(shown):,} of {whole:,} rows; {elsewhere} holds all of them."
            self.text(sheet, top - 1, 0, text, "note")
        widths = [SIDE_WIDTH] * len(columns)
        if sole:
            widths = [column.width or _width(column, [row[j] for row in shown]) for j, column in enumerate(columns)]
        for j, column in enumerate(columns):
            self.text(sheet, top, j, column.header, "header")
        sheet.set_row(top, height(zip((column.header for column in columns), widths, strict=True)))
        for i, row in enumerate(shown):
            for j, (column, value) in enumerate(zip(columns, row, strict=True)):
                self.cell(sheet, top + 1 + i, j, value, column.kind)
        if sole:
            for j, width in enumerate(widths):
                sheet.set_column(j, j, width)
            sheet.freeze_panes(top + 1, 1)
            sheet.autofilter(top, 0, top + max(len(shown), 1), len(columns) - 1)
            sheet.repeat_rows(top)
        headers = tuple(column.header for column in columns)
        return Placed(sheet.get_name(), top + 1, len(shown), headers, shown)


def height(cells: Iterable[tuple[str, float]]) -> float:
    """Give the height of a row of wrapped texts in columns of given widths; readers other than Excel need it."""
    return 4 + 15.0 * max(len(textwrap.wrap(text, max(int(width) - 3, 8))) or 1 for text, width in cells)


def _width(column: Column, values: list[Any]) -> float:
    """Fit a column to its longest word in the header and its longest cell, within bounds."""
    # The filter's arrow takes some room of the header.
    words = max((len(word) for word in column.header.split()), default=0) + 4.0
    cells = max((len(value) for value in values if isinstance(value, str)), default=0) + 2.0
    return min(max(words, cells, 12.0 if column.kind == "amount" else 9.0), WIDTH_MAX)
