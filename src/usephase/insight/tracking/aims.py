"""Targets of the catalog: what regions propose and the group has set, how probably each is met, what they add up to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from usephase.catalog.read.texts import NO_YEAR
from usephase.catalog.resolve import Resolved
from usephase.engine.plan.sums import SERVICE
from usephase.engine.program.product import service_units
from usephase.insight.comparison.ties import gap
from usephase.insight.figure import Figure
from usephase.insight.tracking.cohorts import LEDGERS, Cohort, ledgers
from usephase.insight.tracking.levels import KG_PER_T, intensities, statistics
from usephase.insight.tracking.targets import Contraction, Target, probability_met
from usephase.results.run import UNIT

Array = np.ndarray
ABSOLUTE, PROPOSED = "absolute", "proposed"
_WHOLE = "category_11+12"


@dataclass(frozen=True)
class Aim:
    """One row of the table ``targets``.

    Attributes
    ----------
    region : str
        Empty: all.
    ledger : str
        What it covers: ``total`` is both categories.
    base_year, year : int
    reduction : float
        Share by which the level of `year` is below that of `base_year`.
    kind : str
        ``absolute`` or ``per_unit``, ``per_mass``, ``per_service``, ``per_revenue``.
    """

    name: str
    region: str
    ledger: str
    base_year: int
    year: int
    reduction: float
    kind: str
    owner: str
    status: str

    @property
    def holds(self) -> bool:
        """Tell whether it is more than a proposal."""
        return self.status.casefold() != PROPOSED

    @property
    def path(self) -> Contraction:
        """Give the straight line to it."""
        return Contraction(self.base_year, self.year, self.reduction)

    @property
    def figure(self) -> Figure:
        """Give the emissions that it is about."""
        return Figure(self.ledger, "region", self.region) if self.region else Figure(self.ledger)

    def figures(self, units: Sequence[str]) -> tuple[Figure, ...]:
        """Give the figures to evaluate for it; `units` are those of services."""
        if self.kind == "per_service":
            return tuple(Figure(self.ledger, SERVICE, unit) for unit in units)
        return (self.figure,)


@dataclass(frozen=True)
class Measure:
    """What a target is held against in one sale year.

    Attributes
    ----------
    level : ndarray (draw,)
        In `unit`.
    amount : ndarray (draw,)
        What `level` is times, over `KG_PER_T`, to be emissions [t CO2e]; 1 for emissions themselves.
    """

    level: Array
    unit: str
    amount: Array | float


def aims_of(resolved: Resolved, base_year: int) -> tuple[Aim, ...]:
    """Read the targets of a catalog; `base_year` is that of those which name none."""
    frame = resolved.tables["targets"].frame
    return tuple(
        Aim(
            row["target"], row["region"], "total" if row["scope"] == _WHOLE else row["scope"],
            base_year if row["base_year"] == NO_YEAR else int(row["base_year"]), int(row["year"]),
            float(row["reduction"]), row["kind"], row["owner"], row["status"],
        )
        for row in frame.to_dict("records")
    )  # fmt: skip


def of_the_group(aims: Sequence[Aim], reporting_year: int) -> Aim | None:
    """Find the target that the group follows: absolute, of all regions, no proposal; the next one in time."""
    found = [aim for aim in aims if aim.holds and not aim.region and aim.kind == ABSOLUTE]
    ahead = [aim for aim in found if aim.year >= reporting_year] or found
    return min(ahead, key=lambda aim: (aim.year, aim.name), default=None)


def service_names(plan: Any) -> tuple[str, ...]:
    """Name the units of the services that products of a plan render."""
    return tuple(sorted(set(service_units(plan).values())))


def measure(cohort: Cohort, aim: Aim, revenue: Mapping[int, float], scenario: str | None = None) -> Measure | str:
    """Give what a target is held against in a sale year, or why there is nothing."""
    if aim.kind == ABSOLUTE:
        return Measure(cohort.draws(aim.figure, scenario), UNIT, 1.0)
    per = aim.kind.removeprefix("per_")
    if aim.region and per in ("service", "revenue"):
        return f"the {per} of one region is not known: choose absolute, per_unit or per_mass"
    found = [
        (unit, level, amount)
        for kind, unit, level, amount in intensities(cohort, revenue, aim.region, aim.ledger, scenario)
        if kind == per
    ]
    if len(found) > 1:
        return f"services in {' and '.join(unit.rpartition('/')[2] for unit, *_ in found)} have no common unit"
    if not found:
        asked = f"give --revenue {cohort.year}=AMOUNT" if per == "revenue" else f"no {per} is sold in {cohort.year}"
        return asked if per != "service" else "no product with a service_mode is sold"
    unit, level, amount = found[0]
    return Measure(level / amount * KG_PER_T, unit, amount / KG_PER_T)


def aim_rows(
    cohorts: Mapping[int, Cohort], aims: Sequence[Aim], revenue: Mapping[int, float], scenarios: Mapping[str, float],
    replicated: bool,
) -> list[dict[str, Any]]:  # fmt: skip
    """Give a row a target and sale year from its base year on: level, path, gap and the probability that it is met.

    Notes
    -----
    The path of a draw is its share of that draw's base year. After the target year the target stays.
    """
    rows = []
    for aim in aims:
        start = measure(cohorts[aim.base_year], aim, revenue)
        for year, cohort in cohorts.items():
            if not aim.base_year <= year <= aim.year:
                continue
            row: dict[str, Any] = {
                "target": aim.name, "region": aim.region, "scope": aim.ledger, "kind": aim.kind, "owner": aim.owner,
                "status": aim.status, "base_year": aim.base_year, "target_year": aim.year, "reduction": aim.reduction,
                "year": year, "sales": cohort.sales,
            }  # fmt: skip
            now = measure(cohort, aim, revenue)
            if isinstance(start, str) or isinstance(now, str):
                rows.append({**row, "reason": next(text for text in (start, now) if isinstance(text, str))})
                continue
            left = aim.path.left(year)
            above = statistics(gap(now.level, start.level * left), replicated)
            row |= {"unit": now.unit, **statistics(now.level, replicated), "path": float(start.level.mean() * left)}
            row |= {"gap": above["mean"], "gap_p2_5": above["p2_5"], "gap_p97_5": above["p97_5"]}
            row["probability_met"] = None if year == aim.base_year else probability_met(now.level, start.level, left)
            row["by_scenario"] = _apart(cohorts, aim, year, revenue, scenarios) if year > aim.base_year else []
            rows.append(row | {"reason": None})
    return rows


def _apart(
    cohorts: Mapping[int, Cohort], aim: Aim, year: int, revenue: Mapping[int, float], scenarios: Mapping[str, float]
) -> list[dict[str, Any]]:
    out = []
    for name, weight in scenarios.items() if len(scenarios) > 1 else ():
        start, now = (measure(cohorts[y], aim, revenue, name) for y in (aim.base_year, year))
        if isinstance(start, Measure) and isinstance(now, Measure):
            met = probability_met(now.level, start.level, aim.path.left(year))
            out.append({"scenario": name, "weight": weight, "mean": float(now.level.mean()), "probability_met": met})
    return out


def proposed(cohorts: Mapping[int, Cohort], aims: Sequence[Aim], year: int, region: str,
             revenue: Mapping[int, float], ledger: str = "total") -> Array | None:  # fmt: skip
    """Give what a region emits if it meets its targets, the strictest of several. Shape (draw,). [t CO2e]

    Parameters
    ----------
    ledger : str
        What is asked for: a category, or the total of both.

    Returns
    -------
    ndarray or None
        None where the region has no target that can be held against that year and says something of the ledger.

    Notes
    -----
    An intensity is times that year's units or mass. What a target of one category does not cover is as it is; of a
    target of both a category has the part that it is heading for.
    """
    found = []
    for aim in aims:
        if (
            aim.region != region
            or year < aim.base_year
            or not (aim.ledger == ledger or "total" in (aim.ledger, ledger))
        ):
            continue
        start, now = (measure(cohorts[y], aim, revenue) for y in (aim.base_year, year))
        if isinstance(start, Measure) and isinstance(now, Measure):
            aimed = start.level * aim.path.left(year) * now.amount
            its, asked = (cohorts[year].draws(Figure(of, "region", region)) for of in (aim.ledger, ledger))
            if ledger == "total":
                found.append(aimed + (asked - its))
            else:
                found.append(aimed * np.divide(asked, its, out=np.zeros_like(its), where=its > 0))
    return min(found, key=lambda x: float(x.mean()), default=None)


def roll_up(
    cohorts: Mapping[int, Cohort], aims: Sequence[Aim], regions: Sequence[str], target: Target | None,
    figures: Sequence[Figure], revenue: Mapping[int, float], replicated: bool,
) -> list[dict[str, Any]]:  # fmt: skip
    """Add up what the regions' targets lead to, by sale year, and hold it against the group's path.

    A region without a target counts as it is heading. Rows with an empty region are all regions together. They are of
    what the group's target covers, `figures`: where that is no category as a whole, of both, and no path is shown.
    """
    if not any(aim.region for aim in aims):
        return []
    covered = {ledger for figure in figures if figure.by == "total" for ledger in ledgers(figure)}
    if any(figure.by != "total" for figure in figures):
        target, covered = None, set(LEDGERS)
    ledger = covered.pop() if len(covered) == 1 else "total"
    first = target.base_year if target is not None else min(aim.base_year for aim in aims)
    start = cohorts[first].draws(Figure(ledger))
    rows = []
    for year, cohort in cohorts.items():
        if year < first:
            continue
        whole = np.zeros_like(start)
        for region in regions:
            heading = cohort.draws(Figure(ledger, "region", region))
            aimed = proposed(cohorts, aims, year, region, revenue, ledger)
            whole = whole + (heading if aimed is None else aimed)
            if aimed is not None:
                row = {"year": year, "region": region, "scope": ledger, "heading": float(heading.mean())}
                row |= {"path": None, "gap": None, **statistics(aimed, replicated), "probability_enough": None}
                rows.append(row)
        row = {"year": year, "region": "", "scope": ledger, "heading": float(cohort.draws(Figure(ledger)).mean())}
        row |= {"path": None, "gap": None, **statistics(whole, replicated), "probability_enough": None}
        if target is not None:
            left = target.path.left(year)
            row |= {"path": float(start.mean() * left), "gap": float(gap(whole, start * left).mean())}
            row["probability_enough"] = None if year == first else probability_met(whole, start, left)
        rows.append(row)
    return rows
