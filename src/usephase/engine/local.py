"""Run a plan on this machine: blocks of draws in threads, products in fixed tiles, sums in a fixed order."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import threadpool_limits

from usephase.engine.block import evaluate
from usephase.engine.plan import Plan
from usephase.engine.shared import Shared
from usephase.engine.study import Progress, Study, Tile, spans
from usephase.engine.sums import Key, Sums
from usephase.engine.values import Values

__all__ = ["Study", "Tile", "tiles"]

DRAWS = 4096
"""Draws evaluated at a time. A constant, so that no figure depends on how the work was cut."""
GROUP = 4
"""Tiles evaluated together unless asked otherwise; changes no figure."""


def tiles(
    plan: Plan,
    study: Study,
    workers: int = 1,
    group: int | None = None,
    progress: Progress | None = None,
    only: range | None = None,
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
    only : range, optional
        The tiles wanted, of all of the plan.

    Yields
    ------
    Tile, products `TILE` · i … of the plan.
    """
    group = group or GROUP
    wanted = spans(plan)[only.start : only.stop] if only else spans(plan)
    if study.kernel == "numba":
        from usephase.engine.compiled.tiles import compiled_tiles

        for done, tile in enumerate(compiled_tiles(plan, study, wanted, workers), start=1):
            if progress:
                progress(done, len(wanted))
            yield tile
        return
    starts = range(0, study.draws, DRAWS)
    total, done = len(starts) * -(-len(wanted) // group), 0
    # Our threads are the parallelism: the matrix products inside them are too small to be split again.
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(max_workers=workers) as pool:
        for first in range(0, len(wanted), group):
            mine = wanted[first : first + group]
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
