"""Blocks: pure functions of plan, study and a range of tiles; and the one order in which their sums are added.

A block gives the finished rows of its products and the sums of all else. Sums are added tile by tile within a leaf of
`LEAF` tiles, and leaf by leaf: a fixed tree, so that the last bit does not depend on how tiles were cut into blocks, on
who computed them, or in which order they came in. A block adds up what stands at the left of that tree itself, and
hands over the rest tile by tile.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from usephase.engine.plan.parts import Finishing, ProductRows, joined, not_of_products
from usephase.engine.plan.records import Plan
from usephase.engine.plan.study import TILE, Progress, Study
from usephase.engine.plan.sums import Key
from usephase.engine.run.local import tiles as evaluated

LEAF = 8
"""Tiles added up before their sum is added to the whole. A constant: another would give sums other last bits."""
WORTH = 2**22
"""Products times draws that a block has at least: about a second of work, and of what a crash may lose."""


class Partial(NamedTuple):
    """What some successive tiles of one leaf add up to, draws and best estimates by key."""

    first: int
    stop: int
    draws: dict[Key, np.ndarray]
    best: dict[Key, float]


class BlockResult(NamedTuple):
    """What a block gives: its tiles, their sums, and the finished rows of its products."""

    first: int
    stop: int
    partials: tuple[Partial, ...]
    rows: ProductRows


def count_tiles(plan: Plan) -> int:
    """Count the tiles of a plan."""
    return -(-len(plan.products) // TILE)


def cut(plan: Plan, draws: int, size: int | None = None) -> list[range]:
    """Cut a plan into blocks: whole leaves, as many as are worth a task.

    Parameters
    ----------
    plan : Plan
    draws : int
    size : int, optional
        Tiles a block, instead.
    """
    count = count_tiles(plan)
    step = size or LEAF * max(1, -(-WORTH // (LEAF * TILE * draws)))
    return [range(first, min(first + step, count)) for first in range(0, count, step)]


def evaluate_block(plan: Plan, study: Study, tiles: range, keep: bool = False, workers: int = 1) -> BlockResult:
    """Evaluate a block: a function of its arguments alone.

    Parameters
    ----------
    plan : Plan
    study : Study
    tiles : range
        Of products, of all of the plan.
    keep : bool
        Whether the draws of products are kept.
    workers : int
        Threads; changes no figure.
    """
    return next(evaluate_blocks(plan, study, [tiles], keep, workers))


def evaluate_blocks(
    plan: Plan, study: Study, blocks: Sequence[range], keep: bool = False, workers: int = 1,
    progress: Progress | None = None,
) -> Iterator[BlockResult]:  # fmt: skip
    """Evaluate blocks in order, one after the other, without a pause between blocks that adjoin.

    Parameters
    ----------
    plan, study, keep, workers
        As in `evaluate_block`.
    blocks : sequence of range
    progress : callable, optional
        Told the work done and the work in all.
    """
    wanted, before = sum(map(len, blocks)), 0
    with ThreadPoolExecutor(workers) if workers > 1 else nullcontext() as pool:
        for run in _adjoining(blocks):
            span = range(run[0].start, run[-1].stop)
            tell = _told(progress, before, len(span), wanted)
            made = evaluated(plan, study, workers, progress=tell, only=span)
            for block in run:
                partials, rows = Partials(), []
                waiting: Finishing | None = None
                for number, tile in zip(block, islice(made, len(block)), strict=True):
                    finishing = Finishing(plan, study, number, tile, keep, pool)
                    partials.add(number, not_of_products(tile.draws), not_of_products(tile.best))
                    del tile
                    if waiting is not None:  # of one tile at a time: its draws are held until it is finished
                        rows.append(waiting.result())
                    waiting = finishing
                assert waiting is not None
                rows.append(waiting.result())
                yield BlockResult(block.start, block.stop, partials.all(), joined(rows))
            before += len(span)


class Partials:
    """Add up a block's tiles as far as the fixed tree allows."""

    def __init__(self) -> None:
        self._made: list[Partial] = []

    def add(self, number: int, draws: Mapping[Key, np.ndarray], best: Mapping[Key, float]) -> None:
        """Add the next tile."""
        last = self._made[-1] if self._made else None
        if last is not None and number % LEAF and last.first % LEAF == 0 and last.stop == number:
            add_to(last.draws, draws)
            add_to(last.best, best)
            self._made[-1] = last._replace(stop=number + 1)
            return
        # Copies: what a tile gives are views that would keep all of it alive.
        own = {key: np.array(x, dtype=float) for key, x in draws.items()}
        self._made.append(Partial(number, number + 1, own, dict(best)))

    def all(self) -> tuple[Partial, ...]:
        """Give what there is."""
        return tuple(self._made)


class Reducer:
    """Add the sums of blocks, which come in order, along the fixed tree."""

    def __init__(self) -> None:
        self.draws: dict[Key, np.ndarray] = {}
        self.best: dict[Key, float] = {}
        self._leaf: Partial | None = None

    def add(self, result: BlockResult) -> None:
        """Add the next block; its arrays are taken over."""
        for part in result.partials:
            if part.first % LEAF == 0:
                self._close()
                self._leaf = part
            else:
                assert self._leaf is not None
                assert self._leaf.stop == part.first
                add_to(self._leaf.draws, part.draws)
                add_to(self._leaf.best, part.best)
                self._leaf = self._leaf._replace(stop=part.stop)

    def whole(self) -> tuple[dict[Key, np.ndarray], dict[Key, float]]:
        """Give the sums of all blocks."""
        self._close()
        return self.draws, self.best

    def _close(self) -> None:
        if self._leaf is not None:
            add_to(self.draws, self._leaf.draws)
            add_to(self.best, self._leaf.best)
            self._leaf = None


def add_to(into: dict[Key, Any], more: Mapping[Key, Any]) -> None:
    """Add sums by key, in place; a key that is new is taken over."""
    for key, x in more.items():
        if key in into:
            into[key] += x
        else:
            into[key] = x


def _adjoining(blocks: Sequence[range]) -> Iterator[list[range]]:
    run: list[range] = []
    for block in blocks:
        if run and run[-1].stop != block.start:
            yield run
            run = []
        run.append(block)
    if run:
        yield run


def _told(progress: Progress | None, before: int, span: int, wanted: int) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    fine = 100  # steps a tile: a small run is one tile
    return lambda done, total: progress(before * fine + span * fine * done // total, wanted * fine)
