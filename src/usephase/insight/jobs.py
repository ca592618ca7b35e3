"""What a sweep does for each product: its tape, and what each factor that touches it swaps there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from usephase.engine.plan import Plan
from usephase.insight.codes import Codes, list_codes, ranges, starts_of
from usephase.insight.dependence import Dependence
from usephase.insight.figure import Figure
from usephase.insight.lean import Writer
from usephase.insight.tape import Tape


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


def list_tapes(plan: Plan, figure: Figure) -> list[tuple[str, Tape]]:
    """Write the tape of every product that adds to a figure; give them with the products' names."""
    write = Writer(plan, figure)
    written = ((product.name, write(product)) for product in plan.products)
    return [(name, tape) for name, tape in written if tape is not None]


def make_jobs(
    plan: Plan, tapes: Sequence[tuple[str, Tape]], factors: Sequence[frozenset[int]], every: bool = True
) -> list[Job]:
    """Find what each factor swaps in the tapes of a figure.

    Parameters
    ----------
    tapes : sequence of (str, Tape)
        From `list_tapes`.
    factors : sequence of frozenset of int
        The cells of each factor; a cell may be in several.
    every : bool
        Keep the products that no factor touches as well.
    """
    codes = list_codes([tape for _, tape in tapes], Dependence(plan))
    factor, leaf, whole = _touches(plan, codes, factors)
    of = np.searchsorted(codes.starts, leaf, side="right") - 1
    order = np.lexsort((leaf, factor, of))
    factor, leaf, whole, of = factor[order], leaf[order] - codes.starts[of[order]], whole[order], of[order]
    first = np.flatnonzero(np.diff(of, prepend=-1) | np.diff(factor, prepend=-1))  # of each touch
    numbers, place = factor[first], starts_of(np.bincount(of, minlength=len(tapes)))
    touch = starts_of(np.bincount(of[first], minlength=len(tapes)))
    ends = np.append(first, of.size)
    known: dict[tuple[object, ...], np.ndarray] = {}
    jobs = []
    for i, (name, tape) in enumerate(tapes):
        a, b = touch[i], touch[i + 1]
        if a < b or every:
            starts, mine = ends[a : b + 1] - place[i], leaf[place[i] : place[i + 1]]
            affine = _affine(tape, starts, mine, known)
            jobs.append(Job(name, tape, numbers[a:b], starts, mine, whole[place[i] : place[i + 1]], affine))
    return jobs


def _touches(plan: Plan, codes: Codes, factors: Sequence[frozenset[int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give every factor that moves a leaf, that leaf, and whether all that the leaf depends on is moved."""
    dependence = Dependence(plan)
    of_cell = _by_cell(factors, len(plan.cells.group))
    cells = np.flatnonzero(codes.cell >= 0)
    starts = of_cell[0][codes.cell[cells]]
    counts = of_cell[0][codes.cell[cells] + 1] - starts
    alone = of_cell[1][ranges(starts, counts)], np.repeat(cells, counts)
    moved = []
    for key in codes.others:
        below = dependence(key)
        numbers = sorted({int(f) for c in below for f in of_cell[1][of_cell[0][c] : of_cell[0][c + 1]]})
        moved.append([(f, below <= factors[f]) for f in numbers])
    starts = starts_of([len(m) for m in moved])
    flat = np.array([pair for m in moved for pair in m], dtype=np.int64).reshape(-1, 2)
    rest = np.flatnonzero(codes.other >= 0)
    counts = np.diff(starts)[codes.other[rest]]
    at = ranges(starts[codes.other[rest]], counts)
    return (
        np.concatenate([alone[0], flat[at, 0]]), np.concatenate([alone[1], np.repeat(rest, counts)]),
        np.concatenate([np.ones(alone[0].size, dtype=bool), flat[at, 1].astype(bool)]),
    )  # fmt: skip


def _by_cell(factors: Sequence[frozenset[int]], cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the factors of each cell, one cell after the other, and where each cell's start."""
    cell = np.array([c for f in factors for c in f], dtype=np.int64)
    number = np.repeat(np.arange(len(factors)), [len(f) for f in factors])
    order = np.lexsort((number, cell))
    return starts_of(np.bincount(cell, minlength=cells)), number[order]


def _affine(
    tape: Tape, starts: np.ndarray, leaf: np.ndarray, known: dict[tuple[object, ...], np.ndarray]
) -> np.ndarray:
    """Tell of each touch whether the figure is affine in it; products of one make are asked once."""
    shape = (tape.meets, starts.tobytes(), leaf.tobytes())
    if shape not in known:
        parts = np.split(leaf, starts[1:-1]) if starts.size > 1 else []
        known[shape] = np.array([tape.affine(part.tolist()) for part in parts], dtype=bool)
    return known[shape]
