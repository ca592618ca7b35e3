"""Durability of what a run sold: mean lives by family, annual emissions, and what of the figure has occurred."""

from dataclasses import dataclass

import numpy as np

from usephase.catalog import read_files
from usephase.catalog.resolve import Resolved, resolve
from usephase.engine.compile import compile_plan
from usephase.engine.local import Study
from usephase.engine.plan import Plan, ProductPlan
from usephase.engine.shared import Shared
from usephase.engine.values import Value, Values
from usephase.insight.cohorts import cohort
from usephase.insight.levels import statistics
from usephase.model.end_of_life import normalized
from usephase.results.run import Run

MOST_DRAWS = 1024
"""Draws of these figures, if the run has more."""
Statistics = dict[str, float]


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
        First full calendar year of use.
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
    resolved = resolve(read_files(dict(run.files), str(meta["catalog"].get("path", "stored catalog")), run.register))
    study = Study(str(meta["design"]), int(meta["seed"]), min(int(meta["draws"]), MOST_DRAWS))
    replicated = study.make().replicated
    year = int(meta["reporting_year"])
    sold = cohort(resolved, year, study, calendar=True)
    nothing = np.zeros(study.draws)
    parts = {"occurred": nothing.copy(), "expected": nothing.copy()}
    for (_, at), x in sold.calendar.items():
        parts["occurred" if at <= year else "expected"] += x
    lives = mean_lives(resolved, year, study)
    every = lives.pop("", None)
    return Durability(
        study.draws, {family: statistics(x, replicated) for family, x in lives.items()},
        None if every is None else statistics(every, replicated), year + 1,
        statistics(sold.calendar.get(("category_11", year + 1), nothing), replicated),
        *(statistics(parts[name], replicated) for name in ("occurred", "expected")),
    )  # fmt: skip


def mean_lives(resolved: Resolved, year: int, study: Study) -> dict[str, np.ndarray]:
    """Give the mean life of the units sold in a year by family, and of all under "", draw by draw. [yr]

    What has no life is left out. Shape (draw,).
    """
    plan = compile_plan(resolved, year, calendar=False)
    shared = Shared(plan, Values(plan.cells, study.make(), 0, study.draws))
    nothing = np.zeros(study.draws)
    lived: dict[str, np.ndarray] = {}
    units: dict[str, np.ndarray] = {}
    for product in plan.products:
        for n, life in _cases(plan, shared, product):
            for family in (product.family or product.name, ""):
                lived[family] = lived.get(family, nothing) + n * life
                units[family] = units.get(family, nothing) + n
        shared.values.forget("product:")
    return {
        family: np.divide(x, units[family], out=np.zeros_like(x), where=units[family] > 0)
        for family, x in sorted(lived.items())
    }


def _cases(plan: Plan, shared: Shared, product: ProductPlan) -> list[tuple[Value, np.ndarray]]:
    """Give units and mean life of each kind of user and region of a product."""
    v = shared.values
    shares: list[Value] = [1.0]
    if product.segments[0].share is not None:
        shares = normalized([v(s.share) for s in product.segments if s.share is not None])
    sold = product.sales[plan.year]
    out: list[tuple[Value, np.ndarray]] = []
    for segment, share in zip(product.segments, shares, strict=True):
        for case in segment.cases:
            if case.curve >= 0:
                life = shared.curve(case.curve)[2]
                here: Value = sum((v(sold[r]) for r in case.regions if r in sold), start=0.0)
                out.append((here * share, life))
    return out
