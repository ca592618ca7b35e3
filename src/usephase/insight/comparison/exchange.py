"""What makes up the difference between two options: the cells that differ between them, and no others."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from usephase.catalog.options.records import Address, Edit, OptionRow
from usephase.insight.comparison.choice import separable
from usephase.insight.comparison.pairing import Model
from usephase.insight.comparison.players import Player, change_mark, players


@dataclass(frozen=True)
class Move:
    """Hold what differs in one place: parts of a model that one side has, and those that the other has.

    Attributes
    ----------
    name : Address
    before, after : tuple of int
        Parts that are switched on as long as the move is not made, and once it is.
    touches : set of str
        Products whose figures it can change.
    """

    name: Address
    before: tuple[int, ...]
    after: tuple[int, ...]
    touches: frozenset[str]


@dataclass(frozen=True)
class Exchange:
    """Hold a model in which one option can take another one's place, cell by cell.

    Attributes
    ----------
    model : Model
    shared : tuple of int
        Parts that both sides have.
    moves : tuple of Move
    """

    model: Model
    shared: tuple[int, ...]
    moves: tuple[Move, ...]

    def switched(self, made: Iterable[int]) -> tuple[int, ...]:
        """Name the model's parts that are on once some moves are made."""
        chosen = set(made)
        sides = (move.after if i in chosen else move.before for i, move in enumerate(self.moves))
        return tuple(sorted({*self.shared, *(part for side in sides for part in side)}))


def exchange(
    make: Callable[[Sequence[OptionRow]], Model], against: Sequence[OptionRow], option: Sequence[OptionRow]
) -> Exchange:
    """Prepare the way from one option to another.

    Parameters
    ----------
    make : callable
        From rows to the model of them.
    against, option : sequence of OptionRow
        None of the base.
    """
    both, first, second = apart(against, option)
    model = make((*both, *first, *second))
    parts = [players(rows) for rows in (both, first, second)]
    model.take([part for side in parts for part in side])
    ends = np.cumsum([len(side) for side in parts]).tolist()
    shared = tuple(range(ends[0]))
    sides = range(ends[0], ends[1]), range(ends[1], ends[2])
    moves = _moves(model, sides, joined=False)
    made = Exchange(model, shared, moves)
    bound = [i for i, move in enumerate(moves) if model.structure((*move.before, *move.after))]
    if not separable(model, bound, made.switched):
        made = Exchange(model, shared, _moves(model, sides, joined=True))
    return made


def apart(
    against: Sequence[OptionRow], option: Sequence[OptionRow]
) -> tuple[list[OptionRow], list[OptionRow], list[OptionRow]]:
    """Part the rows of two options into what both do, what only the first, and what only the second does.

    Notes
    -----
    A cell that both change alike is shared, wherever it is written; a row that changes several cells is cut if need
    be. What changes rows or texts is shared if both have it.
    """
    edits = [_by_cell(rows) for rows in (against, option)]
    alike = {cell for cell in edits[0] if edits[0][cell] == edits[1].get(cell)}
    changes = [{_change(row) for row in rows if row.change is not None} for rows in (against, option)]
    common = changes[0] & changes[1]

    def cut(rows: Sequence[OptionRow], kept: bool) -> list[OptionRow]:
        out = []
        for row in rows:
            if row.change is not None:
                if (_change(row) in common) == kept:
                    out.append(row)
                continue
            mine = tuple(edit for edit in row.edits if (edit.address in alike) == kept)
            if mine:
                out.append(replace(row, edits=mine))
        return out

    return cut(option, True), cut(against, False), cut(option, False)


def _by_cell(rows: Sequence[OptionRow]) -> dict[Address, list[tuple[object, ...]]]:
    out: dict[Address, list[tuple[object, ...]]] = {}
    for row in rows:
        for edit in row.edits:
            out.setdefault(edit.address, []).append(_told(edit))
    # Factors among themselves, and addends, have no order.
    return {cell: sorted(edits, key=str) for cell, edits in out.items()}


def _told(edit: Edit) -> tuple[object, ...]:
    params = () if edit.params is None else tuple(edit.params.tolist())
    points = () if edit.points is None else tuple(tuple(np.asarray(x).tolist()) for x in edit.points)
    return edit.operation, edit.number, edit.kind, params, points, edit.source


def _change(row: OptionRow) -> tuple[object, ...]:
    change = row.change
    assert change is not None
    filled = None if change.edit is None else _told(change.edit)
    words = (tuple(sorted(x.items())) for x in (change.keys, change.cells))
    return change.kind, change.table, *words, filled, row.lots, tuple(map(_told, row.edits))


def _moves(model: Model, sides: Sequence[Iterable[int]], joined: bool) -> tuple[Move, ...]:
    """Put parts together that meet in a cell, in a row or in a text."""
    group: dict[int, int] = {}
    owner: dict[object, int] = {}
    for part in (part for side in sides for part in side):
        group[part] = part
        for mark in _marks(model.parts[part], joined):
            first = owner.setdefault(mark, part)
            old, into = group[part], group[first]
            group = {k: into if g == old else g for k, g in group.items()}
    out = []
    for g in dict.fromkeys(group.values()):
        before, after = (tuple(part for part in side if group[part] == g) for side in sides)
        touches = frozenset().union(*(model.touches[part] for part in (*before, *after)))
        out.append(Move(model.parts[(*after, *before)[0]].name, before, after, touches))
    return tuple(out)


def _marks(part: Player, joined: bool) -> set[object]:
    marks: set[object] = {edit.address for row in part.rows for edit in row.edits}
    for change in part.changes:
        marks |= {change_mark(change), *({"structure"} if joined else ())}
    return marks
