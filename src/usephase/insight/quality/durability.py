"""Durability of what a run sold: mean lives by family, annual emissions, and what of the figure has occurred."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from usephase.catalog import read_files
from usephase.catalog.resolve import Resolved, resolve
from usephase.engine.execute.tiles import in_blocks
from usephase.engine.plan.compile import compile_plan
from usephase.engine.plan.study import choose_kernel, spans
from usephase.engine.plan.sums import Wanted
from usephase.engine.run.local import Study
from usephase.insight.tracking.cohorts import cohort
from usephase.insight.tracking.levels import statistics
from usephase.results.run import Run

MOST_DRAWS = 1024
"""Draws of these figures, if the run has more."""
Statistics = dict[str, float]
_READ: WeakKeyDictionary[Run, Resolved] = WeakKeyDictionary()
"""What was read of runs that are still open: several parts of a report ask."""


@dataclass(frozen=True)
class Durability:
    """Hold what the standard calls the durability context of Category 11.

    Attributes
    ----------
    draws : int
        Of the figures here.
    lives : dict of str to statistics
        Mean life by family, weighted by units; a product without a family stands for itself. [yr]
    life : statistics or None
        The same over all products that have a life.
    annual_year : int
        First calendar year that begins with or after the sale.
    annual : statistics
        Category 11 in that year, of the units sold in the reporting year. [t CO2e]
    occurred, expected : statistics
        Both categories, up to the end of the reporting year and after it. [t CO2e]
    """

    draws: int
    lives: dict[str, Statistics]
    life: Statistics | None
    annual_year: int
    annual: Statistics
    occurred: Statistics
    expected: Statistics


def durability(run: Run) -> Durability:
    """Compute the durability context of a run's reporting year from its stored catalog, on the first of its draws.

    Parameters
    ----------
    run : Run

    Returns
    -------
    Durability

    Raises
    ------
    CatalogError
        If the stored catalog cannot be read any more.
    """
    meta = run.meta
    resolved = resolved_of(run)
    study = Study(str(meta["design"]), int(meta["seed"]), min(int(meta["draws"]), MOST_DRAWS))
    replicated = study.make().replicated
    year = int(meta["reporting_year"])
    sold = cohort(resolved, year, study, calendar=True)
    first = year + (resolved.catalog.settings.sales_timing == "mid_year")
    nothing = np.zeros(study.draws)
    parts = {"occurred": nothing.copy(), "expected": nothing.copy()}
    for (_, at), x in sold.calendar.items():
        parts["occurred" if at <= year else "expected"] += x
    lives = mean_lives(resolved, year, study)
    every = lives.pop("", None)
    return Durability(
        study.draws, {family: statistics(x, replicated) for family, x in lives.items()},
        None if every is None else statistics(every, replicated), first,
        statistics(sold.calendar.get(("category_11", first), nothing), replicated),
        *(statistics(parts[name], replicated) for name in ("occurred", "expected")),
    )  # fmt: skip


def resolved_of(run: Run) -> Resolved:
    """Read the stored catalog of a run, with the reference rows that it was computed with.

    Raises
    ------
    CatalogError
        If it cannot be read any more.
    """
    if run not in _READ:
        path = str(run.meta["catalog"].get("path", "stored catalog"))
        _READ[run] = resolve(read_files(dict(run.files), path, run.register))
    return _READ[run]


def remember(run: Run, resolved: Resolved) -> None:
    """Keep what a run was just computed from, so that its stored catalog need not be read again."""
    _READ[run] = resolved


def mean_lives(resolved: Resolved, year: int, study: Study) -> dict[str, np.ndarray]:
    """Give the mean life of the units sold in a year by family, and of all under "", draw by draw. [yr]

    What has no life is left out. Shape (draw,).
    """
    plan = compile_plan(resolved, year, calendar=False)
    study = study._replace(kernel=choose_kernel(plan, study.draws))
    wanted = Wanted(years=(year,), by=frozenset(), methods=False, lives=True)
    years: dict[str, np.ndarray] = {}
    units: dict[str, np.ndarray] = {}
    for block, sums in in_blocks(plan, study, spans(plan), wanted, workers=1):
        for (_, _, kind, family), x in sums.items() if block is not None else ():
            into = years if kind == "lives" else units
            for name in (family, ""):
                into.setdefault(name, np.zeros(study.draws))[block] += x
    return {
        family: np.divide(x, units[family], out=np.zeros_like(x), where=units[family] > 0)
        for family, x in sorted(years.items())
    }
