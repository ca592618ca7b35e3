"""What the workbench works on: one catalog, the edits that are pending, the runs, the jobs, and what was computed."""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pandas as pd

from usephase.catalog import read_catalog, read_files
from usephase.catalog.edit.apply import Edit, Pending, apply, as_option, in_place, present, preview, settle, write
from usephase.catalog.edit.records import Cell
from usephase.catalog.edit.tables import Desk
from usephase.catalog.register import register
from usephase.catalog.resolve import Resolved, resolve
from usephase.catalog.table import Catalog
from usephase.errors import CatalogError, Problem, StudyError
from usephase.insight.comparison.choice import faulty_options
from usephase.insight.fitting.write import Written, fitted
from usephase.insight.what_if.ask import WhatIf
from usephase.insight.what_if.options import edits_of_options
from usephase.report.folders.run import sweep_runs
from usephase.results.atomic import sweep
from usephase.results.run import Run
from usephase.serve import imports
from usephase.serve.api.rows import NAMES, Listed, list_rows
from usephase.serve.evidence import KEPT, Evidence, fit_sent, safe_name
from usephase.serve.jobs import Jobs
from usephase.serve.runs import Runs

DRAWS_MAX = 2**20
WHAT_IFS_KEPT = 6
CATALOG = "catalog"
"""Stands for the catalog as it is, where a run's id may stand."""


_Sent = TypeVar("_Sent")


class UnknownNameError(StudyError):
    """Something that the catalog does not have."""


class ChangedError(StudyError):
    """Something else than what was previewed would be written."""


class Wish(NamedTuple):
    """Ask for a pending edit.

    Attributes
    ----------
    cell : Cell
    text : str or None
        None drops the edit of the cell.
    version : str or None
        Of the cell as it was seen, see `Workbench.versions`; None asks whatever has become of it.
    """

    cell: Cell
    text: str | None
    version: str | None = None


class Conflict(NamedTuple):
    """Name a cell that somebody else has changed meanwhile.

    Attributes
    ----------
    table, row, column : str
    mine : str or None
        As asked; None drops an edit.
    gives : str
        What `mine` would make of the cell now.
    theirs : str
        What the cell says now.
    version : str
        The cell's, to ask again with.
    """

    table: str
    row: str
    column: str
    mine: str | None
    gives: str
    theirs: str
    version: str


class ConflictError(ChangedError):
    """Cells that were changed meanwhile: which text is to stand has to be chosen."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        self.conflicts = tuple(conflicts)
        super().__init__(
            Problem(
                where=f"{one.table}:{one.row}:{one.column}",
                what=f"the cell has been changed meanwhile: it says `{one.theirs}` now",
                fix="look at that; then keep yours again, or leave it",
            )
            for one in conflicts
        )


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
        self._edits: tuple[Pending, ...] = ()
        self._saved: tuple[str, list[str]] = ("", [])
        self._kept: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        _ = self.catalog
        sweep(self.path if self.path.is_dir() else self.path.parent)
        if self.runs.results.is_dir():
            for folder in self.runs.results.iterdir():
                sweep_runs(folder)

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
    def called(self) -> Mapping[str, str]:
        """What products are called; nothing of a catalog that is refused."""
        try:
            return self.catalog.called
        except CatalogError:
            return {}

    @property
    def resolved(self) -> Resolved:
        """The catalog with the reference rows that it uses."""
        catalog = self.catalog
        resolved: Resolved = self._remember(("resolved", catalog.sha256), lambda: resolve(catalog))
        return resolved

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is allowed and should be known, as ``usephase check`` says it: options that `compare` refuses too."""
        resolved = self.resolved
        told: tuple[Problem, ...] = self._remember(
            ("warnings", resolved.catalog.sha256), lambda: (*resolved.catalog.warnings, *faulty_options(resolved))
        )
        return told

    @property
    def desk(self) -> Desk:
        """The catalog as its files have it, to look cells up in."""
        catalog = self.catalog
        desk: Desk = self._remember(("desk", catalog.sha256), lambda: Desk(catalog), 1)
        return desk

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

    def option_edits(self, product: str) -> dict[str, tuple[Edit, ...]]:
        """Give the options that change cells of one product, as edits of them; not those that change rows."""
        resolved = self.resolved
        cells = {(s.table, s.row, s.column) for s in self.what_if(product).sliders()}
        found: dict[str, tuple[Edit, ...]] = self._remember(
            ("options", resolved.catalog.sha256, product), lambda: edits_of_options(resolved, cells)
        )
        return found

    # -- pending edits ---------------------------------------------------------------------------------------

    @property
    def edits(self) -> tuple[Pending, ...]:
        """What is to be changed, and not yet written anywhere."""
        with self._lock:
            return self._edits

    @property
    def edits_version(self) -> str:
        """Stands for all pending edits as they are."""
        return _version(self.edits)

    def versions(self, cells: Sequence[Cell]) -> list[str]:
        """Give what stands for cells as they are: what their files say, and what is pending."""
        pending = {one.cell: one.text for one in self.edits}
        return [_version((text, pending.get(cell))) for cell, text in present(self.desk, cells)]

    def keep(self, wishes: Sequence[Wish]) -> None:
        """Add edits to the pending ones; one of the same cell takes the place of the earlier one.

        Raises
        ------
        ConflictError
            If a cell is no longer what it was when its edit was begun.
        CatalogError
            If the edited catalog is refused. In both cases the pending edits stay as they were.
        """
        with self._lock:
            made = {
                one.cell: one
                for one in settle(self.desk, [Edit(*w.cell, w.text) for w in wishes if w.text is not None])
            }
            held = {one.cell: one for one in self._edits}
            versions = self.versions([wish.cell for wish in wishes])
            now = present(self.desk, [wish.cell for wish in wishes])
            conflicts = []
            for wish, version, (cell, text) in zip(wishes, versions, now, strict=True):
                mine = made[cell].text if wish.text is not None else text
                theirs = held[cell].text if cell in held else text
                if wish.version not in (None, version) and mine != theirs:
                    conflicts.append(Conflict(*wish.cell, wish.text, mine or "", theirs or "", version))
                held.pop(cell, None)
            if conflicts:
                raise ConflictError(conflicts)
            if made:
                held |= made
                self.with_edits([one.settled for one in held.values()])
            self._edits = tuple(one for one in held.values() if one.text != one.base)

    def drop_edits(self, version: str | None = None) -> None:
        """Forget the pending edits.

        Raises
        ------
        ChangedError
            If they are no longer those of the version.
        """
        with self._lock:
            if version not in (None, self.edits_version):
                what = "edits have been kept or dropped in another window meanwhile"
                raise ChangedError([Problem(where="edits", what=what, fix="load the page again, and look at them")])
            self._edits = ()

    def beside(self) -> list[Edit]:
        """Give the texts that are pending, to judge another one beside them; not those whose row is gone."""
        edits = self.edits
        now = present(self.desk, [one.cell for one in edits])
        return [one.settled for one, (_, text) in zip(edits, now, strict=True) if text is not None]

    def stale(self) -> list[Conflict]:
        """List pending edits whose cells in the files have been changed since, to something else."""
        edits = self.edits
        now = present(self.desk, [one.cell for one in edits])
        return [
            Conflict(*one.cell, one.text, one.text, text, _version((text, one.text)))
            for one, (_, text) in zip(edits, now, strict=True)
            if text is not None and text not in (one.base, one.text)
        ]

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
        return self.with_edits([one.settled for one in self.edits])

    def mark(self, *, edited: bool) -> str:
        """Give a text that changes with the catalog, and with the pending edits if they are meant too."""
        with self._lock:
            return repr((self.catalog.sha256, self._edits if edited else ()))

    def changes(self, to: str, option: str | None) -> Mapping[str, bytes]:
        """Give the files that the pending edits would change, by name.

        Raises
        ------
        ConflictError
            If a cell has been changed in its file since the edit was made.
        StudyError, CatalogError
        """
        edits = self.edits
        if not edits:
            raise StudyError([Problem(where="edits", what="nothing is pending", fix="edit a cell first")])
        if conflicts := self.stale():
            raise ConflictError(conflicts)
        if to == "files":
            return in_place(self.catalog, [one.settled for one in edits])
        if not option or not option.strip():
            fix = "give a name such as brushless"
            raise StudyError([Problem(where="option", what="the option has no name", fix=fix)])
        now = present(self.desk, [one.cell for one in edits])
        left = [one.edit for one, (_, text) in zip(edits, now, strict=True) if text != one.text]
        return as_option(self.catalog, left, option.strip())

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
        """Write what a preview showed; gives the names of the files written. Asked again, it writes nothing again.

        Raises
        ------
        ChangedError
            If something else would be written than what was previewed.
        """
        with self._lock:
            if not self._edits and digest and digest == self._saved[0]:
                return self._saved[1]
            catalog, changed = self.catalog, self.changes(to, option)
            if digest != _digest(catalog, changed):
                what = "the edits or the catalog have changed since the preview"
                raise ChangedError([Problem(where="digest", what=what, fix="look at the preview again")])
            write(catalog, changed)
            self._edits, self._stamp, self._saved = (), None, (digest, sorted(changed))
            return self._saved[1]

    # -- evidence --------------------------------------------------------------------------------------------

    def fit(self, kind: str, name: str, data: bytes, settings: Mapping[str, Any]) -> Evidence:
        """Fit data that were sent; the last ones are kept, to be looked at and written.

        Raises
        ------
        StudyError
        """
        catalog = self.catalog
        asked = (kind, name, hashlib.sha256(data).hexdigest(), sorted(settings.items()), catalog.sha256)
        key = hashlib.sha256(repr(asked).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        made: Evidence = self._remember(
            ("evidence", key), lambda: fit_sent(kind, name, data, settings, catalog, key), KEPT
        )
        return made

    def evidence(self, key: str) -> Evidence:
        """Give what was fitted.

        Raises
        ------
        UnknownNameError
            If it is forgotten.
        """
        return self._sent("evidence", key, Evidence, "fit", "data")

    def _sent(self, where: str, key: str, kind: type[_Sent], made: str, given: str) -> _Sent:
        """Give what came of something sent; UnknownNameError if it is forgotten."""
        with self._lock:
            if (found := self._kept.get((where, key))) is None:
                fix = f"send the {given} again; only the last ones are kept"
                raise UnknownNameError([Problem(where=where, what=f"there is no such {made}", fix=fix)])
            assert isinstance(found, kind)
            return found

    def evidence_changes(self, key: str, to: str, mode: str = "", *, joint: bool = False) -> Written:
        """Give what writing a fit into a row would change.

        Parameters
        ----------
        to : str
            ``TABLE:ROW``, or with a ``:COLUMN``.

        Raises
        ------
        StudyError, CatalogError
        """
        return fitted(self.evidence(key).found, f"{self.path}:{to}", mode=mode, joint=joint)

    def preview_evidence(self, key: str, to: str, mode: str = "", *, joint: bool = False) -> dict[str, Any]:
        """Show what writing a fit would change, and the digest that writing has to give."""
        made = self.evidence_changes(key, to, mode, joint=joint)
        return {
            "digest": _digest(made.catalog, made.files), "files": preview(made.catalog.files, made.files),
            "row": dict(made.row),
        }  # fmt: skip

    def write_evidence(self, key: str, to: str, digest: str, mode: str = "", *, joint: bool = False) -> list[str]:
        """Write what a preview of a fit showed; gives the names of the files. Asked again, it writes nothing again.

        Raises
        ------
        ChangedError
            If something else would be written than what was previewed.
        """
        with self._lock:
            if digest and digest == self._saved[0]:
                return self._saved[1]
            made = self.evidence_changes(key, to, mode, joint=joint)
            if digest != _digest(made.catalog, made.files):
                what = "the catalog has changed since the preview"
                raise ChangedError([Problem(where="digest", what=what, fix="look at the preview again")])
            write(made.catalog, made.files)
            self._stamp, self._saved = None, (digest, sorted(made.files))
            return self._saved[1]

    # -- imports ---------------------------------------------------------------------------------------------

    def take_table(self, name: str, data: bytes, year: int | None = None, sheet: str = "") -> imports.Imported:
        """Read a table that was sent; the last ones are kept, to be decided about. Nothing is written.

        Raises
        ------
        CatalogError
        """
        return self._imported(imports.Sent(safe_name(name), data, year=year, sheet=sheet))

    def _imported(self, sent: imports.Sent) -> imports.Imported:
        digest = hashlib.sha256(sent.data).hexdigest()
        asked = (sent.name, digest, sent.told.model_dump_json(), sent.year, sent.sheet, sent.decisions)
        key = hashlib.sha256(repr(asked).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        made: imports.Imported = self._remember(("import", key), lambda: imports.take_sent(sent, key), imports.KEPT)
        return made

    def imported(self, key: str) -> imports.Imported:
        """Give a table that was sent, as far as it is decided.

        Raises
        ------
        UnknownNameError
            If it is forgotten.
        """
        return self._sent("import", key, imports.Imported, "table", "table")

    def decide(self, key: str, decisions: Sequence[imports.Decision], year: int | None = None) -> imports.Imported:
        """Decide about a table; raises UnknownNameError if it is forgotten."""
        return self._imported(self.imported(key).sent.with_decisions(decisions, year))

    def take_map(self, key: str, data: bytes) -> imports.Imported:
        """Decide as a map.toml says; raises CatalogError if it is none, UnknownNameError if the table is forgotten."""
        return self._imported(self.imported(key).sent.with_map(data))

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


def _version(state: Any) -> str:
    return hashlib.sha256(json.dumps(state).encode("ascii")).hexdigest()[:16]


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
