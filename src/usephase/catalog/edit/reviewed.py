"""Reviews: who answers for a value, who approved it and when, and that a changed value has lost its approval."""

from collections.abc import Mapping, Sequence

import pandas as pd

from usephase.catalog.schema import REVIEWED

APPROVED, QUESTIONED, OPEN = REVIEWED
CHANGED = "changed"
"""The status of a value that is another one than the one last approved."""
STATUSES = (APPROVED, CHANGED, QUESTIONED, OPEN)
UNREVIEWED = {"owner": "", "reviewed_by": "", "reviewed_on": "", "status": OPEN}
"""What the register says of a value that no review is of."""

Key = tuple[str, frozenset[str], str]


def reviewed(register: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    """Put what reviews say of its values into a register, as columns `UNREVIEWED`.

    Parameters
    ----------
    register : DataFrame
        Without these columns.
    reviews : DataFrame
        The table ``reviews``.

    Notes
    -----
    Of the reviews of a cell the latest of its present value counts. If there is none, but another value of the cell
    was approved, its status is `CHANGED`, with who approved that and when. The owner is the last one named, whatever
    the value.
    """
    by_cell: dict[Key, list[Mapping[str, str]]] = {}
    for row in sorted(reviews.to_dict("records"), key=lambda row: row["reviewed_on"]):
        by_cell.setdefault(key_of(row["table"], row["row"], row["column"]), []).append(row)  # type: ignore[arg-type]
    said: dict[str, dict[int, str]] = {name: {} for name in UNREVIEWED}
    if by_cell:
        cells = zip(register["table"], register["row"], register["column"], register["value"], strict=True)
        tables = {table for table, _, _ in by_cell}
        for at, (table, row, column, value) in enumerate(cells):
            mine = by_cell.get(key_of(table, row, column)) if table in tables else None
            for name, text in _state(mine, value).items() if mine else ():
                said[name][at] = text
    rows = pd.RangeIndex(len(register))
    columns = {}
    for name, usual in UNREVIEWED.items():
        texts = pd.Series(usual, index=rows, dtype=str)
        if said[name]:
            texts = pd.Series(said[name], dtype=str).reindex(rows).fillna(usual)
        columns[name] = texts
    return register.assign(**columns)


def key_of(table: str, row: str, column: str) -> Key:
    """Name a cell whatever the order in which its row's key is written."""
    return table, frozenset(part.strip() for part in row.split(";") if part.strip()), column


def _state(reviews: Sequence[Mapping[str, str]], value: str) -> dict[str, str]:
    owner = next((row["owner"] for row in reversed(reviews) if row["owner"]), "")
    ours = [row for row in reviews if row["status"] != OPEN and _same(row["value"], value)]
    before = [row for row in reviews if row["status"] == APPROVED]
    last = ours[-1] if ours else before[-1] if before else None
    if last is None:
        return {**UNREVIEWED, "owner": owner}
    status = last["status"] if ours else CHANGED
    return {"owner": owner, "reviewed_by": last["reviewed_by"], "reviewed_on": last["reviewed_on"], "status": status}


def _same(reviewed_text: str, value: str) -> bool:
    """Tell whether a value is the one that was reviewed: the same text, or the same number."""
    try:
        return reviewed_text == value or float(reviewed_text) == float(value)
    except ValueError:
        return False
