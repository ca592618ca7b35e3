"""The compiled kernel against the plain one: the same draws, the same figures."""

from pathlib import Path

import numpy as np
import pytest

import usephase
from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from tests.seeds import some
from usephase.catalog.resolve import resolve
from usephase.engine import study
from usephase.engine.compile import compile_plan
from usephase.engine.compiled.tiles import compiled_tiles
from usephase.engine.local import tiles
from usephase.engine.study import Study, spans

DRAWS = 300  # no whole number of rows


@pytest.mark.parametrize(
    "seed", [*some(40, 52), *some(207, 208, 0), *some(216, 217, 0)]
)  # the last two: long tails of lives
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
            assert np.all(np.abs(x - y) <= 1e-10 * np.abs(x) + 1e-13 * whole), key


@pytest.mark.parametrize("seed", some(48, 60, 2))
def test_figures_have_the_same_rows(seed: int, tmp_path: Path) -> None:
    settings, tables = random_catalog(np.random.default_rng(seed))
    catalog = usephase.read_catalog(write_catalog(tmp_path, settings, tables))
    one, other = (usephase.estimate(catalog, draws=64, kernel=kernel).figures for kernel in ("numpy", "numba"))
    labels = list(one.columns[:7])
    assert one[labels].astype(object).equals(other[labels].astype(object))


def test_the_example_has_the_same_rows_in_both_kernels() -> None:
    catalog = usephase.read_catalog(Path(__file__).parents[2] / "product_catalog")
    one, other = (usephase.estimate(catalog, draws=16, kernel=kernel).figures for kernel in ("numpy", "numba"))
    assert len(one) == len(other)
    # A fixed zero has no row, be its share certain or not; nor has a year after the last emission.
    ledgers = one[one["ledger"].isin(["avoided", "biogenic_co2"]) & (one["by"] != "total")]
    assert (ledgers["mean"] != 0).all()
    assert one[(one["by"] == "calendar_year") & (one["ledger"] == "total")]["mean"].iloc[-1] != 0


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


def test_plain_numbers_meet_two_scenarios(tmp_path: Path) -> None:
    settings = {
        "catalog": {"name": "plain", "reporting_year": 2024, "base_year": 2024},
        "grid": {"scenarios": {"a": 0.5, "b": 0.5}},
    }  # fmt: skip
    tables = {
        "products": [{"product": "P", "family": "F", "use_profile": "u", "lifetime": "l"}],
        "sales": [{"product": "P", "region": "AAA", "year": "2024", "units": "1000"}],
        "modes": [{"product": "P", "mode": "on", "carrier": "electricity", "rate": "100", "rate_unit": "W"}],
        "use_profiles": [{"use_profile": "u", "mode": "on", "amount": "1", "amount_unit": "h/year"}],
        "lifetimes": [{"lifetime": "l", "distribution": "gamma", "mean": "5"}],
        "materials": [],
        "grid": [
            {"zone": "AAA", "scenario": s, "year": "2024", "intensity": x} for s, x in (("a", "0.5"), ("b", "0.4"))
        ],
    }  # fmt: skip
    catalog = usephase.read_catalog(write_catalog(tmp_path, settings, tables))
    for kernel in ("numpy", "numba"):
        run = usephase.estimate(catalog, draws=64, kernel=kernel)
        # 1,000 units · 0.1 kW · 1 h/yr · 5 yr · 0.5 or 0.4 kg/kWh
        assert run.figure()["best_estimate"] == pytest.approx(0.25, rel=1e-12)
        np.testing.assert_allclose(np.unique(run.draws("category_11").round(12)), [0.2, 0.25])
