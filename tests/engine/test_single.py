"""Single precision against double: the same draws, the same figures as far as a float32 goes."""

from pathlib import Path

import numpy as np
import pytest

import usephase
from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from tests.seeds import some
from usephase.catalog.resolve import resolve
from usephase.catalog.table import Catalog
from usephase.engine.compile import compile_plan
from usephase.engine.compiled.tiles import compiled_tiles
from usephase.engine.local import tiles
from usephase.engine.study import Study, spans

DRAWS = 300


def _sums(catalog: Catalog, precision: str, kernel: str, draws: int) -> dict[tuple[str, ...], np.ndarray]:
    plan = compile_plan(resolve(catalog))
    how = Study("quasi", 5, draws, precision)
    made = compiled_tiles(plan, how, spans(plan), 1) if kernel == "numba" else tiles(plan, how)
    out: dict[tuple[str, ...], np.ndarray] = {}
    for tile in made:
        for key, x in tile.draws.items():
            out[key] = out.get(key, 0.0) + np.asarray(x)
    return out


def _agree(one: dict[tuple[str, ...], np.ndarray], other: dict[tuple[str, ...], np.ndarray]) -> None:
    """Each draw of each sum: within 1e-4, or within 1e-6 of the greatest; a calendar year's of all years'."""
    assert one
    for key in one.keys() | other.keys():
        x, y = (np.asarray(sums.get(key, 0.0)) for sums in (one, other))
        whole = np.abs(x).max()
        if key[0] == "calendar":
            whole = max(np.abs(v).max() for k, v in one.items() if k[:2] == key[:2])
        assert np.all(np.abs(x - y) <= 1e-4 * np.abs(x) + 1e-6 * whole), key
        assert np.abs(x.mean() - y.mean()) <= 1e-5 * np.abs(x.mean()) + 1e-6 * whole, key


@pytest.mark.parametrize("seed", some(40, 52, 3))
def test_every_sum_agrees(seed: int, tmp_path: Path) -> None:
    settings, tables = random_catalog(np.random.default_rng(seed))
    catalog = usephase.read_catalog(write_catalog(tmp_path, settings, tables))
    double = _sums(catalog, "double", "numba", DRAWS)
    _agree(double, _sums(catalog, "single", "numba", DRAWS))
    if seed < 44:
        _agree(double, _sums(catalog, "single", "numpy", DRAWS))


def test_figures_of_the_product_catalog() -> None:
    catalog = usephase.read_catalog("product_catalog")
    double, single = (
        usephase.estimate(catalog, draws=256, precision=precision, kernel="numba").figures
        for precision in ("double", "single")
    )
    keys = ["year", "ledger", "grid_basis", "boundary", "phase", "by", "group"]
    both = double.merge(single, on=keys, how="outer", suffixes=("", "_single"), indicator=True)
    assert (both["_merge"] == "both").all()
    # A year long after the last sale holds what is left of lives: as exact as the lives, in t CO2e.
    portfolio = double.loc[double["by"] == "total", "mean"].astype(float).abs().max()
    for column in ("best_estimate", "mean", "p2_5", "p5", "p25", "p50", "p75", "p95", "p97_5"):
        x, y = both[column].astype(float).to_numpy(), both[column + "_single"].astype(float).to_numpy()
        assert (np.isnan(x) == np.isnan(y)).all()
        floor = np.where(both["by"] == "calendar_year", 1e-7 * portfolio, 0.0)
        wrong = np.abs(x - y) > 1e-4 * np.abs(x) + floor
        assert not wrong.any(), (column, both.loc[wrong, [*keys, column, column + "_single"]])
