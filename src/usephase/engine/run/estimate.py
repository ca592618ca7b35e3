"""Estimate a catalog: draws to figures, and all that a run records."""

import time
from dataclasses import replace
from typing import Any

import numpy as np

from usephase.catalog.reference.rows import edition_of
from usephase.catalog.register import register
from usephase.catalog.resolve import Resolved, resolve
from usephase.catalog.row_texts import row_texts
from usephase.catalog.table import Catalog
from usephase.engine.plan.cells import SCENARIO, CellBook
from usephase.engine.plan.compile import compile_plan
from usephase.engine.plan.parts import ProductRows, joined
from usephase.engine.plan.records import Plan
from usephase.engine.plan.study import KernelChoice, Progress, Study, choose_kernel, cut_blocks
from usephase.engine.plan.sums import INVENTORY
from usephase.engine.plan.values import Values
from usephase.engine.run import memory as room
from usephase.engine.run.furthest import naming_the_furthest
from usephase.engine.run.gather import Means, gather
from usephase.engine.run.store import Store
from usephase.engine.run.tables import Tables, tables
from usephase.errors import Problem, StudyError
from usephase.heap import arrow_on_the_heap, give_back
from usephase.results.provenance import created, versions
from usephase.results.run import SCHEMA, Run
from usephase.results.stream import RowFile
from usephase.sampling.design import REPLICATES, DesignName
from usephase.sampling.distributions import FIXED


@arrow_on_the_heap()
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
    memory: str | int | None = None,
    cluster: str | None = None,
    store: Store | None = None,
    progress: Progress | None = None,
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
        Who executes: ``numpy``, ``numba`` (compiled), or ``auto``, the faster one. Changes no figure.
    memory : str or int, optional
        Budget, such as ``2GB``; default half of what is available. Fewer threads are used if it asks for that.
    cluster : str, optional
        Compute on a Dask cluster: the address of its scheduler, or ``local:N`` for N processes on this machine.
        Changes no figure.
    store : Store, optional
        Finished blocks of other runs, and where those of this one are kept; see `usephase.engine.run.store`.
        Changes no figure.
    progress : callable, optional
        Told the work done and the work in all.

    Returns
    -------
    Run

    Raises
    ------
    StudyError
        An unknown label, too few draws, or a budget that does not hold the run.
    NumericError
        A draw without a finite answer.
    WorkerError
        A cluster that cannot be used, or whose workers fail too often.
    """
    started = time.perf_counter()
    stages = _Stages()
    settings = catalog.settings
    study = Study(
        design or settings.design, settings.seed if seed is None else seed, settings.draws if draws is None else draws
    )
    _refuse(catalog, study, tuple(by))
    resolved = resolve(catalog)
    plan = compile_plan(resolved, year, tuple(by))
    study = study._replace(kernel=choose_kernel(plan, study.draws, kernel))
    if study.kernel == "numba":  # a large run
        give_back()
    keep, in_memory = room.kept(plan, study, store_draws)
    workers, allowed = room.within(plan, study, in_memory, workers, memory)
    stages.end("plan")
    blocks = cut_blocks(plan)
    shelf = store.open(resolved, plan, study, keep, blocks) if store and blocks else None
    stages.end("store")
    file = RowFile(study.draws, store.folder.parent if store else None) if keep and not in_memory else None
    with naming_the_furthest(resolved):
        made, products = _tables(
            plan, study, blocks, keep, file, Means(workers, cluster, allowed // 4, shelf), progress, stages
        )
    stages.end("statistics")
    if store and shelf:
        store.trim()
        if shelf.taken:
            store.say(f"{shelf.taken:,} of {len(plan.products):,} products unchanged: taken from {store.folder}")
    samples, kept = _samples(made, products, file)
    chosen = {s: w for s, w in settings.scenarios.items() if w > 0}
    meta: dict[str, Any] = {
        "schema": SCHEMA,
        "catalog": {"name": settings.name, "sha256": catalog.sha256, "path": catalog.path},
        "company": settings.company, "reporting_year": plan.year, "base_year": settings.base_year,
        "draws": study.draws, "seed": study.seed, "design": study.design,
        "kernel": study.kernel, "grid_basis": settings.grid_basis, "boundary": settings.boundary,
        "sales_timing": settings.sales_timing, "gwp": settings.gwp, "scenarios": chosen, "by": list(by),
        "language": settings.language, "excluded": settings.excluded, "called": dict(catalog.called),
        "partner_data": {
            name: share
            for name, share in (("category_11", settings.partner_data_11), ("category_12", settings.partner_data_12))
            if share is not None
        },
        "products": len(plan.products), "uncertain_cells": len(plan.cells) - (len(chosen) == 1),
        "replicates": REPLICATES if study.make().replicated else 1,
        "workers": workers,
        "memory": {"budget": allowed, "estimate": room.needed(plan, study, in_memory, workers)},
        "blocks": {"count": len(blocks), "unchanged": shelf.taken if shelf else 0},
        "versions": {**versions(), "reference data": edition_of(settings.edition)}, "created": created(),
    }  # fmt: skip
    del plan, products  # the register of a large catalog takes as much again
    if study.kernel == "numba":
        give_back()
    listed = register(resolved)
    stages.end("register")
    meta["stages"] = stages.taken
    meta["seconds"] = round(time.perf_counter() - started, 3)
    return Run(
        meta=meta, figures=made.figures, service=made.service, register=listed,
        samples=samples, sample_rows=kept,
        files=catalog.files, notes=tuple(str(w) for w in catalog.warnings) + _notes(study),
    )  # fmt: skip


def estimate_totals(resolved: Resolved, year: int, study: Study, workers: int = 1) -> Run:
    """Estimate the totals of a sale year, and what is extrapolated, alone: the bits are those of `estimate`.

    Parameters
    ----------
    resolved : Resolved
    year : int
    study : Study
        Its kernel is chosen here.
    workers : int
        Threads; changes no figure.

    Returns
    -------
    Run
        With the draws of these figures, and without a register.
    """
    plan = compile_plan(resolved, year, calendar=False)
    wanted = replace(INVENTORY, by=frozenset({"total", "family"}))
    study = study._replace(kernel=choose_kernel(plan, study.draws), wanted=wanted)
    with naming_the_furthest(resolved):
        made, _ = _tables(plan, study, cut_blocks(plan), False, None, Means(workers), None, _Stages())
    meta = {"reporting_year": year, "grid_basis": plan.grid_basis, "boundary": plan.boundary}
    none = made.figures.iloc[:0]
    return Run(meta, made.figures, made.service, none, made.draws, made.rows, {})


class _Stages:
    """Note how long the stages of an estimate take, with all threads."""

    def __init__(self) -> None:
        self.taken: dict[str, dict[str, float]] = {}
        self._begun = time.perf_counter(), time.process_time()

    def end(self, name: str) -> None:
        """Note that a stage has ended, and the next begins."""
        now = time.perf_counter(), time.process_time()
        wall_s, cpu_s = (round(b - a, 3) for a, b in zip(self._begun, now, strict=True))
        self.taken[name] = {"seconds": wall_s, "cpu_seconds": cpu_s}
        self._begun = now


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


def _tables(
    plan: Plan, study: Study, blocks: list[range], keep: bool, file: RowFile | None, means: Means,
    progress: Progress | None, stages: "_Stages",
) -> tuple[Tables, ProductRows]:  # fmt: skip
    parts: list[ProductRows] = []

    def take(rows: ProductRows) -> None:
        if file:
            file.add(rows.draws)
            rows = rows._replace(draws=rows.draws[:0].copy())
        parts.append(rows)

    sums = gather(plan, study, blocks, keep, means, take, progress)
    stages.end("blocks")
    products = joined(parts)
    return tables(plan, study, *sums, products), products


def _samples(made: Tables, products: ProductRows, file: RowFile | None) -> tuple[np.ndarray, np.ndarray]:
    """Give the kept draws, and the figures that they are of: in the order of the figures, or as a file has them."""
    if file:
        file.add(made.draws)
        return file.finished(), np.concatenate([made.product_rows, made.rows])
    if not len(products.draws):
        return made.draws, made.rows
    rows = np.concatenate([made.rows, made.product_rows])
    samples = np.empty((len(rows), made.draws.shape[1]))
    samples[made.rows], samples[made.product_rows] = made.draws, products.draws
    return samples, np.sort(rows)
