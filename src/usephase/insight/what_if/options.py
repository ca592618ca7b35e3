"""Saved options as edits of one product, to start from and to be held against."""

from collections.abc import Collection

from usephase.catalog.edit.records import Cell, Edit
from usephase.catalog.options.records import OptionRow
from usephase.catalog.options.understand import read_options
from usephase.catalog.resolve import Resolved


def edits_of_options(resolved: Resolved, cells: Collection[Cell]) -> dict[str, tuple[Edit, ...]]:
    """Write options as edits of some cells.

    Parameters
    ----------
    resolved : Resolved
    cells : collection of (table, row, column)
        Those of one product.

    Returns
    -------
    dict of str to tuple of Edit
        By option, sorted; without those that add or remove rows, take from other cells, multiply by or add what is
        itself uncertain (no cell holds that), or change none of the cells.
    """
    found = {}
    for name, rows in sorted(read_options(resolved)[0].rows.items()):
        listed = [_edits(row) for row in rows]
        mine = tuple(edit for edits in listed for edit in edits or () if edit[:3] in cells)
        if mine and all(edits is not None for edits in listed):
            found[name] = mine
    return found


def _edits(row: OptionRow) -> list[Edit] | None:
    """Give a row's edits; None where it does more than write into cells."""
    if row.lots or (row.change is not None and row.change.kind not in ("text", "fill")):
        return None
    if row.change is not None:
        return [Edit(row.table, row.row, row.column, row.value)]
    if any(edit.operation == "take" or edit.uncertain_step for edit in row.edits):
        return None
    return [Edit(*edit.address, row.value) for edit in row.edits]
