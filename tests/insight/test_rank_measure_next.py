"""What to measure next against intervals that are known."""

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, special

from tests.insight.test_rank_sobol import small
from usephase.insight.sensitivity.measure_next import distance_left, width_left
from usephase.insight.sensitivity.rank import rank

Z = special.ndtri(0.975)


def test_a_product_of_lognormals(tmp_path: Path) -> None:
    # Knowing x leaves x · (lognormal of the others): on average E[x] times their interval.
    catalog = small(tmp_path, [{"product": "P", "rate": "50 */ 2", "units": "100 */ 1.5"}], level="1 */ 1.2")
    sigma = {"rate": math.log(2) / Z, "units": math.log(1.5) / Z, "level": math.log(1.2) / Z}
    whole = math.sqrt(sum(s * s for s in sigma.values()))
    frame = rank(catalog, draws=8192).measure_next
    cells = frame[frame["what"] == "cell"].set_index("column")
    assert set(cells.index) == set(sigma)
    for name, s in sigma.items():
        left = math.exp(s * s / 2) * math.sinh(Z * math.sqrt(whole**2 - s * s)) / math.sinh(Z * whole)
        assert cells.loc[name, "shrinkage"] == pytest.approx(1 - left, abs=0.015)
        assert cells.loc[name, "shrinkage_low"] <= cells.loc[name, "shrinkage"] <= cells.loc[name, "shrinkage_high"]
    # Here the share of the variance would say otherwise: 1 − √(1 − S1).
    w = {name: math.expm1(s * s) for name, s in sigma.items()}
    s1 = w["rate"] / (math.prod(1 + x for x in w.values()) - 1)
    assert abs(1 - math.sqrt(1 - s1) - cells.loc["rate", "shrinkage"]) > 0.02


def test_all_of_a_source_leaves_nothing(tmp_path: Path) -> None:
    frame = rank(small(tmp_path, [{"product": "P", "rate": "50 */ 2", "units": "100 */ 1.5"}]), draws=256).measure_next
    (source,) = frame[frame["what"] == "source"].itertuples()
    assert (source.source, source.weak) == ("none given", True)
    assert source.shrinkage == pytest.approx(1)
    assert frame.loc[frame["what"] == "cell", "weak"].all()


def test_pairs_that_agree_in_a_normal_part() -> None:
    # f = x + y, y known in common: normal differences, whose mean distance goes with the standard deviation.
    rng = np.random.default_rng(4)
    x_a, x_b, y_a, y_b = rng.normal(size=(4, 200_000)) * np.array([[1.0], [1.0], [2.0], [2.0]])
    left = distance_left(x_a + y_a, x_b + y_b, y_b - y_a, y_a - y_b)
    assert left == pytest.approx(1 / math.sqrt(5), abs=0.005)


def test_a_uniform_cell_beside_a_normal_one() -> None:
    # f = 3 u + z: knowing u leaves the interval of z whatever u is.
    rng = np.random.default_rng(5)
    u, other, z = rng.random(100_000), rng.random(100_000), rng.normal(size=100_000)
    at = np.linspace(0.05, 0.95, 10)
    left = width_left(3 * u + z, 3 * (other - u), u, other, at, np.full(10, 0.1))

    def below(t: float) -> float:
        return float(integrate.quad(lambda v: special.ndtr(t - 3 * v), 0, 1)[0])

    low, high = 1.5, 8.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) < 0.975 else (low, middle)
    assert left == pytest.approx(Z / (low - 1.5), abs=0.01)


@pytest.mark.parametrize(
    ("data_type", "verification", "weak"),
    [("", "", True), ("default", "none", True), ("estimate", "none", True), ("primary", "none", False),
     ("secondary", "", False), ("estimate", "limited", False), ("", "reasonable", False)],
)  # fmt: skip
def test_weak_is_a_guess_that_nobody_has_verified(
    tmp_path: Path, data_type: str, verification: str, weak: bool
) -> None:
    # The words of its source decide nothing.
    mode = {"product": "P", "mode": "on", "carrier": "electricity", "rate": "50 */ 2", "rate_unit": "W"}
    about = {"source": "assumption, memory_unverified", "data_type": data_type, "verification": verification}
    ranking = rank(small(tmp_path, [{"product": "P", "rate": ""}], modes=[{**mode, **about}]), draws=64)
    assert ranking.measure_next["weak"].tolist() == [weak, weak]  # the cell, and its source
    said = (data_type or "default", verification or "none")
    assert tuple(ranking.rows.loc[0, ["data_type", "verification"]]) == said
    (group,) = ranking.groups[ranking.groups["by"] == "data_type"].itertuples()
    assert (group.group, group.share_of_variance) == (said[0], 1)


def test_a_figure_without_variance_asks_for_nothing(tmp_path: Path) -> None:
    catalog = small(tmp_path, [{"product": "P", "rate": "50 */ 2"}])
    assert not len(rank(catalog, "category_12", draws=128).measure_next)


def test_data_take_a_part_of_what_knowing_would() -> None:
    """f = 3 x + z, all normal, and data that halve the variance of x: √(9/2 + 1) of √10 is left."""
    x, other, z = np.random.default_rng(6).normal(size=(3, 200_000))
    at = special.ndtri((np.arange(40) + 0.5) / 40)
    left = width_left(3 * x + z, 3 * (other - x), x, other, at, np.full(40, 1 / 40), 0.5)
    assert left == pytest.approx(math.sqrt(5.5 / 10), abs=0.01)


def test_what_to_measure_names_data_and_sets_scenarios_apart(tmp_path: Path) -> None:
    rows = rank(small(tmp_path, [{"product": "P", "rate": "50 */ 2", "units": "100 */ 1.5"}]), draws=1024).measure_next
    rate = rows[rows["column"] == "rate"].iloc[0]
    assert (rate["data"], rate["data_count"]) == ("measured", 10)
    # The rate's spread: σ = ln 2/1.96, relative variance e^σ² − 1; ten measurements leave 5 %/√10 and 1 %.
    assert 0.9 * rate["shrinkage"] < rate["shrinkage_data"] <= rate["shrinkage"]
    units = rows[rows["column"] == "units"].iloc[0]
    assert (units["data"], units["shrinkage_data"]) == ("ledger", units["shrinkage"])
    assert (rows.loc[rows["what"] == "source", "data"] == "").all()
