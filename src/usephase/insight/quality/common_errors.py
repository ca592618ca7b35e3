"""How wide a run's intervals would be if its judgements shared errors: independence is an assumption, shown as one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from usephase.catalog.reference.tables import MODEL_TABLES
from usephase.catalog.resolve import Resolved
from usephase.engine.plan.cells import DEPENDENCE
from usephase.engine.plan.records import PHASES, Plan
from usephase.engine.plan.study import Study, spans
from usephase.engine.plan.sums import Wanted
from usephase.engine.plan.values import Values
from usephase.engine.program.cells import GIVEN, CellArrays, cell_arrays
from usephase.engine.program.code import LANES
from usephase.engine.program.group import local_cells, run, write_tile
from usephase.insight.sensitivity.factors import GUESSES, LEAST_KNOWN, origins
from usephase.results.content import COMMON_COLUMNS
from usephase.results.run import Run
from usephase.sampling.compiled import positions, scrambled
from usephase.sampling.design import Design, Quasi
from usephase.sampling.distributions import SAMPLE
from usephase.sampling.draws import Cells

CORRELATIONS = (0.2, 0.5)
"""What is asked of every two judgements of a column."""
JUDGED = frozenset(("use_profiles", "lifetimes", "modes", "materials", *MODEL_TABLES))
DRAWS, FEWER, MANY_CELLS = 1024, 256, 10_000
"""Draws by which widths are compared, and how many where there are many cells."""
GROUPINGS = ("total", "family", "product")
_LEDGERS = {("category_11", PHASES[0]), ("category_12", "")}
Group = tuple[str, str]


@dataclass(frozen=True)
class _Tile:
    """What a range of products gives: draws (variant, draw) of sums by group, and the spreads of its products."""

    sums: dict[Group, np.ndarray]
    spreads: dict[Group, np.ndarray]


def share_errors(of: Run, resolved: Resolved, plan: Plan, workers: int = 1) -> Run:
    """Add to a run its intervals if judgements shared errors, as ``common_errors``.

    Parameters
    ----------
    of : Run
    resolved : Resolved
    plan : Plan
        Of its sale year.
    workers : int
        Threads; changes no figure.

    Notes
    -----
    Every uncertain value of type estimate or default has a part in a common error of its column, as `[dependence]`
    would give it; what is correlated already stays so. The model is evaluated with it and without on the first draws,
    or, where the run has fewer than `FEWER`, on so many.
    With v and v′ the variances of the figure's logarithm without and with, and m the median of all draws, each end e of
    the interval becomes m exp((v − v′)/2) (e/m)^√(v′/v): exact for a lognormal whose mean stays. A figure that is 0 in
    some draw has no row.
    """
    judged = _judged(resolved, plan.cells)
    if not judged:
        return of
    meta = of.meta
    draws = FEWER if len(plan.cells) > MANY_CELLS else min(DRAWS, max(FEWER, meta["draws"]))
    study = Study(meta["design"], meta["seed"], draws, meta.get("kernel", "numpy"))
    evaluated = partial(_tile, plan, study, list(_variants(plan.cells, judged)), local_cells(plan))
    sums: dict[Group, np.ndarray] = {}
    spreads: dict[Group, np.ndarray] = {}
    with ThreadPoolExecutor(max_workers=workers) as pool:
        for tile in pool.map(evaluated, spans(plan)):
            for group, draw in tile.sums.items():
                sums[group] = sums[group] + draw if group in sums else draw
            spreads |= tile.spreads
    spreads |= {group: _spread(draw) for group, draw in sums.items()}
    told = {"draws": draws, "cells": len(judged), "columns": len(set(judged.values()))}
    return replace(of, meta={**meta, "common_errors": told}, common_errors=_frame(of, spreads))


def _judged(resolved: Resolved, cells: Cells) -> dict[int, str]:
    """Give the judgements that nothing is said of yet, each with its column."""
    known, none = origins(resolved), ("", *LEAST_KNOWN)
    return {
        cell: f"{table}.{column}"
        for cell, (table, row, column) in enumerate(cells.name)
        if table in JUDGED
        and cell not in cells.factor
        and cells.kind[cell] != SAMPLE
        and known.get((table, row), none)[1] in GUESSES
    }


def _variants(cells: Cells, judged: dict[int, str]) -> Iterator[Cells]:
    yield cells
    for correlation in CORRELATIONS:
        shared = {cell: (f"{DEPENDENCE}:{column}", correlation) for cell, column in judged.items()}
        yield replace(cells, factor={**cells.factor, **shared})


class _Remembering:
    """A design that keeps what it gave, for all variants of a tile ask for the same uniforms; of one range of draws.

    The keys of the quasi design that the program has made already are not made again.
    """

    def __init__(self, design: Design, cells: Cells, arrays: CellArrays) -> None:
        self.design, self.replicated, self._arrays = design, design.replicated, arrays
        self._kept: dict[tuple[str, int], np.ndarray] = {}
        self._points: dict[int, np.ndarray] = {}
        mine = np.flatnonzero(arrays.kind != GIVEN).tolist() if isinstance(design, Quasi) else []
        at = [(i, int(arrays.cell[i])) for i in mine]
        self._known = {(cells.group[cell], int(cells.dimension[cell])): i for i, cell in at}

    def uniforms(self, group: str, dimension: int, start: int, stop: int) -> np.ndarray:
        """Give the uniforms of draws `start` … `stop` − 1."""
        if (group, dimension) not in self._kept:
            at = self._known.get((group, dimension))
            made = self.design.uniforms(group, dimension, start, stop) if at is None else self._made(at, start, stop)
            self._kept[group, dimension] = made
        return self._kept[group, dimension]

    def _made(self, at: int, start: int, stop: int) -> np.ndarray:
        arrays, its = self._arrays, int(self._arrays.group[at])
        if its not in self._points:
            self._points[its] = positions(arrays.words[its], start, stop)
        digits = arrays.digits[arrays.dimension[at]]
        return np.asarray(scrambled(digits, self._points[its], arrays.seeds[at], start))


def _tile(plan: Plan, study: Study, variants: list[Cells], local: np.ndarray, products: range) -> _Tile:
    design = study.make()
    seed = design.seed if isinstance(design, Quasi) else None
    program = write_tile(plan, products, design, study.draws, local, Wanted(by=frozenset(GROUPINGS), methods=False))
    held = np.empty((len(variants), len(program.keys), -(-study.draws // LANES) * LANES))
    touched, kept = np.zeros(len(program.keys), dtype=bool), _Remembering(design, plan.cells, program.cells)
    for cells, sums in zip(variants, held, strict=True):
        arrays = cell_arrays(cells, program.cells.cell.tolist(), seed, study.draws)
        its = replace(program, plan=replace(plan, cells=cells), cells=arrays)
        run(its, Values(cells, kept, 0, study.draws), sums, touched, study.kernel)
    out: dict[Group, np.ndarray] = {}
    for i, (name, *labels) in enumerate(program.keys):
        if name == "group" and touched[i] and tuple(labels[:2]) in _LEDGERS:
            group, draw = (labels[2], labels[3]), held[:, i, : study.draws]
            out[group] = out[group] + draw if group in out else draw.copy()
    own = {group: _spread(draw) for group, draw in out.items() if group[0] == "product"}
    return _Tile({group: draw for group, draw in out.items() if group[0] != "product"}, own)


def _spread(draws: np.ndarray) -> np.ndarray:
    """Give the variance of the logarithm of draws, 0 where it has none. Shape (variant,)."""
    return np.asarray(np.log(draws).var(axis=1, ddof=1)) if draws.min() > 0 else np.zeros(len(draws))


def _frame(of: Run, spreads: dict[Group, np.ndarray]) -> pd.DataFrame:
    found = pd.concat([of.select("total", by) for by in GROUPINGS])
    named = list(zip(found["by"], found["group"], strict=True))
    varies = (found["p2_5"] > 0) & (found["p97_5"] > found["p2_5"])
    at = [there and group in spreads and spreads[group][0] > 0 for group, there in zip(named, varies, strict=True)]
    groups = [group for group, there in zip(named, at, strict=True) if there]
    low, middle, high = (found[name].to_numpy(dtype=float)[at] for name in ("p2_5", "p50", "p97_5"))
    variance = np.array([spreads[group] for group in groups]).reshape(-1, 1 + len(CORRELATIONS)).T
    parts = []
    for correlation, shared in zip(CORRELATIONS, variance[1:], strict=True):
        moved, ratio = middle * np.exp((variance[0] - shared) / 2), np.sqrt(shared / variance[0])
        ends = [moved * (end / middle) ** ratio for end in (low, high)]
        columns = {
            "by": [by for by, _ in groups], "group": [group for _, group in groups], "correlation": correlation,
            "p2_5": ends[0], "p97_5": ends[1], "widening": (ends[1] - ends[0]) / (high - low),
        }  # fmt: skip
        parts.append(pd.DataFrame(columns))
    out = pd.concat(parts, ignore_index=True)
    texts = {name: out[name].astype(object) for name in ("by", "group")}
    return out.assign(**texts)[list(COMMON_COLUMNS)]
