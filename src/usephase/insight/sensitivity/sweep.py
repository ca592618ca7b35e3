"""One sweep over a catalog that answers for all of its cells at once.

A figure is a sum over products, and a cell touches some products only. For each product the sweep evaluates sample
matrices A and B once and then the response of both to every factor that touches it: by the slopes where the figure
is affine in what the factor moves (rates, hours, units, masses, emission factors, grid levels …), else by evaluating
the product's tape again. Cells of different products are thereby swapped in the same sweep; the change of the total
by a shared factor is the sum of the changes of the products it touches.

Spans of draws follow each other; within a span, threads take ranges of products. The ranges are the same whatever
the number of threads, and their sums are added in their order: so are the bits of the answer.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from usephase.engine.adjoint.graph import Graph
from usephase.engine.adjoint.jobs import Job
from usephase.engine.adjoint.lay_out import Layout, lay_out
from usephase.engine.adjoint.layout import SHARED, WHOLE
from usephase.engine.adjoint.passes import BLOCKS, run
from usephase.engine.adjoint.rows import Rows, Sampled, SecondSample
from usephase.engine.plan.values import Values
from usephase.engine.program.code import LANES
from usephase.errors import NumericError, not_finite
from usephase.insight.sensitivity.estimators import OutputSums, products
from usephase.sampling.design import Design

DRAWS = 512
"""Most draws of a span."""
MEMORY = 1 << 26
"""Bytes that the values shared by products may take; a span is shorter where there are many."""
PRODUCTS, ROWS = 128, 512
"""Most products, and most rows made for single products, of a range that a thread takes."""
Progress = Callable[[int, int], None]


@dataclass
class Sweep:
    """Sums by block of a sweep.

    Attributes
    ----------
    output : OutputSums
    joint, squared : ndarray (factor, block)
    touched : ndarray of int (factor,)
        Number of products that each factor touches.
    evaluations : int
        Evaluations of a product in one draw.
    f_a, f_b : ndarray (draw,)
        The figure at A and at B. [t CO2e]
    there, back : ndarray (factor, draw)
        Changes of the figure at A and at B by each factor from the other, if they were to be kept.
    """

    output: OutputSums
    joint: np.ndarray
    squared: np.ndarray
    touched: np.ndarray
    evaluations: int
    f_a: np.ndarray
    f_b: np.ndarray
    there: np.ndarray
    back: np.ndarray

    def of(self, at: list[int]) -> "Sweep":
        """Give the same of some of the factors, whose changes were kept."""
        parts = {name: getattr(self, name)[at] for name in ("joint", "squared", "touched", "there", "back")}
        return replace(self, **parts)


@dataclass
class _Part:
    """What a range of products adds in a span."""

    f_a: np.ndarray
    f_b: np.ndarray
    rows: np.ndarray
    there: np.ndarray
    back: np.ndarray
    sums: np.ndarray
    slopes: np.ndarray


def sweep(
    graph: Graph,
    jobs: Sequence[Job],
    factors: Sequence[frozenset[int]],
    design: Callable[[], Design],
    draws: int,
    workers: int = 1,
    progress: Progress | None = None,
    *,
    keep: bool = False,
) -> Sweep:
    """Evaluate all jobs over all draws.

    Parameters
    ----------
    design : callable
        Makes a design; one a thread, since a design keeps the order of the group it drew last.
    workers : int
        Threads, each with a range of products; changes no figure.
    keep : bool
        Keep the change by every factor in every draw: for few factors only.
    """
    work = _Work(graph, jobs, factors, design, draws, keep)
    kept = np.zeros((2, len(factors) if keep else 0, draws))
    spans = list(work.spans())
    total, done = len(spans) * len(work.ranges), 0
    f_a, f_b = np.zeros(draws), np.zeros(draws)
    with ThreadPoolExecutor(max_workers=workers) as pool:
        for start, stop in spans:
            shared = work.shared_rows.values(partial(work.pair, start, stop), stop - start, pool.map)
            there, back = (np.zeros((work.shared.size, stop - start)) for _ in range(2))
            slopes = np.zeros((2, work.program.common.rows.size, stop - start))
            tasks = (partial(work.part, (start, stop), shared, at) for at in range(len(work.ranges)))
            for part in in_turn(pool, tasks, workers):
                f_a[start:stop] += part.f_a
                f_b[start:stop] += part.f_b
                there[part.rows] += part.there
                back[part.rows] += part.back
                for side in range(2):
                    slopes[side, part.sums] += part.slopes[side]
                done += 1
                if progress:
                    progress(done, total)
            work.move(shared, slopes, there, back)
            if keep:
                kept[0, :, start:stop], kept[1, :, start:stop] = there, back
            if work.shared.size:
                joint, squared = products(there, back)
                work.joint[work.shared] += joint
                work.squared[work.shared] += squared
    output = OutputSums(float(f_a[0]) if draws else 0.0)
    output.add(f_a, f_b)
    answers = 2 * (len(jobs) + int(sum(len(job.factors) for job in jobs)))
    return Sweep(output, work.joint, work.squared, work.touched, answers * draws, f_a, f_b, kept[0], kept[1])


def in_turn(pool: ThreadPoolExecutor, tasks: Iterator[Callable[[], _Part]], workers: int) -> Iterator[_Part]:
    """Run tasks on threads and give their answers in the tasks' order, a few ahead of the reader at most."""
    if workers == 1:
        for task in tasks:
            yield task()
        return
    waiting: deque[Future[_Part]] = deque()
    for task in tasks:
        waiting.append(pool.submit(task))
        if len(waiting) > 2 * workers:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


class _Work:
    """The program of a sweep and where its sums go."""

    def __init__(
        self,
        graph: Graph,
        jobs: Sequence[Job],
        factors: Sequence[frozenset[int]],
        design: Callable[[], Design],
        draws: int,
        keep: bool,
    ) -> None:
        self.graph, self.jobs, self.factors, self.design, self.draws = graph, jobs, factors, design, draws
        self.program = lay_out(graph, jobs, factors)
        self.sampled = Sampled(design(), draws)
        self.shared_rows = Rows(graph, self.program.shared, self.sampled)
        self.touched = self.program.touched
        # Factors of several products add up their changes first: their indices need the sum.
        self.is_shared = (self.touched > 1) | keep
        self.is_shared[self.program.common.factor] = True
        self.shared = np.flatnonzero(self.is_shared)
        self.joint, self.squared = np.zeros((len(factors), BLOCKS)), np.zeros((len(factors), BLOCKS))
        self.ranges = list(_ranges(self.program))
        self.own_rows = [
            Rows(graph, [row for mine in self.program.own[first:last] for row in mine], self.sampled)
            for first, last in self.ranges
        ]

    def pair(self, start: int, stop: int) -> tuple[Values, Values]:
        """Give both samples of a range of draws. Two designs: each keeps the order of the group that it drew last."""
        cells = self.graph.plan.cells
        a, b = self.design(), SecondSample(self.design())
        return Values(cells, a, start, stop), Values(cells, b, start, stop)

    def spans(self) -> Iterator[tuple[int, int]]:
        """Cut the draws so that what products share fits into memory."""
        rows = len(self.program.shared) + 3 * (self.shared.size + self.program.common.rows.size)
        size = min(DRAWS, max(LANES, MEMORY // (16 * max(rows, 1)) // LANES * LANES))
        for start in range(0, self.draws, size):
            yield start, min(start + size, self.draws)

    def part(self, span: tuple[int, int], shared: np.ndarray, at: int) -> _Part:
        """Evaluate a range of products."""
        first, last = self.ranges[at]
        own = self.own_rows[at].values(partial(self.pair, *span), span[1] - span[0])
        part = self._run(shared, own, first, last)
        if not self._finite(part, first, last):
            self._refuse(shared, own, first, last)
        return part

    def _touching(self, first: int, last: int) -> np.ndarray:
        """Give the numbers of the factors that touch a range of products, one product after the other."""
        swaps = self.program.swaps
        return swaps.factor[swaps.starts[first] : swaps.starts[last]]

    def _run(self, shared: np.ndarray, own: np.ndarray, first: int, last: int) -> _Part:
        program, touching = self.program, self._touching(first, last)
        rows = np.unique(touching[self.is_shared[touching]])
        common = np.full(len(self.factors), -1, dtype=np.int64)
        common[rows] = np.arange(rows.size)
        size = shared.shape[2]
        leaf_sum = program.tapes.leaf_sum[program.tapes.leaf_starts[first] : program.tapes.leaf_starts[last]]
        summed = np.unique(leaf_sum[leaf_sum >= 0])
        sums = np.full(program.common.rows.size, -1, dtype=np.int64)
        sums[summed] = np.arange(summed.size)
        f_a, f_b, slopes = np.zeros(size), np.zeros(size), np.zeros((2, summed.size, size))
        there, back = np.zeros((rows.size, size)), np.zeros((rows.size, size))
        run(
            first, last, program.nodes, program.tapes, program.swaps, shared, own, sums, slopes, common, there, back,
            f_a, f_b, self.joint, self.squared,
        )  # fmt: skip
        return _Part(f_a, f_b, np.searchsorted(self.shared, rows), there, back, summed, slopes)

    def move(self, shared: np.ndarray, slopes: np.ndarray, there: np.ndarray, back: np.ndarray) -> None:
        """Turn sums of slopes into the changes of the figure by the factors that products share."""
        common, at = self.program.common, np.searchsorted(self.shared, self.program.common.factor)
        for e, (row, kind, new) in enumerate(zip(common.sum, common.kind, common.row, strict=True)):
            for side, change in enumerate((there, back)):
                here = shared[side, common.rows[row]]
                other = shared[1 - side, common.rows[row]] if kind == WHOLE else shared[side, new]
                change[at[e]] += slopes[side, row] * (other - here)
                if not np.isfinite(change[at[e]]).all():
                    self._refuse_row(int(common.rows[row]))

    def _finite(self, part: _Part, first: int, last: int) -> bool:
        mine = self._touching(first, last)
        sums = (part.f_a, part.f_b, part.there, part.back, part.slopes, self.joint[mine], self.squared[mine])
        return all(np.isfinite(x).all() for x in sums)

    def _refuse(self, shared: np.ndarray, own: np.ndarray, first: int, last: int) -> None:
        """Say which product has no value; its own sums are spoilt already."""
        starts = self.program.swaps.own_starts[first : last + 1] - self.program.swaps.own_starts[first]
        for p in range(first, last):
            self.joint[:], self.squared[:] = 0.0, 0.0
            mine = own[:, starts[p - first] : starts[p - first + 1]]
            if not self._finite(self._run(shared, np.ascontiguousarray(mine), p, p + 1), p, p + 1):
                raise self._refusal(p)

    def _refuse_row(self, row: int) -> None:
        """Say which product meets a row that has no value when cells are swapped."""
        tapes = self.program.tapes
        leaf = int(np.flatnonzero((tapes.leaf_kind == SHARED) & (tapes.leaf_at == row))[0])
        raise self._refusal(int(np.searchsorted(tapes.leaf_starts, leaf, side="right")) - 1)

    def _refusal(self, p: int) -> NumericError:
        return not_finite(f"product {self.jobs[p].name} has a draw without a finite value", " among its cells")


def _ranges(program: Layout) -> Iterator[tuple[int, int]]:
    first, count = 0, len(program.own)
    for p in range(1, count + 1):
        rows = program.swaps.own_starts[p] - program.swaps.own_starts[first]
        full = p - first == PRODUCTS or rows >= ROWS
        if full or p == count:
            yield first, p
            first = p
