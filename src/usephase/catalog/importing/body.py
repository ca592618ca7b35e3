"""The rows and numbers of a table: what is a row of it, and what its cells say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from usephase.catalog.importing.columns import Column
from usephase.catalog.importing.grid import Grid, shown
from usephase.catalog.importing.mapping import UNITS, ColumnRule, Map, quoted
from usephase.catalog.importing.numerals import STYLES, Number, is_nothing, read_number, style_of
from usephase.catalog.read.set_apart import is_apart, is_sum
from usephase.errors import CatalogError, Problem


@dataclass(frozen=True)
class Question:
    """Something that only a person can decide.

    Attributes
    ----------
    path : tuple of str
        The entry of map.toml that decides it; () where the table itself has to be changed.
    what, decide : str
    proposals : tuple of str
        Values of the entry, the likeliest first.
    shown : str
        The proposals with their scores.
    rows : ndarray of int
        Rows of the grid.
    units : float
    excluded : bool
        Whether the rows' units are left out until it is decided.
    """

    path: tuple[str, ...]
    what: str
    decide: str
    rows: np.ndarray
    units: float = 0.0
    excluded: bool = True
    proposals: tuple[str, ...] = ()
    shown: str = ""


def problem(where: str, what: str, fix: str) -> CatalogError:
    """Refuse a table for one reason."""
    return CatalogError([Problem(where=where, what=what, fix=fix)])


class NothingDecided(CatalogError):  # noqa: N818 (it is no failure of the program)
    """A table of which nothing is decided: with the questions that would decide something.

    Parameters
    ----------
    problems : sequence of Problem
    questions : tuple of Question
    columns : tuple of Column
    of_year : int or None
        The year taken where the table has none.
    """

    def __init__(
        self,
        problems: Sequence[Problem],
        questions: tuple[Question, ...],
        columns: tuple[Column, ...],
        of_year: int | None,
    ) -> None:
        super().__init__(problems)
        self.questions, self.columns, self.of_year = questions, columns, of_year


def count(number: int, one: str) -> str:
    """Write a number with its noun."""
    return f"{number:,} {one}{'s' if number != 1 else ''}"


class Body:
    """Read the rows and numbers of a table; collect questions and notes."""

    def __init__(
        self, grid: Grid, head: int, columns: list[Column], told: Map, year: int | None, last_full_year: int
    ) -> None:
        self.grid, self.head, self.columns, self.told = grid, head, columns, told
        self.at = {c.rule.role: c for c in columns if c.rule.role and not c.wide}
        self.wide = [c for c in columns if c.wide]
        self.questions: list[Question] = []
        self.notes = list(grid.notes)
        self.year, self.last = year, last_full_year
        self.places: dict[str, str] = {}
        self.kinds: dict[str, str] = {}
        self.of_map: int | None = None
        self._required()
        if head:
            above = next(text for text in grid.cells[0] if text)
            self.notes.append(f"{count(head, 'row')} above the column names: not read (`{shown(above)}`)")

    def _required(self) -> None:
        where = self.grid.place(self.head)
        names = ", ".join(f"`{shown(c.theirs)}`" for c in self.columns if c.theirs)
        line = (
            'write a file map.toml with the lines `[columns]` and `"NAME OF THE COLUMN" = {{ is = "{}" }}`, then --map '
            "map.toml; where the table has none, add one"
        )
        problems = []
        if "product" not in self.at:
            what = f"no column is recognised as the products' numbers or names, among {names}"
            problems.append(Problem(where=where, what=what, fix=line.format("product")))
        if "units" not in self.at and not self.wide:
            what = f"no column is recognised as the units sold, among {names}"
            problems.append(Problem(where=where, what=what, fix=line.format("units")))
        if problems:
            raise CatalogError(problems)

    def _texts(self, role: str, rows: np.ndarray) -> np.ndarray:
        if role not in self.at:
            return np.full(len(rows), "", dtype=object)
        texts: np.ndarray = self.grid.cells[rows, self.at[role].at]
        return texts

    def _ask(self, *args: Any, **kwargs: Any) -> None:
        question = Question(*args, **kwargs)
        if len(question.rows):
            self.questions.append(question)

    # -- rows ------------------------------------------------------------------------------------------------

    def _rows(self) -> np.ndarray:
        """Give the rows that are of the table: not column names again, totals, notes or headings."""
        cells = self.grid.cells
        rows = np.arange(self.head + 1, len(cells))
        if not len(rows):
            raise problem(self.grid.place(self.head), "below the column names there are no rows", "add them")
        again = (cells[rows] == cells[self.head]).all(axis=1)
        counted = [c.at for c in (*self.wide, *([self.at["units"]] if "units" in self.at else []))]
        empty = np.array([[is_nothing(text) for text in row] for row in cells[rows][:, counted]]).all(axis=1)
        product = self._texts("product", rows)
        first = np.array([next((text for text in row if text), "") for row in cells[rows]], dtype=object)
        totals = {text for text in set(first) | set(product) if text and is_apart([text])}
        region = self._texts("region", rows)
        lacking = np.ones(len(rows), dtype=bool)
        for role in ("region", "name"):
            if role in self.at:
                lacking &= (self._texts(role, rows) == "") | np.array([is_apart([t]) for t in self._texts(role, rows)])
        sums = np.array(
            [bool(p) and (is_sum(p) or (p in totals and bare)) for p, bare in zip(product, lacking, strict=True)]
        )
        if "region" not in self.at and "name" not in self.at:
            sums = np.array([is_sum(p) for p in product])
        sums |= (product == "") & np.isin(first, list(totals))
        keyless = (product == "") & (region == "") & ~sums & ~again & empty
        for mask, what in (
            (again, "with the column names again"), (sums & ~again, "of totals or notes"),
            (keyless, "without product and units, headings or notes"),
        ):  # fmt: skip
            if mask.any():
                self.notes.append(f"{count(int(mask.sum()), 'row')} {what}: left aside ({self._lines(rows[mask])})")
        self.grand = [int(row) for row, text in zip(rows[sums], first[sums], strict=True) if is_sum(text)]
        return rows[~(again | sums | keyless)]

    def _lines(self, rows: np.ndarray) -> str:
        lines = [str(line) for line in self.grid.lines[rows[:5]]]
        return f"row{'s' if len(rows) > 1 else ''} {', '.join(lines)}{' …' if len(rows) > 5 else ''}"

    def _products(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give each row's product; "" where it has none."""
        product = self._texts("product", rows).copy()
        gone = product == ""
        rule = self.told.rows.without_product
        if rule == "as_above":
            product = pd.Series(product).replace("", np.nan).ffill().fillna("").to_numpy(dtype=object)
        elif gone.any() and rule == "":
            decide = 'under [rows]: without_product = "as_above" (the product of the row above) or "leave_out"'
            self._ask(
                ("rows", "without_product"),
                "rows without a product",
                decide,
                rows[gone],
                proposals=("as_above", "leave_out"),
            )
        keys = pd.unique(product)
        new = {key: key.replace(";", ",").replace("=", "-") for key in keys}
        changed = [key for key in keys if new[key] != key]
        if changed:
            self.notes.append(f"`;` and `=` separate keys: `{shown(changed[0])}` is written `{shown(new[changed[0]])}`")
        return np.array([new[key] for key in product], dtype=object), gone & (product == "")

    # -- numbers ---------------------------------------------------------------------------------------------

    def _numbers(self, column: Column, rows: np.ndarray) -> tuple[list[Number], str]:
        """Read a column's cells, and in which way it writes numbers; an empty cell is a number without readings."""
        texts, stored = self.grid.cells[rows, column.at], self.grid.numbers[rows, column.at]
        known: dict[tuple[str, bool], Number] = {}
        out = []
        for key in zip(texts.tolist(), stored.tolist(), strict=True):
            if key not in known:
                known[key] = Number({}) if is_nothing(key[0]) else read_number(*key)
            out.append(known[key])
        return out, column.rule.numbers or style_of(list(known.values()))

    def _styles(self, rows: np.ndarray) -> None:
        """Read every column of numbers, and tell how the table writes them where one alone does not show it."""
        counted = [*self.wide, *(self.at[role] for role in ("units", *UNITS) if role in self.at)]
        self.read = {column.at: self._numbers(column, rows) for column in counted}
        # The columns of a wide table are one.
        of_units = {style for c in self.wide if (style := self.read[c.at][1])}
        if len(of_units) == 1:
            self.read |= {c.at: (self.read[c.at][0], next(iter(of_units))) for c in self.wide}
        shown_ = {style for _, style in self.read.values() if style}
        self.style = shown_.pop() if len(shown_) == 1 and not shown_ & {"mixed"} else ""
        self.style = self.style if self.style in STYLES else ""

    def _value(self, number: Number, style: str, *, whole: bool = False) -> Fraction | None:
        """Give the one number that a cell is; None where it is none, or may be two.

        Other columns do not show that it is a fraction where `whole` ones are meant.
        """
        own = style in STYLES
        style = style if own else self.style
        if number.open:
            value = Fraction(number.readings[style]) if style else None
            return None if value is not None and whole and not own and value.denominator != 1 else value
        return Fraction(next(iter(number.readings.values()))) if number.readings else None

    def _column_values(
        self, column: Column, rows: np.ndarray, units: Callable[[Number], Fraction | None]
    ) -> list[Fraction | None]:
        """Give a column's numbers in the catalog's unit, and ask about those that cannot be read."""
        numbers, style = self.read[column.at]
        whole = column.rule.role == "units" and column.rule.unit == ""
        texts = self.grid.cells[rows, column.at]
        out: list[Fraction | None] = []
        open_, odd = [], []
        values: dict[int, Fraction | None] = {}
        for i, number in enumerate(numbers):
            if id(number) not in values:
                value, times = self._value(number, style, whole=whole), units(number)
                values[id(number)] = None if value is None or times is None else value * times
            out.append(values[id(number)])
            if out[-1] is None and number.open and self._value(number, style, whole=whole) is None:
                open_.append(i)
            elif out[-1] is None and not is_nothing(texts[i]):
                odd.append(i)
        excluded = column.rule.role == "units"
        if open_:
            text = texts[open_[0]]
            one, two = (f"{float(value):.12g}" for value in dict.fromkeys(numbers[open_[0]].readings.values()))
            what = (
                f"`{shown(column.theirs)}`: `{shown(text)}` can be read as {one} or as {two}, and nothing in the table "
                "shows which"
            )
            line = f'{quoted(column.theirs)} = {{ {_rule_text(column.rule)}, numbers = "{STYLES[0]}" }}'
            decide = f'under [columns]: {line}, or "{STYLES[1]}"'
            path = ("columns", column.theirs, "numbers")
            self._ask(path, what, decide, rows[open_], excluded=excluded, proposals=STYLES)
        if odd:
            what = f"`{shown(column.theirs)}`: `{shown(texts[odd[0]])}` is no number with a unit known here"
            decide = f"write a number in the table's cell ({self.grid.place(int(rows[odd[0]]), column.at)})"
            self._ask((), what, decide, rows[odd], excluded=excluded)
        return out


def _rule_text(rule: ColumnRule) -> str:
    held = rule.model_dump(by_alias=True)
    return ", ".join(
        f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}"
        for name, value in held.items()
        if value and name != "numbers"
    )
