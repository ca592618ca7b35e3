"""The tables of a run: totals, products and groups as labelled rows with statistics, and the draws that are kept."""

from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from usephase.engine.plan.parts import LEDGERS, STATISTICS, ProductRows, stacked
from usephase.engine.plan.records import PHASES, Plan
from usephase.engine.plan.study import Study
from usephase.engine.plan.sums import Key
from usephase.engine.plan.values import Values
from usephase.engine.run.figures import (
    Book,
    Row,
    Sample,
    calendar_rows,
    coverage_rows,
    group_rows,
    scenario_rows,
    total_rows,
)
from usephase.engine.run.statistics import describe
from usephase.results.content import FIGURE_COLUMNS, SERVICE_COLUMNS

STANDARD_GROUPS = ("family", "region", "segment", "mode", "material")
WITHOUT_CHOICES = ("category_12", "avoided", "biogenic_co2")
assert len(FIGURE_COLUMNS[7:]) == STATISTICS


class Tables(NamedTuple):
    """The figures of a run.

    Attributes
    ----------
    figures, service : DataFrame
        As in `usephase.results.run.Run`.
    draws : ndarray (row, draw)
        Of the figures that are not of products.
    rows : ndarray of int (row,)
        Their positions in `figures`.
    product_rows : ndarray of int (row,)
        Positions in `figures` of the products' rows, in the order in which the rows were given.
    """

    figures: pd.DataFrame
    service: pd.DataFrame
    draws: np.ndarray
    rows: np.ndarray
    product_rows: np.ndarray


def tables(
    plan: Plan, study: Study, sums: dict[Key, np.ndarray], best: dict[Key, float], products: ProductRows
) -> Tables:
    """Make the tables: totals and components, then products, then the other groupings."""
    totals, others = ([row[:-1] for row in rows] for rows in _rows(plan, study, sums))
    # Made twice, for all of them at once would be as much again as what is kept.
    draws = stacked(chain(*_rows(plan, study, sums)), len(totals) + len(others), study.draws)
    numbers = describe(draws, study.make().replicated, study.kernel)
    known = {row[:-1]: float(row.sample) for row in chain(*_rows(plan, None, best))}
    first = np.array([known.get(labels, 0.0) for labels in (*totals, *others)])
    numbers = np.column_stack([first, numbers])
    split, count = len(totals), len(products.labels)
    # By ledger and phase; products stay in the order of the plan.
    order = np.lexsort((products.labels[:, 1], products.labels[:, 0]))
    labels = _product_labels(plan, products.labels[order])
    merged = [
        np.concatenate([_column([row[i] for row in totals]), labels[i], _column([row[i] for row in others])])
        for i in range(6)
    ]
    figures = pd.DataFrame(dict(zip(FIGURE_COLUMNS[1:7], merged, strict=True)), dtype=object)
    figures.insert(0, "year", plan.year)
    figures[list(FIGURE_COLUMNS[7:])] = np.concatenate([numbers[:split], products.numbers[order], numbers[split:]])
    at = np.arange(len(draws))
    positions = np.empty(count, dtype=np.int64)
    positions[order] = split + np.arange(count)
    return Tables(figures, _service(plan, products), draws, np.where(at < split, at, at + count), positions)


def _rows(plan: Plan, study: Study | None, sums: Any) -> tuple[Iterator[Row], Iterator[Row]]:
    """Give the rows before and after the products'; at best estimates without a study."""
    book: Book = sums
    values = Values(plan.cells, None, 0, 1) if study is None else Values(plan.cells, study.make(), 0, study.draws)
    covered: dict[str, Sample] = {}
    for family, ref in plan.coverage.items():
        x = values(ref)
        covered[family] = float(np.ravel(x)[0]) if study is None else x
    groups = (*STANDARD_GROUPS, *plan.label_names)
    return total_rows(plan, book), chain(
        scenario_rows(plan, book), group_rows(plan, book, groups), group_rows(plan, book, ("component",)),
        calendar_rows(plan, book), coverage_rows(plan, book, covered),
    )  # fmt: skip


def _product_labels(plan: Plan, labels: np.ndarray) -> list[np.ndarray]:
    """Give the label columns of the products' rows, as `FIGURE_COLUMNS` has them."""
    ledgers = np.array(LEDGERS, dtype=object)
    phases = np.array([*PHASES, None], dtype=object)  # −1 is the last: none
    names = np.array([product.name for product in plan.products], dtype=object)
    at = labels[:, 0]
    bases = np.array([None if name in WITHOUT_CHOICES else plan.grid_basis for name in LEDGERS], dtype=object)
    boundaries = np.array([None if name in WITHOUT_CHOICES else plan.boundary for name in LEDGERS], dtype=object)
    by = np.full(len(at), "product", dtype=object)
    return [ledgers[at], bases[at], boundaries[at], phases[labels[:, 1]], by, names[labels[:, 2]]]


def _service(plan: Plan, products: ProductRows) -> pd.DataFrame:
    units = {
        mode.mode: mode.unit.split("/")[0] if mode.unit != "rest" else "h"
        for profile in plan.profiles
        for mode in profile
    }
    served = [plan.products[number] for number in products.served[:, 1]]
    modes = [product.service_mode for product in served]
    labels = (
        [product.name for product in served], modes, [f"kg CO2e/{units[mode]}" for mode in modes],
        [LEDGERS[ledger] for ledger in products.served[:, 0]],
    )  # fmt: skip
    frame = pd.DataFrame(dict(zip(SERVICE_COLUMNS[:4], labels, strict=True)), columns=list(SERVICE_COLUMNS[:4]))
    frame[list(SERVICE_COLUMNS[4:])] = products.per_service
    return frame


def _column(values: list[Any]) -> np.ndarray:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out
