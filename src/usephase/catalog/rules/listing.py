"""How rules speak: one problem a row, up to a limit, then how many more; and the nearest known name."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import numpy as np
import pandas as pd

from usephase.catalog.archetypes import PLACE
from usephase.catalog.schema import TABLES
from usephase.catalog.table import Table
from usephase.errors import Problem
from usephase.units import nearest

ROWS = 10
"""So many rows with the same fault are named one by one."""
NAMES = 100
"""So many different faults of one rule in one column are told apart."""
_MANY = 2000
_SIGNS = re.compile(r"[\W_]+")
"""What two spellings of one name may differ in, beside the case of their letters."""

Severity = Literal["error", "warning"]


def place(table: Table, row: int, column: str = "") -> str:
    """Name a cell; one of the reference by its key."""
    if table.line[row] >= 0:
        return table.place(row, column)
    if PLACE in table.frame and table.frame[PLACE].iloc[row]:
        return str(table.frame[PLACE].iloc[row])
    keys = TABLES[table.name].keys if table.name in TABLES else ("zone",)
    texts = [f"{key}={value}" for key in keys if (value := table.frame[key].iloc[row]) not in ("", -1)]
    return f"reference {table.name}: {';'.join(texts)}" + (f":{column}" if column else "")


def listed(
    table: Table, rows: Iterable[int], column: str, what: str, fix: str, severity: Severity = "error", limit: int = ROWS
) -> Iterator[Problem]:
    """Name the same fault in every row, the first `limit` one by one."""
    order = sorted((int(row) for row in rows), key=lambda row: (table.line[row] < 0, table.line[row], row))
    for row in order[:limit]:
        yield Problem(where=place(table, row, column), what=what, fix=fix, severity=severity)
    rest = order[limit:]
    if rest:
        more = f"{what} (and {_count(len(rest) - 1)} more rows)" if len(rest) > 1 else what
        yield Problem(where=place(table, rest[0], column), what=more, fix=fix, severity=severity)


def by_value(
    table: Table,
    rows: np.ndarray,
    values: np.ndarray,
    column: str,
    say: Callable[[str], tuple[str, str]],
    severity: Severity = "error",
    limit: int = ROWS,
) -> Iterator[Problem]:
    """Name a fault that depends on a value, such as an unknown name.

    Parameters
    ----------
    table : Table
        Where it is.
    rows : ndarray of int
        Its rows there.
    values : ndarray of object (len(rows),)
        The value at fault.
    column : str
        Where to point to.
    say : callable
        From the value to what is wrong and what to do.
    severity : {"error", "warning"}
        Of the problems.
    limit : int
        Rows of one value that are named one by one.
    """
    if len(rows) == 0:
        return
    codes, names = pd.factorize(pd.Series(np.asarray(values), dtype=object))
    first = np.full(len(names), np.iinfo(np.int64).max)
    np.minimum.at(first, codes, table.line[rows])
    order = np.argsort(first, kind="stable")
    groups = dict(enumerate(np.split(rows[np.argsort(codes, kind="stable")], np.cumsum(np.bincount(codes))[:-1])))
    for code in order[:NAMES]:
        what, fix = say(str(names[code]))
        yield from listed(table, groups[int(code)], column, what, fix, severity, limit)
    rest = order[NAMES:]
    if len(rest):
        row = min(groups[int(rest[0])], key=lambda r: table.line[r])
        what, fix = say(str(names[rest[0]]))
        more = f"{what} (and {_count(len(rest) - 1)} more such cases)" if len(rest) > 1 else what
        yield Problem(where=place(table, int(row), column), what=more, fix=fix, severity=severity)


def _count(number: int) -> str:
    return f"{number:,}"


def suggest(name: str, known: Iterable[str]) -> str:
    """Find the nearest known name, in long lists among those that begin alike; "" if none is near."""
    candidates = list(known)
    if len(candidates) > _MANY:
        start = name.strip().casefold()[:1]
        candidates = [k for k in candidates if k[:1].casefold() == start and abs(len(k) - len(name)) <= 2][:_MANY]
    return nearest(name, candidates)


def advise(name: str, known: Iterable[str], otherwise: str) -> str:
    """Write a remedy for an unknown name."""
    close = suggest(name, known)
    if close and _SIGNS.sub("", close.casefold()) == _SIGNS.sub("", name.casefold()):
        return f"write `{close}`"
    return f"did you mean `{close}`? Otherwise {otherwise}" if close else otherwise


def series(names: Iterable[str], most: int = 8) -> str:
    """Write names one after the other, not too many."""
    known = sorted({str(name) for name in names})
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(f"`{name}`" for name in known[:most]) + more
