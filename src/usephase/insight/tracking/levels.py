"""Levels over the sale years: absolute, per unit and service, occurred and expected, and by calendar year."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from usephase.engine.plan.sums import SERVICE
from usephase.engine.run.statistics import NAMES, describe
from usephase.insight.comparison.ties import gap
from usephase.insight.figure import Figure
from usephase.insight.tracking.cohorts import LEDGERS, Cohort
from usephase.insight.tracking.targets import Compounding, Target, probability_met

Array = np.ndarray
KG_PER_T = 1000.0


def statistics(x: Array, replicated: bool) -> dict[str, float]:
    """Describe one figure's draws by name."""
    return dict(zip(NAMES, describe(np.atleast_2d(x), replicated)[0].tolist(), strict=True))


def total(cohort: Cohort, figures: Sequence[Figure], scenario: str | None = None) -> Array:
    """Add up figures of a cohort, under one grid scenario if asked. Shape (draw,)."""
    parts = [cohort.draws(figure, scenario) for figure in figures]
    return np.asarray(sum(parts[1:], start=parts[0]))


def year_rows(
    cohorts: Sequence[Cohort], base: Cohort, figures: Sequence[Figure], target: Target | None, replicated: bool,
    scenarios: Mapping[str, float],
) -> list[dict[str, Any]]:  # fmt: skip
    """Give a row a sale year: its level, the target, the gap and the probability that the target is met.

    `scenarios` are the grid's, with their weights: `by_scenario` has a row each, of all draws.

    Notes
    -----
    The target of a draw is the path's share of that draw's base year; `target` is its mean. Before the base year
    there is none.
    """
    start = total(base, figures)
    rows = []
    for cohort in cohorts:
        level = total(cohort, figures)
        row: dict[str, Any] = {"year": cohort.year, "sales": cohort.sales}
        row["best_estimate"] = sum(cohort.best_estimate(figure) for figure in figures)
        row |= statistics(level, replicated)
        row |= {"target": None, "gap": None, "gap_p2_5": None, "gap_p97_5": None, "probability_met": None}
        if target is not None and cohort.year >= base.year:
            left = target.path.left(cohort.year)
            above = statistics(gap(level, start * left), replicated)
            row["target"] = float(start.mean() * left)
            row |= {"gap": above["mean"], "gap_p2_5": above["p2_5"], "gap_p97_5": above["p97_5"]}
            row["probability_met"] = probability_met(level, start, left)
        row["by_scenario"] = [
            {"scenario": name, "weight": weight, **_under(cohort, base, figures, target, replicated, name)}
            for name, weight in scenarios.items()
        ]
        row["of_base"] = statistics(_ratio(level, start), replicated)["mean"] if start.any() else None
        row["category_11"], row["category_12"] = (float(cohort.draws(Figure(name)).mean()) for name in LEDGERS)
        row["choices"] = {f"{basis}, {boundary}": float(x.mean()) for (basis, boundary), x in cohort.choices.items()}
        rows.append(row)
    return rows


def _under(
    cohort: Cohort, base: Cohort, figures: Sequence[Figure], target: Target | None, replicated: bool, scenario: str
) -> dict[str, Any]:
    """Describe a level under one grid scenario, with the probability that it meets the target under that scenario."""
    level = total(cohort, figures, scenario)
    met = None
    if target is not None and cohort.year >= base.year:
        met = probability_met(level, total(base, figures, scenario), target.path.left(cohort.year))
    return {**statistics(level, replicated), "probability_met": met}


def intensities(
    cohort: Cohort, revenue: Mapping[int, float], region: str = "", ledger: str = "total", scenario: str | None = None
) -> Iterator[tuple[str, str, Array, Array]]:
    """Give what intensities rest on: per what, their unit, emissions [t CO2e] and the amount. Shapes (draw,).

    Parameters
    ----------
    cohort : Cohort
    revenue : mapping of int to float
        By sale year, in the user's currency.
    region : str
        One alone, of which neither the service nor the revenue is known; default all.
    ledger : str
        A category, or the total of both.
    scenario : str, optional
        A grid scenario instead of the user's weights.
    """
    level = cohort.draws(Figure(ledger, "region", region) if region else Figure(ledger), scenario)
    for per, unit, amount in (
        ("unit", "kg CO2e/unit", cohort.counts.get(("units", region))),
        ("mass", "kg CO2e/kg", cohort.counts.get(("mass_kg", region))),
        ("revenue", "kg CO2e/currency", None if region else revenue.get(cohort.year)),
    ):
        if amount is not None and np.all(amount > 0):
            yield per, unit, level, np.broadcast_to(amount, level.shape)
    for unit, served in sorted(cohort.served.items()) if not region else ():
        if (served > 0).all():
            yield "service", f"kg CO2e/{unit}", cohort.draws(Figure(ledger, SERVICE, unit), scenario), served


def intensity_rows(
    cohorts: Sequence[Cohort],
    base: Cohort,
    revenue: Mapping[int, float],
    aims: Mapping[str, float],
    replicated: bool,
) -> list[dict[str, Any]]:
    """Give the headline per unit, per kg sold, per hour or cycle of service, and per revenue, by sale year.

    Parameters
    ----------
    revenue : mapping of int to float
        By sale year, in the user's currency.
    aims : mapping of str to float
        Compounding rate a year of those for which a target is set.
    """
    found: dict[tuple[str, str], dict[int, Array]] = {}
    for cohort in cohorts:
        for per, unit, level, amount in intensities(cohort, revenue):
            found.setdefault((per, unit), {})[cohort.year] = level / amount * KG_PER_T
    rows = []
    for (per, unit), by_year in found.items():
        rate = aims.get(per)
        for year, x in by_year.items():
            row = {"per": per, "unit": unit, "year": year, **statistics(x, replicated)}
            aimed = rate is not None and base.year in by_year and year >= base.year
            left = Compounding(base.year, rate).left(year) if aimed and rate is not None else None
            row["target"] = None if left is None else float(by_year[base.year].mean() * left)
            row["probability_met"] = None if left is None else probability_met(x, by_year[base.year], left)
            rows.append(row)
    return rows


def occurred_rows(cohorts: Sequence[Cohort], reporting_year: int, replicated: bool) -> list[dict[str, Any]]:
    """Split each sale year's emissions into those up to the end of the reporting year and those expected after."""
    rows = []
    for cohort in cohorts:
        parts: dict[str, Array] = {}
        for (_, year), x in cohort.calendar.items():
            when = "occurred" if year <= reporting_year else "expected"
            parts[when] = parts[when] + x if when in parts else x
        nothing = np.zeros_like(cohort.draws(Figure()))
        for when in ("occurred", "expected"):
            row = {"year": cohort.year, "emissions": when}
            rows.append({**row, **statistics(parts.get(when, nothing), replicated)})
    return rows


def calendar_rows(
    cohorts: Sequence[Cohort], in_service: Mapping[int, Array], reporting_year: int, replicated: bool
) -> list[dict[str, Any]]:
    """Give what all units sold emit in each calendar year, and how many are in service.

    ``installed base`` has the sale years up to the reporting year, ``with forecast`` the forecast ones as well.
    """
    rows: list[dict[str, Any]] = []
    views = {"installed base": ("past",), "with forecast": ("past", "forecast")}
    for view, kinds in views.items():
        if view == "with forecast" and not any(cohort.sales == "forecast" for cohort in cohorts):
            continue
        sums: dict[int, dict[str, Array]] = {}
        for cohort in cohorts:
            if cohort.sales in kinds:
                for (ledger, year), x in cohort.calendar.items():
                    at = sums.setdefault(year, {})
                    at[ledger] = at[ledger] + x if ledger in at else x
        for year in sorted(sums):
            level = np.asarray(sum(sums[year].values()))
            row = {"view": view, "year": year, "emissions": "occurred" if year <= reporting_year else "expected"}
            row |= statistics(level, replicated)
            if view == "installed base" and year in in_service:
                held = statistics(in_service[year], replicated)
                row |= {"in_service": held["mean"], "in_service_p2_5": held["p2_5"], "in_service_p97_5": held["p97_5"]}
            rows.append(row)
    return rows


def table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Make a table of rows; what a row lacks is None. A column that every row has keeps its type."""
    frame = pd.DataFrame(rows)
    for name in frame.columns[frame.isna().any()]:
        frame[name] = frame[name].astype(object).where(frame[name].notna(), None)
    return frame


def _ratio(a: Array, b: Array) -> Array:
    return np.divide(a, b, out=np.zeros_like(a), where=b > 0)
