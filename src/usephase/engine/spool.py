"""Finished blocks on disk, so that a run that was stopped need not compute them again.

A spool is a folder ``.HASH.spool`` beside the runs of a catalog; HASH stands for all that decides a block's bits. It
holds ``study.json`` (what the hash stands for, to say what differs) and a file a block, which is there only when it is
whole: written beside, then renamed. Nothing is synced: a crash of the program loses no written block, and of what a
crash of the machine leaves behind, the checksum tells what is whole.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from usephase.engine.blocks import BlockResult, Partial
from usephase.engine.parts import ProductRows

STUDY = "study.json"
_MAGIC = b"usephase.block/1"
_HEADER_MAX = 2**28

Say = Callable[[str], None]


class Spool:
    """Keep finished blocks of a catalog's runs in a folder.

    Parameters
    ----------
    folder : path
        Where the catalog's runs are.
    resume : bool
        Whether blocks that an earlier run left are taken up.
    say : callable, optional
        Told what a reader should know, a line at a time.
    """

    def __init__(self, folder: Path, resume: bool = False, say: Say | None = None) -> None:
        self.folder, self.resume = Path(folder), resume
        self._say: Say = say or (lambda text: None)
        self._opened: list[Shelf] = []
        self._explained = False

    def open(self, identity: Mapping[str, Any], blocks: Sequence[range]) -> "Shelf":
        """Open the shelf of one plan's blocks."""
        path = self.folder / f".{digest_of(identity)}.spool"
        found = len(list(path.glob("block-*"))) if path.is_dir() else 0
        if found and not self.resume:
            kept = f"{found} of {len(blocks)} blocks of a run of this study that was stopped"
            self._say(f"{path}: {kept} → --resume takes them up")
        elif self.resume and not found and not self._explained:
            self._say(self._why_not(identity))
        self._explained = True
        shelf = Shelf(path, identity, blocks, self.resume and found > 0, self._say)
        self._opened.append(shelf)
        return shelf

    def remove(self) -> None:
        """Remove what this run kept: its result is written."""
        for shelf in self._opened:
            shelf.remove()

    def kept(self) -> str:
        """Say what is kept of the run that was stopped; empty if nothing is."""
        shelf = next((s for s in reversed(self._opened) if s.count()), None)
        if shelf is None:
            return ""
        return f"{shelf.count()} of {shelf.blocks} blocks are kept in {shelf.path} → --resume takes them up"

    def _why_not(self, identity: Mapping[str, Any]) -> str:
        others = []
        for path in sorted(self.folder.glob(".*.spool")):
            with suppress(OSError, ValueError):
                there = json.loads((path / STUDY).read_text(encoding="utf-8"))
                here = json.loads(json.dumps(dict(identity)))
                differ = [key for key in here if here[key] != there.get(key)]
                told = ", ".join(f"{key} {_short(there.get(key))} there, {_short(here[key])} here" for key in differ)
                others.append(f"{path.name} is of another study ({told})")
        return "; ".join(others or [f"{self.folder}: no blocks of a stopped run are there"]) + " → all is computed"


class Shelf:
    """The blocks of one plan on disk."""

    def __init__(
        self, path: Path, identity: Mapping[str, Any], blocks: Sequence[range], resume: bool, say: Say
    ) -> None:
        self.path, self.blocks = path, len(blocks)
        self._identity, self._spans, self._say, self._broken = identity, list(blocks), say, False
        self._whole: set[int] = set()
        for number in range(len(blocks)) if resume else ():
            if self._file(number).exists():
                if self._read(number) is None:
                    say(f"{self._file(number)}: damaged → the block is computed again")
                else:
                    self._whole.add(number)

    def whole(self) -> set[int]:
        """Give the numbers of the blocks that were found whole."""
        return set(self._whole)

    def count(self) -> int:
        """Count the blocks on disk."""
        return len(list(self.path.glob("block-*"))) if self.path.is_dir() else 0

    def take(self, number: int) -> BlockResult | None:
        """Read a block; None if it is damaged, or gone since."""
        return self._read(number)

    def put(self, result: BlockResult) -> None:
        """Keep a finished block. A disk that takes no more ends the keeping, not the run."""
        if self._broken:
            return
        if self.path.parent.is_symlink():  # it could lead anywhere
            self._broken = True
            return
        number = next(i for i, span in enumerate(self._spans) if span.start == result.first)
        target = self._file(number)
        spare = target.with_name(f".{target.name}.part")
        try:
            if not self.path.is_dir():
                self.path.mkdir(parents=True, exist_ok=True)
                text = json.dumps(dict(self._identity), indent=1) + "\n"
                (self.path / STUDY).write_text(text, encoding="utf-8")
            with spare.open("wb") as file:
                _write(file, result)
            spare.replace(target)
        except OSError as error:
            self._broken = True
            with suppress(OSError):
                spare.unlink()
            self._say(f"{self.path}: finished blocks are no longer kept ({error.strerror}); the run goes on")

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _file(self, number: int) -> Path:
        return self.path / f"block-{number:06d}"

    def _read(self, number: int) -> BlockResult | None:
        try:
            with self._file(number).open("rb") as file:
                result = _parsed(file)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        span = self._spans[number]
        return result if (result.first, result.stop) == (span.start, span.stop) else None


def digest_of(identity: Mapping[str, Any]) -> str:
    """Give the name of an identity: 16 hexadecimal digits."""
    text = json.dumps(dict(identity), sort_keys=True)
    return hashlib.blake2b(text.encode("utf-8"), digest_size=8).hexdigest()


def _arrays(result: BlockResult) -> list[np.ndarray]:
    sums = [x for part in result.partials for x in part.draws.values()]
    return [np.ascontiguousarray(x) for x in (*sums, *result.rows)]


def _write(file: BinaryIO, result: BlockResult) -> None:
    header = {
        "tiles": [result.first, result.stop],
        "partials": [
            {
                "tiles": [part.first, part.stop],
                "keys": [list(key) for key in part.draws],
                "best": [[list(key), x] for key, x in part.best.items()],
                "draws": len(next(iter(part.draws.values()), ())),
            }
            for part in result.partials
        ],
        "rows": [[array.dtype.str, list(array.shape)] for array in result.rows],
    }
    text = json.dumps(header).encode("ascii")
    arrays = _arrays(result)
    digest = hashlib.blake2b(text, digest_size=16)
    for array in arrays:
        digest.update(array.reshape(-1).view(np.uint8).data)
    file.write(b"%s %s %d\n" % (_MAGIC, digest.hexdigest().encode("ascii"), len(text)))
    file.write(text)
    for array in arrays:
        file.write(array.reshape(-1).view(np.uint8).data)


def _parsed(file: BinaryIO) -> BlockResult:
    magic, written, length = file.readline(100).split()
    if magic != _MAGIC or not 0 < int(length) < _HEADER_MAX:
        raise ValueError("not a block")
    text = file.read(int(length))
    digest = hashlib.blake2b(text, digest_size=16)
    header = json.loads(text)

    def array(dtype: str, shape: Sequence[int]) -> np.ndarray:
        kind = np.dtype(dtype)
        if kind.str not in ("<f8", "<i4"):
            raise ValueError("an array of another type")
        made = np.empty(shape, dtype=kind)
        plain = made.reshape(-1).view(np.uint8)
        if file.readinto(plain.data) != made.nbytes:  # type: ignore[attr-defined]
            raise ValueError("cut off")
        digest.update(plain.data)
        return made

    partials = []
    for part in header["partials"]:
        draws = array("<f8", (len(part["keys"]), part["draws"]))
        keys = [tuple(key) for key in part["keys"]]
        best = {tuple(key): float(x) for key, x in part["best"]}
        first, stop = part["tiles"]
        partials.append(Partial(first, stop, dict(zip(keys, draws, strict=True)), best))
    rows = ProductRows(*(array(dtype, shape) for dtype, shape in header["rows"]))
    if file.read(1) or digest.hexdigest().encode("ascii") != written:
        raise ValueError("damaged")
    first, stop = header["tiles"]
    return BlockResult(first, stop, tuple(partials), rows)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 24 else f"{text[:20]}…"
