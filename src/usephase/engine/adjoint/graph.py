"""A program as values, each written once: what it is made of, which cells it depends on, whose it is.

Rows and lives of a program are written and written over. Here each version has a number of its own, and all sums,
products, regions and parts are Σ coefficient · value · value · value; the rest (lives, quotients, what lives meet) is
kept as the operation that it is. A value of several products, or one that is no such sum, is a *leaf*: from the leaves
on a product's figure is additions and multiplications alone.
"""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from usephase.engine.plan.cells import Ref
from usephase.engine.plan.records import Plan
from usephase.engine.program.code import (
    ACCUMULATE,
    ADD,
    CHARGE,
    CHOOSE,
    CLEAR,
    DATED,
    DIVIDE,
    DOT,
    DRAW,
    GIVEN_LIFE,
    HOLD,
    LIFE,
    MANY,
    MORE,
    MULTIPLY,
    PARTS,
    POWER,
    REGIONS,
    REST,
    WEIGH,
    YEARS,
)
from usephase.engine.program.group import Program

CELL, MEAN, PICK, BLOCK = -1, -2, -3, -4
"""Beside the operations: the draws of a cell, a life's mean, one of the rows of a `WEIGH`, rows side by side."""
NONE: frozenset[int] = frozenset()
NOBODY, SEVERAL = -1, -2
Term = tuple[float, tuple[int, ...]]


class Node(NamedTuple):
    """One value, or one life.

    Attributes
    ----------
    code : int
        An operation, or `CELL`, `MEAN`, `PICK`, `BLOCK`.
    inputs : tuple of int
        Numbers of nodes: rows, and a life last where one is needed; −1 for the number 1.
    fixed : tuple
        Constants of the operation; of a `DOT` its terms.
    """

    code: int
    inputs: tuple[int, ...]
    fixed: tuple[Any, ...] = ()


class Graph:
    """The values of a program, and each product's figure: the sum of all the program's sums.

    Parameters
    ----------
    program : Program
        Sliced to the sums that make the figure.

    Attributes
    ----------
    nodes : list of Node
        Each after those it is made of.
    roots : list of int
        Of each product the figure, −1 if it adds nothing.
    one : int
        The number 1.
    owner : list of int
        Of each node the product that alone uses it, `SEVERAL` or `NOBODY`; what is below a leaf has no owner.
    """

    def __init__(self, program: Program) -> None:
        self.program, self.plan = program, program.plan
        self.nodes: list[Node] = []
        self._known: dict[Node, int] = {}
        self._below: dict[int, frozenset[int]] = {}
        self._anchors: dict[int, int] = {}
        self._handed: dict[int, frozenset[int]] = {}
        self.names = [self.plan.products[p].name for p in program.products]
        self.one = self.add(DOT, (), ((1.0, ()),))
        self.roots = _Reader(self, program).roots()
        self.owner = self._owners()

    def add(self, code: int, inputs: tuple[int, ...], fixed: tuple[Any, ...] = ()) -> int:
        """Number a node; the same one has one number."""
        node = Node(code, inputs, fixed)
        if node not in self._known:
            self._known[node] = len(self.nodes)
            self.nodes.append(node)
        return self._known[node]

    def dot(self, terms: Iterable[Term]) -> int:
        """Number Σ coefficient · node · node · node."""
        kept = tuple((q, rows) for q, rows in terms if q != 0.0)
        if len(kept) == 1 and kept[0][0] == 1.0 and len(kept[0][1]) == 1:
            return kept[0][1][0]
        inputs = tuple(dict.fromkeys(row for _, rows in kept for row in rows))
        return self.add(DOT, inputs, kept)

    def below(self, node: int) -> frozenset[int]:
        """Give the cells that a node depends on, as numbered in the plan."""
        if node not in self._below:
            code, inputs, fixed = self.nodes[node]
            found = NONE.union(*(self.below(i) for i in inputs if i >= 0))
            if code == CELL:
                found = self.plan.cells.unknowns(int(self.program.cells.cell[fixed[0]]))
            elif code == GIVEN_LIFE:
                found = cells_of_life(self.plan, fixed[0])
            elif self.by_scenario(node):
                found |= {self.plan.scenario.cell}
            self._below[node] = found
        return self._below[node]

    def anchor(self, node: int) -> int:
        """Give the last life that a value is made of, −1 if none."""
        if node not in self._anchors:
            code, inputs, _ = self.nodes[node]
            lives = code in (LIFE, GIVEN_LIFE, POWER, CHARGE)
            self._anchors[node] = node if lives else max((self.anchor(i) for i in inputs if i >= 0), default=-1)
        return self._anchors[node]

    def handed_lives(self, node: int) -> frozenset[int]:
        """Give the lives without a formula that a value is made of."""
        if node not in self._handed:
            code, inputs, _ = self.nodes[node]
            own = frozenset((node,)) if code == GIVEN_LIFE else NONE
            self._handed[node] = own.union(*(self.handed_lives(i) for i in inputs if i >= 0))
        return self._handed[node]

    def by_scenario(self, node: int) -> bool:
        """Tell whether an operation itself depends on the scenario that a draw is in."""
        code, _, fixed = self.nodes[node]
        return self.plan.scenario.cell >= 0 and (
            code == CHOOSE or (code == WEIGH and self.program.sets[fixed[0], 3] > 1)
        )

    def is_leaf(self, node: int, product: int) -> bool:
        """Tell whether a product's figure takes a value as it is; `SEVERAL` takes sums and products apart."""
        if self.nodes[node].code != DOT or node == self.one:
            return True
        return product != SEVERAL and self.owner[node] != product

    def _owners(self) -> list[int]:
        owner = [NOBODY] * len(self.nodes)

        def use(node: int, by: int) -> None:
            owner[node] = by if owner[node] in (NOBODY, by) else SEVERAL

        for product, root in enumerate(self.roots):
            if root >= 0:
                use(root, product)
        for node in range(len(self.nodes) - 1, -1, -1):
            if owner[node] >= 0 and self.nodes[node].code == DOT:
                for i in self.nodes[node].inputs:
                    use(i, owner[node])
        return owner


class _Reader:
    """Follow a program operation by operation."""

    def __init__(self, graph: Graph, program: Program) -> None:
        self.graph, self.program = graph, program
        self.operations = list(zip(program.operations.tolist(), program.constants.tolist(), strict=True))
        self.lists, self.coefficients = program.lists, program.coefficients.tolist()
        self.rows: dict[int, int] = {}
        self.slots: dict[int, int] = {}
        self.open: dict[int, list[Term]] = {}  # rows that are being added up
        self.tile = range(0)
        self.held: dict[int, list[Term]] = {}
        self.figure: list[Term] = []

    def roots(self) -> list[int]:
        """Give each product's figure."""
        starts = self.program.starts.tolist()
        for o in range(starts[0]):
            self.step(*self.operations[o])
        roots = []
        for first, last in pairwise(starts):
            self.held, self.figure = {}, []
            for o in range(first, last):
                self.step(*self.operations[o])
            if self.held:  # what products hold in common is linear in what each of them adds
                held, self.held = self.held, {}
                for row in self.tile:
                    self.open[row] = held.get(row, [])
                for o in range(starts[-1], len(self.operations)):
                    self.step(*self.operations[o])
            roots.append(self.graph.dot(self.figure) if self.figure else -1)
        return roots

    def at(self, row: int) -> int:
        """Give the node that a row holds now."""
        if row in self.open:
            self.rows[row] = self.graph.dot(self.open.pop(row))
        return self.rows[row]

    def term(self, q: float, *rows: int) -> Term:
        return q, tuple(self.at(row) for row in rows if row >= 0)

    def put(self, row: int, node: int) -> None:
        self.open.pop(row, None)
        self.rows[row] = node

    def more(self, row: int, term: Term) -> None:
        if row in self.tile:
            self.held.setdefault(row, []).append(term)
            return
        if row not in self.open:
            self.open[row] = [(1.0, (self.rows[row],))]
        self.open[row].append(term)

    def step(self, operation: list[int], constants: list[float]) -> None:
        """Follow one operation."""
        code, dst, a, b, lo, hi = operation
        c, d = constants
        graph, term = self.graph, self.term
        if code == MULTIPLY:
            self.put(dst, graph.dot([term(c, a, b)]))
        elif code == ACCUMULATE:
            self.figure.append(term(c, a, b))
        elif code == DOT:
            self.put(dst, graph.dot([term(self.coefficients[e], *self.lists[e, 1:4].tolist()) for e in range(lo, hi)]))
        elif code in (MANY, MORE):
            for e in range(lo, hi):
                target, *rows = self.lists[e, :4].tolist()
                its = term(self.coefficients[e], *rows)
                if code == MANY:
                    self.open.pop(target, None)
                    self.open[target] = [its]
                else:
                    self.more(target, its)
        elif code == HOLD:
            self.more(dst, term(c, a, b))
        elif code == ADD:
            self.put(dst, graph.dot([term(c, a), term(d, b)]))
        elif code == REGIONS:
            self._regions(dst, a, b, range(lo, hi), c, d)
        elif code == PARTS:
            self._parts(dst, range(lo, hi))
        elif code == CLEAR:
            self.tile = range(dst, dst + lo)
        elif code == DRAW:
            for cell, row in self.lists[lo:hi, :2].tolist():
                self.put(row, graph.add(CELL, (), (cell,)))
        else:
            self._other(code, dst, a, b, lo, hi, c, d)

    def _other(self, code: int, dst: int, a: int, b: int, lo: int, hi: int, c: float, d: float) -> None:
        graph = self.graph
        if code == DIVIDE:
            self._divide(dst, a, b, c)
        elif code == REST:
            self.put(dst, graph.add(REST, (self.at(a),), (c, d)))
        elif code == CHOOSE:
            rows = tuple(self.at(row) if row >= 0 else -1 for row in self.lists[lo:hi, 1].tolist())
            self.put(dst, graph.add(CHOOSE, rows, tuple(self.coefficients[lo:hi])))
        elif code in (LIFE, GIVEN_LIFE):
            if code == LIFE:
                slot = graph.add(LIFE, (self.at(a), self.at(b), self.at(lo) if lo >= 0 else -1))
            else:
                slot = graph.add(GIVEN_LIFE, (), (self.program.lives[lo],))
            self.slots[dst] = slot
            self.put(hi, graph.add(MEAN, (slot,)))
        elif code in (POWER, CHARGE):
            self.slots[dst] = graph.add(code, (self.at(b), self.slots[a]), (lo,) if code == POWER else ())
        elif code == YEARS:
            self.put(dst, graph.add(YEARS, (self.slots[a],)))
        elif code == WEIGH:
            met = graph.add(WEIGH, (self.slots[a],), (b, tuple(self.lists[lo:hi, 0].tolist())))
            for r in range(hi - lo):
                self.put(dst + r, graph.add(PICK, (met,), (r,)))
        else:
            assert code == DATED, code
            block = graph.add(BLOCK, tuple(self.at(row) for row in range(b, b + lo + 1)))
            self.put(dst, graph.add(DATED, (block, self.slots[a]), (lo,)))

    def _divide(self, dst: int, a: int, b: int, c: float) -> None:
        """Multiply by one over the divisor, unless both move together: shares are divided by their sum."""
        graph, under = self.graph, self.at(b)
        if a >= 0 and graph.below(self.at(a)) & graph.below(under):
            self.put(dst, graph.add(DIVIDE, (self.at(a), under), (c,)))
            return
        inverse = graph.add(DIVIDE, (-1, under), (1.0,))
        self.put(dst, graph.dot([(c, (self.at(a), inverse) if a >= 0 else (inverse,))]))

    def _regions(self, dst: int, a: int, b: int, entries: range, c: float, d: float) -> None:
        """Add up units · (c·a·factor + d·b): what the factors weigh, and what they do not."""
        listed = [(e, *self.lists[e, :3].tolist()) for e in entries]

        def total(mine: list[tuple[int, ...]]) -> list[Term]:
            out: list[Term] = []
            met = [self.term(self.coefficients[e], units, y) for e, _, units, y in mine if y >= 0]
            sold = [self.term(self.coefficients[e], units) for e, _, units, _ in mine]
            for q, row, terms in ((c, a, met), (d, b, sold)):
                if q != 0.0 and terms:
                    out.append((q, (*self.term(1.0, row)[1], self.graph.dot(terms))))
            return out

        asked = [entry for entry in listed if entry[1] >= 0]
        if asked:
            self.figure += total(asked)
        self.put(dst, self.graph.dot(total(listed)))

    def _parts(self, dst: int, entries: range) -> None:
        parts: list[list[Term]] = [[] for _ in range(6)]
        for e in entries:
            path, supply, scale, lost, *frozen, units = self.lists[e, :8].tolist()
            q = self.coefficients[e]
            for part, x, y in (
                (0, path, scale), (1, supply, scale), (2, path, lost), (2, supply, lost),
                *zip((3, 4, 5), frozen, (-1, -1, -1), strict=True),
            ):  # fmt: skip
                if x >= 0:
                    parts[part].append(self.term(q, units, x, y))
        for n, terms in enumerate(parts):
            self.put(dst + n, self.graph.dot(terms))


def cells_of_life(plan: Plan, life: int) -> frozenset[int]:
    """Give the cells that a life depends on."""
    curve = plan.curves[life]
    found = cells_in(curve)
    if curve.wear_profile >= 0:
        found |= cells_in(plan.profiles[curve.wear_profile])
    return NONE.union(*map(plan.cells.unknowns, found))


def cells_in(part: Any) -> frozenset[int]:
    """Collect the cells that a part of a plan refers to."""
    if isinstance(part, Ref):
        return frozenset((part.cell,)) if part.cell >= 0 else NONE
    if isinstance(part, tuple | list):
        return NONE.union(*map(cells_in, part))
    if is_dataclass(part):
        return NONE.union(*(cells_in(getattr(part, f.name)) for f in fields(part)))
    return NONE
