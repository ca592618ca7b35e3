"""Finished blocks on disk, so that a run that was stopped need not compute them again.

A spool is a folder ``.HASH.spool`` beside the runs of a catalog; HASH stands for all that decides a block's bits. It
holds ``study.json`` (what the hash stands for, to say what differs) and a file a block, which is there only when it is
whole: written beside under a name of its own, then renamed, so that runs of the same study do not disturb each other.
Nothing is synced: a crash of the program loses no written block, and of what a crash of the machine leaves behind, the
checksum tells what is whole. Whatever else may lie there, links, pipes, files of others, is neither followed, read nor
written to; and only what a spool holds is removed.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from usephase.engine.run.block_file import Form, read_block, write_block
from usephase.engine.run.blocks import BlockResult
from usephase.results.atomic import hold, let_go, open_plain

STUDY = "study.json"
ONE_BLOCK = "the run is a single block, of which no part is kept: there is nothing to resume"
_STUDY_MAX = 2**24
_OTHERS = 5
"""Spools of other studies that are told of."""
_TRIES = 3
"""How often a block is written when another run removes the folder meanwhile."""
_FOLDER = re.compile(r"\.[0-9a-f]{16}\.spool")
_BLOCK = re.compile(r"block-[0-9]{6,}")
_SPARE = re.compile(r"\.(block-[0-9]{6,}|study\.json)\.[0-9a-f]{12}\.part")

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
        self._explained = self.one_block = False

    def open(self, identity: Mapping[str, Any], blocks: Sequence[range], products: int) -> "Shelf":
        """Open the shelf of one plan's blocks.

        Parameters
        ----------
        identity : mapping
            All that decides the blocks' bits, see `usephase.engine.run.identity`.
        blocks : sequence of range
        products : int
            Of the plan.
        """
        path = self.folder / f".{digest_of(identity)}.spool"
        link = _link(path)
        found = 0 if link else len(_names(path, _BLOCK))
        if link:
            fix = "blocks are neither taken up nor kept; remove the link for that"
            self._say(f"{link}: a link (it could lead anywhere) → {fix}")
        elif found and not self.resume:
            kept = f"{found} of {len(blocks)} blocks of a run of this study that was stopped"
            self._say(f"{path}: {kept} → --resume takes them up")
        elif self.resume and not found and not self._explained:
            self._say(self._why_not(identity))
        self._explained = True
        forms = [Form(block, int(identity["draws"]), products) for block in blocks]
        shelf = Shelf(path, identity, forms, self.resume and found > 0, self._say)
        self._opened.append(shelf)
        return shelf

    def note_one_block(self) -> None:
        """Take note that a plan is a single block, which is not kept: it is soon computed again."""
        self.one_block = True
        if self.resume and not self._explained:
            self._say(f"{ONE_BLOCK} → all is computed")
        self._explained = True

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
        others: list[str] = []
        for name in _names(self.folder, _FOLDER):
            if len(others) == _OTHERS:
                others.append("there are more")
                break
            path = self.folder / name
            with suppress(OSError, ValueError, RecursionError, MemoryError):
                there = _study(path)
                here = json.loads(json.dumps(dict(identity)))
                differ = [key for key in here if here[key] != there.get(key)]
                told = ", ".join(f"{key} {_short(there.get(key))} there, {_short(here[key])} here" for key in differ)
                others.append(f"{name} is of another study ({told})")
        return "; ".join(others or [f"{self.folder}: no blocks of a stopped run are there"]) + " → all is computed"


class Shelf:
    """The blocks of one plan on disk."""

    def __init__(self, path: Path, identity: Mapping[str, Any], forms: Sequence[Form], resume: bool, say: Say) -> None:
        self.path, self.blocks = path, len(forms)
        self._identity, self._forms, self._say, self._broken = identity, list(forms), say, False
        self._whole: set[int] = set()
        for number in range(len(forms)) if resume else ():
            if os.path.lexists(self._file(number)):
                if self._read(number) is None:
                    say(f"{self._file(number)}: damaged → the block is computed again")
                else:
                    self._whole.add(number)

    def whole(self) -> set[int]:
        """Give the numbers of the blocks that were found whole."""
        return set(self._whole)

    def count(self) -> int:
        """Count the blocks on disk."""
        return 0 if _link(self.path) else len(_names(self.path, _BLOCK))

    def take(self, number: int) -> BlockResult | None:
        """Read a block; None if it is damaged, or gone since."""
        return self._read(number)

    def put(self, result: BlockResult) -> None:
        """Keep a finished block. A disk that takes no more ends the keeping, not the run."""
        if self._broken:
            return
        if _link(self.path):
            self._broken = True
            return
        number = next(i for i, form in enumerate(self._forms) if form.tiles.start == result.first)
        try:
            self._kept(self._file(number).name, result)
        except OSError as error:
            self._broken = True
            self._say(f"{self.path}: finished blocks are no longer kept ({error.strerror or error}); the run goes on")

    def remove(self) -> None:
        """Remove the folder and what a spool holds, of this run and of those that were stopped; nothing else."""
        if _link(self.path):
            return
        with suppress(OSError):
            for entry in list(self.path.iterdir()):
                if entry.name == STUDY or _BLOCK.fullmatch(entry.name) or _SPARE.fullmatch(entry.name):
                    with suppress(OSError):
                        entry.unlink()
            self.path.rmdir()

    def _kept(self, name: str, result: BlockResult) -> None:
        for last in [False] * (_TRIES - 1) + [True]:
            try:
                self.path.mkdir(parents=True, exist_ok=True)
                if not os.path.lexists(self.path / STUDY):
                    text = json.dumps(dict(self._identity), indent=1) + "\n"
                    _write(self.path / STUDY, lambda file: file.write(text.encode("ascii")))  # noqa: B023
                _write(self.path / name, lambda file: write_block(file, result))
            except (FileNotFoundError, FileExistsError):  # another run of this study has ended and tidied up
                if last:
                    raise
            else:
                return

    def _file(self, number: int) -> Path:
        return self.path / f"block-{number:06d}"

    def _read(self, number: int) -> BlockResult | None:
        return None if _link(self.path) else read_block(self._file(number), self._forms[number])


def digest_of(identity: Mapping[str, Any]) -> str:
    """Give the name of an identity: 16 hexadecimal digits."""
    text = json.dumps(dict(identity), sort_keys=True)
    return hashlib.blake2b(text.encode("utf-8"), digest_size=8).hexdigest()


def _write(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """Write a file beside, under a name that nobody knows before, and rename it: what has the name now is replaced."""
    spare, handle = hold(path)  # what is there under this name already is not ours to remove
    try:
        # By its handle: the name may have been given to a link meanwhile.
        with os.fdopen(os.dup(handle), "wb") if handle >= 0 else spare.open("wb") as file:
            write(file)
        spare.replace(path)
    finally:
        let_go(spare, handle)


def _link(path: Path) -> Path | None:
    """Give the link on the way to a spool's folder, if there is one."""
    return next((part for part in (path.parent, path) if part.is_symlink()), None)


def _names(folder: Path, pattern: re.Pattern[str]) -> list[str]:
    """List what lies in a folder under a name of that pattern, whatever it is."""
    try:
        return sorted(entry.name for entry in folder.iterdir() if pattern.fullmatch(entry.name))
    except OSError:
        return []


def _study(path: Path) -> dict[str, Any]:
    """Read what another spool is of."""
    if path.is_symlink():
        raise ValueError("a link")
    with open_plain(path / STUDY) as file:
        data = file.read(_STUDY_MAX + 1)
    found = json.loads(data) if len(data) <= _STUDY_MAX else None
    if not isinstance(found, dict):
        raise ValueError("not a study")
    return found


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    shown = text if len(text) <= 24 else f"{text[:20]}…"
    return shown if shown.isprintable() else ascii(shown)  # it may be of somebody else, and is shown on a terminal
