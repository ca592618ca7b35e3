"""Every distribution answers every question, and the answers agree with each other and with scipy's."""

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, stats

import usephase
from usephase.catalog.edit.text import moved
from usephase.catalog.options.changes import Step
from usephase.catalog.values.grammar import Parsed, naming, parse
from usephase.catalog.values.ranges import Range, suggestion, within
from usephase.engine.program.cells import cell_arrays, fill_rows
from usephase.engine.program.code import LANES
from usephase.sampling import distributions as dist
from usephase.sampling.design import Quasi
from usephase.sampling.draws import Cells, draw
from usephase.units import Factor

U = np.array([1e-9, 0.01, 0.3, 0.5, 0.77, 0.999])

# A text, its distribution in scipy (None: it has none of its own), and the best estimate.
CASES = {
    "7": (None, 7.0),
    "normal(3, 0.5)": (stats.norm(3, 0.5), 3.0),
    "3 ± 10%": (stats.norm(3, 0.3 / 1.959963984540054), 3.0),
    "lognormal(3, 1.6)": (stats.lognorm(math.log(1.6), scale=3), 3.0),
    "3 */ 1.5": (stats.lognorm(math.log(1.5) / 1.959963984540054, scale=3), 3.0),
    "lognormal(-3, 1.6)": (None, -3.0),
    "uniform(1, 4)": (stats.uniform(1, 3), 2.5),
    "triangular(1, 2, 5)": (stats.triang(0.25, 1, 4), 2.0),
    "pert(1, 2, 5)": (stats.beta(2, 4, 1, 4), 2.0),
    "beta(2, 3)": (stats.beta(2, 3), stats.beta(2, 3).median()),
    "beta(2, 3, 1, 3)": (stats.beta(2, 3, 1, 2), stats.beta(2, 3, 1, 2).median()),
    "gamma(2.5, 3)": (stats.gamma(2.5, scale=3), stats.gamma(2.5, scale=3).median()),
    "weibull(1.7, 3)": (stats.weibull_min(1.7, scale=3), stats.weibull_min(1.7, scale=3).median()),
    "student(3, 0.5, 7)": (stats.t(7, 3, 0.5), 3.0),
    "p10_p50_p90(1, 2, 4)": (None, 2.0),
    "p5_p50_p95(1, 2, 4)": (None, 2.0),
    "empirical(3, 1, 2.5, 6, 2)": (None, 2.5),
    "mean_of(triangular(1, 2, 5), 12)": (stats.norm(8 / 3, math.sqrt(26 / 36 / 12)), 8 / 3),
    "mean_of(uniform(1, 4))": (None, 2.5),
    "discrete(1: 1, 2: 1, 5: 2)": (stats.rv_discrete(values=([1, 2, 5], [0.25, 0.25, 0.5])), 2.0),
}
JOINT = {"s": {"x": np.array([1.0, 2.0, 4.0, 9.0])}}
"""A joint sample; its column ascends, as rows that are sorted by it do."""
UNWRITTEN = {dist.LOGIT_NORMAL: Parsed(dist.LOGIT_NORMAL, (0.2, 0.3, 0.0, 1.0, 0.0, 0.0))}
BOUND = {
    "above 0": within(parse("p10_p50_p90(1, 2, 3.5)"), Range(low=0))[0],
    "between 0 and 6": within(parse("p5_p50_p95(1, 2, 4)"), Range(low=0, high=6))[0],
    "below 6": within(parse("p10_p50_p90(1, 2, 4)"), Range(high=6))[0],
}
with naming(JOINT):
    BOUND["a joint sample"] = parse("sample(s, x)")
BELIEFS = {
    **{text: parse(text) for text in CASES}, **{dist.NAMES[kind]: b for kind, b in UNWRITTEN.items()}, **BOUND
}  # fmt: skip


def at(belief: Parsed, u: np.ndarray) -> np.ndarray:
    return dist.quantile(belief.kind, np.array(belief.params), u, belief.points)


def moments(belief: Parsed) -> tuple[float, float]:
    """Integrate the quantile."""

    def x(u: float) -> float:
        return float(at(belief, np.array(u)))

    atoms = [] if belief.points is None else np.cumsum(belief.points[1]).tolist()[:-1]
    ends = [0.0, *atoms, 0.02, 0.5, 0.98, 1.0]
    ends = sorted(set(ends))

    def over(f: object) -> float:
        parts = (integrate.quad(f, a, b, limit=400, epsabs=1e-12) for a, b in pairwise(ends))
        return float(sum(part[0] for part in parts))

    mean = over(x)
    return mean, over(lambda u: (x(u) - mean) ** 2)


def test_every_distribution_is_tried() -> None:
    assert {belief.kind for belief in BELIEFS.values()} == set(dist.RECORDS)
    written = {text.partition("(")[0] for text in CASES if "(" in text}
    assert written | {"sample"} == set(dist.FUNCTIONS)
    assert len({record.code for record in dist.RECORDS.values()}) == len({*dist.NAMES.values()}) == len(dist.RECORDS)


@pytest.mark.parametrize("text", [text for text, (reference, _) in CASES.items() if reference is not None])
def test_against_scipy(text: str) -> None:
    reference, best = CASES[text]
    belief = BELIEFS[text]
    np.testing.assert_allclose(at(belief, U), reference.ppf(U), rtol=1e-12)
    params = np.array(belief.params)
    assert dist.best_estimate(belief.kind, params, belief.points) == pytest.approx(best, rel=1e-12)
    assert dist.mean(belief.kind, params, belief.points) == pytest.approx(reference.mean(), rel=1e-12)
    assert dist.variance(belief.kind, params, belief.points) == pytest.approx(reference.var(), rel=1e-11)


@pytest.mark.parametrize("name", BELIEFS)
def test_the_answers_agree(name: str) -> None:
    belief = BELIEFS[name]
    record, params, points = dist.RECORDS[belief.kind], np.array(belief.params), belief.points
    mean, variance = moments(belief)
    assert record.mean(params, points) == pytest.approx(mean, rel=1e-8)
    assert record.variance(params, points) == pytest.approx(variance, rel=1e-6, abs=1e-12)
    x = at(belief, U)
    assert (np.diff(x) >= 0).all()
    back = [dist.cumulative(belief.kind, params, float(v), points) for v in x]
    if record.atoms or belief.kind == dist.FIXED:
        assert all(b >= u for b, u in zip(back, U, strict=True))
    else:
        assert back == pytest.approx(U.tolist(), rel=1e-7)
    middle = float(at(belief, np.array(0.4)))
    if points is None:
        assert (
            record.cumulatives(np.array([params, params]), middle).tolist()
            == [dist.cumulative(belief.kind, params, middle)] * 2
        )
        low, high = (float(v) for v in at(belief, np.array([0.1, 0.95])))
        if belief.kind != dist.FIXED:
            cut = record.quantiles(np.array([params]), low, high, 0.5)
            assert cut[0] == pytest.approx(float(at(belief, np.array(0.525))), rel=1e-9)
    u, weight = record.nodes(params, 0.0, 1.0, points)
    assert weight.sum() == pytest.approx(1, rel=1e-12)
    assert weight @ at(belief, u) == pytest.approx(mean, rel=1e-6)
    assert at(belief, np.array(0.0 if record.atoms else 1e-15)) <= x[0]


@pytest.mark.parametrize("name", BELIEFS)
def test_a_unit_and_a_step_scale_and_move_the_mean(name: str) -> None:
    belief = BELIEFS[name]
    params, points = np.array(belief.params), belief.points
    mean = dist.mean(belief.kind, params, points)
    other = belief.convert(Factor(1.0, 1000.0))
    assert dist.mean(other.kind, np.array(other.params), other.points) == pytest.approx(mean / 1000, rel=1e-12)
    if points is None:
        assert dist.mean(belief.kind, dist.scaled(belief.kind, params, 10.0)) == pytest.approx(10 * mean, rel=1e-12)
    if name not in CASES:
        return
    larger = parse(moved(name, Step("*", 1.1, "")))
    assert larger.kind == belief.kind
    assert dist.mean(larger.kind, np.array(larger.params), larger.points) == pytest.approx(1.1 * mean, rel=1e-10)
    function = dist.FUNCTIONS.get(name.partition("(")[0])
    if (function.moved == ()) if function else not dist.RECORDS[belief.kind].shifted:
        with pytest.raises(ValueError, match="nothing can be added"):
            moved(name, Step("+", 2.0, ""))
        return
    further = parse(moved(name, Step("+", 2.0, "")))
    assert dist.mean(further.kind, np.array(further.params), further.points) == pytest.approx(mean + 2, rel=1e-10)
    spread = dist.variance(further.kind, np.array(further.params), further.points)
    assert spread == pytest.approx(dist.variance(belief.kind, params, points), rel=1e-10)


@pytest.mark.parametrize(
    "name", [name for name, belief in BELIEFS.items() if belief.kind not in (dist.FIXED, dist.METALOG)]
)
def test_what_is_outside_is_cut_or_refused_with_what_fits(name: str) -> None:
    belief = BELIEFS[name]
    middle = float(at(belief, np.array(0.3)))
    bounds = Range(low=middle)
    with pytest.raises(ValueError, match="lies outside"):
        within(belief, bounds)
    again = suggestion(belief, bounds)
    assert again
    assert within(parse(again), Range(low=middle * (1 - 1e-3 * math.copysign(1, middle))))[1] is None
    low, high = dist.truncation(belief.kind, np.array(belief.params), middle, math.inf, belief.points)
    expected = (
        0.0
        if dist.RECORDS[belief.kind].atoms
        else dist.cumulative(belief.kind, np.array(belief.params), middle, belief.points)
    )
    assert (low, high) == (expected, 1.0)


def cells_of(beliefs: list[Parsed]) -> Cells:
    count = len(beliefs)
    params = np.array([b.params for b in beliefs])
    points = {i: b.points for i, b in enumerate(beliefs) if b.points is not None}
    ends = [dist.truncation(b.kind, params[i], 0.5, 4.5, b.points) for i, b in enumerate(beliefs)]
    cut = [(low, high) if high > low else (0.0, 1.0) for low, high in ends]
    return Cells(
        name=[("modes", str(i), "rate") for i in range(count)], group=("product:P",) * count,
        dimension=np.arange(count), kind=np.array([b.kind for b in beliefs]), params=params,
        low=np.array([c[0] for c in cut]), high=np.array([c[1] for c in cut]),
        best=dist.best_estimates(np.array([b.kind for b in beliefs]), params, points.get), points=points, factor={},
    )  # fmt: skip


def test_compiled_quantiles_are_the_records() -> None:
    cells = cells_of([*BELIEFS.values()])
    count, size, design = len(cells), 8 * LANES, Quasi(1)
    arrays = cell_arrays(cells, range(count), 1, size)
    given = np.array([draw(cells, design, i, 0, size) for i in arrays.given]).reshape(-1, size)
    out = np.empty((count, size))
    fill_rows(
        np.arange(count), 0, arrays.kind, arrays.params, arrays.group, arrays.dimension, arrays.seeds, arrays.words,
        arrays.digits, arrays.place, arrays.points, arrays.best, given, 0, np.arange(count), out,
    )  # fmt: skip
    for i in range(count):
        slack = 1e-11 if dist.RECORDS[int(cells.kind[i])].compiled == "smooth" else 1e-12
        np.testing.assert_allclose(out[i], draw(cells, design, i, 0, size), rtol=slack, atol=1e-14)


def test_odds_are_lognormal() -> None:
    x = at(UNWRITTEN[dist.LOGIT_NORMAL], U)
    odds = stats.lognorm(0.3, scale=0.25).ppf(U)
    np.testing.assert_allclose(x, odds / (1 + odds), rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "low", "high", "quarter", "three_quarters"),
    [
        # a₂ L = 3/(2 ln 9) · ln 3 = 3/4; a₃ (u − ½) L = 1/(0.8 ln 9) · ¼ ln 3 = 5/32.
        ("p10_p50_p90(1, 2, 4)", -math.inf, math.inf, 2 - 0.75 + 0.15625, 2 + 0.75 + 0.15625),
        # With ln 19 in the place of ln 9 and 0.9 in that of 0.8.
        ("p5_p50_p95(1, 2, 4)", -math.inf, math.inf, 2 + (-1.5 + 0.25 / 0.9) * math.log(3) / math.log(19),
         2 + (1.5 + 0.25 / 0.9) * math.log(3) / math.log(19)),
        # Logarithms 0, ln 2, 2 ln 2: a₃ = 0 and a₂ L = (ln 4/(2 ln 9)) ln 3 = ln 2/2.
        ("p10_p50_p90(1, 2, 4)", 0, math.inf, math.sqrt(2), 2 * math.sqrt(2)),
        # Logits −ln 4, 0, ln 4: a₂ L = ln 4/ln 9 · ln 3 = ln 2.
        ("p10_p50_p90(0.2, 0.5, 0.8)", 0, 1, 1 / 3, 2 / 3),
        # The mirror image of the second above 0.
        ("p10_p50_p90(6, 8, 9)", -math.inf, 10, 10 - 2 * math.sqrt(2), 10 - math.sqrt(2)),
    ],
)  # fmt: skip
def test_triplets_by_hand(text: str, low: float, high: float, quarter: float, three_quarters: float) -> None:
    belief, cut = within(parse(text), Range(low, high))
    assert cut is None
    given = [float(x) for x in text.partition("(")[2].rstrip(")").split(",")]
    share = 0.1 if text.startswith("p10") else 0.05
    expected = [given[0], quarter, given[1], three_quarters, given[2]]
    np.testing.assert_allclose(at(belief, np.array([share, 0.25, 0.5, 0.75, 1 - share])), expected, rtol=1e-13)


def test_the_mean_of_a_triplet_above_0_is_that_of_a_log_logistic() -> None:
    belief, _ = within(parse("p10_p50_p90(1, 2, 4)"), Range(low=0))
    a = math.log(2) / math.log(9)  # 1/β; α = 2
    mean = 2 * math.pi * a / math.sin(math.pi * a)
    square = 4 * 2 * math.pi * a / math.sin(2 * math.pi * a)
    params = np.array(belief.params)
    assert dist.mean(belief.kind, params) == pytest.approx(mean, rel=1e-12)
    assert dist.variance(belief.kind, params) == pytest.approx(square - mean**2, rel=1e-11)


def test_what_no_metalog_passes_through_is_refused() -> None:
    # Keelin: feasible where the median's place is between k and 1 − k, k = (1 − 1.66711 (½ − α))/2 = 0.166578.
    within(parse("p10_p50_p90(0, 0.1667, 1)"), Range())
    within(parse("p10_p50_p90(0, 0.8333, 1)"), Range())
    for text in ("p10_p50_p90(0, 0.1665, 1)", "p10_p50_p90(0, 0.8335, 1)"):
        with pytest.raises(ValueError, match="no metalog passes"):
            within(parse(text), Range())
    # Above 0 the logarithm decides: between 1 and 9 from 9^0.1666 = 1.4421 on.
    within(parse("p10_p50_p90(1, 1.443, 9)"), Range(low=0))
    with pytest.raises(ValueError, match=r"write a middle value between 1.445 and 6.228 times the lowest"):
        within(parse("p10_p50_p90(1, 1.441, 9)"), Range(low=0))
    with pytest.raises(ValueError, match=r"reaches a bound of the column → write values above 0 and below 1"):
        within(parse("p5_p50_p95(0.2, 0.5, 1)"), Range(0, 1))


def test_a_user_s_mean_is_normal_by_root_n_and_refused_without_a_variance() -> None:
    mean = parse("mean_of(lognormal(10, 2), 25) kW")
    centre, spread = 10 * math.exp(math.log(2) ** 2 / 2), math.sqrt(math.expm1(math.log(2) ** 2))
    assert mean.kind == dist.NORMAL
    assert mean.unit == "kW"
    assert mean.params[:2] == pytest.approx((centre, centre * spread / 5), rel=1e-14)
    assert parse("mean_of(empirical(1, 2, 6))").params[0] == pytest.approx((1.5 + 4) / 2, rel=1e-15)
    # Users between 0 and 1 as a triplet: the mean is that of the distribution within the column's bounds.
    shares, _ = within(parse("mean_of(p10_p50_p90(20, 50, 80)) %").convert(Factor(1.0, 100.0)), Range(0, 1))
    assert shares.params[0] == pytest.approx(0.5, rel=1e-12)
    for text in ("mean_of(p10_p50_p90(1, 6, 30))", "mean_of()", "mean_of(3 W)", "mean_of(normal(3, 1), 0)"):
        with pytest.raises(ValueError, match=r"no finite variance|missing|inside the brackets|has no mean"):
            within(parse(text), Range(low=0))
    with pytest.raises(ValueError, match="lies outside"):
        within(parse("mean_of(normal(1, 1), 10)"), Range(low=0))


@pytest.mark.parametrize("count", [2, 3, 7])
def test_measured_values_have_numpy_s_quantiles(count: int) -> None:
    values = np.random.default_rng(count).gamma(3, 2, count)
    belief = parse(f"empirical({', '.join(repr(float(v)) for v in values)})")
    np.testing.assert_allclose(at(belief, U), np.quantile(values, U), rtol=1e-14)


def test_every_function_is_in_the_guide() -> None:
    page = (Path(usephase.__file__).parent / "guide" / "values.md").read_text(encoding="utf-8")
    assert [name for name in dist.FUNCTIONS if f"`{name}(" not in page] == []
