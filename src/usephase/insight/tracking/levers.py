"""Levers: design options that reach the market from a start year on, as wedges between the outlook and the target."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from usephase.catalog.options.tables import focused
from usephase.catalog.options.understand import read_options
from usephase.catalog.resolve import Resolved, resolve
from usephase.engine.plan.cells import CellBook
from usephase.engine.plan.records import Plan
from usephase.engine.run.local import Study
from usephase.errors import Problem, StudyError
from usephase.insight.comparison.choice import choose, verify
from usephase.insight.comparison.pairing import Block, Model
from usephase.insight.comparison.shapley import shares, subsets
from usephase.insight.comparison.ties import settled
from usephase.insight.figure import Figure
from usephase.insight.tracking import levels
from usephase.insight.tracking.cohorts import Cohort, carried
from usephase.insight.tracking.targets import Target, probability_met

MOST = 6
"""Levers at once: every set of them is evaluated in every year."""
BLOCK = 1024
Array = np.ndarray
Subset = tuple[int, ...]


@dataclass(frozen=True)
class Lever:
    """An option that reaches the market: a growing part of the units sold has it.

    Attributes
    ----------
    option : str
        Of the catalog.
    start : int
        First sale year in which some units have it.
    full : int
        First sale year in which all have it; in between the part grows linearly.
    """

    option: str
    start: int
    full: int

    def part(self, year: int) -> float:
        """Give the part of the units sold in a year that has the option."""
        return min(max((year - self.start + 1) / (self.full - self.start + 1), 0.0), 1.0)


def parse_lever(text: str) -> Lever:
    """Read ``OPTION:START`` or ``OPTION:START:FULL``.

    Raises
    ------
    StudyError
        If it has another form, or is full before it starts.
    """
    option, *years = (part.strip() for part in text.split(":"))
    if option and 1 <= len(years) <= 2 and all(year.isdigit() for year in years):
        lever = Lever(option, int(years[0]), int(years[-1]))
        if lever.start <= lever.full:
            return lever
    fix = "write OPTION:START or OPTION:START:FULL, e.g. efficient_drill:2026:2029"
    raise StudyError([Problem(where=f"--lever {text}", what="not understood", fix=fix)])


@dataclass
class _YearModel(Model):
    """The range of the reporting year, sold in another year."""

    year: int = 0
    _carried: dict[frozenset[int], tuple[Plan, Any]] = field(default_factory=dict)

    def plan(self, structure: frozenset[int], calendar: bool = False) -> tuple[Plan, Any]:
        """Compile the plan of some changes, and move its sales."""
        if structure not in self._carried:
            plan, number = super().plan(structure, calendar=False)
            self._carried[structure] = carried(plan, self.year), number
        return self._carried[structure]


@dataclass(frozen=True)
class Wedges:
    """What levers do, by year.

    Attributes
    ----------
    rows : list of dict
        A row a year and lever: the part of the units that has it, and its contribution. [t CO2e]
    years : list of dict
        A row a year: the level with all levers, and the probability that the target is met with them.
    draws : dict of int to ndarray (lever, draw)
        Contributions by year; they sum to what all levers do together. [t CO2e]
    """

    rows: list[dict[str, Any]]
    years: list[dict[str, Any]]
    draws: dict[int, Array]


def wedges(
    resolved: Resolved,
    study: Study,
    levers: Sequence[Lever],
    cohorts: Sequence[Cohort],
    base: Cohort,
    target: Target | None,
    *,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Wedges:
    """Give what levers contribute in each sale year after the reporting year.

    Parameters
    ----------
    resolved : Resolved
    study : Study
    levers : sequence of Lever
    cohorts : sequence of Cohort
        All sale years, on the same draws.
    base : Cohort
        Of the base year.
    target : Target or None
    workers : int
        Threads; changes no figure.
    progress : callable, optional
        Told the work done and the work in all.

    Raises
    ------
    StudyError
        For an unknown option, options that exclude each other, or a start that is not after the reporting year.

    Notes
    -----
    An option is applied to the range of the reporting year, as if sold in the year in question and used on its grid;
    the difference is scaled by what the products that it touches emit in that year's own sales over what the range
    does. Where several levers have reached parts of the units, the parts are independent of each other. The
    contributions are Shapley values: they do not depend on an order, and sum to the joint effect.
    """
    _refuse(levers, resolved.catalog.settings.reporting_year)
    choice = choose(read_options(resolved)[0], ["base", "+".join(lever.option for lever in levers)])[-1]
    later = [cohort for cohort in cohorts if cohort.year >= min(lever.start for lever in levers)]
    start = base.draws(Figure())
    replicated = study.make().replicated
    out = Wedges([], [], {})
    for i, cohort in enumerate(later):
        model = _model(resolved, choice, cohort.year)
        own = _parts(model, levers)
        found = _sets(model, own, study, workers)
        touched = levels.total(cohort, [Figure("total", "product", name) for name in model.scope])
        scale = np.divide(touched, found[()], out=np.zeros_like(touched), where=found[()] > 0)
        reached = [lever.part(cohort.year) for lever in levers]
        shared = shares(lambda on, f=found, r=reached: _mixed(f, r, on), range(len(levers))).draws  # type: ignore[misc]
        shared = settled(shared * scale, touched)
        out.draws[cohort.year] = shared
        for lever, part, x in zip(levers, reached, shared, strict=True):
            row = {"year": cohort.year, "lever": lever.option, "start": lever.start, "full": lever.full, "part": part}
            out.rows.append({**row, **levels.statistics(x, replicated)})
        level = cohort.draws(Figure()) + shared.sum(axis=0)
        line: dict[str, Any] = {"year": cohort.year, "sales": cohort.sales, **levels.statistics(level, replicated)}
        line |= {"target": None, "probability_met": None}
        if target is not None:
            left = target.path.left(cohort.year)
            line |= {"target": float(start.mean() * left), "probability_met": probability_met(level, start, left)}
        out.years.append(line)
        if progress:
            progress(i + 1, len(later))
    return out


def _refuse(levers: Sequence[Lever], reporting: int) -> None:
    problems = []
    if len(levers) > MOST:
        problems.append(
            Problem(where="--lever", what=f"{len(levers)} levers are too many", fix=f"give up to {MOST} at a time")
        )
    for lever in levers:
        if lever.start <= reporting:
            fix = f"start it in {reporting + 1} or later"
            what = f"it starts in {lever.start}, which is not after the reporting year"
            problems.append(Problem(where=f"--lever {lever.option}", what=what, fix=fix))
    if problems:
        raise StudyError(problems)


def _model(resolved: Resolved, choice: Any, year: int) -> _YearModel:
    catalog = resolved.catalog
    model = _YearModel(catalog, resolved, CellBook(resolved), choice.rows, year=year)
    # The random numbers are those of the whole catalog; only the touched products are looked at.
    model.book = CellBook(resolve(focused(catalog, model.scope)))
    verify(model, resolved, choice.name)
    return model


def _parts(model: Model, levers: Sequence[Lever]) -> list[tuple[int, ...]]:
    """Find the changes that belong to each lever."""
    own: list[list[int]] = [[] for _ in levers]
    at = {lever.option: i for i, lever in enumerate(levers)}
    for number, part in enumerate(model.parts):
        names = {row.option for row in part.rows}
        if len(names) > 1:
            fix = "write an option that does both, and use it as one lever"
            what = "they change rows that only make sense together"
            raise StudyError([Problem(where=f"--lever {', '.join(sorted(names))}", what=what, fix=fix)])
        own[at[names.pop()]].append(number)
    return [tuple(numbers) for numbers in own]


def _sets(model: Model, own: list[tuple[int, ...]], study: Study, workers: int) -> dict[Subset, Array]:
    """Evaluate every set of levers at full reach. Values of shape (draw,). [t CO2e]"""
    wanted = list(subsets(range(len(own))))
    switches = {on: tuple(number for i in on for number in own[i]) for on in wanted}
    for on in wanted:
        model.plan(model.structure(switches[on]))  # compiled before the threads start: each once

    def block(start: int) -> dict[Subset, Array]:
        stop = min(start + BLOCK, study.draws)
        opened: Block = model.block(study, start, stop)
        nothing = np.zeros(stop - start)
        return {
            on: sum((o.tonnes for o in opened.outcomes(switches[on]).values()), start=nothing.copy()) for on in wanted
        }

    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(max_workers=workers) as pool:
        blocks = list(pool.map(block, range(0, study.draws, BLOCK)))
    return {on: np.concatenate([found[on] for found in blocks]) for on in wanted}


def _mixed(found: dict[Subset, Array], reached: Sequence[float], on: Subset) -> Array:
    """Give the level with some levers at their reach: a mixture of units with each set of options."""
    out = np.zeros_like(found[()])
    for chosen in subsets(on):
        weight = float(np.prod([reached[i] if i in chosen else 1 - reached[i] for i in on]))
        if weight:
            out += weight * found[chosen]
    return out
