"""Files that are whole or absent: written beside, synced, and renamed."""

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from usephase.errors import StoreError

_REMEDIES = {
    errno.ENOSPC: "free some disk space, or write to another folder",
    errno.EDQUOT: "free some of your disk quota, or write to another folder",
    errno.EFBIG: "write to a file system that takes files of this size",
    errno.EACCES: "get the right to write there, or choose another folder",
    errno.EPERM: "get the right to write there, or choose another folder",
    errno.EROFS: "choose a folder that is not read-only",
    errno.ENOENT: "check the path",
    errno.ENOTDIR: "choose a path whose parents are folders",
    errno.EISDIR: "give the name of a file, not of a folder",
    errno.EEXIST: "choose another name: existing files are kept",
    errno.ENAMETOOLONG: "choose a shorter name",
}


@contextmanager
def beside(path: Path, *, replace: bool) -> Iterator[Path]:
    """Give a temporary path in the same folder; on success sync it and rename it to `path`.

    Parameters
    ----------
    path : Path
        The final name. Missing parent folders are made.
    replace : bool
        Whether a file of that name may be replaced; if not, an existing one is an error and stays as it is.

    Yields
    ------
    Path
        An empty file to write to. It is removed if anything fails, so that a crash leaves the old file or none.

    Raises
    ------
    StoreError
        If the system refuses: disk full, no permission, a name that is taken.
    """
    spare = path.with_name(f".{path.name[:40]}.{secrets.token_hex(6)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Made here, not by tempfile, so that the file's rights follow the user's umask.
        os.close(os.open(spare, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        try:
            yield spare
            _sync(spare)
            if replace:
                spare.replace(path)
            else:
                _rename_to_free_name(spare, path)
        finally:
            with suppress(OSError):
                spare.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise StoreError(explain(path, error)) from error


def explain(path: Path, error: OSError) -> str:
    """Say in a line what the system refused and what to do about it."""
    reason = os.strerror(error.errno).lower() if error.errno else str(error)
    remedy = _REMEDIES.get(error.errno or 0, "look at the disk and the path")
    return f"{path}: {reason} → {remedy}"


def is_plain_file(path: Path) -> bool:
    """Tell a regular file from a folder, pipe or device (which might never end)."""
    return stat.S_ISREG(path.stat().st_mode)


def open_plain(path: Path) -> BinaryIO:
    """Open a regular file to read it; never by way of a link, and without waiting for whoever writes to a pipe.

    Raises
    ------
    OSError
        If it is anything else, or not there.
    """
    # Looked at before, since to open a device may do something; and after, since a name may change what it stands for.
    _require_regular(path, path.lstat())
    names = ("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_BINARY")
    handle = os.open(path, os.O_RDONLY | sum(getattr(os, name, 0) for name in names))
    try:
        _require_regular(path, os.fstat(handle))
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def create_plain(path: Path) -> BinaryIO:
    """Make a file to write to, which must not be there yet, not even as a link."""
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o666), "wb")


def _require_regular(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))


def _rename_to_free_name(spare: Path, path: Path) -> None:
    try:
        os.link(spare, path)  # fails if the name is taken, in one step
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links: nearly as good, since run folders have names of their own.
        if path.exists() or path.is_symlink():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        spare.rename(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder to sync it
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
