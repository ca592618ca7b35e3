"""The bytes of a catalog's files, read once through one handle: no pipes, devices, or links to elsewhere."""

import os
import re
import stat
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from usephase.catalog.read.limits import MAX_NAME, clip
from usephase.errors import Problem

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_CHUNK = 1 << 24


class Files(Mapping[str, bytes]):
    """Files by name, byte for byte; held packed, for tables of text take a quarter then."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._packed = {name: zlib.compress(data, level=1) for name, data in files.items()}

    def __getitem__(self, name: str) -> bytes:
        return zlib.decompress(self._packed[name])

    def __contains__(self, name: object) -> bool:
        return name in self._packed

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)


def bad_name(name: str) -> Problem | None:
    """Refuse a file name that cannot be shown or stored: control characters, bytes that are no text, absurd length."""
    if not _UNSAFE.search(name) and len(name) <= MAX_NAME:
        return None
    shown = clip(_UNSAFE.sub("\ufffd", name))
    what = "the name of the file has characters that cannot be shown, or is too long"
    return Problem(where=shown, what=what, fix="rename the file")


def read_bytes(entry: Path, folder: Path | None, most: int) -> tuple[bytes, Problem | None]:
    """Read a file.

    Parameters
    ----------
    entry : Path
        The file.
    folder : Path or None
        The catalog's folder, which a link may not lead out of; None for a file that the user named.
    most : int
        The largest size. [bytes]

    Returns
    -------
    bytes
        b"" if it is refused.
    Problem or None
    """
    try:
        if folder is not None and entry.is_symlink() and not entry.resolve().is_relative_to(folder.resolve()):
            fix = "put the file itself into the folder: a run stores what it reads"
            return b"", Problem(where=entry.name, what="a link that leads out of the catalog's folder", fix=fix)
        # A pipe without a writer would block an ordinary open for ever.
        handle = os.open(entry, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, RuntimeError) as error:
        return b"", _refused_by_system(entry, error)
    try:
        # The handle, not the name: what a name stands for can change between two looks.
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            return b"", _no_file(entry)
        if found.st_size > most:
            return b"", _too_large(entry, f"{found.st_size:,}", most)
        pieces, size = [], 0
        while piece := os.read(handle, _CHUNK):
            size += len(piece)
            if size > most:  # a file of the system that says it is empty, or one that grows
                return b"", _too_large(entry, f"more than {most:,}", most)
            pieces.append(piece)
        return b"".join(pieces), None
    except OSError as error:
        return b"", _refused_by_system(entry, error)
    finally:
        os.close(handle)


def _no_file(entry: Path) -> Problem:
    return Problem(where=entry.name, what="not a regular file", fix="put one file a table into the folder")


def _too_large(entry: Path, size: str, most: int) -> Problem:
    what = f"the file has {size} bytes; at most {most:,} are read"
    return Problem(where=entry.name, what=what, fix="store the table as Parquet, or split the catalog")


def _refused_by_system(entry: Path, error: Exception) -> Problem:
    if isinstance(error, IsADirectoryError) or (isinstance(error, OSError) and error.errno == 6):  # ENXIO: a socket
        return _no_file(entry)
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    what = f"the file cannot be read ({reason})"
    return Problem(where=entry.name, what=what, fix="check its permissions, and where it leads if it is a link")
