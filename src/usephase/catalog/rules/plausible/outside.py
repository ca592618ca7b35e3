"""What a warning says: how far a number is outside its band, what slip that looks like, and what was then meant."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from usephase.catalog.rules.context import Context
from usephase.catalog.rules.plausible.bands import Band, Slip, slips
from usephase.catalog.schema import RATE_UNITS
from usephase.catalog.table import Table
from usephase.catalog.values.grammar import parse
from usephase.catalog.values.refusal import Refusal
from usephase.errors import Problem
from usephase.units import UnitError, conversion, spell

CHECK = "check its unit and its decimal point"
_WRITTEN = {
    "h/day": "h/day", "h/year": "h/year", "a year's": "cycle/year", "kg/MJ": "kg/MJ", "kg/L": "kg/L", "hp": "hp",
}  # fmt: skip
"""The unit that a slip starts from, where the cells of a column may be in several."""
_FAR, _NEARER = math.log(5), 3.0
"""A slip whose correction is outside too is named where the number is so far outside, and comes so much nearer."""
ROWS = 5
"""So many rows with the same kind of doubt are named one by one."""


def figure(number: float) -> str:
    """Write a number as people do: no exponent up to a billion, three or four digits."""
    if number == 0 or 1e-4 <= abs(number) < 1000:
        return f"{number:.4g}"
    return f"{number:,.0f}" if 1000 <= abs(number) < 1e12 else f"{number:.3g}"


def times(factor: float) -> str:
    """Write by how much something is too large or too small."""
    if factor < 1.05:
        return f"{figure(factor)} times"
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
                advice = f"{advice}; if it is right, name its source, and it is marked as sourced"
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
        least: float = -math.inf,
        likely: np.ndarray | float | None = None,
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
        likely : ndarray (n,) or float, optional
            What the number is likely near, in the unit of the band: of several slips the one that leads there is named.
            By default the first.
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
        near = np.broadcast_to(np.asarray(np.nan if likely is None else likely, dtype=float), count)
        for i in at.tolist():
            band = Band(float(lows[i]), float(highs[i]), str(things[i]))
            what.append(_what(float(value[i]), band, unit, subject))
            written, size = as_written(table, column, int(rows[i]), said_unit)
            slip = _slip(float(value[i]), band._replace(low=max(band.low, least)), quantity, written, float(near[i]))
            fix.append(_advice(float(cell[i]), slip, said_unit, written, size))
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


def as_written(table: Table, column: str, row: int, unit: str) -> tuple[str, float]:
    """Name the unit of a cell and its size in `unit`, which is that of the column."""
    text, there = str(table.values[column].text[row]), float(table.values[column].params[row, 0])
    try:
        own = parse(text)
    except Refusal:
        return unit, 1.0
    for name in [own.unit] if own.unit else RATE_UNITS if column == "rate" else ():
        try:
            size = conversion(name, unit).times(1.0)
        except UnitError:
            continue
        if math.isclose(own.params[0] * size, there, rel_tol=1e-9):
            return spell(name), size
    return unit, 1.0


def _slip(value: float, band: Band, quantity: str, written: str, likely: float) -> tuple[Slip, bool] | None:
    """Find the likely slip, and whether what was then meant is believed.

    Of the slips that start from the unit that stands there and whose correction is believed it is the first, or the one
    that leads closest to what is likely. Else one whose correction is much nearer to the band than the number.
    """
    able = [
        slip for slip in slips(quantity)
        if _WRITTEN.get(slip.name.partition(", written as ")[2], "") in ("", written)
    ]  # fmt: skip
    believed = [slip for slip in able if band.low <= value * slip.factor <= band.high]
    if believed:
        return min(believed, key=lambda slip: _apart(value * slip.factor, likely)), True
    away = {slip: _away(value * slip.factor, band) for slip in able}
    nearest = min(able, key=lambda slip: away[slip], default=None)
    if nearest is None or _away(value, band) < max(_FAR, _NEARER * away[nearest]):
        return None
    return nearest, False


def _advice(cell: float, found: tuple[Slip, bool] | None, unit: str, written: str, size: float) -> str:
    """Say what slip a number looks like, as it stands in its cell."""
    if found is None:
        return CHECK
    slip, believed = found
    stands = figure(cell / size) + (f" {written}" if size != 1 else "")
    meant = f"{figure(cell * slip.factor)}{unit and f' {unit}'}"
    return f"{stands} looks like {slip.name}: {meant}" + ("" if believed else ", which is outside too")


def _away(value: float, band: Band) -> float:
    """Tell how far outside a band a number is, as the logarithm of a factor."""
    if band.low <= value <= band.high:
        return 0.0
    end = band.high if value > band.high else band.low
    return abs(math.log(value / end)) if value > 0 and end > 0 else math.inf


def _apart(value: float, likely: float) -> float:
    """Tell how far a number is from what is likely, as the logarithm of a factor; 0 where nothing is."""
    return abs(math.log(value / likely)) if value > 0 and likely > 0 else 0.0
