"""Run tiles of products with the compiled kernel: the next tile is compiled while threads run this one."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from usephase.engine.compiled.code import AGES, LANES
from usephase.engine.compiled.program import Program, compile_tile, local_cells, run
from usephase.engine.plan import Plan
from usephase.engine.study import Study, Tile

LIVES_BYTES = 64 * 2**20
"""Memory for lives that are made beforehand: more draws at once are cut. Changes no figure."""


class _Running(NamedTuple):
    program: Program
    sums: np.ndarray
    touched: list[np.ndarray]
    jobs: list[Future[None]]


def compiled_tiles(plan: Plan, study: Study, spans: list[range], workers: int) -> Iterator[Tile]:
    """Evaluate tiles in order.

    Parameters
    ----------
    plan : Plan
    study : Study
    spans : list of range
        The products of each tile.
    workers : int
        Threads; they share the draws of a tile.
    """
    local = local_cells(plan)
    if workers == 1:
        for span in spans:
            program = compile_tile(plan, span, study.make(), study.draws, study.dtype, local)
            sums, touched = np.zeros((len(program.keys), study.draws)), np.zeros(len(program.keys), dtype=bool)
            for start, stop in cuts(program, study.draws, 1):
                run(program, study.make(), start, stop, study.dtype, sums, touched)
            yield _tile(program, study, sums, touched)
        return
    waiting: deque[_Running] = deque()
    with ThreadPoolExecutor(max_workers=workers) as pool:
        for span in spans:
            program = compile_tile(plan, span, study.make(), study.draws, study.dtype, local)
            sums = np.zeros((len(program.keys), study.draws))
            pieces = cuts(program, study.draws, workers)
            marks = [np.zeros(len(program.keys), dtype=bool) for _ in pieces]
            jobs = [
                pool.submit(run, program, study.make(), start, stop, study.dtype, sums, mark)
                for (start, stop), mark in zip(pieces, marks, strict=True)
            ]
            waiting.append(_Running(program, sums, marks, jobs))
            if len(waiting) > 1:
                yield _finish(waiting.popleft(), study)
        while waiting:
            yield _finish(waiting.popleft(), study)


def cuts(program: Program, draws: int, workers: int) -> list[tuple[int, int]]:
    """Cut the draws into pieces of whole rows: one a thread, or more if lives made beforehand take memory."""
    rows = -(-draws // LANES)
    most = max(1, LIVES_BYTES // (max(len(program.lives), 1) * 3 * AGES * 8 * LANES * workers))
    step = min(-(-rows // workers), most) * LANES
    return [(start, min(start + step, draws)) for start in range(0, draws, step)]


def _finish(running: _Running, study: Study) -> Tile:
    for job in running.jobs:
        job.result()
    return _tile(running.program, study, running.sums, np.any(running.touched, axis=0))


def _tile(program: Program, study: Study, sums: np.ndarray, touched: np.ndarray) -> Tile:
    count = len(program.keys)
    best, reached = np.zeros((count, 1)), np.zeros(count, dtype=bool)
    run(program, None, 0, 0, study.dtype, best, reached)
    return Tile(
        {key: sums[i] for i, key in enumerate(program.keys) if touched[i]},
        {key: float(best[i, 0]) for i, key in enumerate(program.keys) if reached[i]},
    )
