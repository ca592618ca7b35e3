"""Run a plan on this machine: blocks of draws in threads, products in fixed tiles, sums in a fixed order."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from usephase.engine.block import evaluate
from usephase.engine.plan import Plan
from usephase.engine.shared import Shared
from usephase.engine.sums import Key, Sums
from usephase.engine.values import Values
from usephase.sampling.design import Design, make_design

TILE = 64
"""Products summed at a time. A constant: another tile would give sums other last bits."""
DRAWS = 4096
"""Draws evaluated at a time. A constant, so that no figure depends on how the work was cut."""
GROUP = 4
"""Tiles evaluated together unless asked otherwise; changes no figure."""

Progress = Callable[[int, int], None]


class Tile(NamedTuple):
    """The sums of one tile of products: draws (draw,) and best estimates by key."""

    draws: dict[Key, np.ndarray]
    best: dict[Key, float]


class Study(NamedTuple):
    """How to draw: the design's name, the seed, the number of draws and the precision of the arithmetic."""

    design: str
    seed: int
    draws: int
    precision: str = "double"

    def make(self) -> Design:
        """Make the design; one a thread, since a design keeps the order of the group it drew last."""
        return make_design(self.design, self.seed, self.draws)  # type: ignore[arg-type]

    @property
    def dtype(self) -> type:
        """Type of the arithmetic."""
        return np.float32 if self.precision == "single" else np.float64


def tiles(
    plan: Plan, study: Study, workers: int = 1, group: int | None = None, progress: Progress | None = None
) -> Iterator[Tile]:
    """Evaluate a plan tile by tile, in order.

    Parameters
    ----------
    plan : Plan
    study : Study
    workers : int
        Threads.
    group : int
        Tiles evaluated together, so that what products share is evaluated once for all of them. Changes no figure.
    progress : callable, optional
        Told the work done and the work in all.

    Yields
    ------
    Tile, products `TILE` · i … of the plan.
    """
    group = group or GROUP
    spans = [range(first, min(first + TILE, len(plan.products))) for first in range(0, len(plan.products), TILE)]
    starts = range(0, study.draws, DRAWS)
    total, done = len(starts) * -(-len(spans) // group), 0
    # Our threads are the parallelism: the matrix products inside them are too small to be split again.
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(max_workers=workers) as pool:
        for first in range(0, len(spans), group):
            mine = spans[first : first + group]
            jobs = [pool.submit(_block, plan, study, mine, start) for start in starts]
            best = _best(plan, mine)
            held: list[dict[Key, np.ndarray]] = [{} for _ in mine]
            for start, job in zip(starts, jobs, strict=True):
                for into, sums in zip(held, job.result(), strict=True):
                    for key, x in sums.items():
                        if key not in into:
                            into[key] = np.zeros(study.draws)
                        into[key][start : start + len(x)] = x
                done += 1
                if progress:
                    progress(done, total)
            for into, sums in zip(held, best, strict=True):
                yield Tile(into, {key: float(x[0]) for key, x in sums.items()})


def _block(plan: Plan, study: Study, spans: list[range], start: int) -> list[Sums]:
    stop = min(start + DRAWS, study.draws)
    shared = Shared(plan, Values(plan.cells, study.make(), start, stop, study.dtype))
    return [evaluate(plan, shared, span) for span in spans]


def _best(plan: Plan, spans: list[range]) -> list[Sums]:
    shared = Shared(plan, Values(plan.cells, None, 0, 1))
    return [evaluate(plan, shared, span) for span in spans]
