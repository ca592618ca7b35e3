"""Every distribution of a value through the public doors: run by both executors, rank, compare."""

import numpy as np
import pandas as pd
import pytest

import usephase
from tests.laws.catalogs import read
from usephase.catalog.resolve import resolve
from usephase.catalog.table import Catalog
from usephase.catalog.values.grammar import parse
from usephase.catalog.values.ranges import Range, within
from usephase.engine.plan.compile import compile_plan
from usephase.engine.plan.study import Study
from usephase.engine.run.local import tiles
from usephase.sampling import distributions as dist

FORMS = {
    "NORMAL": "30 ± 10%", "LOGNORMAL": "30 */ 1.4", "UNIFORM": "uniform(20, 40)", "TRIANGLE": "triangular(20, 30, 60)",
    "PERT": "pert(20, 30, 60)", "BETA": "beta(2, 5, 10, 60)", "GAMMA": "gamma(4, 8)", "WEIBULL": "weibull(2, 30)",
    "DISCRETE": "discrete(10: 1, 30: 3)", "STUDENT": "student(30, 1, 12)", "TENTHS": "p10_p50_p90(20, 30, 50)",
    "TWENTIETHS": "p5_p50_p95(20, 30, 50)", "MEASURED": "empirical(20, 31, 45, 28)",
    "USERS": "mean_of(triangular(20, 30, 60), 20)",
}  # fmt: skip
SETTINGS = {
    "catalog": {"name": "forms", "reporting_year": 2024},
    "grid": {"scenarios": {"s": 1.0}},
}


def catalog() -> Catalog:
    products = [{"product": p, "use_profile": "u", "lifetime": "l"} for p in FORMS]
    return read(SETTINGS, {
        "products": products,
        # 0.5 kg/kWh, 1,000 h a year, 10 years: 5 kg a watt and unit.
        "modes": [{"product": p, "mode": "on", "carrier": "electricity", "rate": text, "rate_unit": "W"}
                  for p, text in FORMS.items()],
        "use_profiles": [{"use_profile": "u", "mode": "on", "amount": "1000", "amount_unit": "h/year"}],
        "lifetimes": [{"lifetime": "l", "distribution": "fixed", "mean": "10"}],
        "sales": [{"product": p, "region": "HERE", "year": "2024", "units": "1000"} for p in FORMS],
        "grid": [{"zone": "HERE", "scenario": "s", "year": "2024", "intensity": "0.5"}],
        "options": [{"option": "more", "table": "modes", "row": f"product={p};mode=on", "column": "rate",
                     "value": "*1.1"} for p in FORMS],
    })  # fmt: skip


@pytest.fixture(scope="module")
def forms() -> Catalog:

    return catalog()


def test_both_executors_give_the_same_bits(forms: Catalog) -> None:
    plan = compile_plan(resolve(forms))
    for design in ("quasi", "random"):
        how = Study(design, 1, 300)
        plain, fast = (next(tiles(plan, how._replace(kernel=kernel))) for kernel in ("numpy", "numba"))
        for one, other in ((plain.draws, fast.draws), (plain.best, fast.best)):
            assert list(one) == list(other)
            for key, x in one.items():
                assert np.array_equal(x, other[key]), key


def test_means_and_best_estimates_of_a_run(forms: Catalog) -> None:
    run = usephase.estimate(forms, draws=8192)
    found = run.select("category_11", "product").set_index("group")
    for product, text in FORMS.items():
        value, _ = within(parse(text), Range(low=0))
        params = np.array(value.params)
        mean = dist.mean(value.kind, params, value.points)
        assert found.loc[product, "mean"] == pytest.approx(5 * mean, rel=2e-3), product
        assert found.loc[product, "sd"] == pytest.approx(
            5 * dist.variance(value.kind, params, value.points) ** 0.5, rel=3e-2
        ), product
        best = dist.best_estimate(value.kind, params, value.points)
        assert found.loc[product, "best_estimate"] == pytest.approx(5 * best, rel=1e-12), product


def test_a_ranking_divides_the_variance(forms: Catalog) -> None:
    table = pd.DataFrame(usephase.rank(forms, draws=4096).to_document()["rows"])
    shares = table[table["column"] == "rate"].set_index("row")["s1"]
    assert len(shares) == len(FORMS)
    variances = {}
    for product, text in FORMS.items():
        value, _ = within(parse(text), Range(low=0))
        variances[product] = dist.variance(value.kind, np.array(value.params), value.points)
    for product, variance in variances.items():
        share = next(x for row, x in shares.items() if f"product={product};" in row)
        assert share == pytest.approx(variance / sum(variances.values()), abs=8e-3), product


def test_a_factor_raises_every_draw(forms: Catalog) -> None:
    done = usephase.compare(forms, ["base", "more"], draws=256)
    for product in FORMS:
        row = done.difference("more", "unit", product)
        np.testing.assert_allclose(row.option_draws, 1.1 * row.against_draws, rtol=1e-12)
