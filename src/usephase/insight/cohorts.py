"""Cohorts: what the units sold in one year emit, for every sale year of a catalog, on the same draws."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from usephase.catalog.resolve import Resolved
from usephase.engine.cells import CellBook
from usephase.engine.compile import compile_plan
from usephase.engine.figures import total_rows
from usephase.engine.local import Study, tiles
from usephase.engine.plan import Plan
from usephase.engine.shared import Shared
from usephase.engine.sums import Key
from usephase.engine.values import Values
from usephase.insight.figure import Figure
from usephase.insight.in_scenarios import InScenarios
from usephase.insight.sale_years import SaleYears, YearSums

LEDGERS = ("category_11", "category_12")
BLOCK = 1024
"""Draws evaluated at a time."""
Array = np.ndarray
Progress = Callable[[int, int], None]


def ledgers(figure: Figure) -> tuple[str, ...]:
    """Name the categories that a figure adds up."""
    return LEDGERS if figure.ledger == "total" else (figure.ledger,)


@dataclass(frozen=True)
class Cohort:
    """What the units sold in one year emit over their lives.

    Attributes
    ----------
    year : int
        The sale year.
    sales : str
        ``past``, ``forecast`` (the catalog's, after the reporting year) or ``held`` (the last forecast, carried on).
    groups : dict of (ledger, by, group) to ndarray (draw,)
        Headline figures by total, family, region, product and labels. [t CO2e]
    best : dict
        The same at best estimates.
    calendar : dict of (ledger, int) to ndarray (draw,)
        By calendar year. [t CO2e]
    choices : dict of (basis, boundary) to ndarray (draw,)
        The total under each choice of method. [t CO2e]
    served : dict of str to ndarray (draw,)
        Service rendered over the lives, by product.
    """

    year: int
    sales: str
    groups: dict[tuple[str, str, str], Array]
    best: dict[tuple[str, str, str], float]
    calendar: dict[tuple[str, int], Array]
    choices: dict[tuple[str, str], Array]
    served: dict[str, Array]

    def draws(self, figure: Figure) -> Array:
        """Give the draws of a figure; zeros where the cohort has nothing of it. Shape (draw,)."""
        size = len(next(iter(self.choices.values())))
        parts = (self.groups.get((ledger, figure.by, figure.group)) for ledger in ledgers(figure))
        return sum((x for x in parts if x is not None), start=np.zeros(size))

    def best_estimate(self, figure: Figure) -> float:
        """Give a figure at best estimates."""
        return sum(self.best.get((ledger, figure.by, figure.group), 0.0) for ledger in ledgers(figure))


def sale_years(resolved: Resolved) -> tuple[int, ...]:
    """List the sale years of a catalog, past and forecast."""
    return tuple(sorted({int(y) for y in resolved.tables["sales"].frame["year"]}))


def cohorts(
    resolved: Resolved,
    study: Study,
    *,
    until: int | None = None,
    growth: float = 0.0,
    by: tuple[str, ...] = (),
    one_by_one: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[Cohort]:
    """Evaluate every sale year of a catalog.

    Parameters
    ----------
    resolved : Resolved
    study : Study
    until : int, optional
        Carry the last sale year's units on up to this year.
    growth : float
        Relative growth a year of the units carried on.
    by : tuple of str
        Labels of products to group by as well.
    one_by_one : bool
        Let the engine evaluate each year in full: slower, but by material and component as well.
    workers : int
        Threads; changes no figure.
    progress : callable, optional
        Told the work done and the work in all.
    """
    known = sale_years(resolved)
    last, reporting = known[-1], resolved.catalog.settings.reporting_year
    years = [*known, *range(last + 1, (until or last) + 1)]
    kinds = ["held" if year > last else "forecast" if year > reporting else "past" for year in years]
    factors = [(1 + growth) ** max(year - last, 0) for year in years]
    book = CellBook(resolved)  # the cells are the same in all years: numbered once
    if not one_by_one:
        plan = replace(compile_plan(resolved, last, by, book=book), year=years[-1])
        return _together(SaleYears(plan, years, known), study, kinds, factors, workers, progress)
    made = []
    for i, (year, kind, factor) in enumerate(zip(years, kinds, factors, strict=True)):
        plan = compile_plan(resolved, min(year, last), by, calendar=False, book=book)
        # The calendar view ends with the catalog's own sales: what is carried on has none.
        plan = carried(plan, year) if kind == "held" else replace(plan, calendar=True)
        made.append(_cohort(plan, study, kind, factor, workers))
        if progress:
            progress(i + 1, len(years))
    return made


def _together(
    work: SaleYears, study: Study, kinds: list[str], factors: list[float], workers: int, progress: Progress | None
) -> list[Cohort]:
    """Evaluate sale years in one pass over the draws."""
    starts = range(0, study.draws, BLOCK)

    def block(start: int) -> tuple[YearSums, Array]:
        shared = InScenarios(work.plan, study, start, min(start + BLOCK, study.draws))
        return work.evaluate(shared), start + shared.order

    made = [
        Cohort(year, kind, {}, {}, {}, {}, {}) for year, kind in zip(work.years, kinds, strict=True)
    ]  # fmt: skip
    best = work.evaluate(Shared(work.plan, Values(work.plan.cells, None, 0, 1)))
    for y, (cohort, factor) in enumerate(zip(made, factors, strict=True)):
        cohort.best.update({key: float(x[y, 0]) * factor for key, x in best.groups.items() if best.sold[key][y]})
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(max_workers=workers) as pool:
        for i, (sums, at) in enumerate(pool.map(block, starts)):
            for y, (cohort, factor) in enumerate(zip(made, factors, strict=True)):
                _put(cohort, sums, y, factor, at, study.draws)
            if progress:
                progress(i + 1, len(starts))
    return made


def _put(cohort: Cohort, sums: YearSums, y: int, factor: float, at: Array, draws: int) -> None:
    """Put a block's draws of one sale year in their place."""

    def put(into: dict[Any, Array], key: Any, x: Array) -> None:
        if key not in into:
            into[key] = np.zeros(draws)
        into[key][at] = x * factor

    for key, x in sums.groups.items():
        if sums.sold[key][y]:
            put(cohort.groups, key, x[y])
    for choice, x in sums.choices.items():
        put(cohort.choices, choice, x[y])
    for product, x in sums.served.items():
        if ("category_11", "product", product) in cohort.groups or x[y].any():
            put(cohort.served, product, x[y])
    for (year, ledger), aged in sums.calendar.items():
        if year == cohort.year:
            for k, row in enumerate(aged):
                put(cohort.calendar, (ledger, year + k), row)


def cohort(resolved: Resolved, year: int, study: Study, workers: int = 1, *, calendar: bool = False) -> Cohort:
    """Evaluate one sale year of a catalog; its calendar view is of that year's units alone."""
    reporting = resolved.catalog.settings.reporting_year
    plan = replace(compile_plan(resolved, year, calendar=False), calendar=calendar)
    return _cohort(plan, study, "forecast" if year > reporting else "past", 1.0, workers)


def carried(plan: Plan, year: int) -> Plan:
    """Sell the units of a plan's year in another year."""
    products = tuple(replace(p, sales={year: p.sales[plan.year]}) for p in plan.products)
    return replace(plan, year=year, products=products)


def _cohort(plan: Plan, study: Study, kind: str, factor: float, workers: int) -> Cohort:
    sums: dict[Key, Array] = {}
    best: dict[Key, float] = {}
    for tile in tiles(plan, study, workers):
        for key, x in tile.draws.items():
            sums[key] = sums[key] + x if key in sums else x
        for key, value in tile.best.items():
            best[key] = best.get(key, 0.0) + value
    size = study.draws
    groups = {label: x * factor for label, x in _groups(sums)}
    choices: dict[tuple[str, str], Array] = {}
    for row in total_rows(plan, sums):  # type: ignore[arg-type]
        if row.ledger == "total" and row.grid_basis and row.boundary:
            choices[row.grid_basis, row.boundary] = np.broadcast_to(row.sample, (size,)) * factor
    return Cohort(
        plan.year, kind, groups, {label: float(x) * factor for label, x in _groups(best)},
        {(key[1], int(key[2])): x * factor for key, x in sums.items() if key[0] == "calendar"},
        choices, {key[1]: x * factor for key, x in sums.items() if key[0] == "service"},
    )  # fmt: skip


def _groups(sums: dict[Key, Any]) -> Iterable[tuple[tuple[str, str, str], Any]]:
    """Give the headline's groups that add up to a category: what is not direct use is in none."""
    for key, x in sums.items():
        if key[0] == "group" and key[1] in LEDGERS and key[2] in ("", "direct"):
            yield (key[1], key[3], key[4]), x
