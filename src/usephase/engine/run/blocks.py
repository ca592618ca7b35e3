"""Blocks of products: pure functions of plan and study; and the one order in which their sums are added.

A block gives the finished rows of its products and the sums of all else. Sums are added tile by tile within a block,
block by block within a branch, branch by branch within a larger one: a fixed tree, so that the last bit does not depend
on who computed a block, or in which order they came in. Like blocks, branches end where names say so: a product that is
added moves no other branch.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from usephase.engine.execute.tiles import run_programs
from usephase.engine.plan.parts import Finishing, ProductRows, joined, not_of_products
from usephase.engine.plan.records import Plan
from usephase.engine.plan.study import Progress, Study, Tile, cut_by, hashes, tiles_of
from usephase.engine.plan.sums import Key
from usephase.engine.program.group import Program, local_cells, write_tile
from usephase.engine.run.identity import fingerprint

NEAR, MOST = 3, 12
"""Parts of a branch: more than the one, save at the ends, and the other at most. Constants, as `TILE`."""
FINE = 100
"""Steps of progress a product."""


class Sums(NamedTuple):
    """What some successive products add up to, draws and best estimates by key."""

    draws: dict[Key, np.ndarray]
    best: dict[Key, float]


class BlockResult(NamedTuple):
    """What a block gives.

    Attributes
    ----------
    products : range
    name : str
        Of all that decides its bits, see `usephase.engine.run.identity.fingerprint`.
    sums : Sums
    rows : ProductRows
        The finished rows of its products.
    """

    products: range
    name: str
    sums: Sums
    rows: ProductRows


class Known(NamedTuple):
    """Stands for a block that need not be computed: somebody keeps what is of this name."""

    products: range
    name: str


class Branch(NamedTuple):
    """Blocks `first` … `stop` − 1, in parts; a block alone has none."""

    first: int
    stop: int
    parts: tuple["Branch", ...] = ()


def tree(plan: Plan, blocks: Sequence[range]) -> Branch:
    """Give the tree along which the sums of blocks are added."""
    level = [Branch(i, i + 1) for i in range(len(blocks))]
    names = [plan.products[block.start].name for block in blocks]
    depth = 0
    while len(level) > 1:
        depth += 1
        parts = [range(len(level))]
        if len(level) > MOST:
            parts = cut_by(hashes([names[branch.first] for branch in level], f"branches {depth}"), NEAR, MOST)
        if len(parts) == len(level):
            parts = [range(len(level))]
        level = [
            level[part.start] if len(part) == 1
            else Branch(level[part.start].first, level[part.stop - 1].stop, tuple(level[part.start : part.stop]))
            for part in parts
        ]  # fmt: skip
    return level[0]


def evaluate_block(plan: Plan, study: Study, block: range, keep: bool = False, workers: int = 1) -> BlockResult:
    """Evaluate a block: a function of its arguments alone.

    Parameters
    ----------
    plan : Plan
    study : Study
    block : range
        Of products, as `usephase.engine.plan.study.cut_blocks` gives it.
    keep : bool
        Whether the draws of products are kept.
    workers : int
        Threads; changes no figure.
    """
    (result,) = evaluate_blocks(plan, study, [block], keep, workers)
    assert isinstance(result, BlockResult)
    return result


def evaluate_blocks(
    plan: Plan, study: Study, blocks: Sequence[range], keep: bool = False, workers: int = 1,
    progress: Progress | None = None, known: Callable[[str], bool] | None = None,
) -> Iterator[BlockResult | Known]:  # fmt: skip
    """Evaluate blocks in order, one after the other, without a pause between them.

    Parameters
    ----------
    plan, study, keep, workers
        As in `evaluate_block`.
    blocks : sequence of range
    progress : callable, optional
        Told the work done and the work in all.
    known : callable, optional
        Tells by its name whether what a block gives is kept somewhere: then it is not computed.
    """
    local = local_cells(plan)
    decided: deque[tuple[str, bool]] = deque()

    def programs() -> Iterator[Program]:
        for block in blocks:
            written = [
                write_tile(plan, span, study.make(), study.draws, local, study.wanted) for span in tiles_of(block)
            ]
            name = fingerprint(plan, study, block, keep, written)
            decided.append((name, known is not None and known(name)))
            if not decided[-1][1]:
                yield from written

    wanted, done = sum(map(len, blocks)), 0
    waiting: deque[Tile] = deque()
    # Our threads are the parallelism: the matrix products of lives made beforehand are too small to be split again.
    with ThreadPoolExecutor(workers) if workers > 1 else nullcontext() as pool, threadpool_limits(1, user_api="blas"):
        made = run_programs(programs(), study, workers)
        for block in blocks:
            while not decided:  # programs are written as tiles are asked for
                waiting.extend([tile for tile in [next(made, None)] if tile is not None])
            name, is_known = decided.popleft()
            if is_known:
                done += len(block)
                yield Known(block, name)
            else:
                sums, rows = Sums({}, {}), []
                before: Finishing | None = None
                for span in tiles_of(block):
                    tile = waiting.popleft() if waiting else next(made)
                    finishing = Finishing(plan, study, span, tile, keep, pool)
                    add_tile(sums, tile)
                    del tile
                    if before is not None:  # of one tile at a time: its draws are held until it is finished
                        rows.append(before.result())
                    before = finishing
                    done += len(span)
                    if progress:
                        progress(done * FINE, wanted * FINE)
                assert before is not None
                rows.append(before.result())
                yield BlockResult(block, name, sums, joined(rows))
            if progress:
                progress(done * FINE, wanted * FINE)


def add_tile(into: Sums, tile: Tile) -> None:
    """Add the sums of a tile that are not of one product; copies, since what it gives are views that keep all of it."""
    for key, x in not_of_products(tile.draws).items():
        if key in into.draws:
            into.draws[key] += x
        else:
            into.draws[key] = np.array(x, dtype=float)
    _add_to(into.best, not_of_products(tile.best))


def added(
    branch: Branch, block: Callable[[int], Sums], held: Callable[[Branch], Sums | None],
    made: Callable[[Branch, Sums], None],
) -> Sums:  # fmt: skip
    """Add the sums of blocks along a tree.

    Parameters
    ----------
    branch : Branch
    block : callable
        Gives the sums of a block by its number; asked for each once, in order. Its arrays are taken over.
    held : callable
        Gives the sums of a branch, if they are known: then its blocks are not asked for.
    made : callable
        Told the sums of each branch.
    """
    if not branch.parts:
        return block(branch.first)
    known = held(branch)
    if known is not None:
        return known
    out: Sums | None = None
    for part in branch.parts:
        its = added(part, block, held, made)
        if out is None:
            out = its
        else:
            _add_to(out.draws, its.draws)
            _add_to(out.best, its.best)
    assert out is not None
    made(branch, out)
    return out


def _add_to(into: dict[Key, Any], more: Mapping[Key, Any]) -> None:
    """Add sums by key, in place; a key that is new is taken over."""
    for key, x in more.items():
        if key in into:
            into[key] += x
        else:
            into[key] = x
