"""The run's folder: results/<catalog>/<run id>/, every file whole or absent, nothing ever overwritten."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from usephase.errors import StoreError
from usephase.insight.quality.assess import quality
from usephase.report.cells import csv_text
from usephase.report.excel.workbook import write_workbook
from usephase.report.html.page import write_page
from usephase.report.json_text import json_text
from usephase.report.language import language
from usephase.results.atomic import explain, sweep, write_files
from usephase.results.provenance import run_id, slug
from usephase.results.run import Run
from usephase.results.store import NAME

_TRIES = 100


def write_run(
    run: Run,
    results_dir: str | PathLike[str],
    log: Iterable[str] = (),
    *,
    store_draws: bool = False,
    code: str | None = None,
) -> Path:
    """Write a run's files into a new folder.

    Parameters
    ----------
    run : Run
        What to write.
    results_dir : path
        The results folder; made if missing.
    log : iterable of str
        Lines of what happened, for run.log.
    store_draws : bool
        Keep all draws that the run holds in run.h5; if not, those of the totals.
    code : str, optional
        Language of what people read; without one that which is spoken.

    Returns
    -------
    Path
        The new folder ``results_dir/<catalog slug>/<run id>`` with run.h5, summary.json, figures.csv,
        inventory.xlsx, report.html and run.log.

    Raises
    ------
    StoreError
        If the disk is full or the system refuses. All files that can be made are, run.h5 first: it is enough to
        make the others again.
    """
    language(code)  # an unknown one is refused before anything is written
    folder = _new_folder(run, Path(results_dir))
    writers: dict[str, Callable[[Path], None]] = {
        "summary.json": lambda path: _write_summary(run, folder, path),
        "figures.csv": lambda path: _write_figures(run.figures, path),
        "inventory.xlsx": lambda path: write_workbook(run, path),
        "report.html": lambda path: write_page(run, path, code),
        "run.log": lambda path: _write_log(run, log, path),
    }
    try:
        (run if store_draws else run.with_draws_of_totals()).save(folder / NAME)
    except BaseException:  # Ctrl-C too
        with suppress(OSError):
            folder.rmdir()  # an empty folder would look like a run
        raise
    try:
        write_files(folder, writers, replace=False)
    except Exception as error:
        error.add_note(
            f"the run itself is whole: usephase report and usephase export take {(folder / NAME).as_posix()}"
        )
        raise
    return folder


def sweep_runs(folder: Path) -> None:
    """Remove what runs of a catalog that were killed left half-written, and their folders where nothing else is."""
    if folder.is_symlink() or not folder.is_dir():
        return
    sweep(folder)
    for one in folder.iterdir():
        if one.is_dir() and not one.is_symlink() and sweep(one):
            with suppress(OSError):
                one.rmdir()


def _new_folder(run: Run, results: Path) -> Path:
    parent = results / slug(run.meta["catalog"]["name"])
    try:
        parent.mkdir(parents=True, exist_ok=True)
        if not parent.resolve().is_relative_to(results.resolve()):
            raise StoreError(f"{parent}: a link that leads out of {results} → remove it")
        for _ in range(_TRIES):
            folder = parent / run_id(run.meta["created"])
            try:
                # Making a folder is one step for the system: of two runs only one can get a name.
                folder.mkdir()
            except FileExistsError:
                continue
            return folder
    except OSError as error:
        raise StoreError(explain(parent, error)) from error
    raise StoreError(f"{parent}: no free name for a run was found → look at what fills this folder")


def answer(run: Run, folder: Path | None = None) -> dict[str, Any]:
    """Give the answer of ``usephase run --json``: figures, what they rest on, and which lines are required."""
    return {**run.to_document(folder), "quality": quality(run).to_document()}


def _write_summary(run: Run, folder: Path, path: Path) -> None:
    document = {**answer(run, folder), "meta": dict(run.meta), "notes": list(run.notes)}
    path.write_text(json_text(document) + "\n", encoding="ascii")


def _write_figures(figures: pd.DataFrame, path: Path) -> None:
    safe = figures.assign(group=[csv_text(group) for group in figures["group"]])
    safe.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def _write_log(run: Run, log: Iterable[str], path: Path) -> None:
    meta = run.meta
    versions = ", ".join(f"{name} {version}" for name, version in meta.get("versions", {}).items())
    lines = [
        f"catalog {meta['catalog']['name']!r}, sha256 {meta['catalog']['sha256']}",
        f"reporting year {meta['reporting_year']}, {meta['draws']} draws, seed {meta['seed']}, design {meta['design']}",
        f"created {meta['created']}, {meta.get('seconds', 'unknown')} s, {meta.get('workers', 'unknown')} workers",
        f"versions: {versions}",
        *(f"note: {note}" for note in run.notes),
        *log,
    ]
    text = "".join(f"{line}\n" for line in lines)
    path.write_text(text, encoding="utf-8", errors="backslashreplace")
