"""Cohorts: what the units sold in one year emit, for every sale year of a catalog, on the same draws."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from usephase.catalog.resolve import Resolved
from usephase.engine.execute.tiles import BLOCK, in_blocks
from usephase.engine.plan.compile import compile_plan
from usephase.engine.plan.records import Plan
from usephase.engine.plan.study import choose_kernel, spans
from usephase.engine.plan.sums import SCENARIO, SERVICE, Key, Wanted
from usephase.engine.run.figures import total_rows
from usephase.engine.run.local import Study
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
    size : int
        Draws.
    groups : dict of (ledger, by, group) to ndarray (draw,)
        Headline figures of the groupings asked for; of `SERVICE`, what renders a service, by its unit. [t CO2e]
    apart : dict of (scenario, ledger, by, group) to ndarray (draw,)
        Those of the figures asked for that depend on the grid, under each scenario of several. [t CO2e]
    best : dict
        The same at best estimates.
    calendar : dict of (ledger, int) to ndarray (draw,)
        By calendar year. [t CO2e]
    choices : dict of (basis, boundary) to ndarray (draw,)
        The total under each choice of method. [t CO2e]
    served : dict of str to ndarray (draw,)
        Service rendered over the lives, by its unit.
    counts : dict of (str, str) to ndarray (draw,)
        ``units`` and ``mass_kg`` sold, in a region or ("") in all.
    """

    year: int
    sales: str
    size: int
    groups: dict[tuple[str, str, str], Array] = field(default_factory=dict)
    apart: dict[tuple[str, str, str, str], Array] = field(default_factory=dict)
    best: dict[tuple[str, str, str], float] = field(default_factory=dict)
    calendar: dict[tuple[str, int], Array] = field(default_factory=dict)
    choices: dict[tuple[str, str], Array] = field(default_factory=dict)
    served: dict[str, Array] = field(default_factory=dict)
    counts: dict[tuple[str, str], Array] = field(default_factory=dict)

    def draws(self, figure: Figure, scenario: str | None = None) -> Array:
        """Give the draws of a figure, under one grid scenario if asked; zeros where there is nothing. Shape (draw,)."""
        keys = [(ledger, figure.by, figure.group) for ledger in ledgers(figure)]
        parts = (self.apart.get((scenario or "", *key), self.groups.get(key)) for key in keys)
        return sum((x for x in parts if x is not None), start=np.zeros(self.size))

    def best_estimate(self, figure: Figure) -> float:
        """Give a figure at best estimates."""
        return sum(self.best.get((ledger, figure.by, figure.group), 0.0) for ledger in ledgers(figure))


@dataclass(frozen=True)
class Cohorts:
    """All sale years.

    Attributes
    ----------
    years : list of Cohort
        Ascending.
    in_service : dict of int to ndarray (draw,)
        Mean units in service by calendar year, of the sale years up to the reporting year.
    """

    years: list[Cohort]
    in_service: dict[int, Array] = field(default_factory=dict)


def sale_years(resolved: Resolved) -> tuple[int, ...]:
    """List the sale years of a catalog, past and forecast."""
    return tuple(sorted({int(y) for y in resolved.tables["sales"].frame["year"]}))


def labels_of(resolved: Resolved, figures: Iterable[Figure]) -> tuple[str, ...]:
    """Name the labels of products that figures group by."""
    return tuple(sorted({f.by for f in figures} & {"brand", "name", *resolved.catalog.labels}))


def cohorts(
    resolved: Resolved,
    study: Study,
    *,
    until: int | None = None,
    growth: float = 0.0,
    figures: Sequence[Figure] = (),
    by: Iterable[str] = ("region", "family", SERVICE),
    workers: int = 1,
    progress: Progress | None = None,
) -> Cohorts:
    """Evaluate every sale year of a catalog.

    Parameters
    ----------
    resolved : Resolved
    study : Study
    until : int, optional
        Carry the last sale year's units on up to this year.
    growth : float
        Relative growth a year of the units carried on.
    figures : sequence of Figure
        What is asked for besides the totals.
    by : iterable of str
        Further groupings.
    workers : int
        Threads; changes no figure.
    progress : callable, optional
        Told the work done and the work in all.
    """
    known = sale_years(resolved)
    last, reporting = known[-1], resolved.catalog.settings.reporting_year
    years = [*known, *range(last + 1, (until or last) + 1)]
    made = [
        Cohort(year, "held" if year > last else "forecast" if year > reporting else "past", study.draws)
        for year in years
    ]
    factors = {year: (1 + growth) ** max(year - last, 0) for year in years}
    plan = compile_plan(resolved, last, labels_of(resolved, figures))
    for year in years[len(known) :]:
        plan = _also_sold(plan, year, last)
    grouped = frozenset({"total", *by, *(figure.by for figure in figures)})
    # The calendar view ends with the catalog's own sales: what is carried on has none.
    wanted = Wanted(
        years=tuple(years), by=grouped, calendar=frozenset(known), units=True, stock=True,
        apart=frozenset(figure.by for figure in figures),
    )  # fmt: skip
    return _evaluated(plan, study, wanted, made, factors, workers, progress)


def cohort(
    resolved: Resolved, year: int, study: Study, figures: Sequence[Figure] = (), workers: int = 1, *,
    calendar: bool = False,
) -> Cohort:  # fmt: skip
    """Evaluate one sale year of a catalog; its calendar view is of that year's units alone."""
    reporting = resolved.catalog.settings.reporting_year
    plan = compile_plan(resolved, year, labels_of(resolved, figures), calendar=False)
    plan = replace(plan, calendar=calendar)
    wanted = Wanted(
        years=(year,), by=frozenset({"total", *(figure.by for figure in figures)}), methods=False,
        calendar=frozenset({year}),
    )  # fmt: skip
    made = [Cohort(year, "forecast" if year > reporting else "past", study.draws)]
    return _evaluated(plan, study, wanted, made, {}, workers, None).years[0]


def carried(plan: Plan, year: int) -> Plan:
    """Sell the units of a plan's year in another year."""
    products = tuple(replace(p, sales={year: p.sales[plan.year]}) for p in plan.products)
    return replace(plan, year=year, products=products)


def _also_sold(plan: Plan, year: int, last: int) -> Plan:
    """Sell the units of a plan's last year in a later year as well."""
    products = tuple(
        replace(p, sales={**p.sales, year: p.sales[last]}) if last in p.sales else p for p in plan.products
    )
    return replace(plan, year=year, products=products)


def _evaluated(
    plan: Plan, study: Study, wanted: Wanted, made: list[Cohort], factors: dict[int, float], workers: int,
    progress: Progress | None,
) -> Cohorts:  # fmt: skip
    study = study._replace(kernel=choose_kernel(plan, study.draws))
    out, tiles = Cohorts(made), spans(plan)
    at = {cohort.year: cohort for cohort in made}
    count, done = -(-study.draws // BLOCK) * len(tiles), 0
    with threadpool_limits(1, user_api="blas"):
        for block, sums in in_blocks(plan, study, tiles, wanted, workers):
            by_year: dict[int, dict[Key, Array]] = defaultdict(dict)
            for key, x in sums.items():
                if key[0] == "sold":
                    by_year[int(key[1])][key[2:]] = x
                elif block is not None:
                    _add(out.in_service, int(key[2]), x, block, study.draws)
            for year, book in by_year.items():
                factor = factors.get(year, 1.0)
                if block is None:
                    _put_best(at[year], book, factor)
                    continue
                _put(at[year], book, factor, block)
                for row in total_rows(plan, book) if wanted.methods else ():  # type: ignore[arg-type]
                    if row.ledger == "total" and row.grid_basis and row.boundary:
                        its = np.asarray(row.sample) * factor
                        _add(at[year].choices, (row.grid_basis, row.boundary), its, block, study.draws)
            done += block is not None
            if progress and block is not None:
                progress(done, count)
    return out


def _put(cohort: Cohort, book: dict[Key, Array], factor: float, block: slice) -> None:
    """Add a tile's draws of one sale year."""
    for key, x in book.items():
        its, size = x * factor, cohort.size
        if key[0] == "group":
            _add(cohort.groups, (key[1], key[3], key[4]), its, block, size)
        elif key[0] == SCENARIO:
            scenario, (_, ledger, _, by, group) = key[1], key[2:]
            _add(cohort.apart, (scenario, ledger, by, group), its, block, size)
        elif key[0] == "calendar":
            _add(cohort.calendar, (key[1], int(key[2])), its, block, size)
        elif key[0] == "service":
            _add(cohort.served, key[1], its, block, size)
        elif key[0] in ("units", "mass_kg"):
            _add(cohort.counts, (key[0], "".join(key[1:])), its, block, size)


def _put_best(cohort: Cohort, book: dict[Key, Array], factor: float) -> None:
    """Add a tile's best estimates of one sale year."""
    for key, x in book.items():
        if key[0] == "group":
            label = (key[1], key[3], key[4])
            cohort.best[label] = cohort.best.get(label, 0.0) + float(x[0]) * factor


def _add(into: dict[Any, Array], key: Any, x: Array, block: slice, draws: int) -> None:
    if key not in into:
        into[key] = np.zeros(draws)
    into[key][block] += x
