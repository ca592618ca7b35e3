"""Figures of every option, labelled as those of a run."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from usephase.engine.plan.compile import compile_plan
from usephase.engine.plan.records import Plan
from usephase.engine.plan.study import choose_kernel
from usephase.engine.plan.sums import INVENTORY, Key
from usephase.engine.run.figures import Book, Row, group_rows, scenario_rows, total_rows
from usephase.engine.run.local import tiles
from usephase.engine.run.statistics import describe
from usephase.insight.comparison.ties import total
from usephase.results.content import FIGURE_COLUMNS

if TYPE_CHECKING:
    from usephase.insight.comparison.paired import Paired

_GROUPS = ("product", "family", "region", "segment", "mode", "material", "component")


def option_figures(paired: "Paired", *, whole: bool, workers: int) -> pd.DataFrame:
    """Give the figures of every option: those of the catalog, or of the scope.

    Parameters
    ----------
    paired : Paired
    whole : bool
        Whether products outside the scope are counted.
    workers : int

    Returns
    -------
    DataFrame with the column ``option`` and those of a run's figures. Products outside the scope have no row.

    Notes
    -----
    The difference of the scope is added to the figures of the base: what is not touched is evaluated once.
    """
    settings = paired.catalog.settings
    base = paired.draws[""]
    plan, _ = paired.models[paired.chosen[0].name].plan(frozenset(), calendar=True)
    outside, outside_best = ({}, {}) if not whole else _outside(paired, workers)
    frames = []
    for choice in paired.chosen:
        mine = paired.draws[choice.name]
        draws = _added(outside, base.base_sums, mine.option_sums, mine.base_sums)
        best = _added(outside_best, base.base_best, mine.option_best, mine.base_best)
        rows = [row[:-1] for row in _rows(plan, draws)]
        known = {row[:-1]: float(np.ravel(row.sample)[0]) for row in _rows(plan, best)}
        samples = np.empty((len(rows), paired.study.draws))
        for out, row in zip(samples, _rows(plan, draws), strict=True):  # made twice rather than all held
            out[:] = row.sample
        first = np.array([known.get(labels, 0.0) for labels in rows])
        numbers = np.column_stack([first, describe(samples, paired.replicated)])
        frame = pd.DataFrame(rows, columns=list(FIGURE_COLUMNS[1:7]), dtype=object)
        frame.insert(0, "year", settings.reporting_year)
        frame[list(FIGURE_COLUMNS[7:])] = numbers
        frame.insert(0, "option", choice.name)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _rows(plan: Plan, sums: Book) -> Iterator[Row]:
    return chain(total_rows(plan, sums), scenario_rows(plan, sums), group_rows(plan, sums, _GROUPS))


def _added(
    outside: Mapping[Key, Any], base: Mapping[Key, Any], option: Mapping[Key, Any], its: Mapping[Key, Any]
) -> Book:
    terms: dict[Key, list[np.ndarray]] = {}
    for part, sign in ((outside, 1.0), (base, 1.0), (option, 1.0), (its, -1.0)):
        for key, x in part.items():
            if key[0] not in ("calendar", "service"):
                terms.setdefault(key, []).append(sign * x)
    return {key: total(each) for key, each in terms.items()}


def _outside(paired: "Paired", workers: int) -> tuple[dict[Key, Any], dict[Key, Any]]:
    """Evaluate the base's products that no option touches."""
    plan = compile_plan(paired.resolved, calendar=False)
    scope = set(paired.models[paired.chosen[0].name].products).union(*(m.scope for m in paired.models.values()))
    plan = replace(plan, products=tuple(p for p in plan.products if p.name not in scope))
    draws: dict[Key, Any] = {}
    best: dict[Key, Any] = {}
    wanted = replace(INVENTORY, by=frozenset({"total", *_GROUPS}) - {"product"})
    study = paired.study._replace(kernel=choose_kernel(plan, paired.study.draws), wanted=wanted)
    for tile in tiles(plan, study, workers):
        for into, part in ((draws, tile.draws), (best, tile.best)):
            for key, x in part.items():
                into[key] = into[key] + x if key in into else x
    return draws, best
