"""Lives described by ages that may cross: what is cut off, in every evaluator."""

import numpy as np
import pytest
from scipy import integrate, special, stats

import usephase
from tests.laws.catalogs import Tables, read
from usephase.model.lifetime import weibull_from_quantiles
from usephase.sampling import distributions as dist
from usephase.sampling.draws import Law

SETTINGS = {"catalog": {"name": "Ages", "reporting_year": 2024, "base_year": 2023}}
CROSSING = {"t50": "5 ± 1.9", "t90": "8 ± 1.3"}  # sd 0.969 and 0.663: z = 3/1.174, 0.53 %


def tables(**life: str) -> Tables:
    return {
        "products": [{"product": "P", "use_profile": "u", "lifetime": "l"}],
        "modes": [{"product": "P", "mode": "on", "carrier": "electricity", "rate": "1 kW"}],
        "use_profiles": [{"use_profile": "u", "mode": "on", "amount": "1 h/year"}],
        "lifetimes": [{"lifetime": "l", **life}],
        "sales": [{"product": "P", "region": "Z", "year": year, "units": "1000"} for year in ("2023", "2024")],
        "grid": [{"zone": "Z", "scenario": "trend_10y", "year": "2020", "intensity": "1"}],
        "options": [
            {"option": "worse", "table": "lifetimes", "row": "lifetime=l", "column": "t90", "value": "*0.98"},
            {"option": "set", "table": "lifetimes", "row": "lifetime=l", "column": "t50", "value": "5.1 ± 1.9"},
        ],
    }


def test_what_is_redrawn_is_what_is_left_of_the_distribution() -> None:
    law = Law(dist.NORMAL, np.array([5.0, 1.0, 0, 0]))
    u = (np.arange(4000) + 0.5) / 4000
    crossed = special.ndtri(special.ndtr(1.0) + u * special.ndtr(-1.0)) + 5  # all that lies above 6, evenly
    again = np.array([law.below(float(x), 6.0) for x in crossed])
    assert again.max() < 6
    below = stats.truncnorm(-np.inf, 1.0, 5, 1)
    np.testing.assert_allclose(again, below.ppf(u), rtol=1e-9)
    again = np.array([law.above(float(x), 4.0) for x in 10 - crossed])
    np.testing.assert_allclose(np.sort(again), np.sort(10 - below.ppf(u)), rtol=1e-9)


def test_a_discrete_age_takes_one_of_the_values_below() -> None:
    law = Law(dist.DISCRETE, np.zeros(4), points=(np.array([4.0, 5.0, 7.0]), np.array([0.3, 0.69, 0.01])))
    assert law.below(7.0, 7.0) in (4.0, 5.0)
    assert law.below(7.0, 4.5) == 4.0
    assert law.lowest() == 4.0


@pytest.mark.parametrize("ages", [CROSSING, {"t50": "5", "t90": "6.5 ± 1.25"}, {"t50": "5 ± 1.25", "t90": "6.5"}])
def test_mean_life_is_that_of_the_truncated_ages(ages: dict[str, str]) -> None:
    """Against the integral over both ages: t90 as it is (above a plain t50), t50 below it."""

    def age(text: str) -> tuple[float, float]:
        mean, _, half = text.partition(" ± ")
        return float(mean), float(half or 0) / 1.959963984540054

    (a, s), (b, r) = age(ages["t50"]), age(ages["t90"])

    def life(t50: float, t90: float) -> float:
        return float(weibull_from_quantiles(t50, t90)[0])

    def given(t90: float) -> float:
        if not s:
            return life(a, t90)
        kept = stats.norm.cdf(t90, a, s) - stats.norm.cdf(0, a, s)
        low = max(a - 8 * s, 1e-6)
        part = integrate.quad(lambda x: life(x, t90) * stats.norm.pdf(x, a, s), low, t90 * (1 - 1e-9), limit=200)[0]
        return part / kept

    if r:
        low = a if not s else b - 6 * r
        kept = 1 - stats.norm.cdf(low, b, r)
        top = integrate.quad(lambda y: given(y) * stats.norm.pdf(y, b, r), low + 1e-9, b + 8 * r, limit=200)[0]
        expected = top / kept
    else:
        expected = given(b)
    run = usephase.estimate(read(SETTINGS, tables(**ages)), draws=8192)
    figure = run.figure("category_11")  # 1 kWh a year, 1 kg a kWh, 1000 units
    assert figure["mean"] == pytest.approx(expected, abs=4 * figure["mcse"])
    assert figure["mcse"] < 4e-4 * expected


def test_every_evaluator_takes_crossing_ages() -> None:
    catalog = read(SETTINGS, tables(**CROSSING))
    assert any("cut off" in problem.what for problem in catalog.warnings)
    run = usephase.estimate(catalog, draws=256)
    document = usephase.compare(catalog, ["base", "worse", "set"], draws=256).to_document()
    assert np.isfinite(document["differences"][0]["mean"])
    ranked = usephase.rank(catalog, draws=256)
    assert {row["column"] for row in ranked.to_document()["rows"]} >= {"t50", "t90"}
    usephase.track(catalog, draws=256)
    assert run.figure("category_11")["p97_5"] > run.figure("category_11")["p2_5"]
