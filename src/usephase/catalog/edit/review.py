"""Review: mark values of a catalog as approved or questioned, in its table of reviews."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from usephase.catalog.edit.apply import add_rows
from usephase.catalog.edit.reviewed import key_of
from usephase.catalog.edit.write import write
from usephase.catalog.table import Catalog
from usephase.errors import Problem, StudyError
from usephase.units import nearest


def mark(
    catalog: Catalog, register: pd.DataFrame, cells: Sequence[str], *, by: str, status: str, owner: str, on: date
) -> int:
    """Write a review of values into a catalog's files.

    Parameters
    ----------
    catalog : Catalog
        As read from its files.
    register : DataFrame
        Of the catalog.
    cells : sequence of str
        ``TABLE``, ``TABLE:COLUMN`` or ``TABLE:ROW:COLUMN``, as the register names them: each may be many values.
    by : str
        Who reviewed.
    status : str
        One of `REVIEWED`.
    owner : str
        Who answers for them; empty: as before.
    on : date

    Returns
    -------
    int
        The values whose review is new: what says so already is left as it is.

    Raises
    ------
    StudyError
        For a cell that the register does not have, or one that was reviewed on that day already.
    """
    found, problems = dict[int, None](), []
    for cell in cells:
        table, _, rest = cell.partition(":")
        row, _, column = rest.rpartition(":")
        its = (register["table"] == table) & ((register["column"] == column) | (rest == ""))
        at = its.to_numpy().nonzero()[0].tolist()
        if row:
            wanted = key_of(table, row, column)
            at = [i for i in at if key_of(table, str(register["row"].iloc[i]), column) == wanted]
        found |= dict.fromkeys(at)
        if not at:
            close = nearest(table, sorted(set(register["table"])))
            fix = "write TABLE:ROW:COLUMN as usephase check --register lists them"
            fix = f"did you mean the table `{close}`?" if close and close != table else fix
            problems.append(Problem(where=f"--cell {cell}", what="the register has no such value", fix=fix))
    day = on.isoformat()
    frame = catalog["reviews"].frame
    taken = {
        (key_of(row["table"], row["row"], row["column"]), row["value"])
        for row in frame[frame["reviewed_on"] == day].to_dict("records")
    }
    rows, again = [], []
    for one in register.iloc[list(found)].to_dict("records"):
        if one["status"] == status and owner in ("", one["owner"]):
            continue  # said already
        if (key_of(one["table"], one["row"], one["column"]), one["value"]) in taken:
            again.append(f"{one['table']}:{one['row']}:{one['column']}")
            continue
        text = {name: str(one[name]) for name in ("table", "row", "column", "value")}
        rows.append({**text, "reviewed_on": day, "reviewed_by": by, "status": status, "owner": owner})
    if again:
        more = f" and {len(again) - 1:,} more" if len(again) > 1 else ""
        fix = "change its row of the table reviews, or give another day with --on"
        problems.append(Problem(where=f"{again[0]}{more}", what=f"it was reviewed on {day} already", fix=fix))
    if problems:
        raise StudyError(problems)
    if rows:
        write(catalog, add_rows(catalog, "reviews", rows))
    return len(rows)
