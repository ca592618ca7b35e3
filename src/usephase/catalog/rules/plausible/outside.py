"""What a warning says: how far a number is outside its band, what slip that looks like, and what was then meant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from usephase.catalog.rules.context import Context
from usephase.catalog.rules.plausible.bands import Band, slips
from usephase.catalog.table import Table
from usephase.errors import Problem

CHECK = "check its unit and its decimal point"
_WRITTEN = {"h/day": "h/day", "h/year": "h/year", "a year's": "cycle/year", "kg/MJ": "kg/MJ"}
"""The unit that a slip starts from, where the cells of a column may be in several."""
ROWS = 5
"""So many rows with the same kind of doubt are named one by one."""


def figure(number: float) -> str:
    """Write a number as people do: no exponent up to a billion, three or four digits."""
    if number == 0 or 1e-4 <= abs(number) < 1000:
        return f"{number:.4g}"
    return f"{number:,.0f}" if 1000 <= abs(number) < 1e12 else f"{number:.3g}"


def times(factor: float) -> str:
    """Write by how much something is too large or too small."""
    return f"{factor:,.1f} times" if factor < 9.95 else f"{figure(float(f'{factor:.2g}'))} times"


@dataclass
class Doubts:
    """Collect warnings: one for a cell, whatever else is odd about it.

    Attributes
    ----------
    cells : set of (table, row, column)
        Those that something was said of.
    """

    ctx: Context
    cells: set[tuple[str, int, str]] = field(default_factory=set)

    def said(self, table: str, row: int, *columns: str) -> bool:
        """Tell whether one of the cells was named already."""
        return any((table, int(row), column) in self.cells for column in columns)

    def asked(self, table: Table, rows: np.ndarray, column: str) -> np.ndarray:
        """Tell of which rows a cell was named already. Shape (row,)."""
        named = [row for name, row, where in self.cells if (name, where) == (table.name, column)]
        return np.asarray(np.isin(rows, named), dtype=bool)

    def tell(
        self, table: Table, column: str, rows: Sequence[int], what: Sequence[str], fix: Sequence[str]
    ) -> Iterator[Problem]:
        """Warn of rows of the catalog, a few by name; a row with a source says so and keeps its warning."""
        source = table.frame.get("source")
        new = [
            (int(row), text, advice)
            for row, text, advice in zip(rows, what, fix, strict=True)
            if table.line[row] >= 0 and not self.said(table.name, row, column)
        ]
        new.sort(key=lambda each: int(table.line[each[0]]))
        for place, (row, text, advice) in enumerate(new):
            self.cells.add((table.name, row, column))
            if place > ROWS:
                continue
            if source is not None and str(source.iloc[row]):
                text = f"{text} (sourced)"
                advice = f"{advice}; if its source says so, leave it"
            else:
                advice = f"{advice}; if it is right, name its source"
            more = len(new) - ROWS - 1
            if place == ROWS and more:
                text = f"{text} (and {more:,} more rows like it)"
            yield Problem(where=table.place(row, column), what=text, fix=advice, severity="warning")

    def outside(
        self,
        table: Table,
        column: str,
        rows: np.ndarray,
        value: np.ndarray,
        low: np.ndarray | float,
        high: np.ndarray | float,
        quantity: str,
        unit: str,
        of: np.ndarray | str,
        shown: np.ndarray | None = None,
        shown_unit: str | None = None,
        subject: str = "",
        least: float = 0.0,
    ) -> Iterator[Problem]:
        """Warn of numbers outside their bands.

        Parameters
        ----------
        table : Table
            Where they stand.
        column : str
            Its column.
        rows : ndarray of int (n,)
            Its rows.
        value : ndarray (n,)
            Best estimates, in the unit of the band; absent ones are NaN.
        low, high : ndarray (n,) or float
            The bands.
        quantity : str
            Whose slips are tried.
        unit : str
            Of value and band.
        of : ndarray of object (n,) or str
            Of what thing the band is known.
        shown : ndarray (n,), optional
            The number in the cell where it is not `value` itself.
        shown_unit : str, optional
            Its unit.
        subject : str, optional
            What is compared with the band, where it is not the cell itself.
        least : float, optional
            Less than this is not proposed, where there is some of the quantity at all.
        """
        count = len(rows)
        lows, highs = (np.broadcast_to(np.asarray(bound, dtype=float), count) for bound in (low, high))
        things = np.broadcast_to(np.asarray(of, dtype=object), count)
        with np.errstate(invalid="ignore"):
            odd = (value > highs * (1 + 1e-9)) | ((value < lows * (1 - 1e-9)) & (value > 0))
        if (lows < 0).any():
            odd |= value < lows
        at = np.flatnonzero(odd)
        if not len(at):
            return
        cell = value if shown is None else shown
        said_unit = unit if shown_unit is None else shown_unit
        what, fix = [], []
        for i in at.tolist():
            band = Band(float(lows[i]), float(highs[i]), str(things[i]))
            what.append(_what(float(value[i]), band, unit, subject))
            fix.append(_fix(float(value[i]), float(cell[i]), band, quantity, said_unit, least))
        yield from self.tell(table, column, rows[at].tolist(), what, fix)


def _what(value: float, band: Band, unit: str, subject: str) -> str:
    unit = f" {unit}" if unit else ""
    of = f"; {band.of}" if band.of else ""
    if value > band.high:
        end = f"{times(value / band.high)} the most that is believed ({figure(band.high)}{unit}{of})"
    elif band.low > 0:
        end = f"{times(band.low / value)} less than the least that is believed ({figure(band.low)}{unit}{of})"
    else:
        end = f"below the least that is believed ({figure(band.low)}{unit}{of})"
    return f"{subject}{figure(value)}{unit}: {end}"


def _fix(value: float, cell: float, band: Band, quantity: str, unit: str, least: float) -> str:
    """Name the likely slip: the first that starts from the unit that stands there and whose correction is believed."""
    for slip in slips(quantity):
        written = _WRITTEN.get(slip.name.partition(", written as ")[2], "")
        if max(band.low, least) <= value * slip.factor <= band.high and written in ("", unit):
            return f"{figure(cell)} looks like {slip.name}: {figure(cell * slip.factor)}{unit and f' {unit}'}"
    return CHECK
