"""Random catalogs for laws: drawn from a seed, read from memory, changed by a factor, and their figures by group."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import usephase
from tests.reference.folder import csv_text, toml_text
from tests.reference.random_catalogs import random_catalog
from usephase.catalog import read_files
from usephase.catalog.table import Catalog
from usephase.results.run import Run
from usephase.sampling.distributions import ABSENT, DISCRETE, scaled

Tables = dict[str, list[dict[str, str]]]
Settings = dict[str, Any]
Law = Callable[[Settings, Tables], None]
DRAWS = 16
PAIRS = [(basis, boundary) for basis in ("projected", "frozen") for boundary in ("minimum", "life_cycle")]
PHASES = ("direct", "indirect", "maintenance")


def hold(law: Law, examples: int) -> None:
    """Try a law on so many random catalogs; a failure prints the seed and the size."""

    @settings(
        max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )  # fmt: skip
    @given(st.integers(0, 2**32 - 1), st.sampled_from(["tiny", "tiny", "small"]))
    def check(seed: int, size: str) -> None:
        law(*random_catalog(np.random.default_rng(seed), size))

    check()


def read(settings: Settings, tables: Mapping[str, Sequence[Mapping[str, str]]]) -> Catalog:
    """Read a catalog that is written in memory."""
    files = {f"{name}.csv": csv_text(rows).encode() for name, rows in tables.items() if rows}
    return read_files({"catalog.toml": toml_text(settings).encode(), **files}, "law")


def run_of(settings: Settings, tables: Tables, **options: Any) -> Run:
    """Read and estimate with few draws."""
    return usephase.estimate(read(settings, tables), draws=DRAWS, **options)


def groups(run: Run, ledger: str, by: str = "total", **labels: str) -> pd.DataFrame:
    """Give the draws of the groups; none where the ledger is empty."""
    if run.select(ledger, by, **labels).empty:
        return pd.DataFrame(np.empty((0, DRAWS)))
    return run.draws(ledger, by, **labels)


def total(run: Run, ledger: str, by: str = "total", **labels: str) -> np.ndarray:
    """Add up the groups. Shape (draw,)."""
    return groups(run, ledger, by, **labels).to_numpy().sum(axis=0)


def heads(run: Run) -> list[tuple[str, dict[str, str]]]:
    """List ledgers with the labels under which each has figures."""
    found: list[tuple[str, dict[str, str]]] = []
    for basis, boundary in PAIRS:
        labels = {"grid_basis": basis, "boundary": boundary}
        found += [("category_11", labels | {"phase": phase}) for phase in PHASES]
        found.append(("total", labels))
    return [*found, *((ledger, {}) for ledger in ("category_12", "avoided", "biogenic_co2"))]


def headline(run: Run) -> list[tuple[str, dict[str, str]]]:
    """List the ledgers on the headline basis and boundary, which have all groupings."""
    uses: list[tuple[str, dict[str, str]]] = [("category_11", {"phase": phase}) for phase in PHASES]
    return [*uses, *((ledger, {}) for ledger in ("total", "category_12", "avoided", "biogenic_co2"))]


def times(catalog: Catalog, table: str, factor: float, *columns: str) -> Catalog:
    """Multiply uncertain columns; the unknowns stay the same."""
    return _changed(catalog, table, columns, lambda kind, params: scaled(kind, params, factor), factor)


def plus(catalog: Catalog, table: str, shift: float, column: str) -> Catalog:
    """Put every cell of a column at a number that differs by `shift` from its first parameter, without spread."""

    def at(kind: int, params: np.ndarray) -> np.ndarray:
        return np.append(params[0] + shift, np.zeros(len(params) - 1))

    return _changed(catalog, table, (column,), at, None)


def _changed(
    catalog: Catalog,
    table: str,
    columns: Sequence[str],
    change: Callable[[int, np.ndarray], np.ndarray],
    factor: float | None,
) -> Catalog:
    old = catalog[table]
    values = dict(old.values)
    for column in columns:
        held = values[column]
        params = held.params.copy()
        kind = held.kind.copy()
        for row in np.flatnonzero(held.kind != ABSENT):
            if factor is None:
                kind[row], params[row] = 0, change(int(kind[row]), params[row])
            elif kind[row] != DISCRETE:
                params[row] = change(int(kind[row]), params[row])
        points = held.points if factor is None else tuple((x * factor, weight) for x, weight in held.points)
        values[column] = replace(held, kind=kind, params=params, points=points)
    return replace(catalog, tables={**catalog.tables, table: replace(old, values=values)})
