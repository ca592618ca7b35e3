"""A block in a file: whatever is not whole, or not what a block of that plan can be, is no block.

A line with a checksum and a length; a header in JSON of that length; then the arrays, as this machine has its numbers,
with nothing between or behind them. What the header says must add up to the size that the file has before memory is
taken for it. The checksum is of accidents, not of forgery: who can write here can write figures too. Even so a forged
block can give wrong figures only; it cannot take more memory than there is, or stop the program.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from usephase.engine.plan import study
from usephase.engine.plan.parts import LEDGERS, STATISTICS, ProductRows
from usephase.engine.plan.records import PHASES
from usephase.engine.plan.sums import Key
from usephase.engine.run import blocks
from usephase.engine.run.blocks import BlockResult, Partial
from usephase.engine.run.memory import available
from usephase.results.atomic import open_plain

HEADER_MAX = 2**26
"""The longest header; as objects it takes some twenty times as much memory. [bytes]"""
_FIRST = re.compile(rb"usephase\.block/2 ([0-9a-f]{32}) ([0-9]{1,9})\n")
_PARTS = {"component": 4, "group": 5, "calendar": 3}
"""Kinds of sums, with the number of parts that their keys have."""
_YEAR = re.compile(r"[0-9]{1,6}")


class Form(NamedTuple):
    """What is known of a block before it is read.

    Attributes
    ----------
    tiles : range
    draws : int
    products : int
        Of all of the plan.
    """

    tiles: range
    draws: int
    products: int


def write_block(file: BinaryIO, result: BlockResult) -> None:
    """Write a block."""
    rows = result.rows
    header = {
        "tiles": [result.first, result.stop],
        "partials": [
            {
                "tiles": [part.first, part.stop],
                "keys": [list(key) for key in part.draws],
                "best": [[list(key), x] for key, x in part.best.items()],
            }
            for part in result.partials
        ],
        "rows": len(rows.labels),
        "kept": len(rows.draws),
        "served": len(rows.served),
        "draws": rows.draws.shape[1],
    }
    text = json.dumps(header).encode("ascii")
    if len(text) > HEADER_MAX:
        raise OSError(f"a header of {len(text):,} bytes")
    arrays = [x for part in result.partials for x in part.draws.values()]
    arrays = [np.ascontiguousarray(x) for x in (*arrays, *rows)]
    digest = hashlib.blake2b(text, digest_size=16)
    for array in arrays:
        digest.update(array.reshape(-1).view(np.uint8).data)
    file.write(b"usephase.block/2 %s %d\n" % (digest.hexdigest().encode("ascii"), len(text)))
    file.write(text)
    for array in arrays:
        file.write(array.reshape(-1).view(np.uint8).data)


def read_block(path: Path, form: Form) -> BlockResult | None:
    """Read a block; None if it is damaged, of another form, no regular file, or not there."""
    try:
        with open_plain(path) as file:
            return _parsed(file, form)
    except (OSError, ValueError, RecursionError, MemoryError):  # too little memory shows again when it is computed
        return None


def _parsed(file: BinaryIO, form: Form) -> BlockResult:
    size = os.fstat(file.fileno()).st_size
    line = file.readline(100)
    match = _FIRST.fullmatch(line)
    _require(match is not None)
    assert match is not None
    length = int(match[2])
    _require(length <= min(HEADER_MAX, size - len(line)) and size <= available())
    text = file.read(length)
    header = _Header(json.loads(text), form)
    # Before any of it is made: a header can claim anything.
    _require(sum(kind.itemsize * rows * columns for kind, rows, columns in header.arrays()) == size - len(line + text))
    digest = hashlib.blake2b(text, digest_size=16)
    made = []
    for kind, rows, columns in header.arrays():
        array = np.empty((rows, columns), dtype=kind)
        plain = array.reshape(-1).view(np.uint8)
        _require(file.readinto(plain.data) == array.nbytes)  # type: ignore[attr-defined]
        digest.update(plain.data)
        made.append(array)
    _require(not file.read(1) and digest.hexdigest().encode("ascii") == match[1])
    return header.result(made)


class _Header:
    """What a header says, held against what a block can be."""

    def __init__(self, found: Any, form: Form) -> None:
        self.form = form
        tiles, partials, rows, kept, served, draws = _fields(
            found, "tiles", "partials", "rows", "kept", "served", "draws"
        )
        _require(_span(tiles) == form.tiles and _whole(draws) == form.draws)
        self.rows, self.kept, self.served = _whole(rows), _whole(kept), _whole(served)
        _require(self.kept in (0, self.rows))
        self.partials = [self._partial(part) for part in _list(partials)]
        at = form.tiles.start
        for span, _, _ in self.partials:
            # One after the other, each within a leaf: so the sums are added up again.
            _require(span.start == at and (span.stop - 1) // blocks.LEAF == at // blocks.LEAF)
            at = span.stop
        _require(at == form.tiles.stop)

    def arrays(self) -> Iterator[tuple[np.dtype[Any], int, int]]:
        """Give type, rows and columns of the arrays, in the order of the file."""
        number, label = np.dtype("<f8"), np.dtype("<i4")
        for _, keys, _ in self.partials:
            yield number, len(keys), self.form.draws
        yield label, self.rows, 3
        yield number, self.rows, STATISTICS
        yield number, self.kept, self.form.draws
        yield label, self.served, 2
        yield number, self.served, STATISTICS

    def result(self, arrays: list[np.ndarray]) -> BlockResult:
        """Give the block that the arrays make up."""
        count = len(self.partials)
        rows = ProductRows(*arrays[count:])
        tiles = self.form.tiles
        first, stop = tiles.start * study.TILE, min(tiles.stop * study.TILE, self.form.products)
        for labels, column, low, high in (
            (rows.labels, 0, 0, len(LEDGERS)), (rows.labels, 1, -1, len(PHASES)), (rows.labels, 2, first, stop),
            (rows.served, 0, 0, len(LEDGERS)), (rows.served, 1, first, stop),
        ):  # fmt: skip
            _require(bool(((labels[:, column] >= low) & (labels[:, column] < high)).all()))
        partials = [
            Partial(span.start, span.stop, dict(zip(keys, draws, strict=True)), best)
            for (span, keys, best), draws in zip(self.partials, arrays[:count], strict=True)
        ]
        return BlockResult(tiles.start, tiles.stop, tuple(partials), rows)

    def _partial(self, found: Any) -> tuple[range, list[Key], dict[Key, float]]:
        tiles, listed, best = _fields(found, "tiles", "keys", "best")
        keys = [_key(key) for key in _list(listed)]
        _require(len(set(keys)) == len(keys))
        return _span(tiles), keys, dict(_best(pair) for pair in _list(best))


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError("not a block, or not of this plan")


def _fields(found: Any, *names: str) -> list[Any]:
    _require(isinstance(found, dict) and set(found) == set(names))
    return [found[name] for name in names]


def _list(found: Any) -> list[Any]:
    _require(isinstance(found, list))
    return found


def _whole(found: Any) -> int:
    _require(type(found) is int and 0 <= found < 2**62)
    return found


def _span(found: Any) -> range:
    _require(len(_list(found)) == 2)
    first, stop = map(_whole, found)
    _require(first < stop)
    return range(first, stop)


def _key(found: Any) -> Key:
    parts = _list(found)
    _require(all(isinstance(part, str) for part in parts) and len(parts) == _PARTS.get(parts[0] if parts else ""))
    _require(parts[0] != "calendar" or _YEAR.fullmatch(parts[2]) is not None)
    return tuple(parts)


def _best(found: Any) -> tuple[Key, float]:
    _require(len(_list(found)) == 2 and type(found[1]) is float)
    return _key(found[0]), found[1]
