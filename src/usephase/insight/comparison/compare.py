"""Compare design options with each other, draw by draw."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from usephase.catalog.table import Catalog
from usephase.engine.run.local import Study
from usephase.errors import Problem, StudyError
from usephase.insight.comparison.differences import Sums, contributions, numbers, parts, under_scenarios
from usephase.insight.comparison.draws import ALL, MOST
from usephase.insight.comparison.figures import option_figures
from usephase.insight.comparison.measures import PER, unit_of
from usephase.insight.comparison.paired import Paired, pair, paired_sums
from usephase.insight.comparison.records import PART_COLUMNS, Comparison, Difference
from usephase.insight.comparison.ties import gap
from usephase.insight.decision.accumulated import accumulated
from usephase.insight.decision.breakeven import break_even as find_break_even
from usephase.insight.decision.breakeven import flip_map
from usephase.insight.decision.budget import hold, read_budget
from usephase.insight.decision.choose import rank_options
from usephase.insight.decision.deciding import deciding_cells
from usephase.results.provenance import created, versions
from usephase.results.scenarios import shares as shares_of
from usephase.sampling.design import DesignName

MARGIN = 0.05
"""Better by more than this share, unless asked otherwise."""


def compare(
    catalog: Catalog,
    options: Sequence[str],
    *,
    product: str | None = None,
    combine: bool = False,
    margin: float = MARGIN,
    whole: bool = True,
    per: str = "portfolio",
    break_even: Sequence[str] = (),
    flips: Sequence[tuple[str, str]] = (),
    budget: Sequence[str] = (),
    percentile: float = 95.0,
    draws: int | None = None,
    seed: int | None = None,
    design: DesignName | None = None,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Compare design options, paired: the same random numbers on both sides.

    Parameters
    ----------
    catalog : Catalog
        As `usephase.read_catalog` gives it.
    options : sequence of str
        Names of its options; ``base`` is the catalog itself, ``a+b`` two options together. The others are compared
        with the first one; a single option is compared with the base.
    product : str, optional
        Look at one product only.
    combine : bool
        Compare every combination of the options (full factorial); ``a|b`` names alternatives.
    margin : float
        The x of "better by more than x", as a share.
    whole : bool
        Give the figures of the whole catalog; otherwise those of the products that the options touch.
    per : {"unit", "service", "year", "portfolio"}
        The measure of break-evens, maps and of what decides.
    break_even : sequence of str
        Cells, ``TABLE:ROW:COLUMN`` or ``TABLE:ROW:COLUMN=LOW..HIGH``: at which value are both sides equal?
    flips : sequence of (str, str)
        Pairs of cells: the difference over values of both.
    budget : sequence of str
        Limits such as ``category_11 per unit <= 120 kg``.
    percentile : float
        Of the draws, 0 to 100: what has to keep the budgets.
    draws, seed, design : optional
        Instead of the catalog's settings.
    workers : int
        Threads; changes no figure.
    progress : callable, optional
        Told the work done and the work in all.

    Returns
    -------
    Comparison

    Raises
    ------
    StudyError
        An unknown option or product, options that cannot be combined, or that make no whole catalog.
    NumericError
        A draw without a finite answer.
    """
    settings = catalog.settings
    limits = [read_budget(text) for text in budget]
    _refuse_measure(per, percentile)
    study = Study(
        design or settings.design, settings.seed if seed is None else seed,
        settings.draws if draws is None else draws,
    )  # fmt: skip
    paired = pair(catalog, options, study, product=product, combine=combine, workers=workers, progress=progress)
    against = paired.chosen[0].name
    differences = [
        found for choice in paired.chosen[1:] for found in _differences(paired, choice.name, against, margin)
    ]
    meta = {
        "catalog": {"name": settings.name, "sha256": catalog.sha256}, "reporting_year": settings.reporting_year,
        "draws": study.draws, "seed": study.seed, "design": study.design, "unit": "t CO2e",
        "headline": {"grid_basis": settings.grid_basis, "boundary": settings.boundary}, "against": against,
        "products": list(paired.scope), "scope": "product" if product else "catalog" if whole else "touched",
        "versions": versions(), "created": created(),
    }  # fmt: skip
    ranking, decision = rank_options(paired)
    others = [choice.name for choice in paired.chosen[1:]]
    decision["per"] = per
    decision["cells"] = {name: deciding_cells(paired, name, per) for name in others}
    further: dict[str, Any] = {
        "break_evens": [find_break_even(paired, name, cell, per) for name in others for cell in break_even],
        "maps": [flip_map(paired, name, x, y, per) for name in others for x, y in flips],
        "accumulated": accumulated(paired),
        "budgets": [verdict for limit in limits for verdict in hold(paired, limit, percentile)],
    }
    figures = option_figures(paired, whole=whole and product is None, workers=workers)
    names = tuple(choice.name for choice in paired.chosen)
    return Comparison(meta, names, figures, tuple(differences), ranking, decision, further, paired.notes)


def _differences(paired: Paired, option: str, against: str, margin: float) -> list[Difference]:
    """Make the rows of one option: all products together first, then each one that differs."""
    out = []
    alone = len(paired.scope) == 1
    sums = paired_sums(paired, option), paired_sums(paired, against)
    names = [ALL] if len(paired.scope) > MOST else [ALL, *paired.scope]
    for name in names:
        for measure in paired.measures(name):
            # Of a single product "all together" would repeat its rows; the portfolio is a total of its own.
            if alone and name == ALL and measure != "portfolio":
                continue
            found = _difference(paired, option, against, name, measure, margin, sums)
            if found is not None:
                out.append(found)
    return out


def _difference(
    paired: Paired, option: str, against: str, name: str, measure: str, margin: float, sums: tuple[Sums, Sums]
) -> Difference | None:
    sides = paired.quantity(option, name), paired.quantity(against, name)
    after, before = (side.per(measure) for side in sides)
    if np.isnan(after).any() or np.isnan(before).any():
        return None  # not sold, or no service, on one side: there is nothing to divide by
    if name != ALL and not gap(after, before).any():
        return None
    replicated = paired.replicated
    shares = paired.contributions[option].get((name, measure))
    moves = [move.name for move in paired.exchanges[option].moves]
    headline = (paired.catalog.settings.grid_basis, paired.catalog.settings.boundary)
    split = pd.DataFrame(columns=list(PART_COLUMNS))
    if name == ALL or len(paired.scope) == 1:
        split = parts(*sums, sides, measure, headline)
    weights = shares_of(paired.catalog.settings.scenarios)
    apart: tuple[dict[str, Any], ...] = ()
    if len(weights) > 1:
        apart = under_scenarios(
            *sums, sides, measure, paired.scope if name == ALL else (name,), weights, replicated=replicated,
            margin=margin,
        )  # fmt: skip
    counted = paired.service.get(paired.scope[0] if name == ALL else name, "")
    return Difference(
        option, against, name or None, measure, unit_of(measure, counted), gap(after, before), after, before,
        numbers(after, before, replicated, margin), contributions(shares, moves, before, replicated), split,
        apart,
    )  # fmt: skip


def _refuse_measure(per: str, percentile: float) -> None:
    problems = []
    if per not in PER:
        problems.append(Problem(where="--per", what=f"`{per}` is no measure", fix=f"write one of {', '.join(PER)}"))
    if not 0 <= percentile <= 100:
        what = f"{percentile:g} is no percentile"
        problems.append(Problem(where="--percentile", what=what, fix="write a number from 0 to 100"))
    if problems:
        raise StudyError(problems)
