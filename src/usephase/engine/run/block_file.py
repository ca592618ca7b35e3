"""What a block gives, in files: whatever is not whole, or not what that name can stand for, is none.

A line with a checksum and a length; a header in JSON of that length, which begins with the name that the file is kept
under; then the arrays, as this machine has its numbers, with nothing between or behind them. What the header says must
add up to the size that the file has before memory is taken for it. The checksum is of accidents, not of forgery: who
can write here can write figures too. Even so a forged file can give wrong figures only; it cannot take more memory than
there is, or stop the program.
"""

import hashlib
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from usephase.engine.plan.parts import LEDGERS, STATISTICS, ProductRows
from usephase.engine.plan.records import PHASES
from usephase.engine.plan.sums import Key
from usephase.engine.run.blocks import Sums
from usephase.engine.run.memory import available
from usephase.results.atomic import open_plain

HEADER_MAX = 2**26
"""The longest header; as objects it takes some twenty times as much memory. [bytes]"""
_FIRST = re.compile(rb"usephase\.block/3 ([0-9a-f]{32}) ([0-9]{1,9})\n")
_PARTS = {"component": (4,), "group": (5,), "calendar": (3,), "scenario": (6, 7)}
"""Kinds of sums, with the number of parts that their keys have."""
_YEAR = re.compile(r"[0-9]{1,6}")
_NUMBER, _LABEL = np.dtype("<f8"), np.dtype("<i4")


class Form(NamedTuple):
    """What is known of a block's rows before they are read.

    Attributes
    ----------
    products : range
        Of the plan.
    draws : int
    keep : bool
        Whether the draws of products are kept.
    """

    products: range
    draws: int
    keep: bool


def write_sums(file: BinaryIO, name: str, sums: Sums) -> None:
    """Write sums under a name."""
    header = {
        "name": name,
        "keys": [list(key) for key in sums.draws],
        "best": [[list(k), x] for k, x in sums.best.items()],
    }
    _write(file, header, list(sums.draws.values()))


def read_sums(path: Path, name: str, draws: int) -> Sums | None:
    """Read sums; None if they are damaged, of another name or form, no regular file, or not there."""

    def form(header: Any) -> tuple[list[_Array], tuple[list[Key], dict[Key, float]]]:
        its, listed, best = _fields(header, "name", "keys", "best")
        _require(its == name)
        keys = [_key(key) for key in _list(listed)]
        _require(len(set(keys)) == len(keys))
        return [(_NUMBER, len(keys), draws)], (keys, dict(_best(pair) for pair in _list(best)))

    found = _read(path, form)
    if found is None:
        return None
    (array,), (keys, best) = found
    return Sums(dict(zip(keys, array, strict=True)), best)


def write_rows(file: BinaryIO, name: str, rows: ProductRows, products: range) -> None:
    """Write the rows of a block under a name; products by their place in it."""
    labels, served = rows.labels.copy(), rows.served.copy()
    labels[:, 2] -= products.start
    served[:, 1] -= products.start
    header = {"name": name, "rows": len(labels), "kept": len(rows.draws), "served": len(served)}
    _write(file, header, list(rows._replace(labels=labels, served=served)))


def read_rows(path: Path, name: str, form: Form) -> ProductRows | None:
    """Read the rows of a block; None as in `read_sums`."""

    def arrays(header: Any) -> tuple[list[_Array], None]:
        its, *counts = _fields(header, "name", "rows", "kept", "served")
        _require(its == name)
        rows, kept, served = map(_whole, counts)
        _require(kept == (rows if form.keep else 0))
        return [
            (_LABEL, rows, 3), (_NUMBER, rows, STATISTICS), (_NUMBER, kept, form.draws), (_LABEL, served, 2),
            (_NUMBER, served, STATISTICS),
        ], None  # fmt: skip

    found = _read(path, arrays)
    if found is None:
        return None
    rows = ProductRows(*found[0])
    for labels, column, low, high in (
        (rows.labels, 0, 0, len(LEDGERS)), (rows.labels, 1, -1, len(PHASES)), (rows.labels, 2, 0, len(form.products)),
        (rows.served, 0, 0, len(LEDGERS)), (rows.served, 1, 0, len(form.products)),
    ):  # fmt: skip
        if not ((labels[:, column] >= low) & (labels[:, column] < high)).all():
            return None
    rows.labels[:, 2] += form.products.start
    rows.served[:, 1] += form.products.start
    return rows


def write_name(file: BinaryIO, name: str, other: str) -> None:
    """Write that what has one name has another one too."""
    _write(file, {"name": name, "other": other}, [])


def read_name(path: Path, name: str) -> str | None:
    """Read the other name of what has this one; None as in `read_sums`."""

    def form(header: Any) -> tuple[list[_Array], str]:
        its, other = _fields(header, "name", "other")
        _require(its == name and isinstance(other, str) and re.fullmatch("[0-9a-f]{32}", other) is not None)
        return [], other

    found = _read(path, form)
    return None if found is None else found[1]


_Array = tuple[np.dtype[Any], int, int]


def _write(file: BinaryIO, header: dict[str, Any], arrays: Sequence[np.ndarray]) -> None:
    text = json.dumps(header).encode("ascii")
    if len(text) > HEADER_MAX:
        raise OSError(f"a header of {len(text):,} bytes")
    arrays = [np.ascontiguousarray(x) for x in arrays]
    digest = hashlib.sha256(text)  # processors have it built in: twice as fast as others
    for array in arrays:
        digest.update(array.reshape(-1).view(np.uint8).data)
    file.write(b"usephase.block/3 %s %d\n" % (digest.hexdigest()[:32].encode("ascii"), len(text)))
    file.write(text)
    for array in arrays:
        file.write(array.reshape(-1).view(np.uint8).data)


def _read(path: Path, form: Any) -> tuple[list[np.ndarray], Any] | None:
    try:
        with open_plain(path) as file:
            return _parsed(file, form)
    except (OSError, ValueError, RecursionError, MemoryError):  # too little memory shows again when it is computed
        return None


def _parsed(file: BinaryIO, form: Any) -> tuple[list[np.ndarray], Any]:
    size = os.fstat(file.fileno()).st_size
    line = file.readline(100)
    match = _FIRST.fullmatch(line)
    _require(match is not None)
    assert match is not None
    length = int(match[2])
    _require(length <= min(HEADER_MAX, size - len(line)) and size <= available())
    text = file.read(length)
    arrays, more = form(json.loads(text))
    # Before any of it is made: a header can claim anything.
    _require(sum(kind.itemsize * rows * columns for kind, rows, columns in arrays) == size - len(line + text))
    digest = hashlib.sha256(text)
    made = []
    for kind, rows, columns in arrays:
        array = np.empty((rows, columns), dtype=kind)
        plain = array.reshape(-1).view(np.uint8)
        _require(file.readinto(plain.data) == array.nbytes)  # type: ignore[attr-defined]
        digest.update(plain.data)
        made.append(array)
    _require(not file.read(1) and digest.hexdigest()[:32].encode("ascii") == match[1])
    return made, more


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError("no entry of a store, or not this one")


def _fields(found: Any, *names: str) -> list[Any]:
    _require(isinstance(found, dict) and set(found) == set(names))
    return [found[name] for name in names]


def _list(found: Any) -> list[Any]:
    _require(isinstance(found, list))
    return found


def _whole(found: Any) -> int:
    _require(type(found) is int and 0 <= found < 2**62)
    return found


def _key(found: Any) -> Key:
    parts = _list(found)
    _require(all(isinstance(part, str) for part in parts) and len(parts) in _PARTS.get(parts[0] if parts else "", ()))
    _require(parts[0] != "calendar" or _YEAR.fullmatch(parts[2]) is not None)
    return tuple(parts)


def _best(found: Any) -> tuple[Key, float]:
    _require(len(_list(found)) == 2 and type(found[1]) is float)
    return _key(found[0]), found[1]
