"""The bare variates: every uncertain cell of every product drawn by the engine's compiled code, and nothing else."""

from collections.abc import Callable

import numpy as np
from numba import njit

from tests.bench.workload import OWN
from usephase.catalog.resolve import resolve
from usephase.catalog.table import Catalog
from usephase.engine.execute.borrowed import borrowed
from usephase.engine.plan.compile import compile_plan
from usephase.engine.program.cells import CellArrays, cell_arrays, fill
from usephase.engine.program.code import LANES


def bare_variates(catalog: Catalog, draws: int) -> Callable[[], object]:
    """Give what draws all products' own cells once, product by product.

    What a draw needs to know of the cells is collected beforehand and not timed.
    """
    plan = compile_plan(resolve(catalog), calendar=False)
    tables = {own.table for own in OWN.values()}
    products: dict[str, list[int]] = {}
    for i, (table, row, _) in enumerate(plan.cells.name):
        if table in tables:
            products.setdefault(row.partition("=")[2].partition(";")[0], []).append(i)
    assert {len(cells) for cells in products.values()} == {len(OWN)}
    known = [cell_arrays(plan.cells, cells, catalog.settings.seed, draws) for cells in products.values()]
    assert not any(k.given for k in known)
    out = np.empty(LANES)

    def work() -> object:
        return sum(_drawn(k, draws, out) for k in known)

    return work


def _drawn(k: CellArrays, draws: int, out: np.ndarray) -> float:
    scratch = (np.empty(LANES, dtype=np.int32), np.empty(LANES))
    return _fill_all(
        draws, k.kind, k.params, k.group, k.dimension, k.seeds, k.words, k.digits, k.place, k.points, k.best,
        np.zeros((0, 0)), out, *scratch,
    )  # fmt: skip


@njit(error_model="numpy")
def _fill_all(
    draws: int,
    kind: np.ndarray,
    params: np.ndarray,
    group: np.ndarray,
    dimension: np.ndarray,
    seeds: np.ndarray,
    words: np.ndarray,
    digits: np.ndarray,
    place: np.ndarray,
    table: np.ndarray,
    best: np.ndarray,
    given: np.ndarray,
    out: np.ndarray,
    points: np.ndarray,
    u: np.ndarray,
) -> float:
    """Draw cells group by group as the engine does; a sum keeps the compiler from leaving the draws out."""
    kind, params, group, dimension = borrowed(kind), borrowed(params), borrowed(group), borrowed(dimension)
    seeds, words, digits, place = borrowed(seeds), borrowed(words), borrowed(digits), borrowed(place)
    table, best, given, out = borrowed(table), borrowed(best), borrowed(given), borrowed(out)
    points, u = borrowed(points), borrowed(u)
    kept = 0.0
    for start in range(0, draws, LANES):
        known = -1
        for cell in range(kind.size):
            known = fill(
                cell, start, known, points, u, kind, params, group, dimension, seeds, words, digits, place, table, best,
                given, out,
            )  # fmt: skip
            kept += out[0]
    return kept
