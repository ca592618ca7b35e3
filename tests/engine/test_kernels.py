"""The compiled kernel against the plain one: the same draws, the same figures."""

from pathlib import Path

import numpy as np
import pytest

import usephase
from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from usephase.catalog.resolve import resolve
from usephase.engine import study
from usephase.engine.compile import compile_plan
from usephase.engine.compiled.tiles import compiled_tiles
from usephase.engine.local import tiles
from usephase.engine.study import Study, spans

DRAWS = 300  # no whole number of rows


@pytest.mark.parametrize("seed", range(40, 52))
def test_every_sum_agrees(seed: int, tmp_path: Path) -> None:
    settings, tables = random_catalog(np.random.default_rng(seed))
    catalog = usephase.read_catalog(write_catalog(tmp_path, settings, tables))
    plan = compile_plan(resolve(catalog))
    how = Study(("quasi", "latin_hypercube", "random")[seed % 3], seed, DRAWS)
    plain = next(tiles(plan, how))
    fast = next(compiled_tiles(plan, how, spans(plan), 1))
    for one, other in ((plain.draws, fast.draws), (plain.best, fast.best)):
        for key in one.keys() | other.keys():
            x, y = np.asarray(one.get(key, 0.0)), np.asarray(other.get(key, 0.0))
            whole = np.abs(x).max()
            if key[0] == "calendar":  # the last year holds a difference of nearly equal lives
                whole = max(np.abs(v).max() for k, v in one.items() if k[:2] == key[:2])
            assert np.all(np.abs(x - y) <= 1e-10 * np.abs(x) + 1e-14 * whole), key


def test_the_size_of_a_run_chooses_the_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, tables = random_catalog(np.random.default_rng(1))
    catalog = usephase.read_catalog(write_catalog(tmp_path, settings, tables))
    assert usephase.estimate(catalog, draws=64).meta["kernel"] == "numpy"
    monkeypatch.setattr(study, "LARGE", 1)
    run = usephase.estimate(catalog, draws=64)
    assert run.meta["kernel"] == "numba"
    plain = usephase.estimate(catalog, draws=64, kernel="numpy")
    np.testing.assert_allclose(run.figure()["mean"], plain.figure()["mean"], rtol=1e-12)
    np.testing.assert_allclose(run.figure()["p97_5"], plain.figure()["p97_5"], rtol=1e-12)
