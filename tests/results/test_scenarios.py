"""How much of a figure's variance is scenario, and how much input: the law of total variance."""

import numpy as np
import pytest

import usephase
from tests.laws.catalogs import read
from usephase.report.language import language
from usephase.report.scenarios import lines, split
from usephase.results.run import Run
from usephase.results.scenarios import scenario_share, weights

GREEN, GREY = 0.2, 0.5  # kg/kWh


def run(level: str, **scenarios: float) -> Run:
    settings = {
        "catalog": {"name": "Two paths", "reporting_year": 2024}, "monte_carlo": {"draws": 1024},
        "grid": {"level": level, "scenarios": scenarios},
    }  # fmt: skip
    tables = {
        "products": [{"product": "P", "use_profile": "u", "lifetime": "l"}],
        "modes": [{"product": "P", "mode": "on", "carrier": "electricity", "rate": "1", "rate_unit": "kW"}],
        "use_profiles": [{"use_profile": "u", "mode": "on", "amount": "100", "amount_unit": "h/year"}],
        "lifetimes": [{"lifetime": "l", "distribution": "fixed", "mean": "5"}],
        "sales": [{"product": "P", "region": "Z", "year": "2024", "units": "1000"}],
        "grid": [
            {"zone": "Z", "scenario": name, "year": "2024", "intensity": str(intensity)}
            for name, intensity in (("green", GREEN), ("grey", GREY))
        ],
    }
    return usephase.estimate(read(settings, tables), kernel="numpy")


def test_the_share_is_that_of_the_law_of_total_variance() -> None:
    made = run("normal(1, 0.1)", green=1.0, grey=3.0)
    assert weights(made) == {"green": 0.25, "grey": 0.75}
    between = 0.25 * 0.75 * (GREY - GREEN) ** 2
    within = 0.1**2 * (0.25 * GREEN**2 + 0.75 * GREY**2)
    assert scenario_share(made) == pytest.approx(between / (between + within), rel=5e-3)
    assert scenario_share(made, "category_12") is None  # nothing varies
    mixed, apart = made.figure("total"), made.select("total", "scenario")["mean"].to_numpy()
    assert mixed["sd"] ** 2 == pytest.approx(500**2 * (between + within), rel=0.02)  # 1,000 units · 500 kWh
    assert apart == pytest.approx(500 * np.array([GREEN, GREY]), rel=1e-3)


def test_there_is_no_share_without_two_scenarios() -> None:
    assert scenario_share(run("normal(1, 0.1)", grey=1.0)) is None
    assert lines(run("1", grey=1.0), language()) == []
    assert scenario_share(run("1", green=1.0, grey=1.0)) == 1.0


@pytest.mark.parametrize("code", ["en", "vi"])
def test_every_headline_tells_scenario_from_input(code: str) -> None:
    words, made = language(code), run("normal(1, 0.1)", green=1.0, grey=3.0)
    assert [name for name, _ in lines(made, words)][-1] == words("scenarios.mixture")
    assert len(lines(made, words)) == 3
    assert words.percent(scenario_share(made) or 0) in split(made, words)
