"""The runs of a results folder: found by looking, named by what was found, never by what a client sends."""

import math
from collections import OrderedDict
from pathlib import Path
from threading import RLock
from typing import Any

from usephase.errors import Problem, StudyError, UsephaseError
from usephase.results.run import Run, open_run
from usephase.results.store import NAME

KEPT = 4
"""Runs that are kept open."""
_NOTHING = dict.fromkeys(("created", "catalog", "reporting_year", "draws", "seed", "design", "total"))
_SHOWN = ("best_estimate", "mean", "sd", "mcse", "p2_5", "p50", "p97_5")


class UnknownRunError(StudyError):
    """A run that the results folder does not have."""


class Runs:
    """List and open the runs below a results folder.

    Parameters
    ----------
    results : path
        Holds ``<catalog>/<run id>/run.h5``; need not exist.
    """

    def __init__(self, results: Path) -> None:
        self.results = results
        self._lock = RLock()
        self._open: OrderedDict[tuple[str, int, int], Run] = OrderedDict()
        self._about: dict[tuple[str, int, int], dict[str, Any]] = {}

    def folders(self) -> dict[str, Path]:
        """Find the runs: folder by id, the newest first. The id is ``<catalog>~<run id>``."""
        found: list[Path] = []
        try:
            for parent in self.results.iterdir():
                if parent.is_dir() and not parent.is_symlink() and not parent.name.startswith("."):  # the store
                    found += [run for run in parent.iterdir() if not run.is_symlink() and (run / NAME).is_file()]
        except OSError:
            pass  # no folder yet, or one that goes away at this moment
        found.sort(key=lambda run: (run.name, run.parent.name), reverse=True)
        return {self.key(run): run for run in found}

    def key(self, folder: Path) -> str:
        """Name a run's folder."""
        return f"{folder.parent.name}~{folder.name}"

    def folder(self, key: str) -> Path:
        """Find a run's folder.

        Raises
        ------
        UnknownRunError
        """
        folder = self.folders().get(key)
        if folder is None:
            fix = "see the list of runs; it may have been moved or deleted"
            raise UnknownRunError([Problem(where="run", what="there is no such run", fix=fix)])
        return folder

    def open(self, key: str) -> Run:
        """Open a run.

        Raises
        ------
        UnknownRunError
        StoreError
            If it is damaged.
        """
        folder = self.folder(key)
        stamp = _stamp(folder)
        with self._lock:
            if stamp in self._open:
                self._open.move_to_end(stamp)
                return self._open[stamp]
            run = open_run(folder)
            self._open[stamp] = run
            while len(self._open) > KEPT:
                self._open.popitem(last=False)
            return run

    def about(self, key: str) -> dict[str, Any]:
        """Describe a run at a glance; one that cannot be read by its problem."""
        folder = self.folder(key)
        stamp = _stamp(folder)
        with self._lock:
            if stamp not in self._about:
                self._about[stamp] = self._describe(folder)
            return {"run": key, "folder": folder.as_posix(), **self._about[stamp]}

    def _describe(self, folder: Path) -> dict[str, Any]:
        try:
            run = open_run(folder)
        except UsephaseError as error:
            what, _, fix = str(error).partition(" → ")
            return {**_NOTHING, "problems": [Problem(where=folder.name, what=what, fix=fix).model_dump()]}
        meta = run.meta
        total = run.figure("total")
        return {
            "created": meta["created"],
            "catalog": {name: meta["catalog"][name] for name in ("name", "sha256")},
            **{name: meta[name] for name in ("reporting_year", "draws", "seed", "design")},
            "total": {name: _number(total[name]) for name in _SHOWN},
            "problems": [],
        }


def _number(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


def _stamp(folder: Path) -> tuple[str, int, int]:
    try:
        status = (folder / NAME).stat()
    except OSError:
        return (str(folder), 0, 0)
    return (str(folder), status.st_mtime_ns, status.st_size)
