"""Run a plan on this machine: products in fixed tiles, sums in a fixed order."""

from collections.abc import Iterator

from threadpoolctl import threadpool_limits

from usephase.engine.execute.tiles import run_programs
from usephase.engine.plan.records import Plan
from usephase.engine.plan.study import Progress, Study, Tile, spans
from usephase.engine.program.group import local_cells, write_tile

__all__ = ["Study", "Tile", "tiles"]


def tiles(plan: Plan, study: Study, workers: int = 1, progress: Progress | None = None) -> Iterator[Tile]:
    """Evaluate a plan tile by tile, in order.

    Parameters
    ----------
    plan : Plan
    study : Study
    workers : int
        Threads; they share the draws of a tile.
    progress : callable, optional
        Told the work done and the work in all.
    """
    some, local = spans(plan), local_cells(plan)
    programs = (write_tile(plan, span, study.make(), study.draws, local, study.wanted) for span in some)
    # Our threads are the parallelism: the matrix products of lives made beforehand are too small to be split again.
    with threadpool_limits(1, user_api="blas"):
        for done, tile in enumerate(run_programs(programs, study, workers), start=1):
            if progress:
                progress(done, len(some))
            yield tile
