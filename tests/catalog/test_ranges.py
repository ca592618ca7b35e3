import math
import re

import numpy as np
import pandas as pd
import pytest

import usephase
from usephase.catalog.values.grammar import parse
from usephase.catalog.values.ranges import Range, probability_outside, within
from usephase.catalog.values.refusal import Refusal
from usephase.sampling import distributions as dist

ABOVE_0 = Range(0.0, math.inf)
SHARE = Range(0.0, 1.0)
TREND = Range(-1.0, math.inf, low_open=True)


@pytest.mark.parametrize(
    ("text", "bounds", "share"),
    [
        ("uniform(-1, 3)", ABOVE_0, 0.25),
        ("uniform(-1, 2)", SHARE, 2 / 3),
        ("triangular(-1, 0, 1)", ABOVE_0, 0.5),
        ("normal(0, 1)", ABOVE_0, 0.5),
        ("normal(1.959963984540054, 1)", ABOVE_0, 0.025),
        ("discrete(-1: 1, 0: 1, 1: 2)", ABOVE_0, 0.25),
        ("discrete(0: 1, 1: 3)", Range(0.0, 1.0, low_open=True), 0.25),
        ("lognormal(2, 1.5)", ABOVE_0, 0.0),
        ("1 */ 2", SHARE, 0.5),
    ],
)
def test_probability_outside(text, bounds, share):
    assert probability_outside(parse(text), bounds) == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "bounds", "inside"),
    [
        ("0", ABOVE_0, True), ("-1e-9", ABOVE_0, False), ("0", Range(0.0, math.inf, low_open=True), False),
        ("1", SHARE, True), ("1.0001", SHARE, False), ("1", Range(0.0, 1.0, high_open=True), False),
        ("-1", TREND, False), ("-0.99", TREND, True),
    ],
)  # fmt: skip
def test_fixed_values_keep_to_the_range(text, bounds, inside):
    if inside:
        assert within(parse(text), bounds) == (parse(text), None)
    else:
        with pytest.raises(Refusal, match="outside the possible range"):
            within(parse(text), bounds)


def test_percent_is_guessed_for_a_share():
    with pytest.raises(Refusal, match=r"write `0\.85` or `85 %`"):
        within(parse("85"), SHARE)


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("10 ± 100%", ABOVE_0),
        ("10 kW ± 100%", ABOVE_0),
        ("normal(-1, 3)", ABOVE_0),
        ("uniform(-1, 3)", ABOVE_0),
        ("triangular(-5, 10, 20)", ABOVE_0),
        ("pert(-5, 1, 2)", ABOVE_0),
        ("discrete(-1: 1, 2: 1, 3: 2)", ABOVE_0),
        ("0.9 ± 30%", SHARE),
        ("0.9 ± 10%", SHARE),
        ("0.5 ± 90%", SHARE),
        ("0.9 */ 1.5", SHARE),
        ("gamma(4, 0.2)", SHARE),
        ("weibull(2, 1)", SHARE),
        ("beta(2, 2, 0, 2)", SHARE),
        ("normal(-0.8, 0.3)", TREND),
    ],
)
def test_more_than_a_hundredth_outside_is_refused_with_one_that_fits(text, bounds):
    with pytest.raises(Refusal, match="outside the possible range") as refused:
        within(parse(text), bounds)
    proposed = parse(refused.value.fix.split("`")[1])
    assert proposed.unit == parse(text).unit
    assert probability_outside(proposed, bounds) == 0


def test_the_proposed_lognormal_keeps_mean_and_sd():
    with pytest.raises(Refusal) as refused:
        within(parse("normal(10, 5)"), ABOVE_0)
    # sigma² of the logarithm = ln(1 + 0.25) = 0.22314; median = 10/√1.25 = 8.944; gsd = exp √0.22314 = 1.604
    assert "`lognormal(8.9440, 1.6040)`" in refused.value.fix


def test_the_proposed_beta_keeps_mean_and_sd():
    with pytest.raises(Refusal) as refused:
        within(parse("normal(0.9, 0.05)"), SHARE)
    # a + b = 0.9 · 0.1/0.0025 − 1 = 35
    assert "`beta(31.5, 3.5)`" in refused.value.fix


def test_where_nothing_fits_the_range_is_named():
    with pytest.raises(Refusal, match="write values at least 0"):
        within(parse("uniform(-3, -1)"), ABOVE_0)


def test_less_is_cut_off_and_said():
    value, cut = within(parse("10 ± 60%"), ABOVE_0)
    # z = −10/(6/1.96) = −3.267: 0.0544 %
    assert value == parse("10 ± 60%")
    assert cut.what.startswith("0.0544 % of the distribution")
    assert "cut off" in cut.fix


def test_what_no_run_sees_is_not_said():
    assert within(parse("10 ± 30%"), ABOVE_0)[1] is None  # 6.5 standard deviations


def test_points_outside_are_dropped():
    value, cut = within(parse("discrete(-1: 0.005, 1: 0.495, 3: 0.5)"), ABOVE_0)
    assert cut.what.startswith("0.5 % of the distribution")
    assert value.points[0].tolist() == [1, 3]
    np.testing.assert_allclose(value.points[1], [0.495 / 0.995, 0.5 / 0.995], rtol=1e-14)


def test_a_single_point_left_is_a_number():
    value, cut = within(parse("discrete(-1: 0.005, 3: 0.995)"), ABOVE_0)
    assert (value.kind, value.params[0]) == (dist.FIXED, 3)
    assert cut is not None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lognormal(1000, 1e30)", "geometric standard deviation of 1e+30"),
        ("lognormal(1000, 1001)", "geometric standard deviation of 1e+03"),
        ("3 */ 1e9", "geometric standard deviation"), ("lognormal(1e15, 2)", "it reaches"),
        ("weibull(0.01, 5)", "it reaches"), ("1e-300", "closer to 0"), ("1e-300 */ 2", "closer to 0"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(text: str, says: str) -> None:
    with pytest.raises(Refusal, match=re.escape(says)):
        within(parse(text), Range(0.0, low_open=True))


def test_a_wide_spread_that_can_be_meant_is_taken() -> None:
    for text in ("lognormal(1000, 999)", "0.8 */ 100", "1e-12"):
        assert within(parse(text), Range(0.0, low_open=True))[1] is None


@pytest.mark.parametrize(
    ("text", "fix"),
    [("normal(0.1,0.1)", "such as `lognormal("), ("uniform(-1,1.5)", "such as `uniform(0, 1.5)`"),
     ("triangular(-2,-1,0)", "column `avoided`"), ("-1.2 ± 10%", "column `avoided`")],
)  # fmt: skip
def test_a_distribution_without_blanks_that_does_not_fit_gets_its_own_remedy(text, fix):
    """It is read, so its form is no reason; and what is positive with a tail below 0 is not what is avoided."""
    with pytest.raises(usephase.CatalogError) as refused:
        usephase.Catalog.from_frames(
            {
                "products": pd.DataFrame({"product": ["A"]}),
                "sales": pd.DataFrame({"product": ["A"], "region": ["DEU"], "year": [2024], "units": ["10"]}),
                "materials": pd.DataFrame(
                    {"product": ["A"], "part": ["product"], "material": ["plastic"], "mass": ["1"]}
                ),
                "treatments": pd.DataFrame({"material": ["plastic"], "route": ["landfill"], "factor": [text]}),
            },
            settings={"catalog": {"name": "T", "reporting_year": 2024}},
        )
    (found,) = (p for p in refused.value.problems if p.severity == "error")
    assert "outside the possible range" in found.what
    assert fix in found.fix


@pytest.mark.parametrize("text", ["p5_p50_p95(0.2, 0.6, 3)", "p10_p50_p90(1, 10, 200) W", "p5_p50_p95(0.1, 0.5, 2)"])
def test_a_tail_without_variance_is_told_with_a_lognormal_of_about_the_same_width(text):
    value = parse(text)
    found, told = within(value, Range(low=0.0))
    record = dist.RECORDS[found.kind]
    assert (told is not None) == np.isinf(record.variance(np.array(found.params), None))
    if told is not None:
        (again,) = [again for again, _ in told.tries]
        other, nothing = within(parse(again), Range(low=0.0))
        assert nothing is None
        ratio = [np.divide(*(dist.quantile(v.kind, np.array(v.params), np.array([u]))[0] for u in (0.95, 0.05)))
                 for v in (found, other)]  # fmt: skip
        assert ratio[0] == pytest.approx(ratio[1], rel=0.02)
    assert within(parse(text.removesuffix(" W")), Range(low=0.0, high=1e4))[1] is None  # between two bounds it has one
