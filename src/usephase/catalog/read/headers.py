"""Names of columns, tables and sheets as people write them: case never matters, and some words mean something else."""

import csv
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import TypeVar

from usephase.catalog.read.invisible import first
from usephase.catalog.read.limits import MAX_NAME, clip
from usephase.catalog.read.sources import RawTable, letter
from usephase.catalog.schema import TableSchema
from usephase.errors import Problem
from usephase.units import nearest

_T = TypeVar("_T")
PEEK = 30
"""Among so many first rows the column names are looked for."""
_APART = re.compile(r"[\s\-.]+")


def folded(name: str) -> str:
    """Write a name as the catalog does: lower case, words joined by underscores."""
    return _APART.sub("_", name.strip()).casefold()


def known_name(name: str, known: Iterable[str]) -> str:
    """Find the known name that is written in another way; "" if there is none."""
    return {folded(one): one for one in known}.get(folded(name), "")


def is_comment_sheet(title: str) -> bool:
    """Tell whether a sheet of a workbook is not read: README, start, and those whose name begins with `#`."""
    return title.startswith("#") or title.casefold() in {"readme", "start"}


def with_known_names(raw: RawTable, names: Iterable[str]) -> tuple[RawTable, list[Problem]]:
    """Name columns as they are known, whatever the case of their letters.

    Parameters
    ----------
    raw : RawTable
    names : iterable of str
        The known names.

    Returns
    -------
    RawTable
        Of two columns that are one, the first.
    list of Problem
    """
    known = list(names)
    new = {name: name if name in known else known_name(name, known) or name for name in raw.cells}
    if all(name == given for given, name in new.items()):
        return raw, []
    first: dict[str, str] = {}
    problems = []
    for given, name in new.items():
        if first.setdefault(name, given) != given:
            what = f"the columns `{clip(first[name])}` and `{clip(given)}` are both `{name}`"
            where = raw.place(raw.header_line, given)
            problems.append(Problem(where=where, what=what, fix="delete or rename one of them"))
    return replace(
        raw, cells=_renamed(raw.cells, first), letters=_renamed(raw.letters, first), typed=_renamed(raw.typed, first),
        numbers=_renamed(raw.numbers, first), written=_renamed(raw.written, first),
    ), problems  # fmt: skip


def _renamed(held: Mapping[str, _T], first: Mapping[str, str]) -> dict[str, _T]:
    return {name: held[given] for name, given in first.items() if given in held}


@cache
def _other_words() -> Mapping[tuple[str, str], tuple[str, str]]:
    text = files("usephase.catalog").joinpath("column_words.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {(row["table"], row["word"]): (row["column"], row["advice"]) for row in rows}


def other_word(name: str, schema: TableSchema) -> tuple[str, str]:
    """Give the column that a word for it means in a table, or advice where it means none; "" where it is not known."""
    for table in (schema.name, "*"):
        column, advice = _other_words().get((table, folded(name)), ("", ""))
        if advice or column in [column.name for column in schema.columns]:
            return column, advice
    return "", ""


def advise_column(name: str, schema: TableSchema, there: Collection[str] = ()) -> str:
    """Advise on a column that is not known: what its word means here, or the nearest name; "" if nothing is near.

    A word that means another thing than the name that looks like it is never corrected by its letters, and a column
    that is `there` already is proposed only where none that is absent is near.
    """
    known = [column.name for column in schema.columns]
    column, advice = other_word(name, schema)
    if advice or column:
        return f"{advice}. " if advice else f"rename it to `{column}`, if that is what it is. "
    close = nearest(name, [column for column in known if column not in there]) or nearest(name, known)
    return f"did you mean `{close}`? " if close else ""


# -- where the names stand, and what stands around the table ---------------------------------------------------


def header_row(rows: Sequence[Sequence[str]], known: Collection[str]) -> int:
    """Find the row of column names among a table's first rows: the first one, unless another knows more names."""
    texts = [[folded(text) for text in row if text.strip()] for row in rows[:PEEK]]
    found = [{*row} & {*known} for row in texts]
    # A single name among other words may be a cell: the part `product`.
    sure = [i == 0 or len(names) > 1 or len(names) == len(texts[i]) for i, names in enumerate(found)]
    count = [len(names) * held for names, held in zip(found, sure, strict=True)]
    return count.index(max(count)) if count else 0


def above(rows: Sequence[tuple[int, Sequence[str]]], where: str, word: str) -> list[Problem]:
    """Say which rows above the column names are not read."""
    texts = [next((text.strip() for text in row if text.strip()), "") for _, row in rows]
    if all(text.startswith("sep=") for text in texts):  # spreadsheet programs write it for one another
        return []
    lines = f"{word} {rows[0][0]}" if len(rows) == 1 else f"{word}s {rows[0][0]} to {rows[-1][0]}"
    what = f"{lines} above the column names: not read (`{clip(texts[0])}`)"
    return [aside(where, what)]


def aside(where: str, what: str) -> Problem:
    """Say what is no part of a table, and left aside."""
    fix = "delete it, or begin its first cell with `#`, if it is not meant as a row"
    return Problem(where=where, what=what, fix=fix, severity="warning")


def header(
    names: list[str],
    line: int,
    origin: str,
    schema: TableSchema | None,
    cells: Callable[[int], list[tuple[int, str]]],
    *,
    sheet: bool,
) -> tuple[dict[str, int], list[Problem]]:
    """Read column names.

    Parameters
    ----------
    names : list of str
        The header's cells.
    line : int
        Its line.
    origin : str
        The file or sheet.
    schema : TableSchema or None
        What the table may hold, if that is known.
    cells : callable
        Gives the line and text of the cells of a column that are not empty.
    sheet : bool
        Whether `origin` is a sheet.

    Returns
    -------
    dict of str to int
        Position by name.
    list of Problem
    """

    def place(i: int, row: int) -> str:
        return f"{origin}!{letter(i)}{row}" if sheet else f"{origin}:{row}"

    names = [unicodedata.normalize("NFC", name.strip()) for name in names]
    notes, second = _beside(names, schema, cells)
    at: dict[str, int] = {}
    problems = []
    for i, name in enumerate(names[:second]):
        where = place(i, line)
        if len(name) > MAX_NAME:
            what = f"the name of column {i + 1} has {len(name):,} characters"
            problems.append(Problem(where=where, what=what, fix=f"give it a name of at most {MAX_NAME}"))
        elif sign := first(name):
            what = f"the name of column {i + 1} has the invisible or broken character {sign}"
            problems.append(Problem(where=where, what=what, fix="write the column name again"))
        elif i in notes:
            continue
        elif not name:
            if cells(i):
                what = f"column {i + 1} has cells but no name"
                problems.append(Problem(where=where, what=what, fix="name the column in the first row, or delete it"))
        elif name in at:
            what = f"the column `{clip(name)}` is there twice: columns {at[name] + 1} and {i + 1}"
            problems.append(Problem(where=where, what=what, fix="delete or rename one of them"))
        else:
            at[name] = i
    if second < len(names):
        what = f"another table stands beside this one, from column {second + 1} (`{clip(names[second])}`) on"
        problems.append(Problem(where=place(second, line), what=what, fix=f"give it a {'sheet' if sheet else 'file'}"))
    if notes:
        i, (row, text) = next((i, held[0]) for i, held in notes.items())
        where = place(i, row)
        what = f"cells beside the table are no part of it: not read (`{clip(text)}`{' …' * (len(notes) > 1)})"
        fix = "nothing, if that is a note; name the column in the row of the column names, if it is one"
        problems.append(Problem(where=where, what=what, fix=fix, severity="warning"))
    return at, problems


def _beside(
    names: list[str], schema: TableSchema | None, cells: Callable[[int], list[tuple[int, str]]]
) -> tuple[dict[int, list[tuple[int, str]]], int]:
    """Find notes beside a table, by column, and where another table begins beside it.

    A note has no name, and is parted from the table by an empty column or has few cells, none of them a number.
    Right of the table it may have any number of cells but one a row.
    """
    known = {column.name for column in schema.columns} if schema is not None else set()
    labels = schema is None or schema.labels
    last = max((i for i, name in enumerate(names) if (labels and name) or folded(name) in known), default=len(names))
    rows = max((len(cells(i)) for i, name in enumerate(names) if name), default=0) if "" in names else 0
    notes: dict[int, list[tuple[int, str]]] = {}
    gap = 0
    for i, name in enumerate(names):
        held = cells(i) if not name or i > last else []
        if not name and not held:
            gap = i
        elif gap and i > last:
            notes[i] = [*([(0, name)] if name else []), *held]
        elif not name and (1 if i > last else 2) * len(held) < rows and not any(is_number(text) for _, text in held):
            notes[i] = held
        elif gap and name in names[:gap] and sum(bool(n) and n in names[:gap] for n in names[gap:]) > 1:
            return notes, i
    return notes, len(names)


def is_number(text: str) -> bool:
    """Tell whether a text begins as a number does."""
    return re.match(r"\s*[+-]?\.?\d", text) is not None
