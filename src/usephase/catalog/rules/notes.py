"""Notes: what is allowed and should be known."""

from collections.abc import Iterator

import numpy as np

from usephase.catalog.rules.context import Context
from usephase.catalog.rules.grids import setting
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


RULES = (sales_after_the_reporting_year, sales_of_nothing, draws_for_quasi)
