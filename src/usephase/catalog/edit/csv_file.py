"""Write cells into a CSV file and leave every other byte as it is: quotes, line ends, comments, blank lines, order."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from usephase.catalog.read.headers import PEEK, header_row, known_name
from usephase.catalog.values.refusal import Refusal, is_error

_FIELD = re.compile(r'"(?:[^"]|"")*"|[^,\r\n]*')
_MARKS = re.compile(r'[",\r\n]')
_BOM = "\ufeff"


class _Record(NamedTuple):
    """Hold where a record's fields stand in the text, and its end before the line's."""

    line: int
    fields: tuple[tuple[int, int], ...]
    end: int


def with_cells(data: bytes, changes: Iterable[tuple[int, str, str]], known: Collection[str] = ()) -> bytes:
    """Write texts into cells.

    Parameters
    ----------
    data : bytes
        The file, UTF-8.
    changes : iterable of (line, column, text)
        Lines as an editor counts them. A column that is missing is added behind the last one.
    known : collection of str
        The column names that the table may have.

    Raises
    ------
    Refusal
        If the file cannot be taken apart safely.
    """
    text = data.decode("utf-8")
    listed = list(changes)
    records, names = _headed(text, known)
    header, rows = records[0], {record.line: record for record in records[1:]}
    asked = dict.fromkeys(column for _, column, _ in listed)
    names = [known_name(name, asked) or name for name in names]
    new = [column for column in asked if column not in names]
    pieces: list[tuple[int, int, str]] = []
    added: dict[int, dict[str, str]] = {}
    for line, column, cell in listed:
        if line not in rows:
            raise Refusal(f"line {line} holds no row", "read the catalog again")
        if column in new:
            added.setdefault(line, {})[column] = cell
            continue
        record = rows[line]
        at = names.index(column)
        if at >= len(record.fields):
            raise Refusal(f"line {line} has no cell `{column}`", "write the missing commas")
        start, end = record.fields[at]
        pieces.append((start, end, _written(cell, text[start:end].startswith('"'), first=at == 0)))
    if new:
        pieces.append((header.end, header.end, "".join(f",{_written(name)}" for name in new)))
        for record in records[1:]:
            mine = added.get(record.line, {})
            pieces.append((record.end, record.end, "".join(f",{_written(mine.get(name, ''))}" for name in new)))
    return _replaced(text, pieces).encode("utf-8")


def with_rows(data: bytes, rows: Sequence[Mapping[str, str]], known: Collection[str] = ()) -> bytes:
    """Add rows at the end; a column that the file lacks is added where a row fills it."""
    text = data.decode("utf-8")
    if not text.strip(f"{_BOM} \r\n"):
        columns = list(dict.fromkeys(name for row in rows for name in row))
        return (
            text + "".join(_line(values) for values in [columns, *([r.get(c, "") for c in columns] for r in rows)])
        ).encode()
    records, names = _headed(text, known)
    names = [known_name(name, {name for row in rows for name in row}) or name for name in names]
    new = list(dict.fromkeys(name for row in rows for name, cell in row.items() if name not in names and cell))
    if new:
        pieces = [(records[0].end, records[0].end, "".join(f",{_written(name)}" for name in new))]
        pieces += [(record.end, record.end, "," * len(new)) for record in records[1:]]
        text, names = _replaced(text, pieces), [*names, *new]
    end = "\r\n" if "\r\n" in text else "\n"
    text += "" if text.endswith("\n") else end
    return (text + "".join(_line([row.get(name, "") for name in names], end) for row in rows)).encode("utf-8")


def _line(cells: Sequence[str], end: str = "\n") -> str:
    return ",".join(_written(cell, first=i == 0) for i, cell in enumerate(cells)) + end


def _written(cell: str, quoted: bool = False, *, first: bool = False) -> str:
    """Write a cell; quoted where it was, and where it must be."""
    edge = cell != cell.strip() or (first and (cell.startswith("#") or not cell))
    if quoted or _MARKS.search(cell) or (edge and cell):
        doubled = cell.replace('"', '""')
        return f'"{doubled}"'
    return cell


def _plain(field: str) -> str:
    return field[1:-1].replace('""', '"') if field.startswith('"') else field


def _headed(text: str, known: Collection[str]) -> tuple[list[_Record], list[str]]:
    """Find every record from the column names on, and these."""
    records = _records(text)
    texts = [[_plain(text[a:b]).strip() for a, b in record.fields] for record in records[:PEEK]]
    head = header_row(texts, known)
    return records[head:], texts[head]


def _records(text: str) -> list[_Record]:
    """Find every record, as the reader does: comments and blank lines stand between records only."""
    out = []
    at = len(_BOM) if text.startswith(_BOM) else 0
    line = 1
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        first = text[at:end]
        if first.isspace() or not first or (first.startswith("#") and not is_error(first.split(",", 1)[0])):
            at, line = end + 1, line + 1
            continue
        fields, stop = _fields(text, at, line)
        record = _Record(line, fields, stop)
        if any(_plain(text[a:b]).strip() for a, b in fields):
            out.append(record)
        line += text.count("\n", at, stop) + 1
        at = text.find("\n", stop)
        at = len(text) if at < 0 else at + 1
    if not out:
        raise Refusal("the file has no header", "write the column names in its first row")
    return out


def _fields(text: str, at: int, line: int) -> tuple[tuple[tuple[int, int], ...], int]:
    fields = []
    while True:
        match = _FIELD.match(text, at)
        assert match is not None
        fields.append(match.span())
        at = match.end()
        if at < len(text) and text[at] == ",":
            at += 1
            continue
        if at < len(text) and text[at] not in "\r\n":
            raise Refusal(f"line {line} has a quote inside a cell", "double it, and put the cell in quotes")
        return tuple(fields), at


def _replaced(text: str, pieces: list[tuple[int, int, str]]) -> str:
    out = []
    last = 0
    for start, end, new in sorted(pieces, key=lambda piece: piece[:2]):
        out += [text[last:start], new]
        last = end
    return "".join([*out, text[last:]])
