"""What a sweep does for each product: its tape, and what each factor that touches it swaps there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from usephase.engine.adjoint.graph import CELL, Graph
from usephase.engine.adjoint.tape import Tape


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


def make_jobs(
    graph: Graph, tapes: Sequence[tuple[str, Tape]], factors: Sequence[frozenset[int]], every: bool = True
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
    begins = starts_of([len(tape.leaves) for _, tape in tapes])
    nodes = np.array([node for _, tape in tapes for node in tape.leaves], dtype=np.int64)
    factor, leaf, whole = _touches(graph, nodes, factors)
    of = np.searchsorted(begins, leaf, side="right") - 1
    order = np.lexsort((leaf, factor, of))
    factor, leaf, whole, of = factor[order], leaf[order] - begins[of[order]], whole[order], of[order]
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


def _touches(
    graph: Graph, nodes: np.ndarray, factors: Sequence[frozenset[int]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give every factor that moves a leaf, that leaf, and whether all that the leaf depends on is moved."""
    of_cell = _by_cell(factors, len(graph.plan.cells))
    unique, place = np.unique(nodes, return_inverse=True)
    moved = []
    for node in unique.tolist():
        below = graph.below(node)
        if graph.nodes[node].code == CELL and len(below) == 1:
            (cell,) = below
            numbers = of_cell[1][of_cell[0][cell] : of_cell[0][cell + 1]]
            moved.append(np.stack([numbers, np.ones_like(numbers)], axis=1))
            continue
        met = sorted({int(f) for c in below for f in of_cell[1][of_cell[0][c] : of_cell[0][c + 1]]})
        moved.append(np.array([(f, below <= factors[f]) for f in met], dtype=np.int64).reshape(-1, 2))
    starts = starts_of([len(m) for m in moved])
    flat = np.concatenate(moved) if moved else np.zeros((0, 2), dtype=np.int64)
    counts = np.diff(starts)[place]
    at = ranges(starts[place], counts)
    return flat[at, 0], np.repeat(np.arange(nodes.size), counts), flat[at, 1].astype(bool)


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


def starts_of(sizes: Sequence[int] | np.ndarray) -> np.ndarray:
    """Give where parts of these sizes start, and where the last ends."""
    return np.concatenate([[0], np.cumsum(np.asarray(sizes, dtype=np.int64))]).astype(np.int64)


def ranges(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Give starts[0], starts[0] + 1, … (counts[0] of them), starts[1], …"""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if counts.size else 0) + np.repeat(starts - (ends - counts), counts)
