"""Get the blocks of a plan, in order: from a spool, from this machine's threads, or from a cluster."""

from collections.abc import Generator, Sequence
from contextlib import closing
from typing import NamedTuple

from usephase.engine.plan.records import Plan
from usephase.engine.plan.study import Progress, Study
from usephase.engine.run.blocks import BlockResult, evaluate_block, evaluate_blocks
from usephase.engine.run.checkpoints import Shelf

FINE = 100
"""Steps of progress a tile."""


class Means(NamedTuple):
    """What a plan is evaluated with; changes no figure.

    Attributes
    ----------
    workers : int
        Threads on this machine.
    cluster : str, optional
        Address of a cluster, see `usephase.engine.cluster.connect`.
    memory : int, optional
        Budget. [bytes]
    shelf : Shelf, optional
        Where finished blocks are kept.
    """

    workers: int = 1
    cluster: str | None = None
    memory: int | None = None
    shelf: Shelf | None = None


def gathered(
    plan: Plan, study: Study, blocks: Sequence[range], keep: bool, means: Means, progress: Progress | None = None
) -> Generator[BlockResult, None, None]:
    """Give the results of all blocks, in order. Whoever stops before the end closes it, and so ends the workers."""
    shelf = means.shelf
    whole = shelf.whole() if shelf else set()
    missing = [block for number, block in enumerate(blocks) if number not in whole]
    there = FINE * sum(len(blocks[number]) for number in whole)

    def tell(done: int, total: int) -> None:
        if progress:
            progress(done + there, total + there)

    if means.cluster and missing:
        from usephase.engine.cluster.connect import cluster_blocks

        finished = shelf.put if shelf else None
        made = cluster_blocks(means.cluster, plan, study, missing, keep, means.memory, finished, tell)
    else:
        made = _here(plan, study, missing, keep, means, tell)
    with closing(made):
        for number, block in enumerate(blocks):
            if number not in whole:
                yield next(made)
                continue
            assert shelf is not None
            # It was whole a moment ago; another run into the same folder may have ended and tidied up since.
            yield shelf.take(number) or evaluate_block(plan, study, block, keep, means.workers)
        for _ in made:
            raise AssertionError("more blocks than asked for")


def _here(
    plan: Plan, study: Study, blocks: Sequence[range], keep: bool, means: Means, progress: Progress
) -> Generator[BlockResult, None, None]:
    for result in evaluate_blocks(plan, study, blocks, keep, means.workers, progress):
        if means.shelf:
            means.shelf.put(result)
        yield result
