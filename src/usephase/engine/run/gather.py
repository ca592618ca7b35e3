"""Get the blocks of a plan: from a store, from this machine's threads, or from a cluster; and add up their sums."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

from usephase.engine.plan.parts import ProductRows
from usephase.engine.plan.records import Plan
from usephase.engine.plan.study import Progress, Study
from usephase.engine.run.blocks import (
    FINE,
    BlockResult,
    Branch,
    Known,
    Sums,
    added,
    evaluate_block,
    evaluate_blocks,
    tree,
)
from usephase.engine.run.store import Shelf


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
        What a store has of this run, and where finished blocks are kept.
    """

    workers: int = 1
    cluster: str | None = None
    memory: int | None = None
    shelf: Shelf | None = None


def gather(
    plan: Plan, study: Study, blocks: Sequence[range], keep: bool, means: Means,
    take: Callable[[ProductRows], None], progress: Progress | None = None,
) -> Sums:  # fmt: skip
    """Give the sums of all blocks; tell the rows of each, in order."""
    shelf = means.shelf
    there = shelf.there if shelf else set()
    missing = [block for number, block in enumerate(blocks) if number not in there]
    with closing(_made(plan, study, missing, keep, means, _beside(progress, blocks, there))) as made:
        gathered = _Gathered(plan, study, blocks, keep, means, take, made)
        sums = added(shelf.root if shelf else tree(plan, blocks), gathered.block, gathered.held, gathered.made)
        for _ in made:
            raise AssertionError("more blocks than asked for")
    return sums


class _Gathered:
    """What the tree asks for."""

    def __init__(
        self, plan: Plan, study: Study, blocks: Sequence[range], keep: bool, means: Means,
        take: Callable[[ProductRows], None], made: Iterator[BlockResult | Known],
    ) -> None:  # fmt: skip
        self._plan, self._study, self._blocks, self._keep, self._means = plan, study, blocks, keep, means
        self._take, self._made = take, made

    def block(self, number: int) -> Sums:
        """Give the sums of a block."""
        shelf = self._means.shelf
        if shelf is None or number not in shelf.there:
            result = next(self._made)
            if isinstance(result, BlockResult):
                self._take(result.rows)
                return result.sums
        assert shelf is not None
        rows, sums = shelf.rows(number), shelf.sums(Branch(number, number + 1))
        if rows is None or sums is None:
            # It was there a moment ago: it is damaged, or another run has made room since.
            result = self._again(number)
            rows, sums = result.rows, result.sums
        else:
            shelf.taken += len(self._blocks[number])
        self._take(rows)
        return sums

    def held(self, branch: Branch) -> Sums | None:
        """Give the sums of a branch that the store has."""
        shelf = self._means.shelf
        sums = shelf.sums(branch) if shelf else None
        if shelf is None or sums is None:
            return None
        for number in range(branch.first, branch.stop):
            rows = shelf.rows(number)
            if rows is not None:
                shelf.taken += len(self._blocks[number])
            self._take(self._again(number).rows if rows is None else rows)
        return sums

    def made(self, branch: Branch, sums: Sums) -> None:
        """Keep the sums of a branch."""
        if self._means.shelf:
            self._means.shelf.put_branch(branch, sums)

    def _again(self, number: int) -> BlockResult:
        result = evaluate_block(self._plan, self._study, self._blocks[number], self._keep, self._means.workers)
        assert self._means.shelf is not None
        self._means.shelf.put(result)
        return result


def _made(
    plan: Plan, study: Study, blocks: Sequence[range], keep: bool, means: Means, progress: Progress
) -> Generator[BlockResult | Known, None, None]:
    shelf = means.shelf
    if means.cluster and blocks:
        from usephase.engine.cluster.connect import cluster_blocks

        finished = shelf.put if shelf else None
        yield from cluster_blocks(means.cluster, plan, study, blocks, keep, means.memory, finished, progress)
        return
    known = shelf.known if shelf else None
    for result in evaluate_blocks(plan, study, blocks, keep, means.workers, progress, known):
        if shelf and isinstance(result, BlockResult):
            shelf.put(result)
        elif shelf:
            shelf.name(result.products, result.name)
        yield result


def _beside(progress: Progress | None, blocks: Sequence[range], there: set[int]) -> Progress:
    """Tell of the work beside the blocks that are there."""
    before = FINE * sum(len(blocks[number]) for number in there)

    def tell(done: int, total: int) -> None:
        if progress:
            progress(done + before, total + before)

    return tell
