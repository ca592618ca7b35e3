"""Keep of a program what some of its sums need: dead-code elimination, one pass from the end to the beginning."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from usephase.engine.plan.sums import Key
from usephase.engine.program.cells import GIVEN, CellArrays
from usephase.engine.program.code import (
    ACCUMULATE,
    ADD,
    AGEING,
    AGES,
    CALENDAR,
    CALENDAR_DATED,
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

_YEARLY = (CALENDAR, AGEING, CALENDAR_DATED)
_PICKED = (MANY, MORE, DRAW, REGIONS)
"""Operations of whose entries some may be needed and others not."""


def sliced(program: Program, sums: Iterable[Key]) -> Program:
    """Give the program of some sums alone.

    Parameters
    ----------
    program : Program
    sums : iterable of Key
        Those that the program does not have are not in the answer either.

    Returns
    -------
    Program
        The same operations in the same order, less those that no asked sum needs: so each sum has the same bits.
        A ledger's calendar years are asked together: a life reaches many of them at once.
    """
    operations, lists = program.operations, program.lists
    asked = set(sums)
    calendars = {key[:-1] for key in asked if "calendar" in key[:-1]}
    need = _Need(program, asked | {key for key in program.keys if key[:-1] in calendars})
    kept = np.zeros(len(operations), dtype=bool)
    entries = np.zeros(len(lists), dtype=bool)
    for o in range(len(operations) - 1, -1, -1):
        kept[o] = need.operation(o, entries)
    return _compacted(program, need, kept, entries)


class _Need:
    """Which sums, rows and slots are needed by what comes later.

    Entries that several operations have in common are needed by all of them, or by none.
    """

    def __init__(self, program: Program, sums: set[Key]) -> None:
        self.lists, self.lives = program.lists, set[int]()
        self.operations = program.operations.tolist()
        ranges = Counter((lo, hi) for code, _, _, _, lo, hi in self.operations if code in _PICKED)
        self.common = {its for its, count in ranges.items() if count > 1}
        self.sums = np.array([key in sums for key in program.keys], dtype=bool)
        self.rows = np.zeros(int(program.sizes[0]) + 1, dtype=bool)  # the last answers for −1
        self.slots = np.zeros(int(program.sizes[1]), dtype=bool)

    def operation(self, o: int, entries: np.ndarray) -> bool:
        """Tell whether an operation is needed, mark its entries, and note what it needs in turn."""
        code, dst, a, b, lo, hi = self.operations[o]
        rows, slots = self.rows, self.slots
        if code in (ACCUMULATE, *_YEARLY):
            reached = slice(dst, dst + 1 if code == ACCUMULATE else dst + AGES)
            if not self.sums[reached].any():
                return False
            if code == ACCUMULATE:
                self._use(a, b)
            else:
                slots[a] = True
                self._use(*({CALENDAR: (b,), AGEING: (b,)}.get(code) or (hi, *range(b, b + lo + 1))))
                if code == CALENDAR:
                    entries[lo:hi] = True
                    for first, last in self.lists[lo:hi, 1:3].tolist():
                        entries[first:last] = True
                        self._use_all(self.lists[first:last, 1:4])
        elif code == REGIONS:
            mine = self.lists[lo:hi]
            asked = self.sums[mine[:, 0]]
            if not (asked.any() or rows[dst]):
                return False
            if rows[dst] or (lo, hi) in self.common:
                asked[:] = True
            rows[dst] = False
            entries[lo:hi] = asked
            self._use(a, b)
            self._use_all(mine[asked, 1:3])
        elif code in (MANY, MORE, DRAW):
            targets = self.lists[lo:hi, 1 if code == DRAW else 0]
            if not rows[targets].any():
                return False
            if (lo, hi) in self.common:
                rows[targets] = True
            for e, row in zip(range(hi - 1, lo - 1, -1), targets[::-1].tolist(), strict=True):
                if rows[row]:
                    entries[e] = True
                    if code != MORE:
                        rows[row] = False
                    if code != DRAW:
                        self._use(*self.lists[e, 1:4].tolist())
        elif code == HOLD:
            if not rows[dst]:
                return False
            self._use(a, b)
        elif code in (LIFE, GIVEN_LIFE, POWER, CHARGE):
            lives = code in (LIFE, GIVEN_LIFE)
            if not (slots[dst] or (lives and rows[hi])):
                return False
            slots[dst] = False
            if lives:
                rows[hi] = False
            if code == LIFE:
                self._use(a, b, lo)
            elif code == GIVEN_LIFE:
                self.lives.add(lo)
            else:
                slots[a] = True
                self._use(b)
        else:
            width = {WEIGH: hi - lo, PARTS: 6, CLEAR: lo}.get(code, 1)
            if not rows[dst : dst + width].any():
                return False
            rows[dst : dst + width] = False
            if code in (MULTIPLY, DIVIDE, ADD, REST):
                self._use(a, b)
            elif code in (DOT, CHOOSE, PARTS):
                entries[lo:hi] = True
                self._use_all(self.lists[lo:hi, {DOT: slice(1, 4), CHOOSE: slice(1, 2), PARTS: slice(0, 8)}[code]])
            elif code in (YEARS, WEIGH, DATED):
                slots[a] = True
                if code == WEIGH:
                    entries[lo:hi] = True
                elif code == DATED:
                    self._use(*range(b, b + lo + 1))
        return True

    def _use(self, *rows: int) -> None:
        for row in rows:
            if row >= 0:
                self.rows[row] = True

    def _use_all(self, rows: np.ndarray) -> None:
        self.rows[rows] = True
        self.rows[-1] = False


def _compacted(program: Program, need: _Need, kept: np.ndarray, entries: np.ndarray) -> Program:
    """Number lists, sums, cells and lives anew, and leave out what is not needed."""
    scenario = int(program.sizes[4])
    drawn = np.zeros(len(program.cells.kind), dtype=bool)
    operations, lists = program.operations[kept], program.lists.copy()
    draws = operations[operations[:, 0] == DRAW]
    for lo, hi in draws[:, 4:6].tolist():
        its = lists[lo:hi]
        drawn[its[entries[lo:hi], 0]] = True
    if scenario >= 0:
        drawn[scenario] = True
    sum_at, entry_at, cell_at = (np.concatenate([[0], np.cumsum(mask)]) for mask in (need.sums, entries, drawn))
    life_at = {life: i for i, life in enumerate(sorted(need.lives))}
    numbered: set[tuple[int, int]] = set()
    for operation in operations:
        code, _, _, _, lo, hi = operation.tolist()
        if code in (ACCUMULATE, *_YEARLY):
            operation[1] = sum_at[operation[1]]
        if code in (DOT, MANY, MORE, CHOOSE, REGIONS, DRAW, WEIGH, PARTS, CALENDAR):
            if (lo, hi) in numbered:
                pass
            elif code == REGIONS:
                lists[lo:hi, 0] = np.where(need.sums[lists[lo:hi, 0]], sum_at[lists[lo:hi, 0]], -1)
            elif code == DRAW:
                lists[lo:hi, 0] = cell_at[lists[lo:hi, 0]]
            elif code == CALENDAR:
                lists[lo:hi, 1:3] = entry_at[lists[lo:hi, 1:3]]
            if code in (REGIONS, DRAW, CALENDAR):
                numbered.add((lo, hi))
            operation[4:6] = entry_at[operation[4:6]]
        elif code == GIVEN_LIFE:
            operation[4] = life_at[lo]
    sizes = program.sizes.copy()
    if scenario >= 0:
        sizes[4] = cell_at[scenario]
    return replace(
        program, keys=tuple(key for key, its in zip(program.keys, need.sums.tolist(), strict=True) if its),
        operations=operations, constants=program.constants[kept], lists=lists[entries],
        coefficients=program.coefficients[entries], sizes=sizes, cells=_picked(program.cells, np.flatnonzero(drawn)),
        lives=tuple(program.lives[i] for i in sorted(need.lives)),
        starts=np.concatenate([[0], np.cumsum(kept)])[program.starts],
    )  # fmt: skip


def _picked(cells: CellArrays, at: np.ndarray) -> CellArrays:
    """Give some of the cells."""
    kind, place = cells.kind[at], cells.place[at].copy()
    handed = kind == GIVEN
    given = tuple(cells.given[i] for i in place[handed].tolist())
    place[handed] = np.arange(len(given))
    return replace(
        cells, kind=kind, params=cells.params[at], group=cells.group[at], dimension=cells.dimension[at],
        seeds=cells.seeds[at], place=place, best=cells.best[at], given=given,
        cell=cells.cell[at],
    )  # fmt: skip
