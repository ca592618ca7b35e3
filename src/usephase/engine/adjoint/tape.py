"""A product's figure written as sums and products of leaves, so that what a cell changes follows without the rest.

A leaf is a value of its own: a cell, one over it, a life's electricity, the fate of a material. Everything above the
leaves is multiplication and addition. Hence a change of leaves that are nowhere multiplied with each other changes
the figure by exactly Σ ∂figure/∂leaf · (change of the leaf), whatever its size: one reverse pass gives the response
to any number of such cells.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from usephase.engine.adjoint.graph import SEVERAL, Graph

MULTIPLY, ADD = 0, 1


class Expr(NamedTuple):
    """A coefficient times a node; node −1 is the number 1."""

    factor: float
    node: int


@dataclass(frozen=True)
class Tape:
    """A finished figure of one product.

    Attributes
    ----------
    leaves : tuple of int
        Nodes of the graph; they are nodes 0 … len(leaves) − 1 here, operations follow in order.
    code, left, right : ndarray of int (operation,)
        `MULTIPLY` gives ``a · left · right``, `ADD` gives ``a · left + b · right``.
    a, b : ndarray (operation,)
    root : int
        The node whose value, times `scale`, is the figure.
    meets : tuple of int
        For each leaf the set, as bits, of the leaves that it is multiplied with somewhere.
    """

    leaves: tuple[int, ...]
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
    """Write a tape; numbers are folded into coefficients, zeros vanish.

    Parameters
    ----------
    one : int
        The node that is the number 1.
    """

    def __init__(self, one: int) -> None:
        self._one = one
        self._leaf: dict[int, int] = {}
        self._ops: list[tuple[int, int, int, float, float]] = []
        self._below: list[int] = []  # leaves below each operation, as bits
        self._meets: list[int] = []
        self._known: dict[tuple[int, int, int, float, float], int] = {}

    def number(self, value: float) -> Expr:
        """Give a constant."""
        return Expr(float(value), -1)

    def leaf(self, node: int) -> Expr:
        """Give a leaf."""
        if node not in self._leaf:
            self._leaf[node] = len(self._leaf)
            self._meets.append(0)
        return Expr(1.0, ~self._leaf[node] - 1)

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
            listed.append(Expr(number, self.leaf(self._one).node))
        if not listed:
            return Expr(float(number), -1)
        total = listed[0]
        for x in listed[1:]:
            total = Expr(1.0, self._push(ADD, total.node, x.node, total.factor, x.factor))
        return total

    def finish(self, figure: Expr) -> Tape:
        """Close the tape at its figure."""
        root = self.leaf(self._one).node if figure.node == -1 else figure.node
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


def list_tapes(graph: Graph, *, out_to_cells: bool = False) -> list[tuple[str, Tape]]:
    """Write the tape of every product that adds to the figure; give them with the products' names.

    Parameters
    ----------
    graph : Graph
    out_to_cells : bool
        Write out what products share as well, as far as it is sums and products.
    """
    out = []
    for product, root in enumerate(graph.roots):
        if root < 0:
            continue
        builder = TapeBuilder(graph.one)
        figure = _expanded(graph, SEVERAL if out_to_cells else product, root, builder, {})
        if figure.factor != 0.0:
            out.append((graph.names[product], builder.finish(figure)))
    return out


def _expanded(graph: Graph, product: int, node: int, builder: TapeBuilder, known: dict[int, Expr]) -> Expr:
    if node not in known:
        if graph.is_leaf(node, product):
            known[node] = builder.leaf(node)
        else:
            terms = [
                builder.times(Expr(q, -1), *(_expanded(graph, product, i, builder, known) for i in rows))
                for q, rows in graph.nodes[node].fixed
            ]
            known[node] = builder.plus(*terms)
    return known[node]
