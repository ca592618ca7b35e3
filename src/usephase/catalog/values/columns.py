"""From the texts of one column to uncertain values: every distinct text is read once, plain numbers all together."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from usephase.catalog.read.limits import MAX_FINDINGS, clip, each
from usephase.catalog.schema import Column
from usephase.catalog.table import Values
from usephase.catalog.values.grammar import NUMBER, Parsed, as_percent, in_unit, parse, settled
from usephase.catalog.values.pedigree import spread
from usephase.catalog.values.ranges import Range, outside, within
from usephase.catalog.values.refusal import DECIMALS, Refusal, two_readings
from usephase.catalog.values.rewrites import LIMIT, PIECES, rewritten
from usephase.catalog.values.units import OtherUnit, Target, UnitRule, unit_rule
from usephase.sampling import distributions as dist
from usephase.sampling.distributions import Points
from usephase.units import is_known

Severity = Literal["error", "warning"]
COUNTED = ("sales", "units")
"""The column of counts, in which no point parts decimals unless that is certain."""
_MANY = 500
CERTAIN, LIKELY, OPEN = 0, 1, 2
"""How sure it is that the point of a number parts decimals: of a stored number, a text in CSV, and any other text."""


@dataclass(frozen=True)
class Finding:
    """Say what is wrong with the cell of one row."""

    row: int
    what: str
    fix: str
    severity: Severity = "error"
    impossible: bool = False


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
    return Range(column.low, column.high, column.low_open, column.high_open, column.below)


def read_values(
    table: str,
    column: Column,
    texts: np.ndarray,
    row_units: np.ndarray | None = None,
    pedigrees: np.ndarray | None = None,
    evidence: np.ndarray | None = None,
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
    evidence : ndarray of int (row,), optional
        How sure it is that the point of a number parts decimals: `CERTAIN`, or `LIKELY` (said in a note), or `OPEN` (a
        number that can be read in two ways is refused). If not given, open in counts and likely elsewhere.

    Returns
    -------
    Read
    """
    blank = np.full(len(texts), "", dtype=object)
    counted = (table, column.name) == COUNTED
    sure = np.full(len(texts), OPEN if counted else LIKELY) if evidence is None else evidence
    parts = [texts, blank if row_units is None else row_units, blank if pedigrees is None else pedigrees, sure]
    codes, (distinct, units, scores, open_) = _distinct(parts)
    batch = _Batch(distinct, units, scores, open_, range_of(column), unit_rule(table, column)[0], table, column.name)
    batch.read(column.default)
    values = Values(batch.kind[codes], batch.params[codes], texts, column.low, column.high, tuple(batch.points))
    findings = [*_expand(batch.refused, codes, "error"), *_expand(batch.cut, codes, "warning")]
    findings += _read_as_decimals(batch, codes)
    return Read(values, batch.unit[codes], tuple(sorted(findings, key=lambda found: found.row)))


def two_meanings(table: str, column: str, text: str) -> Refusal | None:
    """Find what a column's text may be read as, if that is two numbers: in a count also within a distribution."""
    counted = (table, column) == COUNTED
    if counted and not _ALONE.fullmatch(text):
        text = PIECES.sub("", text)
    return two_readings(text, counted)


def matches(texts: np.ndarray, pattern: str) -> np.ndarray:
    r"""Tell in which texts a pattern is found. Shape (row,) of bool.

    RE2 reads each pattern anew, which costs a millisecond, so that few texts are left to Python. In both the pattern
    must mean the same: no ``\s``, ``\w``, ``\W`` or ``\d``, which hold other characters in each.
    """
    if len(texts) < _MANY:
        search = spelled(pattern).search
        return np.fromiter((search(text) is not None for text in texts), dtype=bool, count=len(texts))
    found = pc.match_substring_regex(pa.array(texts, type=pa.large_string()), pattern)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


@cache
def spelled(pattern: str) -> re.Pattern[str]:
    """Spell a pattern of RE2 as Python does."""
    pattern = pattern.replace(r"[^\pL\pN_]", r"\W").replace(r"[^\pL]", r"[\W\d_]").replace("$", r"\Z")
    return re.compile(re.sub(r"\\x\{([0-9a-f]+)\}", lambda found: f"\\U{int(found[1], 16):08x}", pattern))


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
        lambda row: Finding(row, found[codes[row]].what, found[codes[row]].fix, severity, found[codes[row]].impossible),
        lambda row, more: Finding(row, more, "repair those first" if severity == "error" else "see those", severity),
    )


def _read_as_decimals(batch: "_Batch", codes: np.ndarray) -> list[Finding]:
    """Say once of a column that points which could part thousands were read as those of decimals.

    Not where other cells of the column show how its points are meant.
    """
    taken = [i for i in batch.pointed if i not in batch.refused]
    if not taken or matches(batch.texts, DECIMALS).any():
        return []
    rows = np.flatnonzero(np.isin(codes, taken))
    told = batch.pointed[int(codes[rows[0]])]
    more = f" (and {len(rows) - 1:,} more cells of the column)" if len(rows) > 1 else ""
    thousands, decimals = (text for text, _ in told.tries)
    what = f"{told.what}: it is read as {decimals}{more}"
    return [Finding(int(rows[0]), what, f"nothing to do, unless it is {thousands}", "warning")]


def _checked(parsed: Parsed, target: Target, bounds: Range) -> tuple[Parsed, Refusal | None]:
    """Convert a value and hold it against its range.

    A range from 0 is the same in every unit, so that a distribution can be proposed in the unit of the writer.
    """
    if bounds.low in (0.0, -math.inf) and bounds.high == math.inf:
        value, cut = within(parsed, bounds)
        return _converted(value, target), cut
    return within(_converted(parsed, target), bounds)


def _converted(value: Parsed, target: Target) -> Parsed:
    out = value.convert(target.factor)
    if any(math.isfinite(x) and not math.isfinite(y) for x, y in zip(value.params, out.params, strict=True)):
        raise Refusal("the value is too large for a number", "write a number of ordinary size")
    return out


_ALONE = re.compile(NUMBER)

# A column in which thousands of distinct texts are refused is not what it is taken for.
_UNREAD = Refusal("not looked at: too many cells of this column are refused", "repair those first")


@dataclass
class _Batch:
    """Read distinct cells: text, the row's unit and pedigree in, distributions and refusals out."""

    texts: np.ndarray
    row_units: np.ndarray
    pedigrees: np.ndarray
    evidence: np.ndarray
    bounds: Range
    rule: UnitRule
    table: str
    column: str
    points: list[Points] = field(default_factory=list)
    refused: dict[int, Refusal] = field(default_factory=dict)
    cut: dict[int, Refusal] = field(default_factory=dict)
    pointed: dict[int, Refusal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        count = len(self.texts)
        self.kind = np.full(count, dist.ABSENT, dtype=np.int8)
        self.params = np.zeros((count, dist.WIDTH))
        self.unit = np.full(count, "", dtype=object)
        self.plain = np.zeros(count, dtype=bool)
        self.counted = (self.table, self.column) == COUNTED

    def read(self, default: str | None) -> None:
        empty = self.texts == ""
        if default is not None:
            self.kind[empty] = dist.FIXED
            self.params[empty, 0] = float(default)
        number = matches(self.texts, rf"^{NUMBER}$")
        open_ = self._points()
        self._read_numbers(np.flatnonzero(number & ~open_))
        self._read_others(np.flatnonzero(~empty & ~number & ~open_))
        self._apply_pedigree()

    def _points(self) -> np.ndarray:
        """Find the texts that can be read as two numbers; tell which of them are refused. Shape (row,)."""
        refused = np.zeros(len(self.texts), dtype=bool)
        for i in np.flatnonzero(
            (self.evidence != CERTAIN) & matches(self.texts, r"[1-9][0-9]{0,2}\.[0-9]{3}")
        ).tolist():
            found = two_meanings(self.table, self.column, self.texts[i])
            if found is None or len(self.refused) > MAX_FINDINGS:
                continue
            if self.evidence[i] == OPEN:
                refused[i] = True
                self.refused[i] = self._proposed(i, settled(found))
            else:
                self.pointed[i] = found
        return refused

    def _proposed(self, i: int, refusal: Refusal) -> Refusal:
        """Leave of a refusal's proposals those that this cell takes, or what it proposes in their stead."""
        limits, tries = (self.bounds.low, self.bounds.high), dict[str, str]()
        for text, why in refusal.tries:
            # The other end of a bound is the column's own, never one that is invented.
            if why != LIMIT or limits == (0, 1) or (limits[0] == 0 and "(0, " in text):
                for again, other in self._taken(i, text):
                    tries.setdefault(again, why or other)
        return refusal.narrowed([*tries.items()])

    def _taken(self, i: int, text: str) -> Sequence[tuple[str, str]]:
        """Give a text that the cell takes; what else it proposes where it does not, or takes it in one of two ways."""
        if both := two_readings(text, everywhere=True):
            return [each for each in settled(both).tries if self._refusal(i, each[0]) is None]
        if (again := self._refusal(i, text)) is None:
            return [(text, "")]
        return [each for each in again.tries if self._refusal(i, each[0]) is None]

    def _refusal(self, i: int, text: str) -> Refusal | None:
        """Try a text in a cell."""
        try:
            self._read(i, text, _parsed(text))
        except Refusal as refusal:
            return refusal
        return None

    def _read(self, i: int, text: str, parsed: Parsed | Refusal) -> tuple[Parsed, Refusal | None, Target]:
        """Convert what a text of a cell says and hold it against the range; raises Refusal, with proposals."""
        if isinstance(parsed, Refusal):
            number = PIECES.sub("", text).strip() if self.counted else text
            raise parsed if parsed.tries or number == text else parsed.narrowed([(number, "")])
        try:
            target = self.rule(parsed.unit, self.row_units[i])
            return *_checked(parsed, target, self.bounds), target
        except OtherUnit as refusal:
            again = in_unit(text, refusal.of, refusal.unit)
            raise refusal.narrowed([(again, f"({refusal.said})")] if again else []) from None
        except Refusal as refusal:
            raise self._meant(text, parsed, refusal) from None

    def _meant(self, text: str, parsed: Parsed, refusal: Refusal) -> Refusal:
        """Propose percent where a share is written as one, a count without what is counted, and other forms."""
        if self.counted and parsed.unit:
            number = PIECES.sub("", text).strip()
            return refusal.narrowed([(number, "")]) if number not in ("", text) else rewritten(text) or refusal
        if (self.bounds.low, self.bounds.high) == (0, 1) and refusal.impossible:
            centre = dist.best_estimate(parsed.kind, np.array(parsed.params), parsed.points)
            if centre > 1 and not parsed.unit and (again := as_percent(text)):
                return refusal.narrowed([(again, "if percent is meant"), *refusal.tries])
            if parsed.plain and parsed.unit:
                return outside(centre / 100, self.bounds, guess=False)
        known = not parsed.unit or is_known(parsed.unit)
        return refusal if refusal.tries or known else rewritten(text) or refusal

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
                value, cut, target = self._read(i, text, known[text])
            except Refusal as refusal:
                self.refused[i] = self._proposed(i, refusal)
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
            try:
                _, cut = within(Parsed(dist.LOGNORMAL, tuple(self.params[i].tolist())), self.bounds)
            except Refusal as refusal:
                self.kind[i] = dist.ABSENT
                self.refused[i] = Refusal(
                    f"with the row's pedigree {refusal.what}", refusal.fix, impossible=refusal.impossible
                )
                continue
            if cut is not None:
                self.cut[i] = cut


def _parsed(text: str) -> Parsed | Refusal:
    try:
        return parse(text)
    except Refusal as refusal:
        return refusal
