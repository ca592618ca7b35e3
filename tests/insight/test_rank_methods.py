"""The other methods against the Sobol ranking, known answers, and SALib's traps."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy import special

import usephase
from tests.insight.test_rank_sobol import by_row, small
from tests.laws.catalogs import read
from tests.reference.random_catalogs import random_catalog
from usephase.errors import NumericError
from usephase.insight.sensitivity.draws.given_data import rank_first_order, regression
from usephase.insight.sensitivity.draws.methods import salib_seed
from usephase.insight.sensitivity.exact.simplify import simplify
from usephase.insight.sensitivity.rank import METHODS, Method, rank
from usephase.report.terminal.ranking import print_ranking

PRODUCTS = [
    {"product": "BIG", "rate": "100 */ 2"},
    {"product": "MIDDLE", "rate": "60 */ 1.8", "units": "100 */ 1.2"},
    {"product": "SMALL", "rate": "5 */ 1.3"},
]


@pytest.mark.parametrize("method", ["morris", "delta", "pawn", "regression", "given_data", "closed_form"])
def test_every_method_finds_the_leading_cell(method: str, tmp_path: Path) -> None:
    catalog = small(tmp_path, PRODUCTS)
    sobol = rank(catalog, draws=1024)
    other = rank(catalog, method=method, draws=1024)  # type: ignore[arg-type]
    assert other.method == method
    assert set(other.rows["row"]) == set(sobol.rows["row"])
    first = ["row", "column"]
    assert other.rows[first].iloc[0].tolist() == sobol.rows[first].iloc[0].tolist()
    last = other.rows.loc[other.rows["row"] == "product=SMALL;mode=on", "rank"].item()
    assert last >= 3


@pytest.mark.parametrize("method", ["sobol", "morris", "delta", "pawn", "regression", "given_data", "closed_form"])
def test_a_figure_without_variance_gives_no_index(method: str, tmp_path: Path) -> None:
    catalog = small(tmp_path, [{"product": "P", "rate": "50 */ 2"}])
    ranking = rank(catalog, "category_12", method, draws=128)  # type: ignore[arg-type]
    for name in ("s1", "st", "delta", "median", "srrc", "mu_star"):
        if name in ranking.rows:
            assert ranking.rows[name].isna().all() or (ranking.rows[name] == 0).all()


def test_seed_zero_moves_salibs_methods(tmp_path: Path) -> None:
    catalog = small(tmp_path, PRODUCTS)
    first, again = (rank(catalog, method="morris", draws=256, seed=0).rows["mu_star"] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert salib_seed(0) != 0
    state = np.random.get_state()[1]  # noqa: NPY002
    rank(catalog, method="pawn", draws=128)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_closed_form_agrees_with_the_sweep(tmp_path: Path) -> None:
    catalog = small(tmp_path, PRODUCTS, level="1 */ 1.2")
    sobol, closed = by_row(rank(catalog, draws=4096)), by_row(rank(catalog, method="closed_form"))
    for key, row in closed.items():
        assert row.s1 == pytest.approx(sobol[key].s1, abs=0.02)
        assert row.st == pytest.approx(sobol[key].st, abs=0.02)


def test_the_closed_form_of_a_sum_is_the_share_of_each_variance(tmp_path: Path) -> None:
    # Variances in W²: (10 % of 400 / 1.96)², 60²/12, (a² + b² + c² − ab − ac − bc)/18.
    rates = {"N": "400 ± 10%", "U": "uniform(100, 160)", "T": "triangular(60, 80, 130)"}
    z = special.ndtri(0.975)
    known = {"N": (40 / z) ** 2, "U": 300.0, "T": (3600 + 6400 + 16900 - 4800 - 7800 - 10400) / 18}
    catalog = small(tmp_path, [{"product": name, "rate": rate} for name, rate in rates.items()])
    ranking = rank(catalog, method="closed_form")
    for row in ranking.rows.itertuples():
        expected = known[row.row.removeprefix("product=").removesuffix(";mode=on")] / sum(known.values())
        assert row.s1 == pytest.approx(expected, rel=1e-12)
        assert row.st == pytest.approx(expected, rel=1e-12)
    assert ranking.summary["sum_s1"] == pytest.approx(1, abs=1e-14)
    assert ranking.notes[0].startswith("exact")


def test_the_closed_form_holds_cells_that_act_twice(tmp_path: Path) -> None:
    # f = l (50 x + 50 y + 80), l in all products and each of x and y in one: with v the variances of l, x and y over
    # their squared means, V(E[f|x]) = 50² v_x, E[V(f|y, l)] = 50² v_x (1 + v_l), in units of E[l]².
    sales = [{"product": p, "region": r, "year": "2024", "units": u} for p, r, u in
             (("P", "Here", "100 ± 12%"), ("P", "There", "100 ± 18%"), ("Q", "Here", "100"))]  # fmt: skip
    more = {
        "sales": sales, "zones": [{"zone": z, "level": "1", "loss": "0"} for z in ("Here", "There")],
        "grid": [{"zone": z, "scenario": "flat", "year": "2000", "intensity": "0.5"} for z in ("Here", "There")],
        "lifetimes": [{"lifetime": "life", "distribution": "fixed", "mean": "10 ± 15%"}],
    }  # fmt: skip
    catalog = small(tmp_path, [{"product": "P", "rate": "50"}, {"product": "Q", "rate": "80"}], **more)
    z = special.ndtri(0.975)
    x, y, life = ((part / z) ** 2 for part in (0.12, 0.18, 0.15))
    mean, spread = 50 + 50 + 80, np.array([50**2 * x, 50**2 * y])
    variance = (mean**2 + spread.sum()) * (1 + life) - mean**2
    rows = {(r.table, r.row): r for r in rank(catalog, method="closed_form").rows.itertuples()}
    lives = rows["lifetimes", "lifetime=life"]
    assert lives.s1 == pytest.approx(mean**2 * life / variance, rel=1e-9)
    assert lives.st == pytest.approx((mean**2 + spread.sum()) * life / variance, rel=1e-9)
    for part, region in zip(spread, ("Here", "There"), strict=True):
        row = rows["sales", f"product=P;region={region};year=2024"]
        assert row.s1 == pytest.approx(part / variance, rel=1e-9)
        assert row.st == pytest.approx(part * (1 + life) / variance, rel=1e-9)


def test_what_has_no_exact_variance_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = small(tmp_path, PRODUCTS, level="1 */ 1.2")
    monkeypatch.setattr("usephase.insight.sensitivity.exact.products.MOST", 2)
    note = rank(catalog, method="closed_form").notes[0]
    assert "sampled" in note
    assert "more than 2 products" in note
    tied = [
        {"group": "meters", "table": "modes", "row": f"product={p};mode=on", "column": "rate", "correlation": "0.8"}
        for p in ("BIG", "SMALL")
    ]
    note = rank(small(tmp_path / "tied", PRODUCTS, correlations=tied), method="closed_form").notes[0]
    assert "correlated" in note


def test_rank_based_first_order_of_a_linear_model() -> None:
    rng = np.random.default_rng(1)
    x = rng.random((3, 20000))
    slopes = np.array([1.0, 2.0, 0.0])
    np.testing.assert_allclose(rank_first_order(x, slopes @ x), slopes**2 / 5, atol=0.03)


def test_a_given_data_index_is_never_negative_and_without_bias_where_it_is_large() -> None:
    # y = x₁ + e with V(e) = 3 V(x₁): S1 of x₁ is 1/4. Without effect half of the estimates are cut at 0, and
    # those above it are as likely as if the mean before the cut were 0.
    rng, found = np.random.default_rng(5), []
    for _ in range(400):
        x = rng.normal(size=(2, 512))
        found.append(rank_first_order(x, x[0] + np.sqrt(3) * rng.normal(size=512)))
    large, none = np.array(found).T
    assert large.mean() == pytest.approx(0.25, abs=0.02)
    assert none.min() == 0
    assert np.mean(none > 0) == pytest.approx(0.5, abs=0.08)


@pytest.mark.parametrize(
    "method", [pytest.param("sobol", marks=pytest.mark.slow), *(m for m in METHODS if m != "sobol")]
)
def test_no_index_is_negative(method: Method, capsys: pytest.CaptureFixture[str]) -> None:
    """Coefficients have a sign, indices have none; only what has total-order indices has shares of the variance."""
    found = rank(read(*random_catalog(np.random.default_rng(8), "tiny")), method=method, draws=64, pairs=3)
    signed = {"mu", "src", "srrc", "prcc"}
    document = found.to_document()
    assert document["rows"]
    for part in ("rows", "groups", "pairs", "measure_next"):
        for row in document[part]:
            numbers = {k: x for k, x in row.items() if isinstance(x, float) and k not in signed}
            assert all(x >= 0 for x in numbers.values()), numbers
    shares = [row["share_of_variance"] for row in document["rows"]]
    divides = method in ("sobol", "closed_form")
    assert all((share is not None) == divides for share in shares)
    assert any("no shares" in note for note in found.notes) != divides
    print_ranking(found, len(found.rows))
    printed = capsys.readouterr().out
    assert method == "regression" or not re.search(r"\s[-−]\d", printed)


def test_regression_of_a_linear_model_explains_it() -> None:
    rng = np.random.default_rng(1)
    x = rng.random((2, 4000))
    found = regression(x, 3 * x[0] - 4 * x[1])
    np.testing.assert_allclose(found["src"], [0.6, -0.8], atol=0.02)
    np.testing.assert_allclose(found["r2"], 1, atol=1e-9)
    noisy = regression(x, 3 * x[0] - 4 * x[1] + rng.normal(size=4000))
    assert 0 < noisy["prcc"][0] < 1
    assert -1 < noisy["prcc"][1] < 0


def test_one_nan_is_refused_by_all() -> None:
    x, y = np.random.default_rng(0).random((2, 64)), np.ones(64)
    y[5] = np.nan
    for method in (rank_first_order, regression):
        with pytest.raises(NumericError, match="finite"):
            method(x, y)


def test_tornado_moves_one_cell_at_a_time(tmp_path: Path) -> None:
    catalog = small(tmp_path, [{"product": "P", "rate": "50 */ 2"}, {"product": "Q", "rate": "80"}])
    row = rank(catalog, draws=64).tornado.iloc[0]
    # 10 years · 1000 h · 0.5 kg/kWh · 100 units · 50 W = 25 t; Q adds 40 t.
    # The 95 % point of the lognormal is 2 to the power of 1.645/1.96 times its median.
    factor = 2 ** (special.ndtri(0.95) / special.ndtri(0.975))
    assert row["best_estimate"] == pytest.approx(65)
    assert row["high"] == pytest.approx(40 + 25 * factor)
    assert row["low"] == pytest.approx(40 + 25 / factor)


def test_the_tornado_gives_a_share_its_number_and_the_others_what_is_left() -> None:
    """0.5 kW · 10 years · 0.5 kg/kWh: 250 kg a unit at home, 2,500 kg in trade, 100 units; 5 % and 95 %: 0.71, 0.89."""
    settings = {"catalog": {"name": "S", "reporting_year": 2024}, "grid": {"scenarios": {"flat": 1.0}}}
    catalog = read(settings, {
        "products": [{"product": "P", "name": "Thing", "use_profile": "home", "lifetime": "l"}],
        "segments": [{"product": "P", "segment": "home", "share": "uniform(0.7, 0.9)"},
                     {"product": "P", "segment": "trade", "share": "0.2", "use_profile": "trade"}],
        "modes": [{"product": "P", "mode": "run", "carrier": "electricity", "rate": "500", "rate_unit": "W"}],
        "use_profiles": [{"use_profile": "home", "mode": "run", "amount": "100", "amount_unit": "h/year"},
                         {"use_profile": "trade", "mode": "run", "amount": "1000", "amount_unit": "h/year"}],
        "lifetimes": [{"lifetime": "l", "distribution": "fixed", "mean": "10"}],
        "sales": [{"product": "P", "region": "Z", "year": "2024", "units": "100"}],
        "grid": [{"zone": "Z", "scenario": "flat", "year": "2024", "intensity": "0.5"}],
        "zones": [{"zone": "Z", "loss": "0"}],
    })  # fmt: skip
    row = rank(catalog, draws=64).tornado.iloc[0]
    assert row["at_low"] == pytest.approx(100 * (0.71 * 0.25 + 0.29 * 2.5))
    assert row["at_high"] == pytest.approx(100 * (0.89 * 0.25 + 0.11 * 2.5))


def test_a_run_is_ranked_from_its_own_draws(tmp_path: Path) -> None:
    catalog = small(tmp_path, PRODUCTS)
    run = usephase.estimate(catalog, draws=512)
    ranking = rank(run, method="given_data")
    assert ranking.evaluations == 0
    assert ranking.draws == 512
    again = rank(catalog, method="given_data", draws=512)
    np.testing.assert_allclose(ranking.rows["s1"], again.rows["s1"], rtol=1e-9, atol=1e-12)
    assert usephase.rank(run).rows["row"].iloc[0] == ranking.rows["row"].iloc[0]


def test_agreement_with_salib_on_one_product(tmp_path: Path) -> None:
    from SALib.analyze import sobol as analyze
    from SALib.sample import sobol as sampler

    z = special.ndtri(0.975)
    names = ["rate", "units", "level"]
    spread = np.log([2.0, 1.5, 1.2]) / z
    problem = {"num_vars": 3, "names": names, "bounds": [[0, 1]] * 3}
    u = sampler.sample(problem, 1024, calc_second_order=False, seed=3)
    y = np.exp(special.ndtri(np.clip(u, 1e-12, 1 - 1e-12)) @ spread)
    salib = analyze.analyze(problem, y, calc_second_order=False, seed=4)
    catalog = small(tmp_path, [{"product": "P", "rate": "50 */ 2", "units": "100 */ 1.5"}], level="1 */ 1.2")
    ours = {r.column: r for r in rank(catalog, "total:product=P", draws=1024).rows.itertuples()}
    for i, name in enumerate(names):
        row = ours[name]
        half_s1, half_st = (row.s1_high - row.s1_low) / 2, (row.st_high - row.st_low) / 2
        assert abs(row.s1 - salib["S1"][i]) <= salib["S1_conf"][i] + half_s1
        assert abs(row.st - salib["ST"][i]) <= salib["ST_conf"][i] + half_st


def test_a_simplified_formula_says_what_it_loses(tmp_path: Path) -> None:
    catalog = small(tmp_path, [{"product": "P", "rate": "50 */ 2", "units": "100 */ 1.02"}], level="1 */ 1.5")
    found = simplify(catalog, "P")
    assert found.kept["column"].tolist() == ["rate", "level"]
    assert found.fixed == 1
    # What is lost is the variance of the units alone, (1.02 against 2 and 1.5): next to nothing.
    w = [np.expm1((np.log(f) / special.ndtri(0.975)) ** 2) for f in (2, 1.5, 1.02)]
    whole = (1 + w[0]) * (1 + w[1]) * (1 + w[2]) - 1
    assert found.lost_variance == pytest.approx(w[2] * (1 + w[0]) * (1 + w[1]) / whole, rel=0.3)
    # 10 years · 1000 h · 0.5 kg/kWh · 100 units = 0.5 t a watt, all to the first power.
    np.testing.assert_allclose([term.values[0] for term in found.terms], [1, 1], atol=1e-9)
    assert found.constant == pytest.approx(0.5, rel=0.01)
    assert found.formula.startswith("f ≈ 0.5")


@pytest.mark.parametrize(
    ("method", "draws", "most"),
    [("morris", 64, 50), ("delta", 64, 60), ("regression", 128, 32), ("given_data", 64, 60)],
)
def test_who_is_given_which_cells_is_said(method: str, draws: int, most: int, tmp_path: Path) -> None:
    products = [{"product": f"P{i:02d}", "rate": f"{10 + i} */ 2"} for i in range(60)]
    found = rank(small(tmp_path, products), method=method, draws=draws)  # type: ignore[arg-type]
    assert len(found.rows) == most
    told = [note for note in found.notes if f"the first {most} of 60" in note]
    assert len(told) == (0 if most == 60 else 1)
    if most < 60:  # the largest are among them
        assert "product=P59;mode=on" in set(found.rows["row"])
