"""Cohorts: what the units sold in one year emit, for every sale year of a catalog, on the same draws."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from usephase.catalog.resolve import Resolved
from usephase.engine.cells import CellBook
from usephase.engine.compile import compile_plan
from usephase.engine.figures import total_rows
from usephase.engine.local import Study, tiles
from usephase.engine.plan import Plan
from usephase.engine.sums import Key
from usephase.insight.figure import Figure

LEDGERS = ("category_11", "category_12")
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
    workers : int
        Threads; changes no figure.
    progress : callable, optional
        Told the work done and the work in all.
    """
    known = sale_years(resolved)
    last, reporting = known[-1], resolved.catalog.settings.reporting_year
    years = [*known, *range(last + 1, (until or last) + 1)]
    book, made = CellBook(resolved), []  # the cells are the same in all years: numbered once
    for i, year in enumerate(years):
        kind = "held" if year > last else "forecast" if year > reporting else "past"
        plan = compile_plan(resolved, min(year, last), by, calendar=False, book=book)
        factor = 1.0
        if kind == "held":
            plan, factor = carried(plan, year), (1 + growth) ** (year - last)
        # The calendar view ends with the catalog's own sales: what is carried on has none.
        made.append(_cohort(replace(plan, calendar=kind != "held"), study, kind, factor, workers))
        if progress:
            progress(i + 1, len(years))
    return made


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
