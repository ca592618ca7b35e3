"""Shares that sum to 1: what the others of a set become when one of them is moved."""

from collections.abc import Iterable, Sequence

import numpy as np

from usephase.catalog.edit.records import Edit
from usephase.catalog.options.records import Address
from usephase.catalog.options.records import Edit as CellEdit
from usephase.catalog.options.tables import filled
from usephase.catalog.resolve import Resolved
from usephase.catalog.rules.hours import SHARE_TOLERANCE
from usephase.catalog.values import cells
from usephase.insight.comparison.between_cells import in_proportion, is_share, row_of, set_of


def rebalanced(resolved: Resolved, edits: Sequence[CellEdit], named: Iterable[Address]) -> tuple[Edit, ...]:
    """Scale the shares that nobody named, so that each set in which one was moved sums to 1 again.

    Parameters
    ----------
    resolved : Resolved
        Without the edits.
    edits : sequence of CellEdit
    named : iterable of Address
        The cells that keep what their edits say.

    Returns
    -------
    tuple of Edit
        In proportion to what stands there, equally where all of it is 0; nothing of a set without other shares, or in
        which the named shares exceed 1.
    """
    tables = filled(resolved, edits).tables
    held: dict[tuple[str, frozenset[int]], set[int]] = {}
    for name, row, column in named:
        if is_share((name, row, column)) and len(own := row_of(tables[name], row)):
            held.setdefault((name, frozenset(set_of(tables[name], own).tolist())), set()).update(own.tolist())
    found: list[Edit] = []
    for (name, rows), kept in held.items():
        values = tables[name].values["share"]
        best, uncertain = cells.best_estimates(values), cells.uncertain(values)
        free = sorted(rows - kept)
        rest, now = 1 - float(best[sorted(kept)].sum()), float(best[free].sum())
        if not free or rest < -SHARE_TOLERANCE or abs(now - rest) <= SHARE_TOLERANCE:
            continue
        for at, share in zip(free, in_proportion(np.array([rest]), best[free][:, None])[:, 0].tolist(), strict=True):
            scaled = bool(uncertain[at]) and share > 0 and best[at] > 0
            text = f"*{share / best[at]:.6g}" if scaled else f"{share:.6g}"
            found.append(Edit(name, tables[name].key(at), "share", text))
    return tuple(found)
