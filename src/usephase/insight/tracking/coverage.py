"""Coverage of a target: the share of emissions that it covers, and how probably that is enough."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from usephase.insight.comparison.ties import reaches
from usephase.insight.figure import Figure
from usephase.insight.rules import Pack
from usephase.insight.tracking.cohorts import LEDGERS, Cohort, ledgers
from usephase.insight.tracking.levels import statistics, total
from usephase.insight.tracking.targets import probability_met

Array = np.ndarray


UNSET = "no target is set"
UNKNOWN = "cannot be assessed until the rest of scope 3 is given: --other-scope-3"
EMPTY = "cannot be assessed: there are no emissions"


def unlisted(cohort: Cohort, covered: Mapping[str, Array], ledger: str = "total") -> Array:
    """Give what the sales that the catalog does not list would add. Shape (draw,). [t CO2e]

    Parameters
    ----------
    covered : mapping of str to ndarray (draw,)
        Share of each family's sales that is listed.
    ledger : str
        A category, or the total of both.
    """
    extra = np.zeros_like(cohort.draws(Figure()))
    for family, share in covered.items():
        extra = extra + cohort.draws(Figure(ledger, "family", family)) * (1 / share - 1)
    return extra


def coverage(
    cohorts: Sequence[Cohort],
    figures: Sequence[Figure],
    covered: Mapping[str, Array],
    other: float | None,
    pack: Pack,
    target: bool,
    replicated: bool,
) -> dict[str, Any]:
    """Give the share of scope 3 that a target on `figures` covers.

    Parameters
    ----------
    cohorts : sequence of Cohort
        The base year's first.
    other : float or None
        Scope 3 emissions besides categories 11 and 12. [t CO2e]
    pack : Pack
        What it asks for: a share of all, or of each significant category.
    target : bool
        Whether there is one.

    Returns
    -------
    dict, JSON-able
        ``share`` in the base year, None if it cannot be assessed, and the ``reason``; ``years``: a row a year and
        category (empty: all of scope 3).

    Notes
    -----
    Below the line are categories 11 and 12 with the sales that the catalog does not list, and `other`. Indirect use
    and maintenance are optional: they are neither above nor below it.
    """
    rows: list[dict[str, Any]] = []
    if target and other is not None:
        for cohort in cohorts:
            rows += _year_rows(cohort, figures, covered, other, pack, replicated)
    if rows:
        return {"share": rows[0]["mean"], "reason": None, "years": rows}
    return {"share": None, "reason": UNSET if not target else UNKNOWN if other is None else EMPTY, "years": []}


def _year_rows(
    cohort: Cohort, figures: Sequence[Figure], covered: Mapping[str, Array], other: float, pack: Pack, replicated: bool
) -> list[dict[str, Any]]:
    everything = cohort.draws(Figure()) + unlisted(cohort, covered) + other
    if not (everything > 0).all():
        return []
    least, of_category = pack.value("significant_category"), pack.value("category_coverage")
    rows = []
    for category in ("", *LEDGERS) if least is not None else ("",):
        mine = [figure for figure in figures if not category or category in ledgers(figure)]
        of = [figure._replace(ledger=category or figure.ledger) for figure in mine]
        whole = cohort.draws(Figure(category)) + unlisted(cohort, covered, category) if category else everything
        if not (whole > 0).all():
            continue
        share = (total(cohort, of) if of else np.zeros_like(whole)) / whole
        significant = reaches(whole / everything, least or 0.0)
        required = of_category if category and significant.mean() >= 0.5 else pack.value("coverage")
        row = {"year": cohort.year, "category": category, **statistics(share, replicated), "required": required}
        row["of_scope_3"] = float((whole / everything).mean()) if category else None
        row["probability_significant"] = float(significant.mean()) if category else None
        # A share of exactly what is asked for is enough, whatever the last bit; nothing below it is rounded up.
        enough = None if required is None else reaches(share, required) | (~significant if category else False)
        row["probability_met"] = None if enough is None else float(np.mean(enough))
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
        row["probability_met"] = probability_met(level, start, left_now)
        row["target_year_same_percentage"] = float(start.mean()) * left_end
        known = sum(heading.values())
        row["target_year_by_outlook"] = whole * heading[region] / known if known else None
        rows.append(row)
    return rows
