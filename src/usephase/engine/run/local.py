"""Run a plan on this machine: products in fixed tiles, sums in a fixed order."""

from collections.abc import Iterator

from threadpoolctl import threadpool_limits

from usephase.engine.execute.tiles import written_tiles
from usephase.engine.plan.records import Plan
from usephase.engine.plan.study import Progress, Study, Tile, spans
from usephase.engine.plan.sums import INVENTORY, Wanted

__all__ = ["Study", "Tile", "tiles"]


def tiles(
    plan: Plan, study: Study, workers: int = 1, progress: Progress | None = None, only: range | None = None,
    wanted: Wanted = INVENTORY,
) -> Iterator[Tile]:  # fmt: skip
    """Evaluate a plan tile by tile, in order.

    Parameters
    ----------
    plan : Plan
    study : Study
    workers : int
        Threads; they share the draws of a tile.
    progress : callable, optional
        Told the work done and the work in all.
    only : range, optional
        The tiles wanted, of all of the plan.
    wanted : Wanted, optional
        The sums.

    Yields
    ------
    Tile, products `TILE` · i … of the plan.
    """
    some = spans(plan)[only.start : only.stop] if only else spans(plan)
    # Our threads are the parallelism: the matrix products of lives made beforehand are too small to be split again.
    with threadpool_limits(1, user_api="blas"):
        for done, tile in enumerate(written_tiles(plan, study, some, workers, wanted), start=1):
            if progress:
                progress(done, len(some))
            yield tile
