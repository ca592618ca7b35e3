"""What a sweep does for each product: its tape, and what each factor that touches it swaps there."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from usephase.engine.plan import Plan
from usephase.insight.dependence import Dependence
from usephase.insight.figure import Figure
from usephase.insight.lean import write_tape
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
