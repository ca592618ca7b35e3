"""Run tiles of products: the next tile is written while threads run this one."""

import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from usephase.engine.execute.kernel import aligned
from usephase.engine.plan.records import Plan
from usephase.engine.plan.study import Kernel, Study, Tile
from usephase.engine.plan.sums import Key, Wanted
from usephase.engine.plan.values import Values
from usephase.engine.program.code import AGES, LANES
from usephase.engine.program.group import Program, local_cells, run, write_tile

LIVES_BYTES = 16 * 2**20
"""Memory for lives that are made beforehand: more draws at once are cut. Changes no figure."""
BLOCK = 1024
"""Draws of a block. Changes no figure."""
ASIDE = 72
"""Room behind each sum: rows a power of two apart would meet in the same few lines of the caches."""


Block = slice | None
Finished = dict[Key, np.ndarray]


class Buffers:
    """Memory for the sums of tiles, used again as soon as nothing looks at it any more.

    Fresh memory of this size comes from the system page by page, at a price of a tenth of the whole computation.
    """

    def __init__(self) -> None:
        self._made: list[np.ndarray] = []

    def take(self, sums: int, columns: int) -> np.ndarray:
        """Give an array (sum, column) of numbers of any value."""
        size = sums * columns
        for held in self._made:
            # Views keep its owner, which otherwise the array itself and the call alone hold.
            if held.size >= size and sys.getrefcount(held.base) == 2:
                return held[:size].reshape(sums, columns)
        self._made = [held for held in self._made if held.size >= size]
        self._made.append(aligned(size))
        return self._made[-1][:size].reshape(sums, columns)


class _Piece(NamedTuple):
    """Some draws of a tile: their range, and which sums they touch."""

    start: int
    stop: int
    touched: np.ndarray


class _Started(NamedTuple):
    """A compiled tile, and the sums that its pieces add to."""

    program: Program
    sums: np.ndarray
    pieces: list[_Piece]


def run_programs(programs: Iterable[Program], study: Study, workers: int) -> Iterator[Tile]:
    """Run tiles in order.

    Parameters
    ----------
    programs : iterable of Program
        One a tile; the next is asked for while threads run this one.
    study : Study
    workers : int
        Threads; they share the draws of a tile.
    """
    buffers = Buffers()
    started = (_start(program, study, workers, buffers) for program in programs)
    if workers == 1:
        for one in started:
            for piece in one.pieces:
                _run(one, study, piece)
            yield _tile(one, study)
            del one  # its sums are those of the next tile
        return
    waiting: deque[tuple[_Started, list[Future[None]]]] = deque()
    with ThreadPoolExecutor(max_workers=workers) as pool:
        for one in started:
            waiting.append((one, [pool.submit(_run, one, study, piece) for piece in one.pieces]))
            if len(waiting) > 1:
                yield _finish(*waiting.popleft(), study)
        while waiting:
            yield _finish(*waiting.popleft(), study)


def in_blocks(
    plan: Plan, study: Study, spans: Iterable[range], wanted: Wanted, workers: int, *, draws: bool = True
) -> Iterator[tuple[Block, Finished]]:
    """Evaluate tiles one after the other, each in blocks of draws: for sums so many that few draws fit in memory.

    Parameters
    ----------
    plan : Plan
    study : Study
    spans : iterable of range
        The products of each tile.
    wanted : Wanted
        The sums.
    workers : int
        Threads; they share the blocks of a tile.
    draws : bool
        Whether the draws are wanted too, not best estimates alone.

    Yields
    ------
    block : slice
        The draws; None: best estimates.
    sums : dict of Key to ndarray (draw,)
        Until the next ones are asked for.
    """
    local = local_cells(plan)
    with ThreadPoolExecutor(max_workers=workers) as pool:
        for span in spans:
            program = write_tile(plan, span, study.make(), study.draws, local, wanted)
            yield None, _evaluated(program, Values(plan.cells, None, 0, 1), *_held(program, LANES), study.kernel)
            if not draws:
                continue
            free = [_held(program, min(BLOCK, -(-study.draws // LANES) * LANES)) for _ in range(workers + 1)]
            waiting: deque[tuple[slice, tuple[np.ndarray, np.ndarray], Future[Finished]]] = deque()
            for start in range(0, study.draws, BLOCK):
                if not free:
                    block, room, job = waiting.popleft()
                    yield block, job.result()
                    free.append(room)
                block, room = slice(start, min(start + BLOCK, study.draws)), free.pop()
                values = Values(plan.cells, study.make(), block.start, block.stop)
                waiting.append((block, room, pool.submit(_evaluated, program, values, *room, study.kernel)))
            for block, _, job in waiting:
                yield block, job.result()


def _held(program: Program, columns: int) -> tuple[np.ndarray, np.ndarray]:
    count = len(program.keys)
    return aligned(count * (columns + ASIDE)).reshape(count, columns + ASIDE), np.zeros(count, dtype=bool)


def _evaluated(program: Program, values: Values, sums: np.ndarray, touched: np.ndarray, kernel: Kernel) -> Finished:
    touched[:] = False
    run(program, values, sums, touched, kernel, values.start)
    return {key: sums[i, : values.size] for i, key in enumerate(program.keys) if touched[i]}


def _start(program: Program, study: Study, workers: int, buffers: Buffers) -> _Started:
    count = len(program.keys)
    pieces = [_Piece(*cut, np.zeros(count, dtype=bool)) for cut in cuts(program, study.draws, workers)]
    return _Started(program, buffers.take(count, -(-study.draws // LANES) * LANES + ASIDE), pieces)


def _run(one: _Started, study: Study, piece: _Piece) -> None:
    values = Values(one.program.plan.cells, study.make(), piece.start, piece.stop)
    run(one.program, values, one.sums, piece.touched, study.kernel)


def cuts(program: Program, draws: int, workers: int) -> list[tuple[int, int]]:
    """Cut the draws into pieces of whole rows: one a thread, or more if lives made beforehand take memory."""
    rows = -(-draws // LANES)
    most = max(1, LIVES_BYTES // (max(len(program.lives), 1) * 3 * AGES * 8 * LANES * workers))
    step = min(-(-rows // workers), most) * LANES
    return [(start, min(start + step, draws)) for start in range(0, draws, step)]


def _finish(one: _Started, jobs: list[Future[None]], study: Study) -> Tile:
    for job in jobs:
        job.result()
    return _tile(one, study)


def _tile(one: _Started, study: Study) -> Tile:
    program, sums = one.program, one.sums
    touched = np.any([piece.touched for piece in one.pieces], axis=0)
    count = len(program.keys)
    best, reached = np.empty((count, LANES)), np.zeros(count, dtype=bool)
    run(program, Values(program.plan.cells, None, 0, 1), best, reached, study.kernel)
    return Tile(
        {key: sums[i, : study.draws] for i, key in enumerate(program.keys) if touched[i]},
        {key: float(best[i, 0]) for i, key in enumerate(program.keys) if reached[i]},
    )
