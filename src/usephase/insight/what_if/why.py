"""What makes a difference between two sets of edits: each change with its part, and the parts sum to the whole."""

from collections.abc import Callable, Hashable, Mapping

import numpy as np

from usephase.catalog.edit.records import Cell, Edit
from usephase.errors import CatalogError
from usephase.insight.comparison.shapley import shares
from usephase.insight.comparison.ties import settled
from usephase.insight.what_if.records import Contribution

EXACT = 5
"""Up to so many changes every subset of them is evaluated."""

Texts = Mapping[Cell, str]
"""What edits write, by cell."""


def moves(before: Texts, after: Texts, together: Callable[[Cell], Hashable]) -> list[tuple[Cell, ...]]:
    """List the cells that differ; those that `together` gives one mark change as one."""
    grouped: dict[Hashable, list[Cell]] = {}
    for cell in dict.fromkeys([*before, *after]):
        if before.get(cell) != after.get(cell):
            grouped.setdefault(together(cell), []).append(cell)
    return [tuple(cells) for cells in grouped.values()]


def contributions(
    before: Texts, after: Texts, moved: list[tuple[Cell, ...]], value: Callable[[tuple[Edit, ...]], np.ndarray]
) -> tuple[tuple[Contribution, ...], bool]:
    """Share a difference among the changes that make it: Shapley values, draw by draw.

    Parameters
    ----------
    before, after : mapping of cell to str
    moved : list of tuple of cells
        As `moves` gives them.
    value : callable
        From edits to the figure, shape (draw,).

    Returns
    -------
    tuple of Contribution
        The largest first.
    bool
        Whether orders were sampled.

    Notes
    -----
    Where a part of the changes makes no whole product, all of them count as one.
    """

    def after_some(made: tuple[int, ...]) -> np.ndarray:
        texts = dict(before)
        for cell in (cell for i in made for cell in moved[i]):
            if cell in after:
                texts[cell] = after[cell]
            else:
                texts.pop(cell, None)
        return value(edits_of(texts))

    try:
        found = shares(after_some, range(len(moved)), EXACT)
    except CatalogError:
        moved = [tuple(cell for cells in moved for cell in cells)]
        found = shares(after_some, range(1))
    draws = settled(found.draws, value(edits_of(before)))
    rows = [
        Contribution(cells, float(x.mean()), *map(float, np.quantile(x, (0.025, 0.975))))
        for cells, x in zip(moved, draws, strict=True)
    ]
    return tuple(sorted(rows, key=lambda row: -abs(row.mean))), found.paired is not None


def edits_of(texts: Texts) -> tuple[Edit, ...]:
    """Write texts as edits, in one order whatever was edited first."""
    return tuple(Edit(*cell, texts[cell]) for cell in sorted(texts))
