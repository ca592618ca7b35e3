"""Write a tape: values that are not computed but written down as operations on rows.

`Expr` behaves like a number, so that the model's own functions can be applied to it. What depends on shared cells
alone is written once, into the tape's shared part; the rest belongs to the product being written.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from usephase.engine.plan.cells import Ref
from usephase.engine.plan.sums import Key
from usephase.engine.program.code import ADD, CHOOSE, CLEAR, DIVIDE, DOT, DRAW, MULTIPLY, REST

TILE, WIDE_ROWS, LOCAL = 1 << 24, 1 << 25, 1 << 26
"""Where the numbers of rows begin that last for a tile, that hold zones of a product, and that last for a product."""
WIDTH = 8
"""Integers of a list entry."""
_REST = tuple((-1,) * (WIDTH - n) for n in range(WIDTH + 1))


class Expr:
    """A factor times a row; row −1 is the number 1."""

    __slots__ = ("factor", "row", "tape")

    def __init__(self, tape: "Writer", factor: float, row: int) -> None:
        self.tape = tape
        self.factor = factor
        self.row = row if factor != 0.0 else -1

    def __mul__(self, other: "Expr | float") -> "Expr":
        if not isinstance(other, Expr):
            return Expr(self.tape, self.factor * other, self.row)
        factor = self.factor * other.factor
        if self.row < 0 or other.row < 0 or factor == 0.0:
            return Expr(self.tape, factor, max(self.row, other.row))
        return Expr(self.tape, factor, self.tape.operation(MULTIPLY, self.row, other.row, 1.0, 0.0))

    __rmul__ = __mul__

    def __truediv__(self, other: "Expr | float") -> "Expr":
        if not isinstance(other, Expr):
            return Expr(self.tape, self.factor / other, self.row)
        if other.row < 0:
            return Expr(self.tape, self.factor / other.factor, self.row)
        if self.factor == 0.0:
            return self
        row = self.tape.operation(DIVIDE, self.row, other.row, 1.0, 0.0)
        return Expr(self.tape, self.factor / other.factor, row)

    def __rtruediv__(self, other: float) -> "Expr":
        return self.tape.number(other) / self

    def __add__(self, other: "Expr | float") -> "Expr":
        if not isinstance(other, Expr):
            other = self.tape.number(other)
        if other.factor == 0.0:
            return self
        if self.factor == 0.0:
            return other
        if self.row == other.row:
            return Expr(self.tape, self.factor + other.factor, self.row)
        first, second = (other, self) if self.row < 0 else (self, other)
        return Expr(self.tape, 1.0, self.tape.operation(ADD, first.row, second.row, first.factor, second.factor))

    __radd__ = __add__

    def __sub__(self, other: "Expr | float") -> "Expr":
        return self + other * -1.0

    def __rsub__(self, other: float) -> "Expr":
        return self * -1.0 + other

    @property
    def is_zero(self) -> bool:
        """Whether it is 0 in every draw."""
        return self.factor == 0.0


def product_of(x: Expr, y: Expr) -> tuple[int, int, float]:
    """Give a product as operands: row, row, factor; a missing row comes last."""
    return (y.row, x.row, x.factor * y.factor) if x.row < 0 else (x.row, y.row, x.factor * y.factor)


def in_front(*rows: np.ndarray | int) -> list[np.ndarray | int]:
    """Order the rows of many products, given by column, so that those that are there come before those that are not."""
    present = [its for its in rows if np.max(its, initial=-1) >= 0]
    if all(np.min(its) >= 0 for its in present):
        return present
    table = np.stack(np.broadcast_arrays(*present))
    # By place, never by number: the numbers of rows depend on what else is on the tape.
    return list(np.take_along_axis(table, np.argsort(table < 0, axis=0, kind="stable"), axis=0))


class Writer:
    """Collect the operations of a tape.

    Parameters
    ----------
    local_cells : ndarray of bool (cell,)
        Which cells belong to one product.
    """

    def __init__(self, local_cells: np.ndarray) -> None:
        self._local_cells = local_cells
        self.shared: list[tuple[Any, ...]] = []
        self.operations: list[tuple[Any, ...]] = []
        self._listed: list[tuple[Any, ...]] = []
        self._places: list[int] = []
        self._blocks: list[tuple[int, np.ndarray, np.ndarray]] = []
        self._count = 0
        self.keys: dict[Key, int] = {}
        self.cells: dict[int, int] = {}
        self.rows, self.tile_rows, self.wide_rows, self.local_rows, self.most_rows = 1, 0, 0, 0, 0
        self._known: dict[tuple[Any, ...], int] = {}
        self._shared_draws: dict[int, int] = {}
        self._draws: dict[int, int] = {}
        self._begun = self._tile_begun = self.held = 0
        self._starts: list[int] = []

    # Numbers

    def number(self, x: float) -> Expr:
        """Write a fixed number."""
        return Expr(self, float(x), -1)

    def value(self, ref: Ref) -> Expr:
        """Write the value that a reference points to."""
        if ref.cell < 0:
            return Expr(self, ref.value, -1)
        local = self._local_cells[ref.cell]
        drawn = self._draws if local else self._shared_draws
        if ref.cell not in drawn:
            drawn[ref.cell] = self.local_row() if local else self.shared_row()
        return Expr(self, 1.0, drawn[ref.cell])

    def cell(self, cell: int) -> int:
        """Number a cell among those that the tape draws."""
        return self.cells.setdefault(cell, len(self.cells))

    def is_shared(self, x: Expr) -> bool:
        """Tell whether a value belongs to no product."""
        return x.row < TILE

    def row(self, x: Expr) -> int:
        """Give a row that holds a value."""
        if x.row >= 0 and x.factor == 1.0:
            return x.row
        return self.operation(MULTIPLY, x.row, -1, x.factor, 0.0)

    def multiplier(self, x: Expr) -> int:
        """Give a row that holds a value, or −1 for the number 1."""
        return -1 if x.row < 0 and x.factor == 1.0 else self.row(x)

    def copy(self, row: int, x: Expr) -> None:
        """Write a shared value into a shared row."""
        self.shared.append((MULTIPLY, row, x.row, -1, 0, 0, x.factor, 0.0))

    # Rows

    def shared_row(self, count: int = 1) -> int:
        """Take rows that last for the whole tape; give the first."""
        self.rows += count
        return self.rows - count

    def tile_row(self, count: int = 1) -> int:
        """Take rows that last for a tile of products."""
        self.held += count
        return TILE + self.held - count

    def local_row(self, count: int = 1) -> int:
        """Take rows that last for a product."""
        self.local_rows += count
        self.most_rows = max(self.most_rows, self.local_rows)
        return LOCAL + self.local_rows - count

    # Operations

    def operation(self, code: int, a: int, b: int, c: float, d: float) -> int:
        """Write an operation whose result is a new row, and give that row."""
        if a < TILE and b < TILE:
            known = (code, a, b, c, d)
            if known not in self._known:
                self._known[known] = self.shared_row()
                self.shared.append((code, self._known[known], a, b, 0, 0, c, d))
            return self._known[known]
        dst = self.local_row()
        self.operations.append((code, dst, a, b, 0, 0, c, d))
        return dst

    def rest(self, whole: float, used: Expr) -> Expr:
        """Write what is left of a whole, at least 0."""
        if used.row < 0:
            return self.number(max(whole - used.factor, 0.0))
        return Expr(self, 1.0, self.operation(REST, used.row, -1, -used.factor, whole))

    def total(self, parts: Iterable[Expr]) -> Expr:
        """Write a sum."""
        by_row: dict[int, float] = {}
        for x in parts:
            if x.factor != 0.0:
                by_row[x.row] = by_row.get(x.row, 0.0) + x.factor
        if not by_row:
            return self.number(0.0)
        if len(by_row) == 1:
            ((row, factor),) = by_row.items()
            return Expr(self, factor, row)
        return self.dot([(factor, row, -1, -1) for row, factor in by_row.items()])

    def dot_block(self, coefficients: np.ndarray, *rows: np.ndarray | int) -> Expr:
        """Write Σ coefficient · row · row · row, given by columns."""
        if all(np.max(row, initial=-1) < TILE for row in rows):
            columns = [np.broadcast_to(row, coefficients.shape).tolist() for row in (*rows, -1, -1, -1)[:3]]
            return self.dot(list(zip(coefficients.tolist(), *columns, strict=True)))
        dst = self.local_row()
        self.operations.append((DOT, dst, -1, -1, *self.block(coefficients, 0, *rows), 0.0, 0.0))
        return Expr(self, 1.0, dst)

    def dot(self, terms: list[tuple[float, int, int, int]]) -> Expr:
        """Write Σ coefficient · row · row · row."""
        if all(t[1] < TILE and t[2] < TILE and t[3] < TILE for t in terms):
            known = (DOT, *terms)
            if known not in self._known:
                self._known[known] = self.shared_row()
                lo, hi = self.list([(q, 0, *rows) for q, *rows in terms])
                self.shared.append((DOT, self._known[known], -1, -1, lo, hi, 0.0, 0.0))
            return Expr(self, 1.0, self._known[known])
        dst = self.local_row()
        lo, hi = self.list([(q, 0, *rows) for q, *rows in terms])
        self.operations.append((DOT, dst, -1, -1, lo, hi, 0.0, 0.0))
        return Expr(self, 1.0, dst)

    def choose(self, values: list[Expr]) -> Expr:
        """Write the value of the scenario that a draw is in; all are shared."""
        if all(x.row == values[0].row and x.factor == values[0].factor for x in values):
            return values[0]
        known = (CHOOSE, *((x.factor, x.row) for x in values))
        if known not in self._known:
            self._known[known] = self.shared_row()
            lo, hi = self.list([(x.factor, 0, x.row, -1, -1) for x in values])
            self.shared.append((CHOOSE, self._known[known], -1, -1, lo, hi, 0.0, 0.0))
        return Expr(self, 1.0, self._known[known])

    def list(self, entries: Iterable[tuple[Any, ...]]) -> tuple[int, int]:
        """Append list entries, coefficient first; give their range."""
        lo, entries = self._count, list(entries)
        self._count = hi = lo + len(entries)
        self._listed += [entry + _REST[len(entry) - 1] for entry in entries]
        self._places += range(lo, hi)
        return lo, hi

    def block(self, coefficients: np.ndarray, *columns: np.ndarray | int) -> tuple[int, int]:
        """Append list entries by column; give their range."""
        integers = np.full((len(coefficients), WIDTH), -1)
        for i, column in enumerate(columns):
            integers[:, i] = column
        self._blocks.append((self._count, coefficients, integers))
        self._count += len(coefficients)
        return self._blocks[-1][0], self._count

    def write(self, code: int, dst: int, a: int = -1, b: int = -1, lo: int = 0, hi: int = 0,
              c: float = 1.0, d: float = 0.0, shared: bool = False) -> None:  # fmt: skip
        """Write an operation as it is."""
        (self.shared if shared else self.operations).append((code, dst, a, b, lo, hi, c, d))

    # Sums

    def key(self, key: Key) -> int:
        """Number a sum."""
        return self.keys.setdefault(key, len(self.keys))

    # Tiles and products

    def begin_tile(self) -> None:
        """Begin a tile: its rows will be cleared."""
        self._tile_begun = len(self.operations)
        self.held = 0

    def end_tile(self) -> None:
        """End a tile."""
        if self.held:
            self.operations.insert(self._tile_begun, (CLEAR, TILE, -1, -1, self.held, 0, 0.0, 0.0))
            self._starts = [start + (start >= self._tile_begun) for start in self._starts]
        self.tile_rows = max(self.tile_rows, self.held)

    def begin(self) -> None:
        """Begin a product."""
        self._begun = len(self.operations)
        self._starts.append(self._begun)
        self.local_rows = 0
        self._draws = {}

    def end(self) -> None:
        """End a product: its cells are drawn first."""
        if self._draws:
            self.operations.insert(self._begun, self._drawing(self._draws))

    def finish(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
        """Give operations, constants, lists, coefficients and the number of rows."""
        head = [self._drawing(self._shared_draws)] if self._shared_draws else []
        everything = [*head, *self.shared, *self.operations]
        table = np.array(everything, dtype=float).reshape(-1, 8)  # its integers are far below 2⁵³
        operations, constants = table[:, :6].astype(np.int64), table[:, 6:].copy()
        lists, coefficients = np.empty((self._count, WIDTH), dtype=np.int64), np.empty(self._count)
        if self._listed:
            listed = np.array(self._listed, dtype=float)
            lists[self._places], coefficients[self._places] = listed[:, 1:], listed[:, 0]
        for lo, its, integers in self._blocks:
            lists[lo : lo + len(its)], coefficients[lo : lo + len(its)] = integers, its
        for table in (operations, lists):
            self._renumber(table)
        rows = self.rows + self.tile_rows + self.wide_rows + self.most_rows
        return operations, constants, lists, coefficients, rows

    def starts(self) -> np.ndarray:
        """Give the first operation of each product, and of what comes after the last one."""
        before = len(self.shared) + bool(self._shared_draws)
        return np.array(self._starts, dtype=np.int64) + before

    def _renumber(self, table: np.ndarray) -> None:
        shift = self.rows
        for first, last, count in (
            (TILE, WIDE_ROWS, self.tile_rows), (WIDE_ROWS, LOCAL, self.wide_rows), (LOCAL, 1 << 62, 0),
        ):  # fmt: skip
            mine = (table >= first) & (table < last)
            table[mine] += shift - first
            shift += count

    def _drawing(self, draws: dict[int, int]) -> tuple[Any, ...]:
        lo, hi = self.list([(0.0, self.cell(cell), row) for cell, row in sorted(draws.items())])
        return (DRAW, 0, -1, -1, lo, hi, 1.0, 0.0)
