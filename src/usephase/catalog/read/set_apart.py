"""Rows that are none of a table: totals, notes, headings; found, left aside, and said. Merged and hidden cells."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from usephase.catalog.read.headers import aside, folded, is_number
from usephase.catalog.read.limits import MAX_FINDINGS, clip
from usephase.catalog.read.sources import Area, RawTable, letter
from usephase.catalog.schema import ADDS_UP, TableSchema
from usephase.catalog.values.columns import matches, spelled
from usephase.errors import Problem

_SUMS = (
    r"(?:(?:grand |sub[- ]?)?totals?|sums?|averages?|summe|gesamt(?:summe)?|zwischensumme|ergebnis|somme|suma"
    r"|tổng(?: cộng)?|合计|总计)"
)
_TOTAL = rf"(?i)(?:^[^\pL\pN_]*{_SUMS}(?:[^\pL]|$)|[^\pL]{_SUMS}[^\pL\pN_]*$)"
_NOTE = (
    r"(?i)^(?:(?:notes?|sources?|remarks?|comments?|legend|prepared by|created|updated|exported|as of|data from|quelle"
    r"|anmerkung(?:en)?|hinweis|stand|nguồn|ghi chú)(?:[^\pL]|$)|[*†‡]+[\t\n\r ]*[^\t\n\r ]|\()"
)
_IS_TOTAL, _IS_NOTE = spelled(_TOTAL), spelled(_NOTE)
_IS_SUM = re.compile(rf"(?i)\W*{_SUMS}\W*")
_NUMBER = re.compile(r"[+-]?(?:\d[\d ]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_LOOKED_AT = 20_000
_ADDED_UP = 200
_LISTED = 5
COUNTED_TWICE = "a total of other rows"
"""What a row is called that is refused though it hides nothing: the rows that it adds up are all there."""
_SHOW = "show them, or delete what is not meant to count"

Kind = Literal["blank", "total", "counted", "note", "again", "second", "keyless", "alone"]


def is_sum(text: str) -> bool:
    """Tell whether a text is a word for a total, and nothing else."""
    return _IS_SUM.fullmatch(text) is not None


def is_apart(texts: Sequence[str]) -> bool:
    """Tell whether a row that begins with such a text looks like a total or a note."""
    return any(_IS_TOTAL.search(text) or _IS_NOTE.search(text) for text in texts[:1])


def set_apart(
    raw: RawTable, schema: TableSchema, products: Callable[[], Collection[str]] = tuple
) -> tuple[RawTable, list[Problem]]:
    """Leave out the rows of a table that are none of it, and say so: totals, notes, headings, merged cells.

    Parameters
    ----------
    raw : RawTable
        With its columns named as they are known.
    schema : TableSchema
        What it may hold.
    products : callable
        Gives the products that the catalog lists: a row of one is a row, even if it is called `Total`.

    Returns
    -------
    RawTable
        What is left.
    list of Problem
        Of a kind that can only be no row, a warning; else an error.
    """
    raw, merged = _unmerged(raw, [column.name for column in schema.columns if column.key])
    rows = _Rows(raw, schema, products)
    kinds = rows.kinds()
    problems = _say(raw, schema, kinds, rows)
    left = np.ones(len(raw), dtype=bool)
    left[list(kinds)] = False
    kept = raw if left.all() else raw.take(left)
    problems += _merged(kept, merged)
    return kept, problems + _hidden(kept)


# -- rows that are none --------------------------------------------------------------------------------------


class _Rows:
    """Look at the rows that lack a cell which every row needs, or that look like totals and notes."""

    def __init__(self, raw: RawTable, schema: TableSchema, products: Callable[[], Collection[str]]) -> None:
        self.raw, self.schema, self.products = raw, schema, products
        self.required = [c.name for c in schema.columns if c.required and c.name in raw.cells]
        self.keys = [c.name for c in schema.columns if c.key and c.required and c.name in raw.cells]
        self.counted = [c.name for c in schema.columns if c.kind in ("value", "number") and c.name in raw.cells]
        self.numeric = {*self.counted, *(c.name for c in schema.columns if c.kind == "year")}
        self.known = {c.name for c in schema.columns}
        self.sums: dict[str, np.ndarray] = {}
        self.counts: dict[str, Counter[str]] = {}
        self.added = 0

    def kinds(self) -> dict[int, Kind]:
        """Give the rows that are none, and what they are."""
        if not self.keys or not len(self.raw):
            return {}
        incomplete = np.zeros(len(self.raw), dtype=bool)
        asked = incomplete.copy()
        for name in self.required:
            column = self.raw.cells[name]
            distinct = set(column)
            for text in [text for text in distinct if not text.strip()]:
                incomplete |= column == text
            if name in self.keys:
                texts = np.array(sorted(distinct), dtype=object)
                odd = matches(texts, _TOTAL) | matches(texts, _NOTE)
                for i, text in enumerate(texts.tolist()):
                    sentence = len(self.required) == 1 and len(text.split(maxsplit=3)) > 3
                    odd[i] |= sentence or text.strip().casefold() in self.known
                if odd.any():
                    named_so = {*texts[odd]}
                    asked |= np.fromiter((text in named_so for text in column), dtype=bool, count=len(column))
        whole = np.flatnonzero(~incomplete & ~asked)
        self.last = int(whole[-1]) if len(whole) else -1
        out: dict[int, Kind] = {}
        for row in np.flatnonzero(incomplete | asked)[:_LOOKED_AT].tolist():
            kind = self._kind(row, out)
            if kind is not None:
                out[row] = kind
            if kind == "second":
                out |= dict.fromkeys(range(row + 1, len(self.raw)), kind)
                break
        return out

    def _kind(self, row: int, out: dict[int, Kind]) -> Kind | None:
        filled = {name: str(column[row]).strip() for name, column in self.raw.cells.items()}
        filled = {name: text for name, text in filled.items() if text}
        if not filled:
            return "blank"  # it has cells beside the table alone
        names = [folded(text) for text in filled.values()]
        if len(filled) >= min(2, len(self.raw.cells)) and all(name in self.known for name in names):
            return "again" if names == list(filled) else "second"
        missing = [name for name in self.required if name not in filled]
        keys = [name for name in self.keys if name in filled]
        if self._is_total(row, filled, missing, keys, out):
            bare = is_sum(filled.get(self.keys[0], ""))
            return "total" if missing or len(self.keys) == 1 or bare else "counted"
        if self._is_note(row, filled, missing):
            return "note"
        if len(missing) < 2:
            return None
        return "keyless" if not keys else "alone" if len(filled) == 1 else None

    def _is_total(
        self, row: int, filled: dict[str, str], missing: list[str], keys: list[str], out: dict[int, Kind]
    ) -> bool:
        texts = [filled[name] for name in keys if not self._is_product(name, filled)]
        if any(map(_IS_TOTAL.search, texts)):
            only = len(self.keys) == 1 < len(self.raw.cells)
            if missing or (only and any(map(is_sum, texts))):
                return True
            lone = only and len(self.required) == 1 and not set(filled) - {*keys, *self.numeric}
            return lone or self._adds_up(row, filled, out) or self._called_total(row, filled, texts)
        if keys or not filled or not set(filled) <= self.numeric:
            return False
        return filled.keys() <= {n for n in filled if row in self.raw.typed.get(n, {})} or self._adds_up(
            row, filled, out
        )

    def _is_product(self, name: str, filled: dict[str, str]) -> bool:
        """Tell whether a word for a total is a product: one that the catalog lists, or that says what it is here."""
        if name != "product" or not is_sum(filled[name]):
            return False
        if self.schema.name != "products":
            return filled[name] in self.products()
        return any(name not in self.numeric and not _IS_TOTAL.search(text) for name, text in filled.items())

    def _called_total(self, row: int, filled: dict[str, str], texts: Sequence[str]) -> bool:
        """Tell whether a whole row is called a total of rows that are there, whatever they add up to."""
        if not any(map(is_sum, texts)):
            return False
        same = [self.raw.cells[key] == self.raw.cells[key][row] for key in self.keys if not is_sum(filled[key])]
        return is_sum(texts[0]) or bool(np.logical_and.reduce(same).sum() > 1)

    def _alike(self, row: int) -> np.ndarray:
        """Tell which rows have the keys of one, but for those that no other row has."""
        alike = np.ones(len(self.raw), dtype=bool)
        for key in self.keys:
            same = self.raw.cells[key] == self.raw.cells[key][row]
            alike &= same if same.sum() > 1 else True
        return alike

    def off(self, row: int, kinds: dict[int, Kind]) -> str:
        """Say what a total says and what the rows add up to, where the two differ; else ""."""
        name = ADDS_UP.get(self.schema.name, "")
        text = str(self.raw.cells[name][row]).strip() if name in self.raw.cells else ""
        if not _NUMBER.fullmatch(text) or self.added > _ADDED_UP:
            return ""
        found = [self._numbers(name)[rows] for rows in self._parts(row, kinds)]
        sums = [float(held.sum()) for held in found if len(held) and np.isfinite(held).all()]
        number = float(text.replace(" ", ""))
        if not sums or any(abs(total - number) <= _close(text) for total in sums):
            return ""
        nearest = min(sums, key=lambda total: abs(total - number))
        return f"; it says {number:,.10g} {name}, and the rows add up to {nearest:,.10g}"

    def _numbers(self, name: str) -> np.ndarray:
        if name not in self.sums:
            self.sums[name] = np.array([_float(str(cell)) for cell in self.raw.cells[name]])
        return self.sums[name]

    def _parts(self, row: int, out: dict[int, Kind]) -> list[np.ndarray]:
        """Give the rows that a total may add up: all, those above, since the last total, or those of like keys."""
        others = np.ones(len(self.raw), dtype=bool)
        others[[row, *out]] = False
        before = np.arange(len(self.raw)) < row
        last = max((r for r, kind in out.items() if r < row and kind == "total"), default=-1)
        since = np.arange(len(self.raw)) > last
        return [others, others & before, others & before & since, others & self._alike(row)]

    def _adds_up(self, row: int, filled: dict[str, str], out: dict[int, Kind]) -> bool:
        """Tell whether a number is the sum of others: of all rows, of those above, or since the last total."""
        self.added += 1
        if self.added > _ADDED_UP:
            return False
        for name in self.counted:
            text = filled.get(name, "")
            if not _NUMBER.fullmatch(text):
                continue
            number, column = float(text.replace(" ", "")), self._numbers(name)
            for rows in self._parts(row, out):
                held = column[rows & np.isfinite(column)]
                if len(held) > 1 and abs(float(held.sum()) - number) <= _close(text):
                    return True
        return False

    def _count(self, name: str) -> Counter[str]:
        if name not in self.counts:
            self.counts[name] = Counter(str(text).strip() for text in self.raw.cells[name])
        return self.counts[name]

    def _is_note(self, row: int, filled: dict[str, str], missing: list[str]) -> bool:
        name, text = next(iter(filled.items()))
        if any(column in self.numeric and is_number(held) for column, held in filled.items()):
            return False
        below = row > self.last >= 0
        apart = below and int(self.raw.line[row] - self.raw.line[self.last]) > row - self.last
        marked = _IS_NOTE.search(text) is not None
        words = len(text.split())
        if not missing:  # a table whose rows need a name alone
            return len(filled) == 1 < len(self.raw.cells) and (
                marked or (words > 3 and ((apart and row > self.last) or text.endswith(".")))
            )
        if len(filled) > max(2, len(self.required) // 2) or self._count(name)[text] > 1:
            return False
        return marked or apart or (len(filled) == 1 and words > 2)


def _float(text: str) -> float:
    return float(text.replace(" ", "")) if _NUMBER.fullmatch(text.strip()) else np.nan


def _close(text: str) -> float:
    """Give how far a sum may be from a number that is written so."""
    return max(0.5 * 10.0 ** -len(text.partition(".")[2]), 1e-9 * abs(float(text.replace(" ", ""))))


def _say(raw: RawTable, schema: TableSchema, kinds: dict[int, Kind], counted: _Rows) -> list[Problem]:
    rows_of = defaultdict(list)
    for row, kind in sorted(kinds.items()):
        rows_of[kind].append(row)
    word = "row" if raw.sheet else "line"
    home = "a sheet" if raw.sheet else "a file"
    names = [column.name for column in schema.columns if column.key and column.required]
    problems = []
    for kind, rows in rows_of.items():
        listed = [(int(raw.line[row]), _first(raw, row)) for row in rows]
        these, quoted, where = _lines([line for line, _ in listed], word), _quote(listed), raw.place(listed[0][0])
        if kind == "blank":
            continue
        if kind == "total":
            off = {row: counted.off(row, kinds) for row in rows}
            same = [(int(raw.line[row]), _first(raw, row)) for row in rows if not off[row]]
            if same:
                what = f"a total of the table: {_lines([line for line, _ in same], word)}, not read ({_quote(same)})"
                problems.append(aside(raw.place(same[0][0]), what))
            for row in [row for row in rows if off[row]][:MAX_FINDINGS]:
                line = int(raw.line[row])
                note = aside(raw.place(line), f"a total of the table: {word} {line}, not read (`{_first(raw, row)}`)")
                fix = f"look for a row that is missing, wrong or there twice; the total itself: {note.fix}"
                problems.append(note.model_copy(update={"what": note.what + off[row], "fix": fix}))
        elif kind == "note":
            what = f"a note in the table: {these}, not read ({quoted})"
            problems.append(aside(where, what))
        elif kind == "again":
            problems.append(aside(where, f"the column names again: {these}, not read"))
        elif kind == "second":
            what = f"another table begins here, with {quoted}: from here on nothing is read"
            problems.append(Problem(where=where, what=what, fix=f"give it {home} of its own"))
        elif kind == "counted":
            for row, (line, text) in list(zip(rows, listed, strict=True))[:MAX_FINDINGS]:
                off_by = counted.off(row, kinds)
                what = f"{COUNTED_TWICE} (`{clip(text)}`), which would count them twice{off_by}"
                fix = "delete it, or begin its first cell with `#`"
                problems.append(Problem(where=raw.place(line), what=what, fix=fix))
        else:
            for line, text in listed[:MAX_FINDINGS]:
                what = f"the {word} has nothing but `{clip(text)}`"
                if kind == "keyless":
                    what = f"the {word} has none of {_and([f'`{name}`' for name in names])}"
                fix = "complete it, or delete it; a heading, total or note begins with `#`"
                problems.append(Problem(where=raw.place(line), what=what, fix=fix))
    return problems


def _first(raw: RawTable, row: int) -> str:
    return next((str(column[row]).strip() for column in raw.cells.values() if str(column[row]).strip()), "")


def _lines(lines: Sequence[int], word: str) -> str:
    """Name lines: ``row 4``, ``rows 4, 7 and 12 more``."""
    if len(lines) == 1:
        return f"{word} {lines[0]}"
    more = [f"{len(lines) - _LISTED + 1} more"] if len(lines) > _LISTED else []
    return f"{word}s {_and([*map(str, lines[: _LISTED - bool(more)]), *more])}"


def _quote(listed: Sequence[tuple[int, str]]) -> str:
    return f"`{clip(listed[0][1])}`" + (" …" if len(listed) > 1 else "")


def _and(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


# -- what a sheet looks like ---------------------------------------------------------------------------------


def _unmerged(raw: RawTable, keys: Sequence[str]) -> tuple[RawTable, list[Area]]:
    """Fill what is merged down a column, so that nothing else is said of it; give the ranges in the table."""
    if not raw.marks.merged:
        return raw, []
    at = {letters: name for name, letters in raw.letters.items()}
    found = []
    cells, left = dict(raw.cells), np.ones(len(raw), dtype=bool)
    for first, top, last, bottom in raw.marks.merged:
        names = [at[letter(i)] for i in range(first, last + 1) if letter(i) in at]
        rows = np.arange(*np.searchsorted(raw.line, [top, bottom + 1]))
        if not names or top <= raw.header_line or len(rows) * len(names) < 2:
            continue
        found.append((first, top, last, bottom))
        if len(rows) > 1 and raw.line[rows[0]] == top and letter(first) in at:
            column = cells[at[letter(first)]].copy()
            column[rows] = column[rows[0]]
            cells[at[letter(first)]] = column
            for row in rows[1:]:  # what would only be there twice
                left[row] &= any(cells[key][row] != cells[key][rows[0]] for key in keys if key in cells)
    return replace(raw, cells=cells).take(left), found


def _merged(raw: RawTable, merged: Sequence[Area]) -> list[Problem]:
    held = [area for area in merged if np.diff(np.searchsorted(raw.line, [area[1], area[3] + 1]))[0]]
    return merged_cells(raw.origin, held)


def merged_cells(origin: str, areas: Sequence[Area]) -> list[Problem]:
    """Refuse merged cells, of which only the first holds something."""
    if not areas:
        return []
    names = [f"{letter(first)}{top}:{letter(last)}{bottom}" for first, top, last, bottom in areas]
    more = [f"{len(names) - _LISTED + 1} more ranges"] if len(names) > _LISTED else []
    these = _and([*names[: _LISTED - bool(more)], *more])
    what = f"merged cells ({these}): only the first cell of each holds something, the others are empty"
    fix = "split the merged cells, and write into each what is meant"
    return [Problem(where=f"{origin}!{names[0].partition(':')[0]}", what=what, fix=fix)]


def _hidden(raw: RawTable) -> list[Problem]:
    """Count what is hidden and read all the same."""
    marks = raw.marks
    lines = [line for line in raw.line.tolist() if line in marks.hidden_rows]
    columns = [name for name, letters in raw.letters.items() if letters in marks.hidden_columns]
    found = []
    if marks.hidden and len(raw):
        found.append((raw.origin, "the sheet is hidden, and read like any other"))
    if lines:
        what = f"{_count(lines, 'row')} hidden or filtered out, and read: {_lines(lines, 'row')}"
        found.append((raw.place(lines[0]), what))
    if columns and len(raw):
        what = f"{_count(columns, 'column')} hidden, and read: {_and([f'`{clip(c)}`' for c in columns])}"
        found.append((raw.place(raw.header_line, columns[0]), what))
    return [Problem(where=where, what=what, fix=_SHOW, severity="warning") for where, what in found]


def _count(things: Sequence[object], word: str) -> str:
    return f"{len(things)} {word}{'s are' if len(things) > 1 else ' is'}"
