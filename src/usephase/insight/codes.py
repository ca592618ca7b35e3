"""Leaves of many tapes as numbers, so that arrays answer for all of them what a leaf is and what moves it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from usephase.insight.dependence import Dependence
from usephase.insight.tape import Key, Tape


@dataclass(frozen=True)
class Codes:
    """The leaves of tapes, one tape after the other.

    Attributes
    ----------
    starts : ndarray of int (tape + 1,)
    cell : ndarray of int (leaf,)
        The cell of a leaf that is one, or one over it; else −1.
    inverse : ndarray of bool (leaf,)
    other : ndarray of int (leaf,)
        Number in `others` of a leaf that is no cell; else −1.
    others : list of Key
    local : ndarray of bool (leaf,)
        Whether a leaf depends on cells of a single product.
    """

    starts: np.ndarray
    cell: np.ndarray
    inverse: np.ndarray
    other: np.ndarray
    others: list[Key]
    local: np.ndarray

    def key(self, leaf: int) -> Key:
        """Give the key of a leaf."""
        if self.other[leaf] >= 0:
            return self.others[self.other[leaf]]
        return ("inverse" if self.inverse[leaf] else "cell", int(self.cell[leaf]))


def list_codes(tapes: Sequence[Tape], dependence: Dependence) -> Codes:
    """Number the leaves of tapes."""
    numbers: dict[Key, int] = {}
    # A cell is 2·cell, one over it 2·cell + 1, anything else below 0.
    code = np.array(
        [
            2 * key[1] if key[0] == "cell" else 2 * key[1] + 1 if key[0] == "inverse"  # type: ignore[operator]
            else ~numbers.setdefault(key, len(numbers))
            for tape in tapes for key in tape.keys
        ],
        dtype=np.int64,
    )  # fmt: skip
    others = list(numbers)
    is_cell = code >= 0
    cell, other = np.where(is_cell, code >> 1, -1), np.where(is_cell, -1, ~code)
    # The last of either list answers for −1.
    local_cell = np.array([*(g.startswith("product:") for g in dependence.plan.cells.group), False], dtype=bool)
    local_other = np.array([*(dependence.local(key) for key in others), False], dtype=bool)
    return Codes(
        starts=starts_of([len(tape.keys) for tape in tapes]), cell=cell, inverse=is_cell & (code % 2 == 1),
        other=other, others=others, local=local_cell[cell] | local_other[other],
    )  # fmt: skip


def starts_of(sizes: Sequence[int] | np.ndarray) -> np.ndarray:
    """Give where parts of these sizes start, and where the last ends."""
    return np.concatenate([[0], np.cumsum(np.asarray(sizes, dtype=np.int64))]).astype(np.int64)


def ranges(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Give starts[0], starts[0] + 1, … (counts[0] of them), starts[1], …"""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if counts.size else 0) + np.repeat(starts - (ends - counts), counts)
