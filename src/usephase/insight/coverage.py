"""Coverage of a target: the share of emissions that it covers, and how probably that is enough."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from usephase.insight.cohorts import Cohort
from usephase.insight.figure import Figure
from usephase.insight.levels import statistics, total

Array = np.ndarray


def unlisted(cohort: Cohort, covered: Mapping[str, Array]) -> Array:
    """Give what the sales that the catalog does not list would add. Shape (draw,). [t CO2e]

    Parameters
    ----------
    covered : mapping of str to ndarray (draw,)
        Share of each family's sales that is listed.
    """
    extra = np.zeros_like(cohort.draws(Figure()))
    for family, share in covered.items():
        extra = extra + cohort.draws(Figure("total", "family", family)) * (1 / share - 1)
    return extra


def coverage_rows(
    cohorts: Sequence[Cohort],
    figures: Sequence[Figure],
    covered: Mapping[str, Array],
    other: float,
    required: float | None,
    replicated: bool,
) -> list[dict[str, Any]]:
    """Give the share of emissions that a target on `figures` covers, by sale year.

    Parameters
    ----------
    other : float
        Scope 3 emissions besides categories 11 and 12. [t CO2e]
    required : float or None
        Least share asked for.

    Notes
    -----
    Below the line are categories 11 and 12 with the sales that the catalog does not list, and `other`. Indirect use
    and maintenance are optional: they are neither above nor below it.
    """
    rows = []
    for cohort in cohorts:
        everything = cohort.draws(Figure()) + unlisted(cohort, covered) + other
        if not (everything > 0).all():
            continue
        share = total(cohort, figures) / everything
        row: dict[str, Any] = {"year": cohort.year, **statistics(share, replicated), "required": required}
        row["probability_met"] = None if required is None else float(np.mean(share >= required))
        rows.append(row)
    return rows


def region_rows(
    base: Cohort,
    now: Cohort,
    end: Cohort | None,
    figures: Sequence[Figure],
    left_now: float,
    left_end: float,
    replicated: bool,
) -> list[dict[str, Any]]:
    """Share the target out to the regions, in two ways; each sums to the group's.

    Parameters
    ----------
    base, now, end : Cohort
        Of the base year, the reporting year, and the target year if known.
    figures : sequence of Figure
        Of ledgers as a whole: other figures cannot be shared out.
    left_now, left_end : float
        Shares of the base year that the path leaves.

    Notes
    -----
    ``same percentage``: every region contracts as the group does. ``by outlook``: in proportion to what each region
    is heading for in the target year, so that regions whose grids get cleaner by themselves take a stricter target.
    """
    if any(figure.by != "total" for figure in figures):
        return []
    regions = sorted({key[2] for cohort in (base, now) for key in cohort.groups if key[1] == "region"})
    of = {region: [Figure(figure.ledger, "region", region) for figure in figures] for region in regions}
    whole = float(total(base, figures).mean()) * left_end
    heading = {region: float(total(end, of[region]).mean()) for region in regions} if end is not None else {}
    rows = []
    for region in regions:
        start, level = total(base, of[region]), total(now, of[region])
        row: dict[str, Any] = {"region": region, "year": now.year, "base": float(start.mean())}
        row |= statistics(level, replicated)
        row["target"] = float(start.mean()) * left_now
        row["probability_met"] = float(np.mean(level <= start * left_now * (1 + 1e-12)))
        row["target_year_same_percentage"] = float(start.mean()) * left_end
        known = sum(heading.values())
        row["target_year_by_outlook"] = whole * heading[region] / known if known else None
        rows.append(row)
    return rows
