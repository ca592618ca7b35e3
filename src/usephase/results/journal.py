"""A note beside files that are renamed together: what a killed process left half done, the next one finishes."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

NAME = "usephase-save"
"""Notes are hidden files of this name, a random part and the ending of spare files."""
_BACK = b"back\n"


class Move(NamedTuple):
    """A file to be renamed.

    Attributes
    ----------
    path : Path
        Its final name.
    new : Path
        Where its bytes are.
    old : Path or None
        A copy of what is there now; None where nothing is.
    """

    path: Path
    new: Path
    old: Path | None


def is_note(path: Path) -> bool:
    """Tell a note from other spare files."""
    return path.name.startswith(f".{NAME}.")


def write_note(handle: int, moves: list[Move]) -> None:
    """Write down files of one folder that are about to be renamed, synced: from here on they can be finished."""
    note = {
        move.path.name: {
            "new": move.new.name, "is": _hash(move.new),
            "old": move.old and move.old.name, "was": move.old and _hash(move.old),
        }
        for move in moves
    }  # fmt: skip
    os.write(handle, json.dumps(note).encode() + b"\n")
    os.fsync(handle)


def turn_back(handle: int) -> None:
    """Note that the renaming failed, and that what was there before is put back."""
    os.write(handle, _BACK)
    os.fsync(handle)


def finish(note: Path, text: bytes, is_spare: Callable[[str], object]) -> None:
    """Do what a note says and its writer did not come to.

    Parameters
    ----------
    note : Path
    text : bytes
        What it says. One that is not whole was not synced, and nothing had been renamed.
    is_spare : callable
        Tells names of spare files: a note names no others, and none of another folder.

    Raises
    ------
    OSError
        If the system refuses.

    Notes
    -----
    All new files are whole and synced before the first is renamed, so that the rest is renamed too; where the writer
    was putting the old ones back, they are put back. A file that somebody has written since stays as it is.
    """
    try:
        told: dict[str, dict[str, Any]] = json.loads(text.partition(b"\n")[0])
        moves = [
            (name, str(each["new"]), each["old"], str(each["is"]), each["was"]) for name, each in told.items()
        ]  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError):
        return
    for name, new, old, _, _ in moves:
        if (
            Path(name).name != name
            or name in ("", "..")
            or not is_spare(new)
            or not (old is None or is_spare(str(old)))
        ):
            return
    back = text.endswith(_BACK)
    for name, new, old, after, before in moves:
        path = note.with_name(name)
        now = _hash(path) if path.is_file() else None
        spare = note.with_name(str(old) if back and old else new)
        if now != (after if back else before) or path.is_dir() or not (spare.exists() or (back and old is None)):
            continue
        if back and old is None:
            path.unlink()
        else:
            spare.replace(path)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
