"""A formula of few cells against models that are such formulas."""

import numpy as np
import pytest

from usephase.insight.sensitivity.exact.formula import fit

NAMES = [("modes", "product=P;mode=on", "rate"), ("products", "product=P", "annual_use_change"),
         ("settings", "grid", "scenario")]  # fmt: skip
OPTIONS: list[tuple[str, ...]] = [(), (), ("slow", "fast", "frozen")]


def drawn() -> np.ndarray:
    rng = np.random.default_rng(3)
    return np.array([rng.lognormal(size=500), rng.normal(-0.02, 0.03, 500), rng.integers(3, size=500).astype(float)])


def test_powers_exponentials_and_factors_are_found() -> None:
    x = drawn()
    y = 0.25 * x[0] ** 1.5 * np.exp(-4 * x[1]) * np.array([2.0, 1.0, 3.0])[x[2].astype(int)]
    terms, explained, constant = fit(NAMES, x, y, OPTIONS)
    assert [term.form for term in terms] == ["power", "exponential", "factors"]
    assert constant == pytest.approx(0.5)
    assert explained == pytest.approx(1)
    assert terms[0].values == pytest.approx((1.5,))
    assert terms[1].values == pytest.approx((-4,))
    assert terms[2].values == pytest.approx((1, 0.5, 1.5))
    assert [str(term) for term in terms] == [
        "[modes product=P;mode=on rate]^1.50",
        "exp(-4 · [products product=P annual_use_change])",
        "[settings grid scenario]{slow: 1, fast: 0.5, frozen: 1.5}",
    ]


def test_what_is_not_a_product_says_how_little_it_explains() -> None:
    x = drawn()
    y = 10 + np.sin(20 * x[0])
    assert fit(NAMES, x, y, OPTIONS)[1] < 0.2


def test_a_figure_that_is_not_positive_has_no_formula() -> None:
    x = drawn()
    terms, explained, constant = fit(NAMES, x, x[1], OPTIONS)
    assert terms == []
    assert np.isnan([explained, constant]).all()


def test_a_scenario_that_never_comes_has_no_factor() -> None:
    x = drawn()
    x[2] = np.where(x[2] == 0, 1, x[2])
    (_, _, scenario), _, _ = fit(NAMES, x, x[0] * x[2], OPTIONS)
    assert scenario.options == ("fast", "frozen")
    assert scenario.values == pytest.approx((1, 2))
