"""Levers: design options that reach the market from a start year on, as wedges between the outlook and the target."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from usephase.catalog.options.records import Cost
from usephase.catalog.options.tables import focused
from usephase.catalog.options.understand import read_options
from usephase.catalog.resolve import Resolved, resolve
from usephase.engine.plan.cells import CellBook
from usephase.engine.plan.records import PHASES, Plan
from usephase.engine.run.local import Study
from usephase.errors import Problem, StudyError
from usephase.insight.comparison.choice import choose, verify
from usephase.insight.comparison.pairing import Block, Model
from usephase.insight.comparison.shapley import shares, subsets
from usephase.insight.comparison.ties import settled
from usephase.insight.decision.costs import drawn_cost
from usephase.insight.figure import Figure
from usephase.insight.tracking import levels
from usephase.insight.tracking.cohorts import Cohort, carried
from usephase.insight.tracking.targets import Target, probability_met

MOST = 24
"""Levers at once."""
TOGETHER, EXACT = 10, 6
"""Levers that touch the same products: at most so many; of up to so many every order counts, of more some are sampled.
"""
BLOCK = 1024
_CATEGORIES = {("category_11", PHASES[0]), ("category_12", "")}
"""What a figure of emissions adds up: ledgers and phases."""
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
    owner : str
        Who answers for it.
    """

    option: str
    start: int
    full: int
    owner: str = ""

    def part(self, year: int) -> float:
        """Give the part of the units sold in a year that has the option."""
        return min(max((year - self.start + 1) / (self.full - self.start + 1), 0.0), 1.0)


def parse_lever(text: str) -> Lever:
    """Read ``OPTION:START``, ``OPTION:START:FULL`` or ``OPTION:START:FULL:OWNER``.

    Raises
    ------
    StudyError
        If it has another form, or is full before it starts.
    """
    option, *years = (part.strip() for part in text.split(":", 3))
    owner = years.pop() if len(years) == 3 else ""
    if option and 1 <= len(years) <= 2 and all(year.isdigit() for year in years):
        lever = Lever(option, int(years[0]), int(years[-1]), owner)
        if lever.start <= lever.full:
            return lever
    fix = "write OPTION:START, OPTION:START:FULL or OPTION:START:FULL:OWNER, e.g. efficient_drill:2026:2029"
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
        A row a year and lever: the part of the units that has it, its contribution [t CO2e], the error of the mean by
        sampled orders (0 where all were taken), and its cost and cost per t where the option has one.
    years : list of dict
        A row a year: the level with all levers, and the probability that the target is met with them.
    draws : dict of int to ndarray (lever, draw)
        Contributions by year; they sum to what all levers do together. [t CO2e]
    regions : dict of str to float
        What all levers take away in each region in the target year, on average. [t CO2e]
    """

    rows: list[dict[str, Any]]
    years: list[dict[str, Any]]
    draws: dict[int, Array]
    regions: dict[str, float]


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
    contributions are Shapley values: they do not depend on an order, and sum to the joint effect. Levers that touch no
    product in common are shared out apart, which is the same. A unit's cost is paid for the units that have the option.
    """
    _refuse(levers, resolved.catalog.settings.reporting_year)
    options = read_options(resolved)[0]
    choice = choose(options, ["base", "+".join(lever.option for lever in levers)])[-1]
    later = [cohort for cohort in cohorts if cohort.year >= min(lever.start for lever in levers)]
    start = base.draws(Figure())
    replicated = study.make().replicated
    out = Wedges([], [], {}, defaultdict(float))
    for done, cohort in enumerate(later, 1):
        model = _model(resolved, choice, cohort.year)
        own = _parts(model, levers)
        reached = [lever.part(cohort.year) for lever in levers]
        aimed_at = target is not None and cohort.year == target.target_year
        shared, errors = np.zeros((len(levers), study.draws)), np.zeros(len(levers))
        units = np.zeros((len(levers), study.draws))
        for mine, products in _apart(model, own, levers):
            sets = _Sets(model, own, products, study, workers, regional=aimed_at)
            touched = levels.total(cohort, [Figure("total", "product", name) for name in products])
            base_t = sets(())
            scale = np.divide(touched, base_t, out=np.zeros_like(touched), where=base_t > 0)
            its = shares(lambda on, s=sets, r=reached: _mixed(s, r, on), mine, EXACT)  # type: ignore[misc]
            shared[mine] = settled(its.draws * scale, touched)
            errors[mine] = its.errors(study.draws) * scale.mean()
            for i in mine:
                units[i] = sets.units(_touched(model, own[i])) * scale
            if aimed_at:
                without, grown = sets.regions(()), float(scale.mean())
                for on, part in _mixture(reached, mine):
                    its_own = sets.regions(on)
                    for region, tonnes in without.items():
                        out.regions[region] += part * grown * (tonnes - its_own.get(region, 0.0))
        out.draws[cohort.year] = shared
        for lever, part, x, error, sold in zip(levers, reached, shared, errors, units, strict=True):
            row = {"year": cohort.year, "lever": lever.option, "owner": lever.owner, "start": lever.start,
                   "full": lever.full, "part": part}  # fmt: skip
            paid = _paid(options.costs.get(lever.option, ()), study, sold * part, part)
            row |= {**levels.statistics(x, replicated), "order_error": float(error), **_cost(paid, x)}
            out.rows.append(row)
        level = cohort.draws(Figure()) + shared.sum(axis=0)
        line: dict[str, Any] = {"year": cohort.year, "sales": cohort.sales, **levels.statistics(level, replicated)}
        line |= {"target": None, "probability_met": None}
        if target is not None:
            left = target.path.left(cohort.year)
            line |= {"target": float(start.mean() * left), "probability_met": probability_met(level, start, left)}
        out.years.append(line)
        if progress:
            progress(done, len(later))
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


def _touched(model: Model, numbers: Iterable[int]) -> frozenset[str]:
    return frozenset().union(*(model.touches[number] for number in numbers))


def _apart(
    model: Model, own: list[tuple[int, ...]], levers: Sequence[Lever]
) -> list[tuple[list[int], tuple[str, ...]]]:
    """Put levers together that touch a product in common, however indirectly; with the products that each of them does.

    Raises
    ------
    StudyError
        For too many together.
    """
    groups: list[tuple[list[int], frozenset[str]]] = []
    for i, numbers in enumerate(own):
        mine, products = [i], _touched(model, numbers)
        for group in [group for group in groups if group[1] & products]:
            groups.remove(group)
            mine, products = group[0] + mine, products | group[1]
        groups.append((mine, products))
    large = next((mine for mine, _ in groups if len(mine) > TOGETHER), None)
    if large is not None:
        names = ", ".join(levers[i].option for i in large)
        what, fix = f"{len(large)} levers touch the same products: {names}", f"give up to {TOGETHER} of such levers"
        raise StudyError([Problem(where="--lever", what=what, fix=fix)])
    return [(sorted(mine), tuple(sorted(products))) for mine, products in groups]


class _Sets:
    """Evaluate products with sets of levers at full reach, each set when it is first asked for. [t CO2e]

    What they lead to in each region is added up if it is `regional`.
    """

    def __init__(
        self, model: Model, own: list[tuple[int, ...]], products: tuple[str, ...], study: Study, workers: int, *,
        regional: bool,
    ) -> None:  # fmt: skip
        self._model, self._own, self._products = model, own, products
        self._study, self._workers, self._regional = study, workers, regional
        self._found: dict[Subset, Array] = {}
        self._units: dict[str, Array] = {}
        self._regions: dict[Subset, dict[str, float]] = {}

    def __call__(self, on: Subset) -> Array:
        """Give what a set of levers leads to. Shape (draw,)."""
        if on not in self._found:
            switched = tuple(number for i in on for number in self._own[i])
            self._model.plan(self._model.structure(switched))  # compiled before the threads start: once
            with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(max_workers=self._workers) as pool:
                starts = range(0, self._study.draws, BLOCK)
                blocks = list(pool.map(lambda start: self._outcomes(switched, start), starts))
            self._found[on] = np.concatenate([tonnes for tonnes, _, _ in blocks])
            its: Counter[str] = Counter()
            for _, _, regions in blocks:
                its.update(regions)
            self._regions[on] = {region: x / self._study.draws for region, x in its.items()}
            if not on:
                names = dict.fromkeys(name for _, units, _ in blocks for name in units)
                self._units = {name: np.concatenate([units[name] for _, units, _ in blocks]) for name in names}
        return self._found[on]

    def regions(self, on: Subset) -> dict[str, float]:
        """Give what a set of levers leads to in each region, on average."""
        self(on)
        return self._regions[on]

    def units(self, products: frozenset[str]) -> Array:
        """Give the units sold of products without any lever. Shape (draw,)."""
        self(())
        return sum((x for name, x in self._units.items() if name in products), start=np.zeros(self._study.draws))

    def _outcomes(self, switched: tuple[int, ...], start: int) -> tuple[Array, dict[str, Array], dict[str, float]]:
        stop = min(start + BLOCK, self._study.draws)
        opened: Block = self._model.block(self._study, start, stop)
        found = opened.outcomes(switched, self._products)
        tonnes = sum((o.tonnes for o in found.values()), start=np.zeros(stop - start))
        units = {name: np.broadcast_to(o.units, tonnes.shape) for name, o in found.items()}
        regions: dict[str, float] = defaultdict(float)
        for outcome in found.values() if self._regional else ():
            for key, x in outcome.sums.items():
                if key[0] == "group" and key[3] == "region" and (key[1], key[2]) in _CATEGORIES:
                    regions[str(key[4])] += float(np.broadcast_to(x, tonnes.shape).sum())
        return tonnes, units, regions


def _mixed(found: Callable[[Subset], Array], reached: Sequence[float], on: Subset) -> Array:
    """Give the level with some levers at their reach: a mixture of units with each set of options."""
    out = np.zeros_like(found(()))
    for chosen, weight in _mixture(reached, on):
        out += weight * found(chosen)
    return out


def _mixture(reached: Sequence[float], on: Iterable[int]) -> Iterator[tuple[Subset, float]]:
    """Give the sets of options that units have, and the part of the units that has each."""
    levers = tuple(on)
    for chosen in subsets(levers):
        weight = float(np.prod([reached[i] if i in chosen else 1 - reached[i] for i in levers]))
        if weight:
            yield chosen, weight


def _paid(costs: Iterable[Cost], study: Study, units: Array, part: float) -> Array | None:
    """Give what a lever costs in a year: a unit's cost times the units that have it, a total in its part."""
    listed = [drawn_cost(study, cost) * (units if cost.per == "unit" else part) for cost in costs]
    return sum(listed[1:], start=listed[0]) if listed else None


def _cost(paid: Array | None, contribution: Array) -> dict[str, float | None]:
    """Describe a lever's cost and its cost per t abated; that has an interval only where every draw abates."""
    row: dict[str, float | None] = dict.fromkeys(("cost", "cost_per_t", "cost_per_t_p2_5", "cost_per_t_p97_5"))
    if paid is None:
        return row
    row["cost"] = float(paid.mean())
    if contribution.mean() < 0:
        row["cost_per_t"] = float(paid.mean() / -contribution.mean())
        if (contribution < 0).all():
            low, high = np.quantile(paid / -contribution, (0.025, 0.975))
            row |= {"cost_per_t_p2_5": float(low), "cost_per_t_p97_5": float(high)}
    return row


def abatement(rows: Sequence[Mapping[str, Any]], year: int) -> list[dict[str, Any]]:
    """Give the marginal abatement cost curve of a year: levers that abate, the cheapest t first, t added up.

    Those without a cost come last.
    """
    mine = [row for row in rows if row["year"] == year and row["mean"] < 0]
    added, out = 0.0, []
    for row in sorted(mine, key=lambda row: (row["cost_per_t"] is None, row["cost_per_t"] or 0.0, row["lever"])):
        added -= row["mean"]
        names = ("lever", "owner", "start", "full", "part", "cost", "cost_per_t", "cost_per_t_p2_5", "cost_per_t_p97_5")
        abated = {"abated": -row["mean"], "abated_p2_5": -row["p97_5"], "abated_p97_5": -row["p2_5"]}
        out.append({"year": year, **{name: row[name] for name in names}, **abated, "cumulative": added})
    return out
