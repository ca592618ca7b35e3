"""Draws that are too many for memory: rows written to a file as they come, and read from it piece by piece."""

import mmap
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from usephase.results.atomic import hold, let_go, sweep

PIECE_BYTES = 16 * 2**20


class RowFile:
    """Collect rows of draws in a temporary file.

    Parameters
    ----------
    draws : int
        Numbers a row.
    folder : path, optional
        Where the file is made; the system's folder for temporary files if not given.
    """

    def __init__(self, draws: int, folder: Path | None = None) -> None:
        folder = folder or Path(tempfile.gettempdir())
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        self._path, handle = hold(folder / "draws")
        self._file, self._draws, self._rows = self._path.open("wb"), draws, 0
        self._remove = weakref.finalize(self, _give_up, self._file, self._path, handle)

    def add(self, rows: np.ndarray) -> None:
        """Append rows."""
        np.ascontiguousarray(rows, dtype="<f8").tofile(self._file)
        self._rows += len(rows)

    def finished(self) -> np.ndarray:
        """Give the rows, which stay in the file; it is removed with the array."""
        self._file.close()
        array = np.memmap(self._path, dtype="<f8", mode="r", shape=(self._rows, self._draws))
        detached = self._remove.detach()
        assert detached is not None
        weakref.finalize(array, _give_up, *detached[2])
        return array


def in_file(array: np.ndarray) -> bool:
    """Tell an array that is a whole file from one in memory, or a part of one."""
    return isinstance(array, np.memmap) and isinstance(array.base, mmap.mmap)


def pieces(array: np.ndarray) -> Iterator[np.ndarray]:
    """Give an array's rows in pieces; what is in a file is read and let go again, so that memory stays small."""
    if not (in_file(array) and isinstance(array, np.memmap)):
        yield array
        return
    step = max(1, PIECE_BYTES // max(array[:1].nbytes, 1))
    with Path(str(array.filename)).open("rb") as file:
        for first in range(0, len(array), step):
            shape = (min(step, len(array) - first), *array.shape[1:])
            count = int(np.prod(shape))
            yield np.fromfile(file, dtype=array.dtype, count=count).reshape(shape)


def _give_up(file: BinaryIO, path: Path, handle: int) -> None:
    file.close()
    let_go(path, handle)
