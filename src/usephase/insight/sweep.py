"""One sweep over a catalog that answers for all of its cells at once.

A figure is a sum over products, and a cell touches some products only. For each product the sweep evaluates sample
matrices A and B once and then the response of both to every factor that touches it: by the slopes where the figure
is affine in what the factor moves (rates, hours, units, masses, emission factors, grid levels …), else by evaluating
the product's tape again. Cells of different products are thereby swapped in the same sweep; the change of the total
by a shared factor is the sum of the changes of the products it touches.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from usephase.engine.cells import Ref
from usephase.engine.plan import Plan
from usephase.engine.values import Values
from usephase.errors import NumericError
from usephase.insight.estimators import BLOCKS, OutputSums, products
from usephase.insight.figure import Figure
from usephase.insight.kernel import respond
from usephase.insight.lean import write_tape
from usephase.insight.leaves import Dependence, Swap, World
from usephase.insight.quick import quick
from usephase.insight.tape import Key, Tape
from usephase.sampling.design import Design

DRAWS = 2048
"""Draws evaluated at a time."""
SECOND = "second sample\x1f"
Progress = Callable[[int, int], None]


class SecondSample:
    """A design independent of another one: the same, with other names of groups."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.replicated = design.replicated

    def uniforms(self, group: str, dimension: int, start: int, stop: int) -> np.ndarray:
        """Give the uniforms of draws `start` … `stop` − 1."""
        return self.design.uniforms(SECOND + group, dimension, start, stop)


class Swapped(Values):
    """The draws of A, with some cells' draws from B."""

    def __init__(self, a: Values, b: Values, swapped: frozenset[int]) -> None:
        super().__init__(a.cells, a.design, a.start, a.stop, a.dtype)
        self._a, self._b, self._swapped = a, b, swapped

    def cell(self, cell: int) -> np.ndarray:
        """Give one cell. Shape (draw,)."""
        value = (self._b if cell in self._swapped else self._a)(Ref(cell, 0.0))
        return np.asarray(value)


@dataclass(frozen=True)
class Job:
    """A product's tape and what each factor that touches it swaps.

    Attributes
    ----------
    name : str
    factors : ndarray of int (factor,)
        Numbers of the factors.
    starts, leaf : ndarray of int
        The leaves that each swaps, one after the other.
    whole : ndarray of bool
        Whether all that such a leaf depends on is swapped, so that its value is the one at B.
    affine : ndarray of bool (factor,)
    """

    name: str
    tape: Tape
    factors: np.ndarray
    starts: np.ndarray
    leaf: np.ndarray
    whole: np.ndarray
    affine: np.ndarray


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
    f_a : ndarray (draw,)
        The figure at A. [t CO2e]
    """

    output: OutputSums
    joint: np.ndarray
    squared: np.ndarray
    touched: np.ndarray
    evaluations: int
    f_a: np.ndarray


def make_jobs(plan: Plan, figure: Figure, factors: Sequence[frozenset[int]], every: bool = True) -> list[Job]:
    """Write the tapes of a figure and find what each factor swaps in them.

    Parameters
    ----------
    factors : sequence of frozenset of int
        The cells of each factor; a cell may be in several.
    every : bool
        Keep the products that no factor touches as well.
    """
    dependence = Dependence(plan)
    of_cell: dict[int, list[int]] = defaultdict(list)
    for f, cells in enumerate(factors):
        for cell in cells:
            of_cell[cell].append(f)
    jobs = []
    for product in plan.products:
        tape = write_tape(plan, product, figure)
        if tape is None:
            continue
        swapped: dict[int, list[int]] = defaultdict(list)
        below = [dependence(key) for key in tape.keys]
        for leaf, cells in enumerate(below):
            for f in sorted({f for cell in cells for f in of_cell.get(cell, ())}):
                swapped[f].append(leaf)
        if swapped or every:
            jobs.append(_job(product.name, tape, swapped, below, factors))
    return jobs


def _job(
    name: str,
    tape: Tape,
    swapped: dict[int, list[int]],
    below: list[frozenset[int]],
    factors: Sequence[frozenset[int]],
) -> Job:
    numbers = sorted(swapped)
    leaves = [swapped[f] for f in numbers]
    return Job(
        name=name, tape=tape, factors=np.array(numbers, dtype=np.int64),
        starts=np.concatenate([[0], np.cumsum([len(x) for x in leaves])]).astype(np.int64),
        leaf=np.array([x for row in leaves for x in row], dtype=np.int64),
        whole=np.array([below[x] <= factors[f] for f in numbers for x in swapped[f]], dtype=bool),
        affine=np.array([tape.affine(row) for row in leaves], dtype=bool),
    )  # fmt: skip


def sweep(
    plan: Plan,
    jobs: Sequence[Job],
    factors: Sequence[frozenset[int]],
    design: Callable[[], Design],
    draws: int,
    workers: int = 1,
    progress: Progress | None = None,
) -> Sweep:
    """Evaluate all jobs over all draws.

    Parameters
    ----------
    design : callable
        Makes a design; one a thread, since a design keeps the order of the group it drew last.
    workers : int
        Threads, each with a range of draws; changes no figure.
    """
    touched = np.zeros(len(factors), dtype=np.int64)
    for job in jobs:
        touched[job.factors] += 1
    spans = [(start, min(start + DRAWS, draws)) for start in range(0, draws, DRAWS)]
    total, done = len(spans) * len(jobs), [0]

    def tell() -> None:
        done[0] += 1
        if progress and (done[0] % 32 == 0 or done[0] == total):
            progress(done[0], total)

    def run(span: tuple[int, int]) -> _Part:
        return _Part(plan, jobs, factors, touched, (design(), design()), span, tell)

    if min(workers, len(spans)) == 1:
        parts = [run(span) for span in spans]
    else:
        with ThreadPoolExecutor(max_workers=workers) as pool:
            parts = list(pool.map(run, spans))
    first = parts[0]
    output = OutputSums(float(first.f_a[0]))
    joint, squared = first.joint, first.squared
    for part in parts:
        output.add(part.f_a, part.f_b)
    for part in parts[1:]:
        joint += part.joint
        squared += part.squared
    answers = 2 * (len(jobs) + int(sum(len(job.factors) for job in jobs)))
    return Sweep(output, joint, squared, touched, answers * draws, np.concatenate([part.f_a for part in parts]))


class _Part:
    """A sweep over one range of draws."""

    def __init__(
        self,
        plan: Plan,
        jobs: Sequence[Job],
        factors: Sequence[frozenset[int]],
        touched: np.ndarray,
        designs: tuple[Design, Design],
        span: tuple[int, int],
        tell: Callable[[], None],
    ) -> None:
        self.plan, self.factors, self.size = plan, factors, span[1] - span[0]
        self.dependence = Dependence(plan)
        # Two designs: each keeps the order of the group that it drew last.
        self.a = Values(plan.cells, quick(designs[0]), *span)
        self.b = Values(plan.cells, SecondSample(quick(designs[1])), *span)
        self.at_a, self.at_b = (World(plan, v, self.dependence) for v in (self.a, self.b))
        self.f_a, self.f_b = np.zeros(self.size), np.zeros(self.size)
        self.joint, self.squared = np.zeros((len(factors), BLOCKS)), np.zeros((len(factors), BLOCKS))
        # Factors of several products add up their changes first: their indices need the sum.
        self.shared = {int(f): i for i, f in enumerate(np.flatnonzero(touched > 1))}
        self.row = np.full(len(factors), -1)
        self.row[list(self.shared)] = list(self.shared.values())
        self.there, self.back = (np.zeros((len(self.shared), self.size)) for _ in range(2))
        self.sides = (_Side(self, self.at_a, self.at_b), _Side(self, self.at_b, self.at_a))
        for job in jobs:
            self._add(job)
            tell()
        if self.shared:
            rows = list(self.shared)
            self.joint[rows], self.squared[rows] = products(self.there, self.back)

    def _add(self, job: Job) -> None:
        tape = job.tape
        first, second = np.empty((len(tape.keys), self.size)), np.empty((len(tape.keys), self.size))
        for i, key in enumerate(tape.keys):
            first[i], second[i] = self.at_a(key), self.at_b(key)
        f_a, there = self.sides[0].respond(job, first, second)
        f_b, back = self.sides[1].respond(job, second, first)
        if not (np.isfinite(f_a).all() and np.isfinite(f_b).all() and np.isfinite(there + back).all()):
            raise NumericError(
                f"product {job.name} has a draw without a finite value → look for a divisor that may come near 0 "
                "(efficiency, amount, mean life) among its cells and narrow its distribution"
            )
        self.f_a += f_a
        self.f_b += f_b
        rows = self.row[job.factors]
        own, common = np.flatnonzero(rows < 0), np.flatnonzero(rows >= 0)
        if own.size:
            self.joint[job.factors[own]], self.squared[job.factors[own]] = products(there[own], back[own])
        self.there[rows[common]] += there[common]
        self.back[rows[common]] += back[common]
        for world in (self.at_a, self.at_b, *self.sides[0].worlds.values(), *self.sides[1].worlds.values()):
            world.forget()


class _Side:
    """One of the two sample matrices, with factors swapped in from the other."""

    def __init__(self, part: _Part, here: World, other: World) -> None:
        self.part, self.here, self.other = part, here, other
        self.worlds: dict[int, World] = {}
        self.common: dict[tuple[Key, frozenset[int]], Any] = {}

    def respond(self, job: Job, here: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give a product's figure here, and what each factor from the other matrix adds."""
        tape, (source, extra) = job.tape, self._swapped(job)
        f, change = respond(
            tape.code, tape.left, tape.right, tape.a, tape.b, tape.root, tape.scale, here, other, extra, job.starts,
            job.leaf, source, job.affine,
        )  # fmt: skip
        return f, change

    def _world(self, factor: int) -> World:
        cells = self.part.factors[factor]
        swap = Swap(self.here, self.other, cells, self.common)
        swapped = Swapped(self.here.values, self.other.values, cells)
        return World(self.part.plan, swapped, self.part.dependence, swap)

    def _swapped(self, job: Job) -> tuple[np.ndarray, np.ndarray]:
        """Find the value of each swapped leaf: a row of the other matrix, or one made for the factor."""
        source = job.leaf.copy()
        extra: list[np.ndarray] = []
        own: dict[int, World] = {}
        for j in np.flatnonzero(~job.whole):
            f = int(job.factors[np.searchsorted(job.starts, j, side="right") - 1])
            kept = self.worlds if self.part.row[f] >= 0 else own
            if f not in kept:
                kept[f] = self._world(f)
            source[j] = len(job.tape.keys) + len(extra)
            extra.append(np.broadcast_to(kept[f](job.tape.keys[job.leaf[j]]), (self.part.size,)))
        return source, np.array(extra).reshape(-1, self.part.size)
