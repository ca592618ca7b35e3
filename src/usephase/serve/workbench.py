"""What the workbench works on: one catalog, the edits that are pending, the runs, the jobs, and what was computed."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from usephase.catalog import read_catalog, read_files
from usephase.catalog.edit import Edit, apply, as_option, in_place, preview, write
from usephase.catalog.register import register
from usephase.catalog.resolve import Resolved, resolve
from usephase.catalog.table import Catalog
from usephase.errors import CatalogError, Problem, StudyError
from usephase.insight.what_if import WhatIf
from usephase.results.run import Run
from usephase.serve.jobs import Jobs
from usephase.serve.rows import NAMES, Listed, list_rows
from usephase.serve.runs import Runs

DRAWS_MAX = 2**20
WHAT_IFS_KEPT = 6
CATALOG = "catalog"
"""Stands for the catalog as it is, where a run's id may stand."""


class UnknownNameError(StudyError):
    """Something that the catalog does not have."""


class ChangedError(StudyError):
    """Something else than what was previewed would be written."""


class Workbench:
    """Hold one catalog and what is done with it; every method may be called from any thread.

    Parameters
    ----------
    path : path
        The catalog: a folder or a workbook.
    results : path
        Where runs are stored.
    workers : int
        Threads of long work.
    draws_max : int
        The most draws that a job may ask for.

    Raises
    ------
    CatalogError
        If the catalog is refused.
    """

    def __init__(
        self, path: str | Path, results: str | Path = "results", *, workers: int = 1, draws_max: int = DRAWS_MAX
    ) -> None:
        self.path = Path(path)
        self.workers = workers
        self.draws_max = draws_max
        self.runs = Runs(Path(results))
        self.jobs = Jobs()
        self._lock = threading.RLock()
        self._stamp: tuple[Any, ...] | None = None
        self._catalog: Catalog | None = None
        self._refused: CatalogError | None = None
        self._edits: tuple[Edit, ...] = ()
        self._kept: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        _ = self.catalog

    # -- the catalog -----------------------------------------------------------------------------------------

    @property
    def catalog(self) -> Catalog:
        """The catalog as its files are now; read again when they have changed.

        Raises
        ------
        CatalogError
            If it is refused.
        """
        with self._lock:
            stamp = _stamp(self.path)
            if stamp != self._stamp:
                self._stamp, self._refused = stamp, None
                try:
                    self._catalog = read_catalog(self.path)
                except CatalogError as error:
                    self._refused = error
            if self._refused is not None:
                raise CatalogError(self._refused.problems)
            assert self._catalog is not None
            return self._catalog

    @property
    def resolved(self) -> Resolved:
        """The catalog with the reference rows that it uses."""
        catalog = self.catalog
        resolved: Resolved = self._remember(("resolved", catalog.sha256), lambda: resolve(catalog))
        return resolved

    def register(self) -> pd.DataFrame:
        """List every assumption that is used."""
        resolved = self.resolved
        listed: pd.DataFrame = self._remember(("register", resolved.catalog.sha256), lambda: register(resolved))
        return listed

    def rows(self, table: str) -> Listed:
        """List a table's rows.

        Raises
        ------
        UnknownNameError
        """
        if table not in NAMES:
            raise unknown("table", table, NAMES)
        resolved = self.resolved
        listed: Listed = self._remember(("rows", resolved.catalog.sha256, table), lambda: list_rows(resolved, table))
        return listed

    def options(self) -> list[str]:
        """Name the design options, in the order of the table."""
        return sorted(set(self.catalog["options"].frame["option"].tolist()))

    # -- pending edits ---------------------------------------------------------------------------------------

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What is to be changed, and not yet written anywhere."""
        with self._lock:
            return self._edits

    def set_edits(self, edits: Sequence[Edit]) -> Catalog:
        """Take edits as the pending ones; a later one of the same cell takes the place of an earlier one.

        Raises
        ------
        CatalogError
            If the edited catalog is refused; the pending edits stay as they were.
        """
        last = {(edit.table, edit.row, edit.column): edit for edit in edits}
        kept = tuple(last.values())
        edited = self.with_edits(kept)
        with self._lock:
            self._edits = kept
        return edited

    def with_edits(self, edits: Sequence[Edit]) -> Catalog:
        """Give the catalog with edits in it.

        Raises
        ------
        CatalogError
        """
        catalog = self.catalog
        return apply(catalog, edits) if edits else catalog

    def edited(self) -> Catalog:
        """Give the catalog with the pending edits in it."""
        return self.with_edits(self.edits)

    def changes(self, to: str, option: str | None) -> Mapping[str, bytes]:
        """Give the files that the pending edits would change, by name.

        Raises
        ------
        StudyError, CatalogError
        """
        edits = self.edits
        if not edits:
            raise StudyError([Problem(where="edits", what="nothing is pending", fix="edit a cell first")])
        if to == "files":
            return in_place(self.catalog, edits)
        if not option or not option.strip():
            fix = "give a name such as brushless"
            raise StudyError([Problem(where="option", what="the option has no name", fix=fix)])
        return as_option(self.catalog, edits, option.strip())

    def preview(self, to: str, option: str | None) -> dict[str, Any]:
        """Show what would be written, and the digest that a save has to give."""
        catalog, changed = self.catalog, self.changes(to, option)
        return {
            "to": to,
            "option": option,
            "digest": _digest(catalog, changed),
            "files": preview(catalog.files, changed),
        }

    def save(self, to: str, option: str | None, digest: str) -> list[str]:
        """Write what a preview showed; gives the names of the files written.

        Raises
        ------
        ChangedError
            If something else would be written than what was previewed.
        """
        with self._lock:
            catalog, changed = self.catalog, self.changes(to, option)
            if digest != _digest(catalog, changed):
                what = "the edits or the catalog have changed since the preview"
                raise ChangedError([Problem(where="digest", what=what, fix="look at the preview again")])
            write(catalog, changed)
            self._edits = ()
            self._stamp = None
            return sorted(changed)

    # -- answers ---------------------------------------------------------------------------------------------

    def what_if(self, product: str) -> WhatIf:
        """Give what answers questions about one product; made once, and kept.

        Raises
        ------
        UnknownNameError
        """
        catalog = self.catalog
        known = catalog["products"].frame["product"].tolist()
        if product not in known:
            raise unknown("product", product, known)
        made: WhatIf = self._remember(
            ("what-if", catalog.sha256, product), lambda: WhatIf(catalog, product), WHAT_IFS_KEPT
        )
        return made

    def source(self, key: str) -> Run | Catalog:
        """Give a run by its id, or the catalog as it is (``catalog``)."""
        return self.catalog if key == CATALOG else self.runs.open(key)

    def close(self) -> None:
        """Stop the jobs."""
        self.jobs.close()

    def _remember(self, key: tuple[Any, ...], make: Callable[[], Any], most: int = 40) -> Any:
        """Make something once; of each kind the `most` that were used last are kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            made = self._kept.setdefault(key, made)
            alike = [one for one in self._kept if one[0] == key[0]]
            for old in alike[:-most]:
                del self._kept[old]
            return made


def unknown(what: str, name: str, known: Sequence[str]) -> UnknownNameError:
    """Refuse a name, and say which one may be meant."""
    from difflib import get_close_matches

    near = get_close_matches(name[:100], known, n=1)
    listed = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    fix = f"did you mean {near[0]}?" if near else f"use one of: {listed}" if known else "add one to the catalog"
    return UnknownNameError([Problem(where=what, what=f"there is no {what} {name[:100]!r}", fix=fix)])


def judge_files(files: Mapping[str, bytes]) -> Catalog:
    """Read and check a catalog that was sent, in memory: nothing is written.

    Raises
    ------
    CatalogError
    """
    return read_files(files, "sent")


def _digest(catalog: Catalog, changed: Mapping[str, bytes]) -> str:
    total = hashlib.sha256(catalog.sha256.encode("ascii"))
    for name in sorted(changed):
        total.update(f"{name}\0{len(changed[name])}\0".encode() + changed[name])
    return total.hexdigest()


def _stamp(path: Path) -> tuple[Any, ...]:
    """Tell apart states of the files of a catalog."""
    try:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        held = [(entry.name, entry.stat()) for entry in files if not entry.name.startswith((".", "~$"))]
    except OSError:
        return ("gone",)
    return tuple((name, status.st_mtime_ns, status.st_size, status.st_ino) for name, status in held)
