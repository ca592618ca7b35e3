"""The store: finished blocks on disk, so that no run computes again what another, or itself before it was stopped, has.

A folder with a file for the rows of each block, one for its sums, one for the sums of each branch of the tree along
which they are added, and one that leads from a block's rows in the catalog to the name of what it is computed from.
Names stand for all that decides the bits, see `usephase.engine.run.identity`; so nothing in a store is ever wrong, only
no longer asked for, and what was asked for longest ago goes when the store is full.

A file is there only when it is whole: written beside under a name of its own, then renamed, so that runs at the same
time do not disturb each other. Nothing is synced: a crash of the program loses no written block, and of what a crash of
the machine leaves behind, the checksum tells what is whole. Whatever else may lie there, links, pipes, files of others,
is neither followed, read nor written to; and only what a store holds is removed.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from usephase.catalog.resolve import Resolved
from usephase.engine.plan.parts import ProductRows
from usephase.engine.plan.records import Plan
from usephase.engine.plan.study import Study
from usephase.engine.run import block_file
from usephase.engine.run.block_file import Form
from usephase.engine.run.blocks import BlockResult, Branch, Sums, tree
from usephase.engine.run.identity import joined_name, row_names
from usephase.results.atomic import hold, let_go, sweep

FOLDER = ".store"
"""Of the store among the results."""
SIZE = 10 * 2**30
"""What a store may take, if nothing else is said. [bytes]"""
OFTEN = 16
"""After so large a part of its size has been written, a store is looked through for what has to go."""
_ENTRY = re.compile(r"[0-9a-f]{32}\.(rows|sums|name)")

Say = Callable[[str], None]


class Store:
    """Keep finished blocks in a folder.

    Parameters
    ----------
    folder : path
    size : int
        What it may take. [bytes]
    resume : bool
        Whether it is to be said that nothing of a run is there.
    say : callable, optional
        Told what a reader should know, a line at a time.
    """

    def __init__(self, folder: Path, size: int = SIZE, resume: bool = False, say: Say | None = None) -> None:
        self.folder, self.size, self.resume = Path(folder), size, resume
        self.say: Say = say or (lambda text: None)
        self._written, self._broken = 0, False
        self._shelf: Shelf | None = None
        if self.folder.is_symlink():
            self._broken = True
            fix = "blocks are neither taken up nor kept; remove the link for that"
            self.say(f"{self.folder}: a link (it could lead anywhere) → {fix}")
        elif self.folder.is_dir():
            with suppress(OSError):
                sweep(self.folder)

    def open(self, resolved: Resolved, plan: Plan, study: Study, keep: bool, blocks: Sequence[range]) -> "Shelf":
        """Look for what a run needs."""
        shelf = self._shelf = Shelf(self, resolved, plan, study, keep, blocks)
        if self.resume and not shelf.there:
            self.say(f"{self.folder}: nothing of this study is there → all is computed")
        self.resume = False
        return shelf

    def kept(self) -> str:
        """Say what is kept of a run that was stopped; empty if nothing is."""
        shelf = self._shelf
        if shelf is None or not (count := shelf.count()):
            return ""
        return (
            f"{count} of {len(shelf.blocks)} blocks are kept in {self.folder} → the next run takes them up (--resume)"
        )

    def path(self, name: str, kind: str) -> Path:
        """Give the file of a name."""
        return self.folder / f"{name}.{kind}"

    def has(self, name: str, kind: str) -> bool:
        """Tell whether there is a file of that name; whether it is whole shows when it is read."""
        path = self.path(name, kind)
        return self.is_open() and path.is_file() and not path.is_symlink()

    def is_open(self) -> bool:
        """Tell whether the store is used: it may have been given up, or its folder have become a link."""
        return not self._broken and not self.folder.is_symlink()

    def used(self, name: str, kind: str) -> None:
        """Note that a file was asked for."""
        with suppress(OSError):
            os.utime(self.path(name, kind), follow_symlinks=False)

    def damaged(self, name: str, kind: str) -> None:
        """Say that a file is not what its name says, and remove it: it would be found again and again."""
        if self.has(name, kind):
            self.say(f"{self.path(name, kind)}: damaged → it is computed again")
            with suppress(OSError):
                self.path(name, kind).unlink()

    def put(self, name: str, kind: str, write: Callable[[BinaryIO], Any]) -> None:
        """Keep something, in the place of what is there. A disk that takes no more ends the keeping, not the run."""
        if not self.is_open():
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._written += _write(self.path(name, kind), write)
            if self._written > self.size / OFTEN:
                self.trim()
        except OSError as error:
            self._broken = True
            self.say(f"{self.folder}: finished blocks are no longer kept ({error.strerror or error}); the run goes on")

    def trim(self) -> None:
        """Remove what was asked for longest ago, until the store is no larger than it may be."""
        self._written = 0
        if self.folder.is_symlink():
            return
        found = sorted(self._entries(), key=lambda entry: entry[1].st_mtime_ns)
        total = sum(stat.st_size for _, stat in found)
        for path, stat in found:
            if total <= self.size:
                return
            with suppress(OSError):
                path.unlink()
            total -= stat.st_size

    def _entries(self) -> Iterator[tuple[Path, os.stat_result]]:
        with suppress(OSError):
            for entry in os.scandir(self.folder):
                if _ENTRY.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                    with suppress(OSError):  # another run may be tidying up
                        yield Path(entry.path), entry.stat(follow_symlinks=False)


class Shelf:
    """What a store has of one run.

    Attributes
    ----------
    blocks : list of range
        Of products.
    there : set of int
        Numbers of the blocks that need not be computed.
    taken : int
        Products of the blocks that were not computed.
    """

    def __init__(
        self, store: Store, resolved: Resolved, plan: Plan, study: Study, keep: bool, blocks: Sequence[range]
    ) -> None:
        self.store, self.blocks, self.taken = store, list(blocks), 0
        self._draws, self._keep = study.draws, keep
        self._number = {block.start: i for i, block in enumerate(self.blocks)}
        self._by_rows = row_names(resolved, plan, study, keep, self.blocks)
        self._names = [self._name(of_rows) for of_rows in self._by_rows]
        self.root = tree(plan, self.blocks)
        self.there: set[int] = set()
        self._held: set[tuple[int, int]] = set()
        self._look(self.root)

    def known(self, name: str) -> bool:
        """Tell whether what a block of that name gives is kept."""
        return self.store.has(name, "rows") and self.store.has(name, "sums")

    def rows(self, number: int) -> ProductRows | None:
        """Give the rows of a block; None if they are damaged, or gone since."""
        name = self._names[number]
        if name is None:
            return None
        found = block_file.read_rows(
            self.store.path(name, "rows"), name, Form(self.blocks[number], self._draws, self._keep)
        )
        if found is None:
            self.store.damaged(name, "rows")
            return None
        self.store.used(name, "rows")
        self.store.used(self._by_rows[number], "name")
        return found

    def sums(self, branch: Branch) -> Sums | None:
        """Give the sums of a branch; None if they are not kept, damaged, or gone since."""
        name = self._of(branch)
        if name is None or (branch.parts and (branch.first, branch.stop) not in self._held):
            return None
        found = block_file.read_sums(self.store.path(name, "sums"), name, self._draws)
        if found is None:
            self.store.damaged(name, "sums")
        else:
            self.store.used(name, "sums")
        return found

    def put(self, result: BlockResult) -> None:
        """Keep a finished block."""
        number = self.name(result.products, result.name)
        self.store.put(result.name, "sums", lambda file: block_file.write_sums(file, result.name, result.sums))
        self.store.put(
            result.name, "rows", lambda file: block_file.write_rows(file, result.name, result.rows, result.products)
        )
        of_rows = self._by_rows[number]
        self.store.put(of_rows, "name", lambda file: block_file.write_name(file, of_rows, result.name))

    def name(self, products: range, name: str) -> int:
        """Take note of the name of a block, and that its rows lead to it; give the block's number."""
        number = self._number[products.start]
        if self._names[number] != name:
            self._names[number] = name
            of_rows = self._by_rows[number]
            if self.known(name):
                self.store.put(of_rows, "name", lambda file: block_file.write_name(file, of_rows, name))
        return number

    def put_branch(self, branch: Branch, sums: Sums) -> None:
        """Keep the sums of a branch."""
        name = self._of(branch)
        if name is not None:
            self.store.put(name, "sums", lambda file: block_file.write_sums(file, name, sums))

    def count(self) -> int:
        """Count the blocks that are kept."""
        return sum(name is not None and self.store.has(name, "rows") for name in self._names)

    def _name(self, of_rows: str) -> str | None:
        if not self.store.has(of_rows, "name"):
            return None
        found = block_file.read_name(self.store.path(of_rows, "name"), of_rows)
        if found is None:
            self.store.damaged(of_rows, "name")
        return found

    def _of(self, branch: Branch) -> str | None:
        """Name a branch by its blocks, if all of them have names."""
        names = [name for name in self._names[branch.first : branch.stop] if name is not None]
        if len(names) < branch.stop - branch.first:
            return None
        return joined_name(names) if branch.parts else names[0]

    def _look(self, branch: Branch) -> None:
        """Find the largest branches whose sums and rows are kept."""
        name = self._of(branch)
        kept = name is not None and self.store.has(name, "sums")
        if kept and all(self.store.has(str(its), "rows") for its in self._names[branch.first : branch.stop]):
            self.there |= set(range(branch.first, branch.stop))
            self._held.add((branch.first, branch.stop))
            return
        for part in branch.parts:
            self._look(part)


def _write(path: Path, write: Callable[[BinaryIO], Any]) -> int:
    """Write a file beside, under a name that nobody knows before, and rename it; give its size. [bytes]"""
    spare, handle = hold(path)  # what is there under this name already is not ours to remove
    try:
        # By its handle: the name may have been given to a link meanwhile.
        with os.fdopen(os.dup(handle), "wb") if handle >= 0 else spare.open("wb") as file:
            write(file)
            size = file.tell()
        spare.replace(path)
    finally:
        let_go(spare, handle)
    return size
