"""From the texts of one column to uncertain values: every distinct text is read once, plain numbers all together."""

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from usephase.catalog.cell_units import Target, UnitRule, unit_rule
from usephase.catalog.limits import MAX_FINDINGS, clip, each
from usephase.catalog.pedigree import spread
from usephase.catalog.ranges import Range, outside, within
from usephase.catalog.refusal import Refusal
from usephase.catalog.schema import TABLES, Column
from usephase.catalog.table import Values
from usephase.catalog.values import NUMBER, Parsed, parse
from usephase.sampling import distributions as dist
from usephase.sampling.distributions import Points

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """Say what is wrong with the cell of one row."""

    row: int
    what: str
    fix: str
    severity: Severity = "error"


@dataclass(frozen=True)
class Read:
    """Hold a column as read.

    Attributes
    ----------
    values : Values
        A refused cell is absent, but keeps its text.
    unit : ndarray of object (row,)
        The unit each value is in; "" for a pure number, and where the cell is empty.
    findings : tuple of Finding
        In order of rows.
    """

    values: Values
    unit: np.ndarray
    findings: tuple[Finding, ...]


def range_of(column: Column) -> Range:
    """Give the physical range of a column."""
    return Range(column.low, column.high, column.low_open, column.high_open)


def read_values(
    table: str,
    column: Column,
    texts: np.ndarray,
    row_units: np.ndarray | None = None,
    pedigrees: np.ndarray | None = None,
) -> Read:
    """Read a column of uncertain values.

    Parameters
    ----------
    table : str
        Name of the table.
    column : Column
        What the column may hold.
    texts : ndarray of object (row,)
        The cells, stripped; "" where empty: the default stands, or nothing does.
    row_units : ndarray of object (row,), optional
        The unit that another column of the row names.
    pedigrees : ndarray of object (row,), optional
        The row's pedigree scores, valid ones; "" where it has none.

    Returns
    -------
    Read
    """
    blank = np.full(len(texts), "", dtype=object)
    parts = [texts, blank if row_units is None else row_units, blank if pedigrees is None else pedigrees]
    codes, (distinct, units, scores) = _distinct(parts)
    batch = _Batch(distinct, units, scores, range_of(column), unit_rule(table, column)[0])
    batch.read(column.default)
    values = Values(batch.kind[codes], batch.params[codes], texts, column.low, column.high, tuple(batch.points))
    findings = [*_expand(batch.refused, codes, "error"), *_expand(batch.cut, codes, "warning")]
    return Read(values, batch.unit[codes], tuple(sorted(findings, key=lambda found: found.row)))


def read_cell(table: str, column: str, text: str, row_unit: str = "") -> tuple[Parsed, str, Refusal | None]:
    """Read one cell by itself, as the options do.

    Parameters
    ----------
    table, column : str
        The column of uncertain values that the cell belongs to.
    text : str
        The cell, not empty.
    row_unit : str
        The unit that the row names, if the column has one.

    Returns
    -------
    Parsed
        In the canonical unit.
    str
        That unit.
    Refusal or None
        What is cut off by the column's range.

    Raises
    ------
    Refusal
        If the cell is refused.
    """
    declared = TABLES[table].column(column)
    parsed = parse(text)
    target = unit_rule(table, declared)[0](parsed.unit, row_unit)
    value, cut = _checked(parsed, target, range_of(declared))
    return value, target.unit, cut


def matches(texts: np.ndarray, pattern: str) -> np.ndarray:
    """Tell in which texts RE2 finds a pattern. Shape (row,) of bool."""
    found = pc.match_substring_regex(pa.array(texts, type=pa.large_string()), pattern)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def _distinct(parts: list[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Number the distinct combinations of several columns.

    Returns the number of each row's combination, and the combinations column by column.
    """
    joint = np.zeros(len(parts[0]), dtype=np.int64)
    uniques = []
    for part in parts:
        codes, unique = pd.factorize(part)
        joint = joint * max(len(unique), 1) + codes
        uniques.append(unique)
    codes, rest = pd.factorize(joint)
    columns = []
    for unique in reversed(uniques):
        rest, at = np.divmod(rest, max(len(unique), 1))
        columns.append(unique[at])
    return codes, columns[::-1]


def _expand(found: dict[int, Refusal], codes: np.ndarray, severity: Severity) -> list[Finding]:
    if not found:
        return []
    return each(
        np.flatnonzero(np.isin(codes, list(found))),
        lambda row: Finding(row, found[codes[row]].what, found[codes[row]].fix, severity),
        lambda row, more: Finding(row, more, "repair those first" if severity == "error" else "see those", severity),
    )


def _checked(parsed: Parsed, target: Target, bounds: Range) -> tuple[Parsed, Refusal | None]:
    """Convert a value and hold it against its range.

    A range from 0 is the same in every unit, so that a distribution can be proposed in the unit of the writer.
    """
    if bounds.low in (0.0, -math.inf) and bounds.high == math.inf:
        value, cut = within(parsed, bounds)
        value = value.convert(target.factor)
    else:
        value, cut = within(parsed.convert(target.factor), bounds)
    if not all(map(math.isfinite, value.params)):
        raise Refusal("the value is too large for a number", "write a number of ordinary size")
    return value, cut


# A column in which thousands of distinct texts are refused is not what it is taken for.
_UNREAD = Refusal("not looked at: too many cells of this column are refused", "repair those first")


@dataclass
class _Batch:
    """Read distinct cells: text, the row's unit and pedigree in, distributions and refusals out."""

    texts: np.ndarray
    row_units: np.ndarray
    pedigrees: np.ndarray
    bounds: Range
    rule: UnitRule
    points: list[Points] = field(default_factory=list)
    refused: dict[int, Refusal] = field(default_factory=dict)
    cut: dict[int, Refusal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        count = len(self.texts)
        self.kind = np.full(count, dist.ABSENT, dtype=np.int8)
        self.params = np.zeros((count, 4))
        self.unit = np.full(count, "", dtype=object)
        self.plain = np.zeros(count, dtype=bool)

    def read(self, default: str | None) -> None:
        empty = self.texts == ""
        if default is not None:
            self.kind[empty] = dist.FIXED
            self.params[empty, 0] = float(default)
        number = matches(self.texts, rf"^{NUMBER}$")
        self._read_numbers(np.flatnonzero(number))
        self._read_others(np.flatnonzero(~empty & ~number))
        self._apply_pedigree()

    def _read_numbers(self, at: np.ndarray) -> None:
        """Read cells that are a number and nothing else; `float` rounds correctly, other readers need not."""
        numbers = np.array(list(map(float, self.texts[at])), dtype=float)
        good = np.ones(len(at), dtype=bool)
        for unit in pd.unique(self.row_units[at]):
            rows = self.row_units[at] == unit
            try:
                target = self.rule("", unit)
            except Refusal as refusal:
                good[rows] = False
                self.refused.update(dict.fromkeys(at[rows].tolist(), refusal))
                continue
            self.unit[at[rows]] = target.unit
            with np.errstate(over="ignore"):
                numbers[rows] = numbers[rows] * target.factor.numerator / target.factor.denominator
        finite = np.isfinite(numbers)
        for i in np.flatnonzero(good & ~finite):
            what = f"`{clip(self.texts[at[i]])}` is too large for a number"
            self.refused[int(at[i])] = Refusal(what, "write a number of ordinary size")
        beyond = self.bounds.outside(numbers)
        for i in np.flatnonzero(good & finite & beyond):
            self.refused[int(at[i])] = outside(float(self.texts[at[i]]), self.bounds)
        good &= finite & ~beyond
        self.kind[at[good]] = dist.FIXED
        self.params[at[good], 0] = numbers[good]
        self.plain[at[good]] = True

    def _read_others(self, at: np.ndarray) -> None:
        known: dict[str, Parsed | Refusal] = {}
        for i in at.tolist():
            text = self.texts[i]
            if len(self.refused) > 10 * MAX_FINDINGS:
                self.refused[i] = _UNREAD
                continue
            try:
                if text not in known:
                    known[text] = _parsed(text)
                parsed = known[text]
                if isinstance(parsed, Refusal):
                    raise parsed
                target = self.rule(parsed.unit, self.row_units[i])
                value, cut = _checked(parsed, target, self.bounds)
            except Refusal as refusal:
                self.refused[i] = refusal
                continue
            if cut is not None:
                self.cut[i] = cut
            self.kind[i], self.params[i] = value.kind, value.params
            self.unit[i], self.plain[i] = target.unit, value.plain
            if value.points is not None:
                self.params[i, 0] = len(self.points)
                self.points.append(value.points)

    def _apply_pedigree(self) -> None:
        at = np.flatnonzero(self.plain & (self.pedigrees != ""))
        self.kind[at], self.params[at] = spread(self.params[at, 0], self.pedigrees[at], self.bounds)
        if self.bounds.low == 0 or not np.isfinite(self.bounds.low):
            return  # a lognormal of either sign, and anything on the odds, stays within
        for i in at[(self.kind[at] == dist.LOGNORMAL) & (self.params[at, 0] < 0)].tolist():
            a, b, c, d = self.params[i].tolist()
            try:
                _, cut = within(Parsed(dist.LOGNORMAL, (a, b, c, d)), self.bounds)
            except Refusal as refusal:
                self.kind[i] = dist.ABSENT
                self.refused[i] = Refusal(f"with the row's pedigree {refusal.what}", refusal.fix)
                continue
            if cut is not None:
                self.cut[i] = cut


def _parsed(text: str) -> Parsed | Refusal:
    try:
        return parse(text)
    except Refusal as refusal:
        return refusal
