"""The two executors of a program, and the choice between them: the same bits."""

import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import usephase
import usephase.compiling as compiling
from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from tests.seeds import some
from usephase.catalog.resolve import resolve
from usephase.engine.plan import study
from usephase.engine.plan.compile import compile_plan
from usephase.engine.plan.study import Study
from usephase.engine.run.local import tiles

DRAWS = 300  # no whole number of rows


@pytest.mark.parametrize(
    "seed", [*some(40, 52), *some(207, 208, 0), *some(216, 217, 0)]
)  # the last two: long tails of lives
def test_every_sum_has_the_same_bits(seed: int, tmp_path: Path) -> None:
    settings, tables = random_catalog(np.random.default_rng(seed))
    catalog = usephase.read_catalog(write_catalog(tmp_path, settings, tables))
    plan = compile_plan(resolve(catalog))
    how = Study(("quasi", "latin_hypercube", "random")[seed % 3], seed, DRAWS)
    plain, fast = (next(tiles(plan, how._replace(kernel=kernel))) for kernel in ("numpy", "numba"))
    for one, other in ((plain.draws, fast.draws), (plain.best, fast.best)):
        assert list(one) == list(other)
        for key, x in one.items():
            assert np.array_equal(x, other[key]), key


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
    monkeypatch.setattr(study, "WORTH_CALLING", 1)
    for there, kernel in ((False, "numpy"), (True, "numba")):
        monkeypatch.setattr(study, "is_compiled", lambda there=there: there)
        assert usephase.estimate(catalog, draws=64).meta["kernel"] == kernel
    monkeypatch.setattr(study, "is_compiled", lambda: False)
    monkeypatch.setattr(study, "WORTH_COMPILING", 1)
    run = usephase.estimate(catalog, draws=64)
    assert run.meta["kernel"] == "numba"
    plain = usephase.estimate(catalog, draws=64, kernel="numpy")
    assert run.figures.equals(plain.figures)


def test_what_is_compiled_ahead_serves_every_run(tmp_path: Path) -> None:
    from usephase.engine.execute import ahead, kernel

    ahead.main()
    catalog = usephase.read_catalog(write_catalog(tmp_path, *random_catalog(np.random.default_rng(1))))
    usephase.estimate(catalog, draws=64, kernel="numba")
    assert len(kernel.execute.signatures) == 1


def test_one_process_compiles_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(compiling, "folder", lambda: tmp_path / "cache")
    monkeypatch.setattr("subprocess.Popen", lambda command, **_: started.append(command) or SimpleNamespace())
    for _ in range(2):
        compiling.compile_ahead()
    assert [command[1:] for command in started] == [["-m", "usephase.engine.execute.ahead"]]
    os.utime(tmp_path / "cache" / "compiling", (0, 0))  # it was killed long ago
    compiling.compile_ahead()
    assert len(started) == 2
    (tmp_path / "cache" / "x").mkdir()
    (tmp_path / "cache" / "x" / "kernel.execute-1.py311.nbi").touch()
    (tmp_path / "cache" / "compiling").unlink()
    compiling.compile_ahead()
    assert len(started) == 2


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
