"""The cell that an edit means: what it says, and what would stand in it."""

from dataclasses import dataclass, field

import numpy as np

from usephase.catalog.edit.records import Edit
from usephase.catalog.edit.text import moved, number
from usephase.catalog.edit.workbook import is_stored_number
from usephase.catalog.options.changes import SETTINGS_ROW, read_step, read_uncertain_step, refuse_two_meanings
from usephase.catalog.options.records import Address
from usephase.catalog.options.understand import address_row
from usephase.catalog.read.limits import clip
from usephase.catalog.schema import Column
from usephase.catalog.table import Table
from usephase.catalog.values import cells
from usephase.catalog.values.columns import OPEN, Read, read_values
from usephase.catalog.values.grammar import Samples, naming
from usephase.catalog.values.refusal import Refusal


@dataclass(frozen=True)
class Spot:
    """Hold the cell that an edit means.

    Attributes
    ----------
    edit : Edit
    column : Column
    row : int
        In the catalog's table; -1 where only the reference has the row, and for settings that are no values.
    table : Table
        What answers at present: the catalog's table, or the resolved one where that is the reference's.
    at : int
        The row in `table`.
    unit, pedigree : str
        What the row names, as written.
    samples : Samples
        The catalog's joint samples.
    """

    edit: Edit
    column: Column
    row: int
    table: Table
    at: int
    unit: str = ""
    pedigree: str = ""
    samples: Samples = field(default_factory=dict)

    @property
    def is_value(self) -> bool:
        """Whether the cell holds an uncertain value."""
        return self.column.kind == "value"

    @property
    def address(self) -> Address:
        """The cell, written in one way however it was named."""
        if self.edit.table == "settings":
            return "settings", self.edit.row or SETTINGS_ROW, self.column.name
        return self.table.name, address_row(self.table, self.at), self.column.name

    @property
    def written(self) -> str:
        """The present text."""
        if self.is_value:
            return str(self.table.values[self.column.name].text[self.at])
        return str(self.table.frame[self.column.name].iloc[self.at]) if self.column.name in self.table.frame else ""

    def text(self) -> str:
        """Give what would stand in the cell.

        Raises
        ------
        Refusal
            If ``*0.9`` or ``+5`` finds nothing to act on, or can be read as two steps.
        """
        if self.is_value and read_uncertain_step(self.edit.text):
            what = f"no cell holds what `{clip(self.edit.text)}` makes of it"
            raise Refusal(what, "write it as an option in the table options, or a value of its own with its width")
        step = read_step(self.edit.text) if self.is_value else None
        if step is not None:
            refuse_two_meanings(self.table.name, self.column.name, self.edit.text)
        else:
            return self.edit.text.strip()
        if self.written:
            return moved(self.written, step)
        best = float(cells.best_estimates(cells.take(self.table.values[self.column.name], np.array([self.at])))[0])
        if np.isnan(best):
            raise Refusal("the cell is empty: there is nothing to multiply or to add to", "write a value")
        return moved(number(best), step)

    def read(self, text: str) -> Read:
        """Read a text as the cell's own, with its row's unit and pedigree."""
        texts, units, pedigrees = (np.array([part], dtype=object) for part in (text, self.unit, self.pedigree))
        as_text = self.row >= 0 and self.table.sheet and not is_stored_number(text)
        evidence = np.array([OPEN]) if as_text else None
        with naming(self.samples):
            return read_values(self.table.name, self.column, texts, units, pedigrees, evidence)

    @property
    def place(self) -> str:
        """The cell as its user finds it; in the reference by its row."""
        if self.row < 0:
            return f"{self.edit.table}:{self.edit.row}:{self.edit.column}"
        return self.table.place(self.at, self.column.name)
