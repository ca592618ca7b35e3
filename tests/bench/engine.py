"""The engine as the benchmarks call it."""

import inspect
from typing import Any

import usephase
from usephase.catalog.table import Catalog
from usephase.results.run import Run


def run(catalog: Catalog, draws: int, kernel: str = "numba", workers: int = 1) -> Run:
    """Estimate with everything that a run gives; the draws of products are not kept."""
    knobs: dict[str, Any] = {"kernel": kernel}
    knobs = {k: v for k, v in knobs.items() if k in inspect.signature(usephase.estimate).parameters}
    return usephase.estimate(catalog, draws=draws, workers=workers, store_draws=False, **knobs)
