"""Notes: what is allowed and should be known."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from usephase.catalog.init import EXAMPLE, starter_settings, starter_tables
from usephase.catalog.names import respell
from usephase.catalog.read.sources import RawTable
from usephase.catalog.read.tables import read_table
from usephase.catalog.rules.context import Context
from usephase.catalog.rules.grids import setting
from usephase.catalog.schema import TABLES
from usephase.catalog.table import Table, Values
from usephase.catalog.values import cells
from usephase.catalog.values.grammar import NUMBER, parse
from usephase.errors import Problem
from usephase.sampling import distributions as dist


def sales_after_the_reporting_year(ctx: Context) -> Iterator[Problem]:
    """Later sales are a forecast."""
    year = ctx.catalog.settings.reporting_year
    rows = np.flatnonzero(ctx.text("sales", "year") > year)
    if len(rows):
        table = ctx.table("sales")
        what = f"{len(rows):,} rows are of years after the reporting year {year}: a forecast, which only `track` uses"
        first = int(rows[np.argmin(table.line[rows])])
        fix = "nothing to do, unless the reporting year is wrong"
        yield Problem(where=table.place(first, "year"), what=what, fix=fix, severity="warning")


def sales_of_nothing(ctx: Context) -> Iterator[Problem]:
    """Rows of zero units count for nothing."""
    table, units = ctx.table("sales"), ctx.table("sales").values["units"]
    rows = np.flatnonzero((units.kind == dist.FIXED) & (units.params[:, 0] == 0))
    if len(rows):
        first = int(rows[np.argmin(table.line[rows])])
        what = f"{len(rows):,} rows have 0 units" if len(rows) > 1 else "0 units"
        fix = "nothing to do, unless the number is missing"
        yield Problem(where=table.place(first, "units"), what=what, fix=fix, severity="warning")


def draws_for_quasi(ctx: Context) -> Iterator[Problem]:
    """The quasi design is balanced at powers of two."""
    settings = ctx.catalog.settings
    draws = settings.draws
    if settings.design == "quasi" and draws & (draws - 1):
        below = 1 << (draws.bit_length() - 1)
        what = f"{draws:,} draws are no power of two, at which the quasi design is at its best"
        fix = f"write {below} or {2 * below}"
        yield Problem(where=setting(ctx, "monte_carlo.draws"), what=what, fix=fix, severity="warning")


def example_left_in(ctx: Context) -> Iterator[Problem]:
    """Rows of the starter, or its company or name, are not the user's own."""
    left = {name: rows for name, theirs in _starter_rows().items() if (rows := _among(ctx.catalog[name], theirs))}
    if left:
        name = next((name for name in ("sales", "products") if name in left), next(iter(left)))
        table = ctx.catalog[name]
        first = min(left[name], key=lambda row: table.line[row])
        what = f"rows {EXAMPLE} are left in: {', '.join(f'{len(rows):,} in {table}' for table, rows in left.items())}"
        yield Problem(where=table.place(first), what=what, fix="write your own instead", severity="warning")
    for key, given in (("company", ctx.catalog.settings.company), ("name", ctx.catalog.settings.name)):
        if given == starter_settings()[f"catalog.{key}"]:
            what, fix = f"`{given}` is the {key} {EXAMPLE}", "write the name of yours"
            yield Problem(where=setting(ctx, f"catalog.{key}"), what=what, fix=fix, severity="warning")


@cache
def _starter_rows() -> dict[str, frozenset[tuple[str, ...]]]:
    found: dict[str, frozenset[tuple[str, ...]]] = {}
    for first in (False, True):
        read, _ = respell({name: _raw(name, rows) for name, rows in starter_tables(first).items()})
        for name, raw in read.items():
            told = _told(read_table(raw, TABLES[name]).table)
            found[name] = found.get(name, frozenset()) | frozenset(told)
    return found


def _raw(name: str, rows: list[list[str]]) -> RawTable:
    head, *body = rows
    cells = {column: np.array(texts, dtype=object) for column, texts in zip(head, zip(*body, strict=True), strict=True)}
    return RawTable(name, cells, np.arange(len(body)))


def _told(table: Table) -> list[tuple[str, ...]]:
    """Write rows as texts, with what they say of where they come from: two catalogs may well share 300 hours a year."""
    names = [column.name for column in TABLES[table.name].columns]
    columns = [table.values[n].text if n in table.values else [*map(str, table.frame[n])] for n in names]
    # A workbook writes 0.50 as 0.5.
    return [tuple(f"{float(t):g}" if re.fullmatch(NUMBER, t) else t for t in row) for row in zip(*columns, strict=True)]


def _among(table: Table, theirs: frozenset[tuple[str, ...]]) -> list[int]:
    return [row for row, told in enumerate(_told(table)) if told in theirs]


def spread_or_doubt(ctx: Context) -> Iterator[Problem]:
    """A wide range of hours or cycles is mostly how users differ, not doubt about the mean of all of them."""
    table = ctx.table("use_profiles")
    values = table.values["amount"]
    rows = np.flatnonzero(spreads_of_users(values) & ctx.own("use_profiles"))
    rows = rows[np.argsort(table.line[rows], kind="stable")]
    for row in rows[:_TOLD].tolist():
        text = str(values.text[row]).strip()
        more = " (other rows too)" if len(rows) > _TOLD and row == rows[_TOLD - 1] else ""
        what = f"`{text}` reads like how users differ, not like doubt about the mean of them all{more}"
        fix = (
            f"write `{mean_of_users(text)}`, with how many were asked behind a comma if you know; if it is doubt, "
            "write it as such: `10 */ 1.5`, `10 ± 30%`, `p5_p50_p95(6, 10, 17)`"
        )
        yield Problem(where=table.place(row, "amount"), what=what, fix=fix, severity="warning")


_TOLD = 3
_WIDE = 4.0
"""Highest over lowest value from which a range is wider than doubt about the mean of all users commonly is."""
_RANGES = (dist.TRIANGULAR, dist.PERT, dist.UNIFORM)


def spreads_of_users(values: Values) -> np.ndarray:
    """Tell which amounts are ranges that read like how users differ."""
    rows = np.flatnonzero(np.isin(values.kind, _RANGES))
    low, high = (cells.quantiles(cells.take(values, rows), u) for u in (0.0, 1.0))
    out = np.zeros(len(values.kind), dtype=bool)
    out[rows] = _is_wide(low, high)
    return out


def _is_wide(low: Any, high: Any) -> Any:
    return high >= _WIDE * low * (1 - 1e-9)


def readings_of_range(text: str) -> tuple[str, str] | None:
    """Write a range that reads like how users differ as either: the mean of users, and doubt about that mean.

    Returns
    -------
    tuple of str, or None
        Of doubt the 5 %, 50 % and 95 % points are those of the range. None of any other text.
    """
    try:
        parsed = parse(text.strip())
    except ValueError:
        return None
    if parsed.kind not in _RANGES:
        return None
    at = np.array([0.0, 0.05, 0.5, 0.95, 1.0])
    low, *three, high = dist.quantile(parsed.kind, np.array(parsed.params), at).tolist()
    if not _is_wide(low, high):
        return None
    doubt = f"p5_p50_p95({', '.join(f'{value:.3g}' for value in three)}) {parsed.unit}".strip()
    return mean_of_users(text.strip()), doubt


def mean_of_users(text: str) -> str:
    """Write the mean of a range; a unit stays behind it."""
    body, bracket, unit = text.rpartition(")")
    return f"mean_of({body}{bracket}){unit}"


RULES = (spread_or_doubt, example_left_in, sales_after_the_reporting_year, sales_of_nothing, draws_for_quasi)
