"""Compare two runs: which inputs differ, and what each does to the figure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from usephase.catalog import read_catalog, read_files
from usephase.catalog.reference.rows import edition_of
from usephase.catalog.resolve import resolve
from usephase.catalog.table import Catalog
from usephase.engine.plan.compile import compile_plan
from usephase.engine.run.local import Study
from usephase.insight.changes.difference import cell_rows
from usephase.insight.changes.recalculation import step_rows, walk
from usephase.insight.changes.reference_change import changed_cells, reference_steps
from usephase.insight.comparison.ties import gap
from usephase.insight.figure import parse
from usephase.insight.tracking import levels
from usephase.insight.tracking.cohorts import cohort
from usephase.insight.tracking.reasons import EFFECTS, NOT_COMPANY, reasons
from usephase.results.provenance import versions
from usephase.results.run import UNIT, Run, open_run, records

SCHEMA = "usephase.diff/1"
_SHOWN = ("mean", "p2_5", "p97_5")
MOST_DRAWS = 1024
"""Draws of the comparison, if the runs have more and none are asked for."""


@dataclass(frozen=True, eq=False)
class Difference:
    """Hold what tells two runs apart.

    Attributes
    ----------
    meta : mapping
        Both runs, their years, settings and versions as far as they differ; JSON-able.
    inputs : DataFrame
        Every cell that differs: kind, table, row, column, before, after.
    steps : DataFrame
        What each difference does to the figure; the rows sum to the difference. [t CO2e]
    totals : mapping
        Statistics of the figure before and after, and of the difference. [t CO2e]
    effects : mapping of str to ndarray (draw,)
        The difference, draw by draw, by step.
    """

    meta: Mapping[str, Any]
    inputs: pd.DataFrame
    steps: pd.DataFrame
    totals: Mapping[str, Mapping[str, float]]
    effects: Mapping[str, np.ndarray]
    notes: tuple[str, ...] = ()

    def to_document(self) -> dict[str, Any]:
        """Give the answer of ``usephase diff --json``."""
        return {
            "schema": SCHEMA, **self.meta, "unit": UNIT, "inputs": records(self.inputs), "steps": records(self.steps),
            **self.totals, "notes": list(self.notes),
        }  # fmt: skip


def diff(
    first: Run | Catalog,
    second: Run | Catalog,
    *,
    of: Sequence[str] = ("total",),
    draws: int | None = None,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Difference:
    """Tell which inputs of two runs differ, and what each does to a figure.

    Parameters
    ----------
    first, second : Run or Catalog
        A run brings the catalog that it stored.
    of : sequence of str
        Figures, added up.
    draws : int, optional
        Default those of the first, at most `MOST_DRAWS`.
    workers : int
        Threads; changes no figure.
    progress : callable, optional
        Told the work done and the work in all.

    Returns
    -------
    Difference

    Raises
    ------
    StudyError
        If the second has no sales of the first's year.

    Notes
    -----
    Both are computed with the first's seed and design. A run keeps the reference rows that it used: what newer ones do
    comes first, table by table. Differences of the catalogs are put in one after the other for
    the first's year. If the second is of another year, the rest is the organic change from the one year to the
    other, split as in `usephase.track`.
    """
    a, b = catalog_of(first), catalog_of(second)
    year, later = _year(first, a), _year(second, b)
    study = _study(first, a, draws)
    replicated = study.make().replicated
    figures = [parse(text) for text in of]

    def level(catalog: Catalog) -> np.ndarray:
        return levels.total(cohort(resolve(catalog), year, study, figures, workers), figures)

    renewed = changed_cells(a, b)
    middle, factors = reference_steps(a, b, renewed, level)
    way = walk(middle, b, year, study, figures, workers=workers, progress=progress)
    before = way.before - sum(step.effect for step in factors)
    way = replace(way, steps=(*factors, *way.steps))
    rows = step_rows(way, replicated)
    effects = {f"{s.kind}: {s.table} {s.row}": s.effect for s in way.steps}
    after = way.after
    if later != year:
        resolved = resolve(b)
        after = levels.total(cohort(resolved, later, study, figures, workers), figures)
        if all(str(figure) == "total" for figure in figures):
            plan = compile_plan(resolved, max(year, later))
            why = reasons(plan, study, year, later, workers=workers)
            parts = why.effects.get(("total", "total"), {})
        else:
            parts = {"organic": after - way.after}
        for name in [name for name in (*EFFECTS, "organic") if name in parts and parts[name].any()]:
            rows.append({"kind": "organic", "table": "sales", "row": f"{year} to {later}", "effect": name,
                         "company": name not in NOT_COMPANY, **levels.statistics(parts[name], replicated)})  # fmt: skip
            effects[f"organic: {name}"] = parts[name]
    told = {"before": before, "after": after, "difference": gap(after, before)}
    meta = {
        "runs": [_about(first, a, year), _about(second, b, later)], "of": [str(figure) for figure in figures],
        "draws": study.draws, "seed": study.seed, "design": study.design,
        "settings": _other(_settings(first), _settings(second)),
        "versions": _other(_versions(first), _versions(second)),
    }  # fmt: skip
    return Difference(
        meta, levels.table([*renewed, *cell_rows(a, b, way.units)]), levels.table(rows),
        {name: levels.statistics(x, replicated) for name, x in told.items()}, effects, _notes(first, meta),
    )  # fmt: skip


def open_source(path: str) -> Run | Catalog:
    """Open a run (its folder or its run.h5) or read a catalog (a folder or a workbook)."""
    place = Path(path)
    if place.suffix == ".h5":
        return open_run(place)
    if (place / "run.h5").is_file():
        return open_run(place / "run.h5")
    return read_catalog(place)


def catalog_of(source: Run | Catalog) -> Catalog:
    """Give the catalog that a run stored, with the reference rows that it used, or the catalog itself."""
    if isinstance(source, Catalog):
        return source
    path = str(source.meta["catalog"].get("path", "stored catalog"))
    return read_files(dict(source.files), path, source.register)


def _year(source: Run | Catalog, catalog: Catalog) -> int:
    return int(source.meta["reporting_year"]) if isinstance(source, Run) else catalog.settings.reporting_year


def _study(source: Run | Catalog, catalog: Catalog, draws: int | None) -> Study:
    held = _settings(source) if isinstance(source, Run) else catalog.settings.model_dump()
    count = draws or min(int(held["draws"]), MOST_DRAWS)
    return Study(str(held["design"]), int(held["seed"]), count)


def _settings(source: Run | Catalog) -> dict[str, Any]:
    if isinstance(source, Run):
        return {name: source.meta[name] for name in ("draws", "seed", "design")}
    settings = source.settings
    return {name: getattr(settings, name) for name in ("draws", "seed", "design")}


def _versions(source: Run | Catalog) -> dict[str, Any]:
    return (
        dict(source.meta["versions"])
        if isinstance(source, Run)
        else {**versions(), "reference data": edition_of(source.settings.edition)}
    )


def _other(a: dict[str, Any], b: dict[str, Any]) -> dict[str, list[Any]]:
    names = dict.fromkeys((*a, *b))
    return {name: [a.get(name), b.get(name)] for name in names if a.get(name) != b.get(name)}


def _about(source: Run | Catalog, catalog: Catalog, year: int) -> dict[str, Any]:
    about = {"name": catalog.settings.name, "sha256": catalog.sha256, "path": catalog.path, "year": year}
    if isinstance(source, Run):
        total = source.figure("total")
        about |= {"created": source.meta["created"], "total": {name: float(total[name]) for name in _SHOWN}}
    return about


def _notes(first: Run | Catalog, meta: Mapping[str, Any]) -> tuple[str, ...]:
    notes = []
    if "usephase" in meta["versions"]:
        then = " and ".join(map(str, meta["versions"]["usephase"]))
        notes.append(f"the runs are of different versions ({then}): both catalogs were computed with this one")
    if "reference data" in meta["versions"]:
        then = " and ".join(str(name or "none named") for name in meta["versions"]["reference data"])
        notes.append(f"the reference data are of different editions ({then}): each keeps the rows that it used")
    if isinstance(first, Run) and meta["draws"] < int(first.meta["draws"]):
        notes.append(f"compared on {meta['draws']} draws; the figures of the runs themselves are in `runs`")
    if meta["settings"]:
        notes.append("the runs were drawn differently: here both are drawn as the first")
    return tuple(notes)
