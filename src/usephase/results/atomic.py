"""Files that are whole or absent: written beside, synced, and renamed."""

import errno
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from usephase.errors import StoreError
from usephase.results.journal import NAME, Move, finish, is_note, turn_back, write_note

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_SPARE = re.compile(r"\..{1,40}\.[0-9a-f]{12}\.part", re.DOTALL)

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
    """Give a temporary path in the same folder; on success sync it and rename it to `path`, as `all_beside` does."""
    with all_beside({path: replace}) as spares:
        yield spares[path]


@contextmanager
def all_beside(paths: Mapping[Path, bool]) -> Iterator[Mapping[Path, Path]]:
    """Give a temporary path for each of several files; on success sync all, then rename all.

    Parameters
    ----------
    paths : mapping of Path to bool
        The final names, and whether a file of that name may be replaced; if not, an existing one is an error and stays
        as it is. Missing parent folders are made.

    Yields
    ------
    mapping of Path to Path
        By final name an empty file to write to. If anything fails they are removed, and what had been renamed has its
        old bytes again: all files are new, or none is. What a process that is killed leaves half renamed is finished
        by the next `sweep` of the folder, from a note that is synced before.

    Raises
    ------
    StoreError
        If the system refuses: disk full, no permission, a name that is taken.
    """
    at, spares = Path(), dict[Path, Path]()
    try:
        with ExitStack() as stack:
            for at in paths:
                stack.enter_context(_folder(at.parent))
                sweep(at.parent)
                spares[at] = stack.enter_context(spare_of(at))
            yield spares
            for at in paths:
                _sync(spares[at])
            old = {}
            for at, replace in paths.items() if len(paths) > 1 else ():
                if replace and at.exists():
                    old[at] = stack.enter_context(spare_of(at))
                    shutil.copy2(at, old[at])
                    _sync(old[at])
            notes = _noted(stack, [Move(path, spares[path], old.get(path)) for path in paths])
            try:
                for at, replace in paths.items():
                    (Path.replace if replace else _rename_to_free_name)(spares[at], at)
                for folder in {path.parent for path in paths}:
                    _sync_folder(folder)
            except BaseException as error:  # Ctrl-C too
                for note in notes:
                    with suppress(OSError, KeyboardInterrupt):
                        turn_back(note)
                for path in paths if len(paths) > 1 else ():
                    if _renamed(spares[path], path):
                        _put_back(old.get(path), path, error)
                raise
    except OSError as error:
        of = {str(spare): path for path, spare in spares.items()}
        refused = StoreError(explain(of.get(str(error.filename), at), error))
        refused.__notes__ = getattr(error, "__notes__", [])
        raise refused from error


def _noted(stack: ExitStack, moves: list[Move]) -> list[int]:
    """Note, in each folder, which of several files are about to be renamed; the notes are gone at the stack's end."""
    handles = []
    for folder in {move.path.parent: None for move in moves} if len(moves) > 1 and fcntl is not None else ():
        note, handle = hold(folder / NAME)
        stack.callback(let_go, note, handle)
        write_note(handle, [move for move in moves if move.path.parent == folder])
        _sync_folder(folder)
        handles.append(handle)
    return handles


@contextmanager
def spare_of(path: Path) -> Iterator[Path]:
    """Make an empty file beside `path`, as `hold`; it is gone when the block ends."""
    spare, handle = hold(path)
    try:
        yield spare
    finally:
        let_go(spare, handle)


def hold(path: Path) -> tuple[Path, int]:
    """Make an empty file beside `path` under a name of its own, which `sweep` leaves while its handle is open.

    Returns
    -------
    spare : Path
    handle : int
        Open to write; -1 on Windows, where an open file cannot be renamed. Both are for `let_go`.
    """
    while True:
        spare, handle = path.with_name(f".{path.name[:40]}.{secrets.token_hex(6)}.part"), -1
        try:
            # Made here, not by tempfile, so that the file's rights follow the user's umask.
            handle = os.open(spare, os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0), 0o666)
            if fcntl is None:
                os.close(handle)
                return spare, -1
            with suppress(OSError):  # a file system without locks
                fcntl.flock(handle, fcntl.LOCK_EX)
            if spare.exists():  # else another process has taken it for a file that nobody writes any more
                return spare, handle
            os.close(handle)
        except FileExistsError:
            raise  # it is not ours
        except BaseException:  # Ctrl-C too
            let_go(spare, handle)
            raise


def let_go(spare: Path, handle: int) -> None:
    """Remove what `hold` made, if it has not been renamed."""
    with suppress(OSError):
        spare.unlink(missing_ok=True)
    if handle >= 0:
        os.close(handle)


def sweep(folder: Path) -> bool:
    """Finish what processes that were killed left half renamed, and remove what they left half-written.

    Returns
    -------
    bool
        Whether there was any.

    Raises
    ------
    OSError
        If files that were being renamed together cannot be finished.

    Notes
    -----
    Whoever writes holds a lock on the file, which the system gives up when the process ends, however it ends. Windows
    has no such lock: there nothing is swept.
    """
    found = False
    if fcntl is None:
        return found
    finish_renaming(folder)
    with suppress(OSError):
        for path in [entry for entry in folder.iterdir() if _SPARE.fullmatch(entry.name) and not is_note(entry)]:
            with suppress(OSError), open_plain(path) as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
                found = True
    return found


def finish_renaming(folder: Path) -> None:
    """Finish what a process that was killed left half renamed in a folder; wait for one that is about it.

    Raises
    ------
    OSError
        If the system refuses.
    """
    notes: list[Path] = []
    if fcntl is not None:
        with suppress(OSError):
            notes = [entry for entry in folder.iterdir() if _SPARE.fullmatch(entry.name) and is_note(entry)]
    for note in notes:
        with suppress(FileNotFoundError), open_plain(note) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if note.exists():  # else it is done
                finish(note, file.read(), _SPARE.fullmatch)
                _sync_folder(folder)
                note.unlink()


def write_files(folder: Path, writers: Mapping[str, Callable[[Path], object]], *, replace: bool) -> list[Path]:
    """Write the files of a folder, each whole or absent; one that cannot be made takes no other with it.

    Parameters
    ----------
    folder : Path
        Made if it is missing.
    writers : mapping of str to callable
        By name, in the order in which they are written: writes to the path that it is given.
    replace : bool
        As for `beside`.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    Exception
        What the first writer raised that failed, `StoreError` where the system refused; a note names every file that
        is missing.
    """
    written: list[Path] = []
    failures: dict[str, Exception] = {}
    for name, write in writers.items():
        try:
            with beside(folder / name, replace=replace) as spare:
                write(spare)
        except Exception as error:  # noqa: BLE001  whatever it is, it is raised below
            failures[name] = error
        else:
            written.append(folder / name)
    if failures:
        first = next(iter(failures.values()))
        kept = f"; written: {', '.join(path.name for path in written)}" if written else ""
        first.add_note(f"{folder.as_posix()}: not written: {', '.join(failures)}{kept}")
        raise first
    return written


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


def _require_regular(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))


@contextmanager
def _folder(path: Path) -> Iterator[None]:
    """Make a folder; if the block fails, what was made is removed again."""
    made = [one for one in (path, *path.parents) if not one.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        with suppress(OSError):
            for one in made:
                one.rmdir()
        raise


def _renamed(spare: Path, path: Path) -> bool:
    return not spare.exists() or (path.exists() and spare.samefile(path))


def _put_back(old: Path | None, path: Path, error: BaseException) -> None:
    """Give a file its old bytes again, or take away one that was not there."""
    try:
        if old is None:
            path.unlink()
        else:
            old.replace(path)
    except OSError:
        error.add_note(f"{path} could not be made again what it was" + (f": see {path}.old" if old else ""))
        with suppress(OSError):
            if old is not None:
                old.rename(f"{path}.old")


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
