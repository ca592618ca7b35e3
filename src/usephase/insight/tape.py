"""A product's figure written as sums and products of leaves, so that what a cell changes follows without the rest.

A leaf is a value of its own: a cell, its inverse, a life's electricity, the fate of a material. Everything above the
leaves is multiplication and addition. Hence a change of leaves that are nowhere multiplied with each other changes
the figure by exactly Σ ∂figure/∂leaf · (change of the leaf), whatever its size: one reverse pass gives the response
to any number of such cells.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from usephase.engine.cells import Ref

MULTIPLY, ADD = 0, 1
ONE = ("one",)
Key = tuple[Hashable, ...]


class Expr(NamedTuple):
    """A coefficient times a node; node −1 is the number 1."""

    factor: float
    node: int


@dataclass(frozen=True)
class Tape:
    """A finished figure of one product.

    Attributes
    ----------
    keys : tuple of Key
        The leaves; they are nodes 0 … len(keys) − 1, operations follow in order.
    code, left, right : ndarray of int (operation,)
        `MULTIPLY` gives ``a · left · right``, `ADD` gives ``a · left + b · right``.
    a, b : ndarray (operation,)
    root : int
        The node whose value, times `scale`, is the figure.
    meets : tuple of int
        For each leaf the set, as bits, of the leaves that it is multiplied with somewhere.
    """

    keys: tuple[Key, ...]
    code: np.ndarray
    left: np.ndarray
    right: np.ndarray
    a: np.ndarray
    b: np.ndarray
    root: int
    scale: float
    meets: tuple[int, ...]

    def affine(self, leaves: Iterable[int]) -> bool:
        """Tell whether the figure is affine in these leaves taken together."""
        changed = 0
        for leaf in leaves:
            changed |= 1 << leaf
        return not any(self.meets[leaf] & changed for leaf in leaves)


class TapeBuilder:
    """Write a tape; numbers are folded into coefficients, zeros vanish."""

    def __init__(self) -> None:
        self._leaf: dict[Key, int] = {}
        self._ops: list[tuple[int, int, int, float, float]] = []
        self._below: list[int] = []  # leaves below each operation, as bits
        self._meets: list[int] = []
        self._known: dict[tuple[int, int, int, float, float], int] = {}

    def number(self, value: float) -> Expr:
        """Give a constant."""
        return Expr(float(value), -1)

    def leaf(self, key: Key) -> Expr:
        """Give a leaf."""
        if key not in self._leaf:
            self._leaf[key] = len(self._leaf)
            self._meets.append(0)
        return Expr(1.0, ~self._leaf[key] - 1)

    def ref(self, ref: Ref) -> Expr:
        """Give a fixed number or a cell."""
        return self.number(ref.value) if ref.cell < 0 else self.leaf(("cell", ref.cell))

    def inverse(self, ref: Ref) -> Expr:
        """Give one over a fixed number or a cell."""
        return self.number(1 / ref.value) if ref.cell < 0 else self.leaf(("inverse", ref.cell))

    def times(self, *factors: Expr) -> Expr:
        """Multiply."""
        number, node = 1.0, -1
        for x in factors:
            number *= x.factor
            if number == 0.0:
                return Expr(0.0, -1)
            if x.node != -1:
                node = x.node if node == -1 else self._push(MULTIPLY, node, x.node, 1.0, 0.0)
        return Expr(number, node)

    def plus(self, *terms: Expr) -> Expr:
        """Add."""
        number = sum(x.factor for x in terms if x.node == -1)
        listed = [x for x in terms if x.node != -1 and x.factor != 0.0]
        if number != 0.0 and listed:
            listed.append(Expr(number, self.leaf(ONE).node))
        if not listed:
            return Expr(float(number), -1)
        total = listed[0]
        for x in listed[1:]:
            total = Expr(1.0, self._push(ADD, total.node, x.node, total.factor, x.factor))
        return total

    def finish(self, figure: Expr) -> Tape:
        """Close the tape at its figure."""
        root = self.leaf(ONE).node if figure.node == -1 else figure.node
        leaves = len(self._leaf)
        code, left, right, a, b = zip(*self._ops, strict=True) if self._ops else ((),) * 5

        def place(nodes: Iterable[int]) -> np.ndarray:
            return np.array([-x - 2 if x < 0 else x + leaves for x in nodes], dtype=np.int64)

        return Tape(
            tuple(self._leaf), np.array(code, dtype=np.int64), place(left), place(right), np.array(a, dtype=float),
            np.array(b, dtype=float), int(place((root,))[0]), figure.factor, tuple(self._meets),
        )  # fmt: skip

    def _push(self, code: int, left: int, right: int, a: float, b: float) -> int:
        op = (code, left, right, a, b)
        if op in self._known:
            return self._known[op]
        below, other = self._under(left), self._under(right)
        if code == MULTIPLY:
            self._meet(below, other)
            self._meet(other, below)
        self._ops.append(op)
        self._below.append(below | other)
        self._known[op] = len(self._ops) - 1
        return self._known[op]

    def _under(self, node: int) -> int:
        return 1 << (-node - 2) if node < -1 else self._below[node]

    def _meet(self, leaves: int, others: int) -> None:
        while leaves:
            lowest = leaves & -leaves
            self._meets[lowest.bit_length() - 1] |= others
            leaves ^= lowest
