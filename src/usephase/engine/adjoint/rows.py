"""Values of a program at two samples A and B, and at each with some cells from the other: written as one program.

A value that swapped cells do not reach is the one at hand; one that depends on nothing else is that of the other
sample; the operations in between are written once more, with other rows. So the executors of a run make them all.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from usephase.compiling import is_compiled
from usephase.engine.adjoint.graph import BLOCK, CELL, MEAN, NONE, PICK, Graph
from usephase.engine.plan.cells import Ref
from usephase.engine.plan.lives import laid_out, make_life
from usephase.engine.plan.study import WORTH_COMPILING, Kernel
from usephase.engine.plan.values import Values
from usephase.engine.program.cells import GIVEN, CellArrays, cell_arrays
from usephase.engine.program.code import (
    ACCUMULATE,
    CHARGE,
    CHOOSE,
    DATED,
    DIVIDE,
    DOT,
    DRAW,
    GIVEN_LIFE,
    LANES,
    LIFE,
    MULTIPLY,
    POWER,
    REST,
    SCENARIO,
    WEIGH,
    YEARS,
)
from usephase.engine.program.group import Program, execute_program
from usephase.engine.program.rows import WIDTH
from usephase.sampling.design import Design, Quasi

SECOND = "second sample\x1f"
LIVES = 12
"""Most lives without a formula that one program hands over: they take memory."""


class Row(NamedTuple):
    """A value at both samples, each with some cells from the other (none: as they are)."""

    node: int
    swapped: frozenset[int] = NONE


class SecondSample:
    """A design independent of another one: the same, with other names of groups."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.replicated = design.replicated

    def uniforms(self, group: str, dimension: int, start: int, stop: int) -> np.ndarray:
        """Give the uniforms of draws `start` … `stop` − 1."""
        return self.design.uniforms(SECOND + group, dimension, start, stop)


class _CrossedDesign:
    """One design for what cells have for themselves, and another for their common errors."""

    def __init__(self, own: Design, common: Design, streams: Container[str]) -> None:
        self.own, self.common, self.streams = own, common, streams
        self.replicated = own.replicated

    def uniforms(self, group: str, dimension: int, start: int, stop: int) -> np.ndarray:
        """Give the uniforms of draws `start` … `stop` − 1."""
        return (self.common if group in self.streams else self.own).uniforms(group, dimension, start, stop)


class Crossed(Values):
    """The draws of one sample, with the common errors of the other."""

    def __init__(self, own: Values, common: Values) -> None:
        assert own.design is not None
        assert common.design is not None
        design = _CrossedDesign(own.design, common.design, own.cells.common)
        super().__init__(own.cells, design, own.start, own.stop)


def all_sides(a: Values, b: Values) -> tuple[Values, ...]:
    """Give both samples, and each with the common errors of the other where there are any."""
    return (a, b, Crossed(a, b), Crossed(b, a)) if a.cells.common and a.design is not None else (a, b)


def side_of(side: int, cell: int, below: frozenset[int], swapped: frozenset[int]) -> int:
    """Give which of `all_sides` a cell is drawn from, if some of the unknowns below it are from the other sample."""
    moved = swapped & below
    if not moved or moved == below:
        return 1 - side if moved else side
    return 2 + (1 - side if cell in moved else side)


class Swapped(Values):
    """The draws of A, with some unknowns' draws from B."""

    def __init__(self, a: Values, b: Values, swapped: frozenset[int]) -> None:
        super().__init__(a.cells, a.design, a.start, a.stop)
        self.size, self._sides, self._swapped = a.size, all_sides(a, b), swapped

    def cell(self, cell: int) -> np.ndarray:
        """Give one cell. Shape (draw,)."""
        side = side_of(0, cell, self.cells.unknowns(cell), self._swapped)
        return np.asarray(self._sides[side](Ref(cell, 0.0)))


class Sampled(NamedTuple):
    """A way to draw: of all draws in all, or None where all cells are handed over."""

    design: Design | None
    draws: int


class _Task(NamedTuple):
    """An operation to be written: its inputs are tasks, each with the row of it that is meant."""

    node: int
    side: int
    swapped: frozenset[int]
    inputs: tuple[tuple[int, int], ...]
    output: int = -1


@dataclass(frozen=True)
class _Written:
    """A program of rows; a number of each life handed over, with what of it is swapped."""

    program: Program
    rows: np.ndarray
    lives: list[tuple[int, int, frozenset[int]]]


class Rows:
    """Compute rows of a graph.

    Parameters
    ----------
    graph : Graph
    rows : sequence of Row
    sampled : Sampled
    sides : int
        2: at A and at B; 1: at A alone.
    """

    def __init__(self, graph: Graph, rows: Sequence[Row], sampled: Sampled, sides: int = 2) -> None:
        self.graph, self.rows, self.sides = graph, rows, sides
        wanted = [(side, i, row) for side in range(sides) for i, row in enumerate(rows)]
        order = sorted(wanted, key=lambda w: (graph.anchor(w[2].node), sorted(w[2].swapped), w[0], w[2].node))
        self._parts = [self._write(part, sampled) for part in _cut(graph, order)]

    def values(self, pair: Callable[[], tuple[Values, Values]], size: int, each: Any = map) -> np.ndarray:
        """Give the rows for a range of draws.

        Parameters
        ----------
        pair : callable
            Gives the cells of both samples; called once a thread.
        size : int
            The number of draws.
        each : callable
            As `map`, or that of a pool of threads.

        Returns
        -------
        ndarray (side, row, draw)
        """
        out = np.empty((self.sides * len(self.rows), size))

        def fill(part: _Written) -> None:
            out[part.rows] = self._run(part, *pair())[:, :size]

        list(each(fill, self._parts))
        return out.reshape(self.sides, len(self.rows), size)

    def _run(self, part: _Written, a: Values, b: Values) -> np.ndarray:
        program, sides = part.program, all_sides(a, b)
        handed = program.handed
        given = np.zeros((len(program.cells.given), a.size))
        count = len(a.cells)
        for i, cell in enumerate(program.cells.given):
            given[i] = sides[cell // count](Ref(cell % count, 0.0))
        lives, ages = self._lives(part, a, b)
        at = (0, a.size, 0, 0) if handed else (a.start, a.stop, a.start, a.start)
        sums = np.empty((len(program.keys), -(-a.size // LANES) * LANES))
        size = sums.size * len(program.operations) / max(len(program.keys), 1)
        kernel: Kernel = "numba" if is_compiled() or size >= WORTH_COMPILING else "numpy"
        execute_program(program, at, given, lives, ages, sums, np.zeros(len(sums), dtype=bool), kernel)
        return sums

    def _lives(self, part: _Written, a: Values, b: Values) -> tuple[np.ndarray, np.ndarray]:
        plan = replace(self.graph.plan, curve_uses=(1,) * len(self.graph.plan.curves))
        made = []
        for life, side, swapped in part.lives:
            here, other = (a, b) if side == 0 else (b, a)
            values = Swapped(here, other, swapped) if swapped else here
            made.append(make_life(plan, values, life))
        return laid_out(made, a.size)

    def _write(self, wanted: Sequence[tuple[int, int, Row]], sampled: Sampled) -> _Written:
        tasks = _Tasks(self.graph)
        for n, (side, _, row) in enumerate(wanted):
            tasks.ask(row, side, n)
        return _Writer(self.graph, tasks.listed).written(
            np.array([side * len(self.rows) + i for side, i, _ in wanted], dtype=np.intp), sampled
        )


def _cut(graph: Graph, order: list[tuple[int, int, Row]]) -> list[list[tuple[int, int, Row]]]:
    """Cut what is wanted so that few lives are handed over at a time."""
    parts: list[list[tuple[int, int, Row]]] = [[]]
    met: set[tuple[int, int, frozenset[int]]] = set()
    for one in order:
        side, _, row = one
        mine = {(life, side, row.swapped & graph.below(life)) for life in graph.handed_lives(row.node)}
        if parts[-1] and len(met | mine) > LIVES:
            parts.append([])
            met = set()
        met |= mine
        parts[-1].append(one)
    return parts


class _Tasks:
    """List the operations that rows need, in an order in which they can be done."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.listed = graph, list[_Task]()
        self._known: dict[tuple[int, int, frozenset[int]], int] = {}

    def ask(self, row: Row, side: int, output: int) -> None:
        """List what makes a row, and hand it out."""
        self.listed.append(_Task(-1, side, NONE, (self._at(row.node, side, row.swapped),), output))

    def _at(self, node: int, side: int, swapped: frozenset[int]) -> tuple[int, int]:
        graph = self.graph
        code, inputs, fixed = graph.nodes[node]
        if code == MEAN:
            return self._at(inputs[0], side, swapped)[0], 1
        if code == PICK:
            return self._at(inputs[0], side, swapped)[0], fixed[0]
        if swapped:
            below = graph.below(node)
            swapped = swapped & below
            if len(swapped) == len(below):
                side, swapped = 1 - side if swapped else side, NONE
        known = (node, side, swapped)
        if known not in self._known:
            needs = tuple(self._at(i, side, swapped) if i >= 0 else (-1, 0) for i in inputs)
            self._known[known] = len(self.listed)
            self.listed.append(_Task(node, side, swapped, needs))
        return self._known[known], 0


class _Writer:
    """Write tasks as operations; rows and lives are used again after the last that needs them."""

    def __init__(self, graph: Graph, tasks: list[_Task]) -> None:
        self.graph, self.tasks = graph, tasks
        self.operations: list[tuple[Any, ...]] = []
        self.entries: list[tuple[Any, ...]] = []
        self.rows, self.slots = 1, 0
        self.free: dict[int, list[int]] = defaultdict(list)
        self.free_slots: list[int] = []
        self.place: dict[int, int] = {}  # the first row of a task, or the slot
        self.mean: dict[int, int] = {}
        self.lives: dict[tuple[int, int, frozenset[int]], int] = {}
        self.cells: dict[tuple[int, int], int] = {}
        self.scenario = 0

    def written(self, rows: np.ndarray, sampled: Sampled) -> _Written:
        """Give the program; sum i is row `rows[i]`."""
        graph, plan = self.graph, self.graph.plan
        last = dict[int, int]()
        for n, task in enumerate(self.tasks):
            for i, _ in task.inputs:
                last[i] = n
        for n, task in enumerate(self.tasks):
            if task.node >= 0 and graph.nodes[task.node].code == CELL:
                number = graph.nodes[task.node].fixed[0]
                cell, below = int(graph.program.cells.cell[number]), graph.below(task.node)
                key = number, side_of(task.side, cell, below, task.swapped)
                if key not in self.cells:  # A with B's common error is B with all but that from A
                    self.cells[key] = self._take(1)
                self.place[n] = self.cells[key]
        scenario = (int(graph.program.sizes[4]), 0)
        if scenario[0] >= 0:
            for side in (0, 1):
                self.cells.setdefault((scenario[0], side), 0)
        for n, task in enumerate(self.tasks):
            self._write(n, task)
            for i in {i for i, _ in task.inputs if i >= 0 and last[i] == n}:
                self._release(i)
        numbers = {key: i for i, key in enumerate(sorted(self.cells, key=lambda k: (k[1], k[0])))}
        for i, operation in enumerate(self.operations):
            if operation[0] == SCENARIO:
                self.operations[i] = (SCENARIO, numbers[scenario[0], operation[1]], *operation[2:])
        lo = len(self.entries)
        self.entries += [(0.0, numbers[key], row) for key, row in self.cells.items()]
        head = (DRAW, 0, -1, -1, lo, len(self.entries), 1.0, 0.0)
        table = np.array([head, *self.operations], dtype=float).reshape(-1, 8)
        lists, coefficients = np.full((len(self.entries), WIDTH), -1, dtype=np.int64), np.zeros(len(self.entries))
        for e, (q, *integers) in enumerate(self.entries):
            coefficients[e], lists[e, : len(integers)] = q, integers
        sizes = np.array([
            self.rows, max(self.slots, 1), graph.program.sizes[2], len(plan.scenarios), numbers.get(scenario, -1),
        ])  # fmt: skip
        program = replace(
            graph.program, keys=tuple(("row", str(i)) for i in range(len(rows))),
            operations=table[:, :6].astype(np.int64),
            constants=table[:, 6:].copy(), lists=lists, coefficients=coefficients, sizes=sizes,
            cells=_cells_of(graph, list(numbers), sampled), lives=tuple(life for life, _, _ in self.lives),
            handed=sampled.design is None, starts=np.zeros(0, dtype=np.int64),
        )  # fmt: skip
        return _Written(program, rows, list(self.lives))

    def _take(self, count: int) -> int:
        if self.free[count]:
            return self.free[count].pop()
        self.rows += count
        return self.rows - count

    def _release(self, n: int) -> None:
        code, inputs, fixed = self.graph.nodes[self.tasks[n].node]
        if code in (LIFE, GIVEN_LIFE, POWER, CHARGE):
            self.free_slots.append(self.place[n])
            if n in self.mean:
                self.free[1].append(self.mean[n])
        elif code != CELL:
            self.free[_width(code, inputs, fixed)].append(self.place[n])

    def _op(self, code: int, dst: int, a: int = -1, b: int = -1, lo: int = 0, hi: int = 0, c: float = 1.0,
            d: float = 0.0) -> None:  # fmt: skip
        self.operations.append((code, dst, a, b, lo, hi, c, d))

    def _list(self, entries: list[tuple[Any, ...]]) -> tuple[int, int]:
        self.entries += entries
        return len(self.entries) - len(entries), len(self.entries)

    def _write(self, n: int, task: _Task) -> None:
        at = [self.place[i] + offset if i >= 0 else -1 for i, offset in task.inputs]
        for k, (i, offset) in enumerate(task.inputs):
            if i in self.mean and offset == 1:
                at[k] = self.mean[i]
        if task.output >= 0:
            self._op(ACCUMULATE, task.output, at[0])
            return
        code, inputs, fixed = self.graph.nodes[task.node]
        if code == CELL:
            return
        if self.graph.by_scenario(task.node):
            side = task.side ^ (self.graph.plan.scenario.cell in task.swapped)
            if side != self.scenario:
                self._op(SCENARIO, side)
                self.scenario = side
        if code in (LIFE, GIVEN_LIFE, POWER, CHARGE):
            if not self.free_slots:
                self.free_slots.append(self.slots)
                self.slots += 1
            dst = self.place[n] = self.free_slots.pop()
            if code in (LIFE, GIVEN_LIFE):
                self.mean[n] = self._take(1)
            if code == LIFE:
                self._op(LIFE, dst, at[0], at[1], at[2], self.mean[n])
            elif code == GIVEN_LIFE:
                key = (fixed[0], task.side, task.swapped)
                self._op(GIVEN_LIFE, dst, lo=self.lives.setdefault(key, len(self.lives)), hi=self.mean[n])
            else:
                self._op(code, dst, at[1], at[0], lo=fixed[0] if code == POWER else 0)
            return
        dst = self.place[n] = self._take(_width(code, inputs, fixed))
        if code == DOT:
            of = dict(zip(inputs, at, strict=True))
            terms: list[tuple[Any, ...]] = [(q, *(of[i] for i in rows)) for q, rows in fixed]
            if not terms:
                self._op(MULTIPLY, dst, c=0.0)
            elif len(terms) == 1 and len(terms[0]) <= 3:
                q, a, b = (*terms[0], -1, -1)[:3]
                self._op(MULTIPLY, dst, a, b, c=q)
            else:
                self._op(DOT, dst, -1, -1, *self._list([(q, 0, *rows) for q, *rows in terms]))
        elif code == DIVIDE:
            self._op(DIVIDE, dst, at[0], at[1], c=fixed[0])
        elif code == REST:
            self._op(REST, dst, at[0], c=fixed[0], d=fixed[1])
        elif code == CHOOSE:
            self._op(CHOOSE, dst, -1, -1, *self._list([(q, 0, row) for q, row in zip(fixed, at, strict=True)]))
        elif code == YEARS:
            self._op(YEARS, dst, at[0])
        elif code == WEIGH:
            self._op(WEIGH, dst, at[0], fixed[0], *self._list([(0.0, number) for number in fixed[1]]))
        elif code == BLOCK:
            for k, row in enumerate(at):
                self._op(MULTIPLY, dst + k, row)
        else:
            assert code == DATED, code
            self._op(DATED, dst, at[1], at[0], lo=fixed[0])


def _width(code: int, inputs: tuple[int, ...], fixed: tuple[Any, ...]) -> int:
    return len(inputs) if code == BLOCK else len(fixed[1]) if code == WEIGH else 1


def _cells_of(graph: Graph, wanted: list[tuple[int, int]], sampled: Sampled) -> CellArrays:
    """Collect the arrays of cells of all sides, those of A before those of B and of the crossed ones."""
    cells, numbers = graph.plan.cells, graph.program.cells.cell
    seed = sampled.design.seed if isinstance(sampled.design, Quasi) else None
    out = None
    for side in range(4 if cells.common else 2):
        # What is crossed has a part in a common error, and is handed over.
        named = replace(cells, group=_Renamed(cells.group)) if side == 1 else cells
        its = [int(numbers[cell]) for cell, of in wanted if of == side]
        more = cell_arrays(named, its, seed, sampled.draws)
        out = more if out is None else _together(out, more, side * len(cells))
    assert out is not None
    return out


class _Renamed(tuple[str, ...]):
    """Names of groups of the second sample, each made when it is asked for."""

    __slots__ = ()

    def __getitem__(self, at: Any) -> Any:
        return SECOND + super().__getitem__(at)


def _together(a: CellArrays, b: CellArrays, first: int) -> CellArrays:
    """Put the cells of two sides into one; those handed over of the second are numbered from `first` on."""
    if not len(b.kind):
        return a
    if not len(a.kind):
        a = replace(a, words=b.words[:0])
    digits = a.digits if len(a.digits) >= len(b.digits) else b.digits
    place = np.where(b.kind == GIVEN, b.place + len(a.given), b.place + a.points.shape[1])
    pairs = {name: np.concatenate([getattr(a, name), getattr(b, name)])
             for name in ("kind", "params", "dimension", "seeds", "words", "best", "cell")}  # fmt: skip
    return CellArrays(
        **pairs, group=np.concatenate([a.group, b.group + len(a.words)]), digits=digits,
        place=np.concatenate([a.place, place]), points=np.concatenate([a.points, b.points], axis=1),
        given=(*a.given, *(cell + first for cell in b.given)),
    )  # fmt: skip
