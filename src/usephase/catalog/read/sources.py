"""Tables as they stand in their files: column names, texts and places, before anything is understood."""

import string
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

Area = tuple[int, int, int, int]
"""Merged cells: their first column (from 0) and row (from 1), and their last ones."""


@dataclass(frozen=True)
class SheetMarks:
    """Hold what a sheet's cells do not say: merged and hidden ones."""

    merged: tuple[Area, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[str] = frozenset()
    hidden: bool = False


@dataclass(frozen=True)
class RawTable:
    """Hold a table's cells as text.

    Attributes
    ----------
    origin : str
        File name, or sheet name when `sheet` is true.
    cells : mapping of str to ndarray of object (row,)
        The texts by column name, in the order of the file; "" where empty.
    line : ndarray of int (row,)
        The line an editor shows, where a record begins; the sheet's row. A Parquet row counts on from a header at 1.
    letters : mapping of str to str
        A sheet's column letters.
    typed : mapping of str to mapping of int to str
        Cells, by column and row, whose type in the file is none that a table can hold: what they are.
    written : mapping of str to ndarray of object (row,)
        Columns whose names were respelt: their texts as they stand in the file.
    numbers : mapping of str to ndarray of bool (row,)
        By column which cells are stored as numbers; none where it is not there.
    marks : SheetMarks
        What is merged and hidden.
    """

    origin: str
    cells: Mapping[str, np.ndarray]
    line: np.ndarray
    sheet: bool = False
    letters: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    header_line: int = 1
    written: Mapping[str, np.ndarray] = field(default_factory=dict)
    numbers: Mapping[str, np.ndarray] = field(default_factory=dict)
    marks: SheetMarks = SheetMarks()

    def __len__(self) -> int:
        return len(self.line)

    def take(self, rows: np.ndarray) -> "RawTable":
        """Keep some of the rows; `rows` is a mask or row numbers."""
        kept = np.arange(len(self))[rows]
        at = {int(old): new for new, old in enumerate(kept)}
        return replace(
            self,
            cells={name: column[kept] for name, column in self.cells.items()},
            line=self.line[kept],
            written={name: column[kept] for name, column in self.written.items()},
            numbers={name: mask[kept] for name, mask in self.numbers.items()},
            typed={name: {at[r]: kind for r, kind in cells.items() if r in at} for name, cells in self.typed.items()},
        )

    def place(self, line: int, column: str = "") -> str:
        """Name a cell by its line: ``modes.csv:14:rate`` or ``modes!C14``."""
        return place(self.origin, line, column, self.letters if self.sheet else None)


def place(origin: str, line: int, column: str = "", letters: Mapping[str, str] | None = None) -> str:
    """Name a cell as its user finds it; `letters` is given for a sheet."""
    if letters is not None:
        return f"{origin}!{letters.get(column, 'A')}{line}"
    return f"{origin}:{line}" + (f":{column}" if column else "")


def letter(position: int) -> str:
    """Give a sheet's column letters, counted from 0."""
    out = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        out = string.ascii_uppercase[rest] + out
    return out
