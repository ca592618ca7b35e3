"""Cells as they are written on a command line: ``modes:product=DRILL;mode=on:rate``, with a range behind ``=``."""

import re
from dataclasses import dataclass

import numpy as np

from usephase.catalog.options.changes import matching, of_same_places, read_row
from usephase.catalog.options.records import Address
from usephase.catalog.options.understand import address_row
from usephase.catalog.resolve import Resolved
from usephase.catalog.schema import TABLES
from usephase.catalog.values import cells
from usephase.catalog.values.grammar import NUMBER
from usephase.catalog.values.refusal import Refusal
from usephase.errors import Problem, StudyError
from usephase.units import nearest

_FORM = re.compile(rf"([a-z_]+):(.*):([a-z_0-9]+)(?:\s*=\s*({NUMBER})\s*\.\.\s*({NUMBER}))?", re.DOTALL)
_SPAN = 10.0


def parts(text: str) -> tuple[str, str, str]:
    """Take ``TABLE:ROW:COLUMN`` apart.

    Raises
    ------
    StudyError
        If it has another form.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None or found[4] is not None:
        fix = "write TABLE:ROW:COLUMN, such as modes:product=DRILL;mode=on:rate"
        raise StudyError([Problem(where=text, what="no cell is written so", fix=fix)])
    return found[1], found[2], found[3]


@dataclass(frozen=True)
class CellRange:
    """Hold a cell and the range of values to look at, in the column's canonical unit."""

    address: Address
    low: float
    high: float

    def points(self, count: int) -> np.ndarray:
        """Give values over the range; evenly by ratio where it is positive and wide."""
        if self.low > 0 and self.high / self.low > _SPAN:
            return np.geomspace(self.low, self.high, count)
        return np.linspace(self.low, self.high, count)

    @property
    def text(self) -> str:
        """The cell as written."""
        return ":".join(self.address)


def read_cell_range(text: str, resolved: Resolved, where: str) -> CellRange:
    """Find a cell by its text.

    Parameters
    ----------
    text : str
        ``TABLE:ROW:COLUMN`` or ``TABLE:ROW:COLUMN=LOW..HIGH``. Without a range: a tenth of to ten times the best
        estimate, within the column's physical range.
    resolved : Resolved
    where : str
        What to call the place in a refusal.

    Raises
    ------
    StudyError
    """
    try:
        return _read(text, resolved)
    except Refusal as refusal:
        raise StudyError([Problem(where=where, what=refusal.what, fix=refusal.fix)]) from None


def _read(text: str, resolved: Resolved) -> CellRange:
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise Refusal(f"`{text}` names no cell", "write TABLE:ROW:COLUMN, as `lifetimes:lifetime=drill:mean`")
    name, row_text, column = match[1], match[2].strip(), match[3]
    tables = [table for table, schema in TABLES.items() if schema.value_columns]
    if name not in tables:
        close = nearest(name, tables)
        raise Refusal(
            f"`{name}` is no table with uncertain values", f"did you mean `{close}`?" if close else "see guide"
        )
    columns = TABLES[name].value_columns
    if column not in columns:
        raise Refusal(f"`{column}` is no uncertain column of {name}", f"write one of {', '.join(columns)}")
    table = resolved.tables[name]
    rows = matching(table, read_row(row_text, name), exact=True)
    if len(rows) != 1:
        keys = [address_row(table, i) for i in range(len(table))] if len(table) <= 2000 else []
        close = nearest(row_text, of_same_places(name, row_text, keys))
        fix = f"did you mean `{close}`?" if close else "name a row that the compared products use"
        raise Refusal(f"no row of {name} is `{row_text}`", fix)
    row = int(rows[0])
    best = float(cells.best_estimates(cells.take(table.values[column], rows))[0])
    if np.isnan(best):
        raise Refusal(f"`{text}` is empty", "name a cell with a value")
    return CellRange((name, address_row(table, row), column), *_range(match, text, name, column, best))


def _range(match: "re.Match[str]", text: str, name: str, column: str, best: float) -> tuple[float, float]:
    declared = TABLES[name].column(column)
    if match[4] is not None:
        low, high = float(match[4]), float(match[5])
        inside = (low > declared.low or (low == declared.low and not declared.low_open)) and (
            high < declared.high or (high == declared.high and not declared.high_open)
        )
        if not (low < high and inside):
            what = f"`{text}` is no range within [{declared.low:g}, {declared.high:g}]"
            raise Refusal(what, "write the lower value first, both possible")
        return low, high
    if best <= 0:
        raise Refusal(
            f"the best estimate of `{text}` is {best:g}: no range follows from it", f"write `{text}=LOW..HIGH`"
        )
    top = best * _SPAN
    if top >= declared.high:
        top = declared.high if not declared.high_open else best + (declared.high - best) * 0.99
    return best / _SPAN, top
