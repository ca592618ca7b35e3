"""The same bits whatever the order of rows, the other products, the block size or the threads."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import usephase
from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from tests.seeds import some
from usephase.catalog.table import Catalog
from usephase.engine.execute import interpreter
from usephase.results.content import LABEL_COLUMNS, STATISTICS
from usephase.results.run import Run
from usephase.sampling.distributions import ABSENT, DISCRETE, FIXED, best_estimate

DRAWS = 64


def random_tables(seed: int) -> tuple[dict, dict]:
    return random_catalog(np.random.default_rng(seed))


def read(folder: Path, settings: dict, tables: dict) -> Catalog:
    return usephase.read_catalog(write_catalog(folder, settings, tables))


def numbers(run: Run) -> pd.DataFrame:
    labels = [run.figures[c].map(lambda x: "" if x is None else str(x)) for c in LABEL_COLUMNS]
    return run.figures[list(STATISTICS)].set_axis(pd.MultiIndex.from_arrays(labels), axis=0).sort_index()


@pytest.mark.parametrize("seed", some(3, 6, 1))
def test_order_of_rows_and_columns_changes_no_bit(seed: int, tmp_path: Path) -> None:
    settings, tables = random_tables(seed)
    rng = np.random.default_rng(0)
    mixed = {}
    for name, rows in tables.items():
        columns = rng.permutation(sorted({c for row in rows for c in row})) if rows else []
        mixed[name] = [{c: rows[i].get(c, "") for c in columns} for i in rng.permutation(len(rows))]
    a = usephase.estimate(read(tmp_path / "a", settings, tables), draws=DRAWS)
    b = usephase.estimate(read(tmp_path / "b", settings, mixed), draws=DRAWS)
    pd.testing.assert_frame_equal(numbers(a), numbers(b), check_exact=True)


@pytest.mark.parametrize("seed", some(6, 8, 1))
def test_an_added_product_leaves_the_others_alone(seed: int, tmp_path: Path) -> None:
    settings, tables = random_tables(seed)
    tables.pop("correlations", None)
    tables.pop("options", None)
    whole = usephase.estimate(read(tmp_path / "all", settings, tables), draws=DRAWS)
    gone = tables["products"][0]["product"]
    fewer = {
        name: [row for row in rows if row.get("product") != gone] for name, rows in tables.items() if name != "coverage"
    }
    part = usephase.estimate(read(tmp_path / "part", settings, fewer), draws=DRAWS)
    for ledger in ("category_11", "category_12", "total"):
        for name in part.select(ledger, "product")["group"]:
            np.testing.assert_array_equal(
                part.draws(ledger, "product").loc[name], whole.draws(ledger, "product").loc[name]
            )


@pytest.mark.parametrize("kernel", ["numpy", "numba"])
def test_block_sizes_and_threads_change_no_bit(kernel: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, tables = random_tables(8)
    catalog = read(tmp_path / "c", settings, tables)
    first = numbers(usephase.estimate(catalog, draws=600, kernel="numpy"))
    monkeypatch.setattr(interpreter, "WIDTH", 256)
    again = usephase.estimate(catalog, draws=600, workers=2, kernel=kernel)
    pd.testing.assert_frame_equal(first, numbers(again), check_exact=True)


@pytest.mark.parametrize("design", ["quasi", "latin_hypercube", "random"])
def test_the_seed_decides_the_bits(design: str, tmp_path: Path) -> None:
    catalog = read(tmp_path / "c", *random_tables(9))
    a, b, c = (usephase.estimate(catalog, draws=DRAWS, seed=s, design=design) for s in (0, 0, 1))
    pd.testing.assert_frame_equal(numbers(a), numbers(b), check_exact=True)
    assert a.figure()["mean"] != c.figure()["mean"]


def without_width(catalog: Catalog) -> Catalog:
    """Put every cell at its best estimate, and the grid on its likeliest scenario."""
    tables = {}
    for name, table in catalog.tables.items():
        values = {}
        for column, held in table.values.items():
            points = [
                held.points[int(p[0])] if k == DISCRETE else None for k, p in zip(held.kind, held.params, strict=True)
            ]
            best = [best_estimate(int(k), p, x) for k, p, x in zip(held.kind, held.params, points, strict=True)]
            params = np.zeros_like(held.params)
            params[:, 0] = best
            values[column] = replace(held, kind=np.where(held.kind == ABSENT, ABSENT, FIXED), params=params)
        tables[name] = replace(table, values=values)
    weights = catalog.settings.scenarios
    likeliest = {max(sorted(weights), key=lambda s: weights[s]): 1.0}
    return replace(catalog, tables=tables, settings=catalog.settings.model_copy(update={"scenarios": likeliest}))


@pytest.mark.parametrize("seed", some(10, 13, 1))
def test_no_width_is_the_deterministic_result(seed: int, tmp_path: Path) -> None:
    catalog = read(tmp_path / "c", *random_tables(seed))
    fixed = usephase.estimate(without_width(catalog), draws=40).figures
    assert (fixed["sd"] == 0).all()
    assert (fixed["mcse"] == 0).all()
    for column in ("mean", "p2_5", "p50", "p97_5"):
        np.testing.assert_allclose(fixed[column], fixed["best_estimate"], rtol=1e-12, atol=0)
    drawn = numbers(usephase.estimate(catalog, draws=64))["best_estimate"]
    labels = fixed[list(LABEL_COLUMNS)].map(lambda x: "" if x is None else str(x))
    again = fixed.set_axis(pd.MultiIndex.from_frame(labels), axis=0)["best_estimate"]
    both = again.index.intersection(drawn.index)  # uncertain lives reach further into the calendar
    assert len(both) == len(again)
    np.testing.assert_allclose(again[both], drawn[both], rtol=1e-12, atol=1e-12)
