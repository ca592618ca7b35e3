"""Recalculation: what new methods, factors and assumptions do to the base year, apart from organic change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from usephase.catalog.checks import check
from usephase.catalog.resolve import resolve
from usephase.catalog.table import Catalog
from usephase.engine.run.local import Study
from usephase.errors import Problem, StudyError
from usephase.insight.changes.difference import CLASSES, TRIGGERS, Unit, between, units
from usephase.insight.comparison.ties import gap, reaches
from usephase.insight.figure import Figure
from usephase.insight.rules import Pack
from usephase.insight.tracking import levels
from usephase.insight.tracking.cohorts import cohort, sale_years

MOST_STEPS = 24
"""More differences than these are told by table."""
DEFAULT_THRESHOLD = "recalculation_threshold"
Array = np.ndarray


@dataclass(frozen=True)
class Step:
    """One difference put into the first catalog, after those before it.

    Attributes
    ----------
    kind, table, row : str
        As of `Unit`; several that only work together are joined by `` + ``.
    effect : ndarray (draw,)
        What it does to the figure. [t CO2e]
    """

    kind: str
    table: str
    row: str
    effect: Array


@dataclass(frozen=True)
class Walk:
    """The way from one catalog to another, for the figure of one sale year.

    Attributes
    ----------
    before, after : ndarray (draw,)
        The figure with both catalogs. [t CO2e]
    steps : tuple of Step
        Their effects sum to the difference.
    units : tuple of Unit
        All that differs.
    """

    year: int
    before: Array
    after: Array
    steps: tuple[Step, ...]
    units: tuple[Unit, ...]

    def of_kind(self, kind: str) -> Array:
        """Add up the steps of one kind. Shape (draw,)."""
        return sum((s.effect for s in self.steps if s.kind == kind), start=np.zeros_like(self.before))


def walk(
    first: Catalog,
    second: Catalog,
    year: int,
    study: Study,
    figures: Sequence[Figure],
    *,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Walk:
    """Go from one catalog to another difference by difference.

    Parameters
    ----------
    first, second : Catalog
        Both with sales of `year`.
    year : int
    study : Study
        Both are computed on the same draws of the cells that they share.
    figures : sequence of Figure
        Added up.
    workers : int
        Threads; changes no figure.
    progress : callable, optional
        Told the work done and the work in all.

    Notes
    -----
    Differences are put in one after the other: method, factors, assumptions, product data, sales, outlook; what is
    gone is taken away last. An effect is that of a difference after those before it.
    """
    problems = [
        Problem(where=str(catalog.path), what=f"there are no sales of {year}", fix="compare a year that both have")
        for catalog in (first, second)
        if year not in sale_years(resolve(catalog))
    ]
    if problems:
        raise StudyError(problems)

    def level(catalog: Catalog) -> Array:
        return levels.total(cohort(resolve(catalog), year, study, figures, workers), figures)

    found = units(first, second, year)
    lots = _lots([unit for unit in found if unit.kind != "organic"])
    before = last = level(first)
    after = level(second)
    steps: list[Step] = []
    done: list[Unit] = []
    waiting: list[list[Unit]] = []
    for i, lot in enumerate(lots):
        done += lot
        waiting.append(lot)
        now = after
        if i < len(lots) - 1:
            middle = between(first, second, done)
            if any(problem.severity == "error" for problem in check(middle)):
                continue  # what it refers to comes with the next difference: both are one step
            now = level(middle)
        steps.append(_step(waiting, gap(now, last)))
        last, waiting = now, []
        if progress:
            progress(i + 1, len(lots))
    return Walk(year, before, after, tuple(steps), tuple(found))


def _lots(found: list[Unit]) -> list[list[Unit]]:
    """Take differences one by one, or, if there are too many, by table."""
    if len(found) <= MOST_STEPS:
        return [[unit] for unit in found]
    lots: dict[tuple[str, str, bool], list[Unit]] = {}
    for unit in found:
        lots.setdefault((unit.kind, unit.table, unit.removed), []).append(unit)
    return list(lots.values())


def _step(waiting: list[list[Unit]], effect: Array) -> Step:
    last = [unit for lot in waiting for unit in lot]
    names = dict.fromkeys(unit.row for unit in last)
    row = " + ".join(names) if len(names) <= 3 else f"{len(last)} differences"
    return Step(last[-1].kind, " + ".join(dict.fromkeys(unit.table for unit in last)), row, effect)


def recalculation(way: Walk, pack: Pack, threshold: float | None, replicated: bool) -> dict[str, Any]:
    """Tell whether a base year is to be recalculated, and why.

    Parameters
    ----------
    way : Walk
        From the catalog that the base year was published with to the present one, for the base year.
    pack : Pack
        Its threshold is taken unless another is given.
    threshold : float, optional
        Share of the base year's emissions; applied both ways.

    Returns
    -------
    dict, JSON-able

    Notes
    -----
    Other sale years, a different mix of sales and a grid that gets cleaner in later years are organic: they do not
    count.
    """
    rule = pack.find(DEFAULT_THRESHOLD)
    limit = threshold if threshold is not None else (rule.value if rule else None)
    if limit is None:
        fix = "give --threshold, or choose a pack with one"
        raise StudyError([Problem(where=f"--rules {pack.name}", what="the pack has no threshold", fix=fix)])
    counted = sum((way.of_kind(kind) for kind in TRIGGERS), start=np.zeros_like(way.before))
    base = float(way.before.mean())
    share = float(counted.mean()) / base if base else 0.0
    parts = {kind: way.of_kind(kind) for kind in CLASSES if kind != "organic"}
    relative = np.divide(counted, way.before, out=np.zeros_like(counted), where=way.before > 0)
    # A change of exactly the threshold counts, whatever the last bit.
    needed = bool(reaches(np.abs(share), limit))
    return {
        "base_year": way.year, "threshold": limit, "needed": needed, "relative_change": share,
        "probability_beyond": float(np.mean(reaches(np.abs(relative), limit))),
        "threshold_rule": rule.to_document() if rule and threshold is None else None,
        "published": levels.statistics(way.before, replicated), "recomputed": levels.statistics(way.after, replicated),
        "parts": [
            {"kind": kind, "counts": kind in TRIGGERS, **levels.statistics(x, replicated)} for kind, x in parts.items()
        ],
        "steps": step_rows(way, replicated),
        "reason": _reason(way, parts, base, share, limit, needed),
    }  # fmt: skip


def step_rows(way: Walk, replicated: bool) -> list[dict[str, Any]]:
    """Give a row a step."""
    return [
        {"kind": s.kind, "table": s.table, "row": s.row, **levels.statistics(s.effect, replicated)} for s in way.steps
    ]


def published_rows(
    catalog: Catalog, study: Study, figures: Sequence[Figure], workers: int, replicated: bool
) -> list[dict[str, Any]]:
    """Give the series that another catalog leads to, up to its reporting year."""
    resolved = resolve(catalog)
    years = [year for year in sale_years(resolved) if year <= catalog.settings.reporting_year]
    found = {year: levels.total(cohort(resolved, year, study, figures, workers), figures) for year in years}
    return [{"year": year, **levels.statistics(x, replicated)} for year, x in found.items()]


def _reason(way: Walk, parts: dict[str, Array], base: float, share: float, limit: float, needed: bool) -> str:
    if not any(unit.kind in TRIGGERS for unit in way.units):
        return "no method, factor, assumption or data of the base year differs: organic change only"
    moved = [f"{kind} {float(x.mean()) / base:+.2%}" for kind, x in parts.items() if kind in TRIGGERS and x.any()]
    verdict = "is to be recalculated" if needed else "stands"
    rest = "at or beyond" if needed else "within"
    listed = ", ".join(moved) or "no effect on it"
    return f"the base year {verdict}: {listed}; together {share:+.2%}, {rest} the threshold of {limit:.0%}"
