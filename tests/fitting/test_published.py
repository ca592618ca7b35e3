"""Fits that others have printed, of every kind of censoring, digit by digit."""

import numpy as np
import pytest

from tests.fitting.published import (
    BEARINGS,
    BURNT_IN,
    CAGE_ALIVE,
    CAGE_FAILED,
    CIRCUITS,
    COMPLETE,
    CRACKS,
    CRACKS_AT,
    GUM_READINGS,
    INF,
    LOCOMOTIVE,
    NAG,
    NIST,
    SHOCK_ALIVE,
    SHOCK_FAILED,
)  # fmt: skip
from usephase.insight.fitting.evidence import Source
from usephase.insight.fitting.families import FAMILIES
from usephase.insight.fitting.likelihood import maximize
from usephase.insight.fitting.lives import lives_of
from usephase.insight.fitting.mean import fit_mean

WEIBULL, LOGNORMAL = FAMILIES["weibull"], FAMILIES["lognormal"]


def failed(ages):
    return lives_of(ages, ages)


def censored(ages, alive, count=1):
    counts = np.concatenate([np.ones(len(ages)), np.broadcast_to(count, len(alive))])
    return lives_of([*ages, *alive], [*ages, *[INF] * len(alive)], count=counts)


def test_nist_handbook_right_censored_at_one_age():
    lives = censored(NIST, [500], [10])
    found = maximize(WEIBULL, lives)
    assert found.scale == pytest.approx(606.5280, abs=1e-3)
    assert found.shape == pytest.approx(1.7208, abs=5e-5)
    assert found.mean == pytest.approx(540.737, abs=5e-4)
    assert found.log_likelihood == pytest.approx(-75.135, abs=5e-4)
    assert found.aic == pytest.approx(154.27, abs=5e-3)
    assert maximize(LOGNORMAL, lives).aic == pytest.approx(154.39, abs=5e-3)


def test_reliability_complete_data_with_standard_errors():
    found = maximize(WEIBULL, failed(COMPLETE))
    assert found.scale == pytest.approx(51.858, abs=5e-4)
    assert found.shape == pytest.approx(2.80086, abs=5e-6)
    assert found.log_likelihood == pytest.approx(-129.063, abs=5e-4)
    assert found.errors["scale"] == pytest.approx(3.55628, abs=5e-5)
    assert found.errors["shape"] == pytest.approx(0.41411, abs=5e-6)


def test_reliability_three_failures_and_two_alive():
    found = maximize(WEIBULL, censored([17, 5, 12], [20, 25]))
    assert found.scale == pytest.approx(23.0653, abs=5e-5)
    assert found.shape == pytest.approx(1.57474, abs=5e-6)
    assert found.log_likelihood == pytest.approx(-12.4823, abs=5e-5)
    assert found.errors["scale"] == pytest.approx(8.76119, abs=5e-4)
    assert found.errors["shape"] == pytest.approx(0.805575, abs=5e-5)


def test_nag_example():
    found = maximize(WEIBULL, failed(NAG))
    assert -found.shape * np.log(found.scale) == pytest.approx(-2.1073, abs=5e-5)
    assert found.shape == pytest.approx(2.7870, abs=5e-5)
    assert found.errors["shape"] == pytest.approx(0.4273, abs=5e-5)


def test_ball_bearings():
    weibull, lognormal = maximize(WEIBULL, failed(BEARINGS)), maximize(LOGNORMAL, failed(BEARINGS))
    assert weibull.scale == pytest.approx(81.88, abs=5e-3)
    assert weibull.shape == pytest.approx(2.102, abs=5e-4)
    assert weibull.log_likelihood == pytest.approx(-113.69, abs=5e-3)
    assert np.log(lognormal.scale) == pytest.approx(4.150, abs=5e-4 + 1e-6)
    assert lognormal.shape == pytest.approx(0.522, abs=5e-4)
    assert lognormal.log_likelihood == pytest.approx(-113.13, abs=5e-3)


def test_shock_absorbers_alive_at_many_ages():
    lives = censored(SHOCK_FAILED, SHOCK_ALIVE)
    weibull, lognormal = maximize(WEIBULL, lives), maximize(LOGNORMAL, lives)
    assert np.log(weibull.scale) == pytest.approx(10.23, abs=5e-3)
    assert 1 / weibull.shape == pytest.approx(0.3164, abs=5e-5)
    assert np.sqrt(weibull.covariance[0, 0]) == pytest.approx(0.1099, abs=5e-5)
    assert np.log(lognormal.scale) == pytest.approx(10.14, abs=5e-3)
    assert lognormal.shape == pytest.approx(0.5301, abs=5e-5)
    assert np.sqrt(lognormal.covariance[0, 0]) == pytest.approx(0.1442, abs=5e-5)
    assert lognormal.errors["shape"] == pytest.approx(0.1127, abs=5e-5)


def test_bearing_cages_staggered_entry_with_counts():
    lives = censored(CAGE_FAILED, list(CAGE_ALIVE), list(CAGE_ALIVE.values()))
    assert (lives.units, lives.failures) == (1703, 6)
    found = maximize(WEIBULL, lives)
    assert found.scale == pytest.approx(11792, abs=0.5)
    assert found.shape == pytest.approx(2.035, abs=5e-4)


def test_locomotive_controls_lognormal():
    found = maximize(LOGNORMAL, censored(LOCOMOTIVE, [135.0], [59]))
    assert np.log(found.scale) == pytest.approx(5.117, abs=5e-4)
    assert found.shape == pytest.approx(0.705, abs=5e-4)


def test_turbine_parts_between_inspections():
    low, high = [0.0, *CRACKS_AT[:-1], CRACKS_AT[-1]], [*CRACKS_AT, INF]
    found = maximize(WEIBULL, lives_of(low, high, count=[*CRACKS, 73]))
    assert found.scale == pytest.approx(71.69, abs=5e-3)
    assert found.shape == pytest.approx(1.485, abs=5e-4)


def test_integrated_circuits_most_of_which_never_fail():
    found = maximize(WEIBULL, censored(CIRCUITS, [1370.0], [4128]), never=True)
    assert 1 - found.never == pytest.approx(0.00674, abs=6e-6)
    assert 1 / found.shape == pytest.approx(2.02, abs=5e-3)
    assert np.log(found.scale) == pytest.approx(3.35, abs=5e-3)


def test_units_that_survived_a_burn_in_are_truncated_at_the_left():
    ages = np.array(BURNT_IN) + 5000.0
    low, high = [*ages, 20000.0], [*ages, INF]
    found = maximize(WEIBULL, lives_of(low, high, entry=5000.0, count=[*np.ones(32), 69]))
    assert found.scale == pytest.approx(40432.4, abs=0.5)
    assert found.shape == pytest.approx(0.74485, abs=5e-6)


def test_gum_table_1_and_its_evaluation():
    found = fit_mean(np.array(GUM_READINGS), Source("gum", ""), "t")
    assert found.mean == pytest.approx(100.145, abs=5e-4)
    assert found.deviation == pytest.approx(1.489, abs=5e-4)
    assert found.scatter == pytest.approx(0.333, abs=5e-4)
    assert found.freedom == pytest.approx(19)
    assert found.text == "student(100.1450, 0.333, 19)"


def test_gum_rectangular_part():
    """GUM 4.4.5: half-width 4 degC gives 4/sqrt(3) = 2.3; as a resolution of 8."""
    found = fit_mean(np.array(GUM_READINGS), Source("gum", ""), "t", resolution=8.0)
    assert found.resolution == pytest.approx(2.3, abs=0.05)
