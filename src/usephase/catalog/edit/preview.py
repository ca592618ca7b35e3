"""Show what changes in files before anything is written."""

import difflib
from collections.abc import Mapping

from usephase.catalog.edit import workbook as edit_book
from usephase.catalog.edit.records import FileChange

_CONTEXT = 2


def preview(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> tuple[FileChange, ...]:
    """Show changes file by file.

    Parameters
    ----------
    before : mapping of str to bytes
        The catalog's files.
    after : mapping of str to bytes
        The files that change.

    Returns
    -------
    tuple of FileChange
        Unified differences; of a workbook its cells, and what writing it again cannot keep.
    """
    return tuple(_change(name, before.get(name), after[name]) for name in sorted(after))


def _change(name: str, old: bytes | None, new: bytes) -> FileChange:
    if name.lower().endswith(".xlsx") and old is not None:
        cells = edit_book.differences(old, new)
        lines = [f"{cell.place}: {cell.before or '(empty)'} → {cell.after or '(empty)'}" for cell in cells]
        return FileChange(name, "workbook", "\n".join(lines) + "\n" if lines else "", cells, edit_book.losses(old, new))
    return FileChange(name, "new" if old is None else "changed", unified(name, old or b"", new))


def unified(name: str, old: bytes, new: bytes) -> str:
    """Write a unified difference; equal beginnings and ends are passed over at once, however long."""
    first, second = (data.decode("utf-8-sig", "replace").replace("\r\n", "\n").split("\n") for data in (old, new))
    shortest = min(len(first), len(second))
    head = next((i for i in range(shortest) if first[i] != second[i]), shortest)
    tail = next((i for i in range(shortest - head) if first[-1 - i] != second[-1 - i]), shortest - head)
    head, tail = max(0, head - _CONTEXT - 1), max(0, tail - _CONTEXT - 1)
    before, after = first[head : len(first) - tail], second[head : len(second) - tail]
    lines = list(difflib.unified_diff(before, after, f"a/{name}", f"b/{name}", lineterm="", n=_CONTEXT))
    return "\n".join(_shifted(line, head) for line in lines) + ("\n" if lines else "")


def _shifted(line: str, by: int) -> str:
    """Count a hunk's lines from the file's beginning."""
    if not line.startswith("@@"):
        return line
    _, old, new, _ = line.split(" ", 3)
    return f"@@ {_moved(old, by)} {_moved(new, by)} @@"


def _moved(span: str, by: int) -> str:
    start, comma, count = span[1:].partition(",")
    return f"{span[0]}{int(start) + by}{comma}{count}"
