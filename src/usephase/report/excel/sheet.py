"""Writing to a worksheet: titles, tables with units and formats, and text that always stays text."""

import math
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from usephase.report.cells import plain_cell, printable
from usephase.report.language import plain
from usephase.results.run import UNIT

ROWS_MAX = 10_000
"""Rows of a table in the workbook; what is beyond is in figures.csv and run.h5, and the sheet says so."""

TEXT_MAX = 32_767  # Excel's own limit of a cell
WIDTH_MAX = 60.0
SIDE_WIDTH = 17.0
"""Width of the number columns of a sheet that holds several tables."""

Kind = Literal["text", "wrap", "amount", "share", "integer", "year", "plain", "index"]

# Amounts of several units: whole numbers where they are large, decimals where they are small.
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
    draws: int = 0
    """Of how many draws a probability is a share; its cells are numbers that read "in all n draws" where they are 1."""


def head(name: str, unit: str = UNIT) -> str:
    """Give the header of a column of amounts, with its unit."""
    return f"{plain()(f'head.{name}')} [{unit}]" if unit else plain()(f"head.{name}")


def texts(*names: str) -> list[Column]:
    """Declare columns of text by the names of their headers."""
    return [Column(head(name, ""), "text") for name in names]


def cell_of(value: Any) -> Any:
    """Give a value of a frame as a workbook takes it: yes and no in words."""
    return plain()(f"book.{'yes' if value else 'no'}") if isinstance(value, bool) else plain_cell(value)


def column_of(name: object) -> str:
    """Name a column of a frame; one without a word of its own by its name."""
    return plain().messages.get(f"column.{name}", str(name).replace("_", " "))


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

    def reference(self, header: str, rows: int, begin: int = 0) -> list[Any]:
        """Point at the first `rows` cells of a column from `begin` on, as xlsxwriter wants it."""
        column = self.headers.index(header)
        return [self.sheet, self.first_row + begin, column, self.first_row + rows - 1, column]


class Book:
    """Hold an xlsxwriter workbook and its formats."""

    def __init__(self, workbook: Any) -> None:
        self.workbook = workbook
        self.formats = {name: workbook.add_format(how) for name, how in _FORMATS.items()}
        self._made: dict[str, Any] = {}
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
        sheet.set_footer(f"&L&A&R{plain()('book.page')}")
        return sheet

    def text(self, sheet: Any, row: int, column: int, value: object, style: str = "text") -> None:
        """Write text as text, whatever it looks like; too long text is cut, with a mark."""
        shown = printable(value)
        if len(shown) > TEXT_MAX:
            shown = shown[: TEXT_MAX - 4] + " ..."
        formats = self.quoted if shown.startswith(("=", "+", "-", "@")) else self.formats
        sheet.write_string(row, column, shown, formats[style])

    def cell(self, sheet: Any, row: int, column: int, value: object, kind: Kind, style: Any = None) -> None:
        """Write one cell by its kind; what is not there (None, NaN, no text) leaves the cell empty."""
        if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
            return
        if isinstance(value, str):
            self.text(sheet, row, column, value, kind if kind == "wrap" else "text")
        else:
            sheet.write_number(row, column, value, style or self.formats[kind])

    def _styles(self, columns: Sequence[Column], rows: Sequence[Sequence[Any]], one_unit: bool = False) -> list[Any]:
        """Choose the number formats of a table's columns; amounts of one unit have one common place."""
        one = [j for j, column in enumerate(columns) if column.kind == "amount" and (one_unit or UNIT in column.header)]
        values = [abs(row[j]) for row in rows for j in one if isinstance(row[j], float) and math.isfinite(row[j])]
        common = amount_format(max(values, default=0.0))
        formats = {j: common for j in one if max(values, default=0.0) > 0}
        formats |= {j: plain().chance_format(c.draws) for j, c in enumerate(columns) if c.draws}
        return [self._style(formats[j]) if j in formats else None for j in range(len(columns))]

    def _unit_styles(
        self, columns: Sequence[Column], rows: Sequence[Sequence[Any]], units: Sequence[str]
    ) -> list[list[Any]]:
        """Choose the number formats of each row by its unit (see `_styles`); without units all have one."""
        if not units:
            return [self._styles(columns, rows)] * len(rows)
        by_unit = {
            unit: self._styles(
                columns, [row for row, its in zip(rows, units, strict=True) if its == unit], one_unit=True
            )
            for unit in dict.fromkeys(units)
        }
        return [by_unit[unit] for unit in units]

    def _style(self, text: str) -> Any:
        if text not in self._made:
            self._made[text] = self.workbook.add_format({"num_format": text, "align": "right"})
        return self._made[text]

    def table(
        self, sheet: Any, top: int, columns: Sequence[Column], rows: Sequence[Sequence[Any]], *, sole: bool = True,
        whole: int = 0, elsewhere: str = "run.h5", units: Sequence[str] = (),
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
        units : sequence of str
            The unit of each row's amounts, in a table of several.

        Returns
        -------
        Placed
        """
        shown = rows[:ROWS_MAX]
        whole = max(whole, len(rows))
        if whole > len(shown):
            say = plain()
            counts = {"shown": say.count(len(shown)), "whole": say.count(whole)}
            self.text(sheet, top - 1, 0, say("book.cut", elsewhere=elsewhere, **counts), "note")
        widths = [SIDE_WIDTH] * len(columns)
        if sole:
            widths = [column.width or _width(column, [row[j] for row in shown]) for j, column in enumerate(columns)]
        for j, column in enumerate(columns):
            self.text(sheet, top, j, column.header, "header")
        sheet.set_row(top, height(zip((column.header for column in columns), widths, strict=True)))
        styles = self._unit_styles(columns, shown, units[: len(shown)])
        for i, (row, its) in enumerate(zip(shown, styles, strict=True)):
            for j, (column, value) in enumerate(zip(columns, row, strict=True)):
                self.cell(sheet, top + 1 + i, j, value, column.kind, its[j])
        if sole:
            for j, width in enumerate(widths):
                sheet.set_column(j, j, width)
            sheet.freeze_panes(top + 1, 1)
            sheet.autofilter(top, 0, top + max(len(shown), 1), len(columns) - 1)
            sheet.repeat_rows(top)
        headers = tuple(column.header for column in columns)
        return Placed(sheet.get_name(), top + 1, len(shown), headers, shown)


def amount_format(largest: float) -> str:
    """Give the number format of a table's amounts: as many decimals as leave six digits of the largest.

    It is one section: sections by size lose the sign of what is negative in some programs.
    """
    places = min(max(5 - math.floor(math.log10(largest)), 0), 9) if largest > 0 else 0
    return "#,##0" + ("." + "0" * places if places else "")


def height(cells: Iterable[tuple[str, float]]) -> float:
    """Give the height of a row of wrapped texts in columns of given widths; readers other than Excel need it."""
    return 4 + 15.0 * max(len(textwrap.wrap(text, max(int(width) - 3, 8))) or 1 for text, width in cells)


def _width(column: Column, values: list[Any]) -> float:
    """Fit a column to its longest word in the header and its longest cell, within bounds."""
    # The filter's arrow takes some room of the header.
    words = max((len(word) for word in column.header.split()), default=0) + 4.0
    cells = max((len(value) for value in values if isinstance(value, str)), default=0) + 2.0
    cells = max(cells, len(plain().chance(0.0, column.draws)) + 2.0 if column.draws else 0.0)
    return min(max(words, cells, 12.0 if column.kind == "amount" else 9.0), WIDTH_MAX)
