"""Estimate a catalog: draws to figures, and all that a run records."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from usephase.catalog.register import register
from usephase.catalog.resolve import resolve
from usephase.catalog.table import Catalog
from usephase.engine.cells import SCENARIO, CellBook, row_texts
from usephase.engine.compile import compile_plan
from usephase.engine.figures import Book, Row, Sample, calendar_rows, coverage_rows, group_rows, total_rows
from usephase.engine.local import tiles
from usephase.engine.plan import Plan
from usephase.engine.statistics import NAMES, describe
from usephase.engine.study import KernelChoice, Study, Tile, choose_kernel
from usephase.engine.values import Values
from usephase.errors import NumericError, Problem, StudyError
from usephase.results.provenance import created, versions
from usephase.results.run import FIGURE_COLUMNS, SCHEMA, SERVICE_COLUMNS, Run
from usephase.sampling.design import REPLICATES, DesignName
from usephase.sampling.distributions import FIXED

STANDARD_GROUPS = ("family", "region", "segment", "mode", "material")
KEPT_BYTES = 256 * 2**20
"""Draws of products are kept in memory up to this size unless asked for."""
KG_PER_T = 1000.0


def estimate(
    catalog: Catalog,
    *,
    draws: int | None = None,
    seed: int | None = None,
    design: DesignName | None = None,
    by: tuple[str, ...] | list[str] = (),
    workers: int = 1,
    store_draws: bool | None = None,
    year: int | None = None,
    kernel: KernelChoice = "auto",
    precision: Literal["single", "double"] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Estimate the Category 11 and 12 emissions of a catalog.

    Parameters
    ----------
    catalog : Catalog
        As `usephase.read_catalog` gives it.
    draws, seed, design : optional
        Instead of the catalog's settings.
    by : sequence of str
        Labels of products to group by as well.
    workers : int
        Threads; changes no figure.
    store_draws : bool, optional
        Keep the draws of products: True, False, or (None) if they fit into a modest memory.
    year : int, optional
        The sale year; default the reporting year.
    kernel : str
        ``numpy``, ``numba`` (compiled), or ``auto``: the compiled one for large runs. Figures agree to 1e-10.
    precision : str, optional
        Of the arithmetic, instead of the catalog's setting.
    progress : callable, optional
        Told the work done and the work in all.

    Returns
    -------
    Run

    Raises
    ------
    StudyError
        An unknown label, or too few draws.
    NumericError
        A draw without a finite answer.
    """
    started = time.perf_counter()
    settings = catalog.settings
    study = Study(
        design or settings.design, settings.seed if seed is None else seed,
        settings.draws if draws is None else draws, precision or settings.precision,
    )  # fmt: skip
    _refuse(catalog, study, tuple(by))
    resolved = resolve(catalog)
    plan = compile_plan(resolved, year, tuple(by))
    study = study._replace(kernel=choose_kernel(plan, study.draws, kernel))
    figures, service, samples = _figures(plan, study, workers, store_draws, progress)
    chosen = {s: w for s, w in settings.scenarios.items() if w > 0}
    meta = {
        "schema": SCHEMA,
        "catalog": {"name": settings.name, "sha256": catalog.sha256, "path": catalog.path},
        "company": settings.company, "reporting_year": plan.year, "base_year": settings.base_year,
        "draws": study.draws, "seed": study.seed, "design": study.design, "precision": study.precision,
        "kernel": study.kernel, "grid_basis": settings.grid_basis, "boundary": settings.boundary,
        "sales_timing": settings.sales_timing, "gwp": settings.gwp, "scenarios": chosen, "by": list(by),
        "products": len(plan.products), "uncertain_cells": len(plan.cells) - (len(chosen) == 1),
        "replicates": REPLICATES if study.make().replicated else 1,
        "workers": workers, "versions": versions(), "created": created(),
        "seconds": round(time.perf_counter() - started, 3),
    }  # fmt: skip
    kept = [i for i, x in enumerate(samples) if x is not None]
    return Run(
        meta=meta, figures=figures, service=service, register=register(resolved),
        samples=np.stack([x for x in samples if x is not None]), sample_rows=np.array(kept),
        files=catalog.files, notes=tuple(str(w) for w in catalog.warnings) + _notes(study),
    )  # fmt: skip


def cell_draws(
    catalog: Catalog, *, draws: int | None = None, seed: int | None = None, design: DesignName | None = None
) -> dict[tuple[str, str, str], np.ndarray]:
    """Give the draws of every cell that a catalog uses, by (table, row, column), fixed cells included.

    The entry ("settings", "grid", "scenario") holds the names of the scenarios drawn. Shapes (draw,).
    """
    settings = catalog.settings
    study = Study(
        design or settings.design, settings.seed if seed is None else seed, settings.draws if draws is None else draws
    )
    resolved = resolve(catalog)
    book = CellBook(resolved)
    values = Values(book.cells, study.make(), 0, study.draws)
    out = {}
    for name, table in resolved.tables.items():
        texts = row_texts(table)
        for column, held in table.values.items():
            for row in np.flatnonzero(held.kind == FIXED):
                out[name, str(texts[row]), column] = np.full(study.draws, held.params[row, 0])
    for cell, address in enumerate(book.cells.name):
        out[address] = values.cell(cell)
    out[SCENARIO] = np.array(book.scenarios)[out[SCENARIO].astype(int)]
    return out


def _refuse(catalog: Catalog, study: Study, by: tuple[str, ...]) -> None:
    problems = []
    known = ("brand", "name", *catalog.labels)
    for label in by:
        if label not in known:
            fix = f"use one of: {', '.join(known)}"
            problems.append(Problem(where=f"--by {label}", what="products have no such label", fix=fix))
    if study.draws < 2:
        problems.append(
            Problem(where="draws", what="a spread needs at least 2 draws", fix="ask for some thousands, e.g. 8192")
        )
    if problems:
        raise StudyError(problems)


def _notes(study: Study) -> tuple[str, ...]:
    count = study.draws
    if study.design == "quasi" and count & (count - 1):
        lower = 1 << (count.bit_length() - 1)
        return (f"{count} draws are not a power of two: quasi is at its best at {lower} or {2 * lower}",)
    return ()


class _Table(NamedTuple):
    figures: pd.DataFrame
    service: pd.DataFrame
    samples: list[np.ndarray | None]


def _figures(
    plan: Plan,
    study: Study,
    workers: int,
    store_draws: bool | None,
    progress: Callable[[int, int], None] | None,
) -> _Table:
    keep = 3 * len(plan.products) * study.draws * 8 <= KEPT_BYTES if store_draws is None else store_draws
    writer = _Writer(plan, study)
    draws: Book = {}
    best: Book = {}
    for tile in tiles(plan, study, workers, progress=progress):
        writer.products(tile, keep)
        _merge(draws, tile.draws)
        _merge(best, tile.best)
    values = Values(plan.cells, study.make(), 0, study.draws)
    truth = Values(plan.cells, None, 0, 1)
    covered = {family: values(ref) for family, ref in plan.coverage.items()}
    covered_best: dict[str, Sample] = {family: float(np.ravel(truth(ref))[0]) for family, ref in plan.coverage.items()}
    groups = (*STANDARD_GROUPS, *plan.label_names)
    writer.rows(list(total_rows(plan, draws)), list(total_rows(plan, best)), keep=True)
    writer.rows(list(group_rows(plan, draws, groups)), list(group_rows(plan, best, groups)), keep=True)
    plain = ("component",)
    writer.rows(list(group_rows(plan, draws, plain)), list(group_rows(plan, best, plain)), keep=True)
    writer.rows(list(calendar_rows(plan, draws)), list(calendar_rows(plan, best)), keep=True)
    writer.rows(list(coverage_rows(plan, draws, covered)), list(coverage_rows(plan, best, covered_best)), keep=True)
    return writer.table()


def _merge(into: Book, tile: Mapping[Any, Any]) -> None:
    for key, x in tile.items():
        if key[0] == "service" or (key[0] == "group" and key[3] == "product"):
            continue
        into[key] = into[key] + x if key in into else x


class _Writer:
    """Collect figures as rows with statistics; totals before products."""

    def __init__(self, plan: Plan, study: Study) -> None:
        self.plan, self.study = plan, study
        self.replicated = study.make().replicated
        self.labels: list[tuple[Any, ...]] = []
        self.statistics: list[np.ndarray] = []
        self.samples: list[np.ndarray | None] = []
        self.product_part: tuple[list[Any], list[np.ndarray], list[np.ndarray | None]] = ([], [], [])
        self.served: list[tuple[Any, ...]] = []

    def rows(self, rows: list[Row], best: list[Row], keep: bool) -> None:
        """Add rows; `best` has the same rows at best estimates, apart from such as are zero there."""
        known = {row[:-1]: row.sample for row in best}
        labels, statistics, samples = self._described(rows, known, keep)
        self.labels += labels
        self.statistics += statistics
        self.samples += samples

    def products(self, tile: Tile, keep: bool) -> None:
        """Add a tile's products and their figures per service."""
        best_rows = {row[:-1]: row.sample for row in group_rows(self.plan, tile.best, ("product",))}  # type: ignore[arg-type]
        rows = list(group_rows(self.plan, tile.draws, ("product",)))  # type: ignore[arg-type]
        labels, statistics, samples = self._described(rows, best_rows, keep)
        self.product_part[0].extend(labels)
        self.product_part[1].extend(statistics)
        self.product_part[2].extend(samples)
        self._services(rows, best_rows, tile)

    def table(self) -> _Table:
        """Give the figures, the figures per service and the kept draws."""
        labels, statistics, samples = self.product_part
        order = sorted(range(len(labels)), key=lambda i: (_LEDGER_ORDER.index(labels[i][0]), labels[i][3] or ""))
        split = next((i for i, x in enumerate(self.labels) if x[4] not in ("total", "component")), len(self.labels))
        merged = [*self.labels[:split], *(labels[i] for i in order), *self.labels[split:]]
        numbers = [*self.statistics[:split], *(statistics[i] for i in order), *self.statistics[split:]]
        kept = [*self.samples[:split], *(samples[i] for i in order), *self.samples[split:]]
        frame = pd.DataFrame(merged, columns=list(FIGURE_COLUMNS[1:7]), dtype=object)
        frame.insert(0, "year", self.plan.year)
        frame[list(FIGURE_COLUMNS[7:])] = np.stack(numbers)
        service = pd.DataFrame(self.served, columns=list(SERVICE_COLUMNS))
        return _Table(frame, service, kept)

    def _described(
        self, rows: list[Row], best: Mapping[tuple[Any, ...], Sample], keep: bool
    ) -> tuple[list[tuple[Any, ...]], list[np.ndarray], list[np.ndarray | None]]:
        if not rows:
            return [], [], []
        draws = np.stack([np.broadcast_to(np.asarray(row.sample, dtype=float), (self.study.draws,)) for row in rows])
        if not np.isfinite(draws).all():
            bad = rows[int(np.argmin(np.isfinite(draws).all(axis=1)))]
            raise NumericError(
                f"{bad.ledger}:{bad.by}={bad.group} has a draw without a finite value → look for a divisor that may "
                "come near 0 (efficiency, amount, mean life) among its cells and narrow its distribution"
            )
        numbers = describe(draws, self.replicated)
        first = np.array([float(best.get(row[:-1], 0.0)) for row in rows])
        labels: list[tuple[Any, ...]] = [tuple(row[:-1]) for row in rows]
        # A row of its own each: a view would keep the whole block alive.
        return labels, list(np.column_stack([first, numbers])), [x.copy() if keep else None for x in draws]

    def _services(self, rows: list[Row], best: Mapping[tuple[Any, ...], Sample], tile: Tile) -> None:
        modes = {p.name: p.service_mode for p in self.plan.products}
        units = {
            (profile_mode.mode): profile_mode.unit.split("/")[0] if profile_mode.unit != "rest" else "h"
            for profile in self.plan.profiles
            for profile_mode in profile
        }
        for row in rows:
            served = tile.draws.get(("service", row.group))
            if served is None or row.ledger not in ("category_11", "category_12", "total"):
                continue
            if row.phase not in (None, "direct") or not np.all(served > 0):
                continue
            mode = modes[row.group]
            x = np.asarray(row.sample) / served * KG_PER_T
            first = float(best.get(row[:-1], 0.0)) / tile.best["service", row.group] * KG_PER_T
            numbers = describe(np.broadcast_to(x, (1, self.study.draws)), self.replicated)[0]
            self.served.append((row.group, mode, f"kg CO2e/{units[mode]}", row.ledger, first, *numbers))


_LEDGER_ORDER = ("category_11", "category_12", "avoided", "biogenic_co2", "total")
assert len(NAMES) + 1 == len(FIGURE_COLUMNS[7:])
