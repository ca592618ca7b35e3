"""What a sweep does for each product: its tape, and what each factor that touches it swaps there."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import cast

import numpy as np

from usephase.engine.plan import Plan
from usephase.insight.dependence import Dependence
from usephase.insight.figure import Figure
from usephase.insight.lean import Writer
from usephase.insight.tape import Key, Tape


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
    touching = _Touching(plan, factors)
    known: dict[tuple[object, ...], np.ndarray] = {}
    jobs = []
    for name, tape in tapes:
        swapped: dict[int, list[int]] = defaultdict(list)
        partial: set[tuple[int, int]] = set()
        for leaf, key in enumerate(tape.keys):
            for f, whole in touching(key):
                swapped[f].append(leaf)
                if not whole:
                    partial.add((f, leaf))
        if swapped or every:
            jobs.append(_job(name, tape, swapped, partial, known))
    return jobs


class _Touching:
    """Find the factors that move a leaf, and whether they move all that it depends on."""

    def __init__(self, plan: Plan, factors: Sequence[frozenset[int]]) -> None:
        self.factors, self.dependence = factors, Dependence(plan)
        self.of_cell: dict[int, list[int]] = defaultdict(list)
        for f, cells in enumerate(factors):
            for cell in cells:
                self.of_cell[cell].append(f)
        self._kept: dict[Key, list[tuple[int, bool]]] = {}

    def __call__(self, key: Key) -> list[tuple[int, bool]]:
        if key[0] in ("cell", "inverse"):
            return [(f, True) for f in self.of_cell.get(cast(int, key[1]), ())]
        if key not in self._kept:
            cells = self.dependence(key)
            numbers = sorted({f for cell in cells for f in self.of_cell.get(cell, ())})
            self._kept[key] = [(f, cells <= self.factors[f]) for f in numbers]
        return self._kept[key]


def _job(
    name: str,
    tape: Tape,
    swapped: dict[int, list[int]],
    partial: set[tuple[int, int]],
    known: dict[tuple[object, ...], np.ndarray],
) -> Job:
    numbers = sorted(swapped)
    leaves = tuple(tuple(swapped[f]) for f in numbers)
    # Products of one make swap the same places of the same tape.
    shape = (tape.meets, leaves)
    if shape not in known:
        known[shape] = np.array([tape.affine(row) for row in leaves], dtype=bool)
    listed = [(f, x) for f, row in zip(numbers, leaves, strict=True) for x in row]
    return Job(
        name=name, tape=tape, factors=np.array(numbers, dtype=np.int64),
        starts=np.array([0, *accumulate(map(len, leaves))], dtype=np.int64),
        leaf=np.array([x for _, x in listed], dtype=np.int64),
        whole=np.array([pair not in partial for pair in listed], dtype=bool), affine=known[shape],
    )  # fmt: skip
