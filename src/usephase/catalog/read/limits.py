"""How much of anything is read: a table of any honest size passes, a bomb is refused before it is unpacked."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np

MAX_BYTES = 1 << 29
"""The largest file that is read: 512 MiB."""
MAX_TOTAL_BYTES = 1 << 30
"""The largest catalog: 1 GiB in all its files."""
MAX_SETTINGS_BYTES = 1 << 18
MAX_ROWS = 10_000_000
MAX_COLUMNS = 500
MAX_CELLS = 30_000_000
"""Cells of one table; each takes about 60 bytes of memory as text."""
MAX_CELL = 131_072
"""Characters in one cell."""
MAX_NAME = 200
"""Characters in the name of a column or file."""
MAX_FINDINGS = 1_000
"""Cells of one column that are named one by one; the others are counted."""
MAX_MESSAGE = 1_000
"""Characters of a message that quotes what somebody wrote."""

F = TypeVar("F")


def clip(text: str, most: int = 60) -> str:
    """Shorten a text for a message."""
    return text if len(text) <= most else text[: most - 1] + "…"


def too_large(rows: int, columns: int) -> tuple[str, str] | None:
    """Say what is too large about a table, and what to do; None if it may be read."""
    if rows <= MAX_ROWS and columns <= MAX_COLUMNS and rows * columns <= MAX_CELLS:
        return None
    what = f"the table is too large to be read: {rows:,} rows and {columns:,} columns"
    return what, f"keep a table to {MAX_ROWS:,} rows, {MAX_COLUMNS} columns and {MAX_CELLS:,} cells; split the catalog"


def each(rows: np.ndarray, make: Callable[[int], F], rest: Callable[[int, str], F]) -> list[F]:
    """Make a finding for every row; of very many for the first ones, and one that counts the others.

    Parameters
    ----------
    rows : ndarray of int
        Where something is wrong.
    make : callable
        From a row to its finding.
    rest : callable
        From the first row that is not named, and a text about all of these, to their finding.

    Returns
    -------
    list
    """
    found = [make(int(row)) for row in rows[:MAX_FINDINGS]]
    if len(rows) > MAX_FINDINGS:
        found.append(rest(int(rows[MAX_FINDINGS]), f"and {len(rows) - MAX_FINDINGS:,} more like these"))
    return found
