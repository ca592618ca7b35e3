"""Where to look if an answer is not finite: the cell with the number furthest from 1."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import numpy as np

from usephase.catalog.options.records import Edit
from usephase.catalog.options.tables import filled
from usephase.catalog.read.limits import clip
from usephase.catalog.resolve import Resolved
from usephase.catalog.values.cells import best_estimates
from usephase.errors import NumericError

FAR = 9
"""Powers of ten away from 1 beyond which a number is told of where an answer is not finite."""


@contextmanager
def naming_the_furthest(resolved: Resolved, edits: Iterable[Edit] = ()) -> Iterator[None]:
    """Have an answer that is not finite name the number furthest from 1, once some cells are edited."""
    try:
        yield
    except NumericError as error:
        made = filled(resolved, [edit for edit in edits if edit.operation != "take"])
        if not hasattr(error, "__notes__") and (at := _furthest(made)):
            error.add_note(f"the number furthest from 1 is {at}")
        raise


def _furthest(resolved: Resolved) -> str:
    """Name the catalog's cell with the largest or smallest number, if that is far from any honest one."""
    far, at = float(FAR), ""
    for table in resolved.tables.values():
        for column, values in table.values.items():
            best = np.where(table.line >= 0, best_estimates(values), 0.0)
            size = np.abs(best)
            size = np.abs(np.log10(size, out=np.zeros(len(size)), where=size > 0))
            if len(size) and size.max() > far:
                row = int(size.argmax())
                far, at = size[row], f"{table.place(row, column)} ({clip(str(values.text[row]) or f'{best[row]:g}')})"
    return at
