"""The structured sweep against brute force, closed forms, and what must be refused."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special

import usephase
from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from usephase.catalog import read_catalog
from usephase.catalog.resolve import resolve
from usephase.catalog.table import Catalog
from usephase.catalog.values import ranges
from usephase.engine.adjoint.rows import SecondSample, Swapped
from usephase.engine.plan.compile import compile_plan
from usephase.engine.plan.values import Values
from usephase.engine.program.group import local_cells, sums_of, write_tile
from usephase.errors import NumericError, StudyError
from usephase.insight.sensitivity.estimators import from_outputs
from usephase.insight.sensitivity.factors import list_factors
from usephase.insight.sensitivity.rank import rank
from usephase.sampling.design import make_design
from usephase.sampling.distributions import lognormal

Z = float(special.ndtri(0.975))
EITHER = pytest.mark.parametrize(("method", "error"), [("sobol", 0.02), ("closed_form", 1e-9)])


def brute_force(
    catalog: Catalog, keys: list[tuple[str, ...]], draws: int
) -> dict[tuple[str, str, str], tuple[float, float]]:
    """Swap one factor after the other and evaluate the whole catalog each time with the engine itself."""
    plan = compile_plan(resolve(catalog), calendar=False)
    program = write_tile(plan, range(len(plan.products)), None, draws, local_cells(plan))
    design = make_design(catalog.settings.design, catalog.settings.seed, draws)
    a, b = Values(plan.cells, design, 0, draws), Values(plan.cells, SecondSample(design), 0, draws)

    def figure(values: Values) -> np.ndarray:
        values.cells = plan.cells
        sums = sums_of(program, values)
        return np.asarray(sum(sums.get(key, 0.0) for key in keys)) + np.zeros(draws)

    none: frozenset[int] = frozenset()
    factors = list_factors(plan.cells)
    f_ab = [figure(Swapped(a, b, f.cells)) for f in factors]
    f_ba = [figure(Swapped(b, a, f.cells)) for f in factors]
    found = from_outputs(figure(Swapped(a, b, none)), figure(Swapped(b, a, none)), np.array(f_ab), np.array(f_ba))
    return {(f.table, f.row, f.column): (found.s1[i], found.st[i]) for i, f in enumerate(factors)}


@pytest.mark.parametrize("seed", [7, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 5, 9))])
def test_every_index_is_what_brute_force_gives(seed: int, tmp_path: Path) -> None:
    settings, tables = random_catalog(np.random.default_rng(seed), "tiny", extras=True)
    catalog = read_catalog(write_catalog(tmp_path / "c", settings, tables))
    product = tables["products"][0]["product"]
    for of, by in (("total", ("total", "total")), (f"total:product={product}", ("product", product))):
        keys: list[tuple[str, ...]] = [("group", "category_11", "direct", *by), ("group", "category_12", "", *by)]
        expected = brute_force(catalog, keys, 64)
        ranking = rank(catalog, of, draws=64)
        rows = {(r.table, r.row, r.column): (r.s1, r.st) for r in ranking.rows.itertuples()}
        assert rows.keys() == expected.keys()
        for key, pair in expected.items():
            np.testing.assert_allclose(rows[key], pair, rtol=1e-6, atol=1e-9, err_msg=str(key))


def small(tmp_path: Path, products: list[dict[str, str]], level: str = "1", **more: list[dict[str, str]]) -> Catalog:
    """Products that draw W for hours a year over a fixed life from one grid."""
    tables: dict[str, Any] = {
        "products": [
            {"product": p["product"], "family": p.get("family", ""), "use_profile": "use", "lifetime": "life"}
            for p in products
        ],
        "modes": [
            {"product": p["product"], "mode": "on", "carrier": "electricity", "rate": p["rate"], "rate_unit": "W"}
            for p in products
        ],
        "use_profiles": [{"use_profile": "use", "mode": "on", "amount": "1000", "amount_unit": "h/year"}],
        "lifetimes": [{"lifetime": "life", "distribution": "fixed", "mean": "10"}],
        "sales": [
            {"product": p["product"], "region": "Here", "year": "2024", "units": p.get("units", "100")}
            for p in products
        ],
        "zones": [{"zone": "Here", "level": level, "loss": "0"}],
        "grid": [{"zone": "Here", "scenario": "flat", "year": "2000", "intensity": "0.5"}],
        **more,
    }
    settings = {"catalog": {"name": "Small", "reporting_year": 2024}, "grid": {"scenarios": {"flat": 1.0}}}
    return read_catalog(write_catalog(tmp_path / "small", settings, tables))


def by_row(ranking: usephase.Ranking) -> dict[tuple[str, str], Any]:
    return {(r.table, r.row): r for r in ranking.rows.itertuples()}


@EITHER
def test_a_product_of_lognormals(method: Any, error: float, tmp_path: Path) -> None:
    catalog = small(tmp_path, [{"product": "P", "rate": "50 */ 2", "units": "100 */ 1.5"}], level="1 */ 1.2")
    w = {name: math.exp((math.log(f) / Z) ** 2) - 1 for name, f in (("rate", 2), ("units", 1.5), ("level", 1.2))}
    whole = math.prod(1 + x for x in w.values()) - 1
    rows = {r.column: r for r in rank(catalog, method=method).rows.itertuples()}
    assert rows.keys() == w.keys()
    for name, x in w.items():
        assert rows[name].s1 == pytest.approx(x / whole, abs=error)
        assert rows[name].st == pytest.approx(x / (1 + x) * (1 + whole) / whole, abs=error)


@EITHER
def test_a_portfolio_with_a_shared_factor(method: Any, error: float, tmp_path: Path) -> None:
    # f = L · Σ e_i, e_i = m_i · lognormal of median 1: with w = exp(σ²) − 1 of L and of the e_i,
    # V(E[f|L]) = w_L M², M = Σ E e_i; V(E[f|e_i]) = V(e_i) E[L]²; V_T(e_i) = V(e_i) E[L²]; in units of E[L]².
    medians = np.array([30.0, 50.0, 80.0, 20.0])
    products = [
        {"product": f"P{i}", "rate": f"{m} */ 2", "family": "A" if i < 2 else "B"} for i, m in enumerate(medians)
    ]
    catalog = small(tmp_path, products, level="1 */ 1.3")
    own, common = (math.exp((math.log(f) / Z) ** 2) - 1 for f in (2, 1.3))
    means = medians * math.sqrt(1 + own)
    spread, total = own * means**2, means.sum()
    variance = (1 + common) * (total**2 + spread.sum()) - total**2
    ranking = rank(catalog, method=method)
    rows = by_row(ranking)
    shared = rows["zones", "zone=Here"]
    assert shared.s1 == pytest.approx(common * total**2 / variance, abs=error)
    assert shared.st == pytest.approx(common * (total**2 + spread.sum()) / variance, abs=error)
    for i in range(4):
        row = rows["modes", f"product=P{i};mode=on"]
        assert row.s1 == pytest.approx(spread[i] / variance, abs=error)
        assert row.st == pytest.approx(spread[i] * (1 + common) / variance, abs=error)
    if method == "closed_form":  # of single cells only
        return
    groups = ranking.groups.set_index(["by", "group"])
    assert groups.loc[("table", "modes"), "s1"] == pytest.approx(spread.sum() / variance, abs=0.02)
    assert groups.loc[("family", "B"), "s1"] == pytest.approx(spread[2:].sum() / variance, abs=0.02)
    # On the figure of one family the cells of the other have no effect at all.
    other = by_row(rank(catalog, "total:family=A"))
    assert other["modes", "product=P3;mode=on"].st == 0
    assert other["modes", "product=P1;mode=on"].st > 0.3


def test_pairs_find_the_interaction(tmp_path: Path) -> None:
    catalog = small(tmp_path, [{"product": "P", "rate": "50 */ 3", "units": "100 */ 3"}])
    w = math.exp((math.log(3) / Z) ** 2) - 1
    ranking = rank(catalog, pairs=2, draws=8192)
    expected = w * w / ((1 + w) ** 2 - 1)
    assert len(ranking.pairs) == 1
    assert ranking.pairs["s2"][0] == pytest.approx(expected, abs=0.03)
    assert ranking.summary["interaction_share"] == pytest.approx(expected, abs=0.03)


def test_correlated_cells_are_ranked_as_one(tmp_path: Path) -> None:
    products = [
        {"product": "P", "rate": "50 */ 2"},
        {"product": "Q", "rate": "50 */ 2"},
        {"product": "R", "rate": "50 */ 2"},
    ]
    tied = [
        {"group": "meters", "table": "modes", "row": f"product={p};mode=on", "column": "rate", "correlation": "0.8"}
        for p in "PQ"
    ]
    catalog = small(tmp_path, products, correlations=tied)
    ranking = rank(catalog)
    rows = by_row(ranking)
    assert rows.keys() == {("correlations", "group=meters"), ("modes", "product=R;mode=on")}
    # exp(σz) of correlation ρ: Cov = exp(σ²)(exp(ρσ²) − 1); e and e' add V + V + 2 Cov, R adds V.
    s = (math.log(2) / Z) ** 2
    pair = 2 * (math.exp(s) - 1) + 2 * (math.exp(0.8 * s) - 1)
    expected = pair / (pair + math.exp(s) - 1)
    assert rows["correlations", "group=meters"].s1 == pytest.approx(expected, abs=0.02)
    assert rows["correlations", "group=meters"].cells == 2
    assert any("meters" in note and "as one" in note for note in ranking.notes)


def test_a_common_error_is_a_factor_of_its_own(tmp_path: Path) -> None:
    """T = Σ cᵢ exp(σ(√ρ Z + √(1 − ρ) εᵢ)): conditional moments of lognormals give every index of Z and of each ε."""
    weights, rho = {"P": 50.0, "Q": 30.0, "R": 20.0}, 0.4
    catalog = small(tmp_path, [{"product": p, "rate": f"{c} */ 2"} for p, c in weights.items()])
    catalog = replace(catalog, settings=catalog.settings.model_copy(update={"dependence": {"modes.rate": rho}}))
    s, whole = (math.log(2) / Z) ** 2, sum(weights.values())
    between = math.expm1(rho * s)
    variance = sum(a * b * math.expm1(s if p == q else rho * s) for p, a in weights.items() for q, b in weights.items())
    ranking = rank(catalog)
    rows = by_row(ranking)
    shared = rows.pop(("dependence", "modes.rate"))
    assert shared.column == ""
    assert shared.s1 == pytest.approx(whole**2 * between / variance, abs=0.02)
    # What is left of the variance when every ε is known and Z is not.
    alone = math.expm1((1 - rho) * s)
    known = sum(c**2 * alone for c in weights.values())
    assert shared.st == pytest.approx(1 - known / variance, abs=0.02)
    assert len(rows) == 3
    for (_, row), found in rows.items():
        c = weights[row.removeprefix("product=").removesuffix(";mode=on")]
        assert found.s1 == pytest.approx(c**2 * alone / variance, abs=0.02)
        assert found.st == pytest.approx(c**2 * math.exp(rho * s) * alone / variance, abs=0.02)
    whole_column = ranking.groups.set_index(["by", "group"]).loc[("column", "modes.rate")]
    assert (whole_column["s1"], whole_column["cells"]) == (pytest.approx(1, abs=0.05), 4)
    swings = {r.table: r.swing for r in ranking.tornado.itertuples()}
    ends = [whole * 0.5 * math.exp(z * math.sqrt(rho * s)) for z in special.ndtri([0.05, 0.95])]
    assert swings["dependence"] == pytest.approx(ends[1] - ends[0], rel=1e-9)
    for method in ("closed_form", "given_data", "morris"):
        assert ("dependence", "modes.rate") in by_row(rank(catalog, method=method, draws=256)), method


def test_what_has_no_variance_has_no_indices(tmp_path: Path) -> None:
    catalog = small(tmp_path, [{"product": "P", "rate": "50"}], level="1 */ 1.2")
    ranking = rank(catalog, "category_12")
    document = ranking.to_document()
    assert [row["s1"] for row in document["rows"]] == [None]
    assert any("no variance" in note for note in ranking.notes)


def test_a_draw_without_a_value_is_refused_with_the_product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, bound in ((ranges, "LARGEST"), (lognormal, "WIDEST")):  # what reading would refuse
        monkeypatch.setattr(module, bound, math.inf)
    # 0.5 t a watt and a unit sold: some draws are beyond the largest double.
    products = [{"product": "FINE", "rate": "50 */ 2"}, {"product": "HUGE", "rate": "1e15 */ 1e200"}]
    with pytest.raises(NumericError, match="product HUGE"):
        rank(small(tmp_path, products))


def test_the_answer_depends_on_seed_and_draws_alone(tmp_path: Path) -> None:
    products = [{"product": f"P{i}", "rate": "50 */ 2"} for i in range(5)]
    catalog = small(tmp_path, products, level="1 */ 1.2")
    one, two = rank(catalog, draws=5000, seed=0), rank(catalog, draws=5000, seed=0, workers=2)
    np.testing.assert_array_equal(one.rows["st_high"], two.rows["st_high"])
    assert (rank(catalog, draws=5000, seed=1).rows["st"] != one.rows["st"]).any()


@pytest.mark.parametrize(
    ("of", "fix"),
    [
        ("totals", "total"), ("total:family", "total:family=Saws"), ("total:family=Sawz", "use one of"),
        ("total:shape=Round", "use one of"), ("total:mode=on", "category_11"),
    ],
)  # fmt: skip
def test_a_figure_that_there_is_not_is_refused(of: str, fix: str, tmp_path: Path) -> None:
    catalog = small(tmp_path, [{"product": "P", "rate": "50 */ 2", "family": "Fans"}])
    with pytest.raises(StudyError) as caught:
        rank(catalog, of)
    assert fix in caught.value.problems[0].fix


def test_too_few_draws_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="too few"):
        rank(small(tmp_path, [{"product": "P", "rate": "50 */ 2"}]), draws=8)
