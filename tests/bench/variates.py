"""The bare variates: every uncertain cell of every product drawn by the engine's own means, and nothing else."""

from collections.abc import Callable

import numpy as np

from tests.bench.workload import OWN
from usephase.catalog.resolve import resolve
from usephase.catalog.table import Catalog
from usephase.engine.compile import compile_plan
from usephase.engine.values import Values
from usephase.sampling.design import make_design


def bare_variates(catalog: Catalog, draws: int, precision: str) -> Callable[[], object]:
    """Give what draws all products' own cells once, in the catalog's design and the precision's type."""
    plan = compile_plan(resolve(catalog), calendar=False)
    tables = {own.table for own in OWN.values()}
    cells = [i for i, (table, _, _) in enumerate(plan.cells.name) if table in tables]
    assert len(cells) == len(OWN) * len(plan.products)
    dtype = np.float32 if precision == "single" else np.float64
    settings = catalog.settings

    def work() -> object:
        design = make_design(settings.design, settings.seed, draws)
        values = Values(plan.cells, design, 0, draws, dtype)
        for cell in cells:
            values.cell(cell).astype(dtype, copy=False)
        return None

    return work
