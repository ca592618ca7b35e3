import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usephase.catalog.read import set_apart
from usephase.catalog.read.invisible import RE2
from usephase.catalog.values.columns import matches
from usephase.catalog.values.grammar import NUMBER, parse
from usephase.catalog.values.refusal import DECIMALS, Refusal
from usephase.sampling import distributions as dist
from usephase.units import conversion

Z = 1.959963984540054  # the 97.5 % point of the standard normal, from tables


@pytest.mark.parametrize(
    ("text", "kind", "params"),
    [
        ("12.5", dist.FIXED, [12.5]),
        ("1e3", dist.FIXED, [1000]),
        ("-5", dist.FIXED, [-5]),
        ("+5", dist.FIXED, [5]),
        (".5", dist.FIXED, [0.5]),
        ("5.", dist.FIXED, [5]),
        ("1.5E-3", dist.FIXED, [0.0015]),
        ("\u22122.5", dist.FIXED, [-2.5]),
        ("12.5 ± 10%", dist.NORMAL, [12.5, 0.10 * 12.5 / Z]),
        ("12.5 +/- 10%", dist.NORMAL, [12.5, 0.10 * 12.5 / Z]),
        ("12.5±10 %", dist.NORMAL, [12.5, 0.10 * 12.5 / Z]),
        ("12.5 + / - 3", dist.NORMAL, [12.5, 3 / Z]),
        ("-12.5 ± 10%", dist.NORMAL, [-12.5, 0.10 * 12.5 / Z]),
        ("12.5 ± 0", dist.FIXED, [12.5]),
        ("12.5 ± 0%", dist.FIXED, [12.5]),
        ("12.5 */ 1.4", dist.LOGNORMAL, [12.5, math.log(1.4) / Z]),
        ("12.5×÷1.4", dist.LOGNORMAL, [12.5, math.log(1.4) / Z]),
        ("-0.02 */ 1.4", dist.LOGNORMAL, [-0.02, math.log(1.4) / Z]),
        ("normal(12, 2)", dist.NORMAL, [12, 2]),
        ("NORMAL ( 12 , 2 )", dist.NORMAL, [12, 2]),
        ("normal(12, 0)", dist.FIXED, [12]),
        ("lognormal(12, 1.2)", dist.LOGNORMAL, [12, math.log(1.2)]),
        ("lognormal(12, 1)", dist.FIXED, [12]),
        ("uniform(10, 15)", dist.UNIFORM, [10, 15]),
        ("uniform(10, 10)", dist.FIXED, [10]),
        ("Triangular(60,80,110)", dist.TRIANGULAR, [60, 80, 110]),
        ("triangular(60, 60, 110)", dist.TRIANGULAR, [60, 60, 110]),
        ("triangular(60, 60, 60)", dist.FIXED, [60]),
        ("pert(10, 12, 15)", dist.PERT, [10, 12, 15]),
        ("pert(10, 10, 10)", dist.FIXED, [10]),
        ("beta(2, 5)", dist.BETA, [2, 5, 0, 1]),
        ("beta(2, 5, 10, 15)", dist.BETA, [2, 5, 10, 15]),
        ("beta(2, 5, 10, 10)", dist.FIXED, [10]),
        ("gamma(4, 3)", dist.GAMMA, [4, 3]),
        ("weibull(2, 12)", dist.WEIBULL, [2, 12]),
        ("discrete(7: 2, 7: 1, 8: 0)", dist.FIXED, [7]),
    ],
)
def test_forms(text, kind, params):
    parsed = parse(text)
    assert parsed.kind == kind
    assert list(parsed.params) == pytest.approx(params + [0] * (dist.WIDTH - len(params)), rel=1e-15)
    assert parsed.unit == ""


def test_discrete_is_sorted_merged_and_normalized():
    parsed = parse("discrete(12: 3, 10: 1, 12: 1, 99: 0)")
    assert parsed.kind == dist.DISCRETE
    values, weights = parsed.points
    assert values.tolist() == [10, 12]
    assert weights.tolist() == [0.2, 0.8]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("0.5 kW", "kW"), ("0.5kW", "kW"), ("20 %", "%"), ("triangular(60, 80, 110) W", "W"), ("12 kW ± 10%", "kW"),
        ("12 ± 10% kW", "kW"), ("12 ± 3 kW", "kW"), ("12 kW ± 3 kW", "kW"), ("12 */ 1.4 W", "W"), ("12 W */ 1.4", "W"),
        ("0.4 kg CO2e/kWh", "kg CO2e/kWh"), ("2 m3", "m3"), ("discrete(1: 1, 2: 1) h/day", "h/day"), ("3 m³", "m³"),
    ],
)  # fmt: skip
def test_units_follow(text, unit):
    assert parse(text).unit == unit


def test_only_a_number_is_plain():
    assert parse("12.5").plain
    assert parse("12.5 kW").plain
    assert not parse("12.5 ± 0").plain
    assert not parse("normal(12.5, 0)").plain


@pytest.mark.parametrize(
    ("text", "what", "fix"),
    [
        ("12,5", "decimal comma", "`12.5`"),
        ("12,5 kW", "decimal comma", "`12.5 kW`"),
        ("12,5 ± 1,5", "decimal comma", "`12.5 ± 1.5`"),
        ("1,000", "thousands or as decimals", "`1000`"),
        ("1,000,000", "thousands", "`1000000`"),
        ("1,000.5", "thousands", "`1000.5`"),
        ("1 000", "thousands", "`1000`"),
        ("1'000", "thousands", "`1000`"),
        ("1.000.000", "thousands", "`1000000`"),
        ("1_000", "underscores", "`1000`"),
        ("1_0", "underscores", "`10`"),
        ("n/a", "not a number", "best estimate"),
        ("NA", "not a number", "best estimate"),
        ("-", "not a number", "best estimate"),
        ("nan", "not a finite", "number"),
        ("-inf", "not a finite", "number"),
        ("1e999", "too large", "ordinary size"),
        ("#REF!", "error of a spreadsheet", "formula"),
        ("#DIV/0!", "error of a spreadsheet", "formula"),
        ("2024-03-01", "a date", "number"),
        ("01/02/2024", "a date", "number"),
        ("3-Mar", "a date", "number"),
        ("TRUE", "truth value", "12.5"),
        ("50-60", "a range", "uniform(50, 60)"),
        ("abc", "not a number", "12.5"),
        ("12.5 ±", "not a number", "12.5"),
        ("٣", "another script", "`3`"),
        ("norml(1, 2)", "not a distribution", "did you mean `normal`"),
        ("normal(1)", "1 parameter", "normal(mean, sd)"),
        ("normal(1, 2, 3)", "3 parameters", "normal(mean, sd)"),
        ("normal()", "1 parameter", "normal(mean, sd)"),
        ("normal(1, )", "missing", "normal(mean, sd)"),
        ("normal(1; 2)", "`;`", "`normal(1, 2)`"),
        ("normal(1, x)", "`x` is not a number", "normal(mean, sd)"),
        ("normal(1 W, 2 W)", "unit inside", "`normal(1, 2) W`"),
        ("normal(1, -2)", "negative", "0 or more"),
        ("lognormal(0, 1.2)", "median", "`0`"),
        ("lognormal(1, 0.9)", "below 1", "`lognormal(1, 2.4596)` if 0.9 is the standard deviation of the logarithm"),
        ("uniform(3, 2)", "above high", "uniform(2, 3)"),
        ("triangular(60, 120, 110)", "ascending", "triangular(60, 110, 120)"),
        ("pert(2, 1, 3)", "ascending", "pert(1, 2, 3)"),
        ("beta(0, 1)", "shapes", "above 0"),
        ("beta(1, 1, 2)", "3 parameters", "beta(a, b)"),
        ("beta(1, 1, 3, 2)", "above high", "beta(1, 1, 2, 3)"),
        ("gamma(0, 1)", "not above 0", "gamma(4, 3)"),
        ("weibull(1, -1)", "not above 0", "weibull(2, 12)"),
        ("discrete(1, 2)", "no weight", "`discrete(1: 1, 2: 1)` if all are equally likely"),
        ("discrete(1: -1, 2: 1)", "negative", "0 or more"),
        ("discrete(1: 0, 2: 0)", "all weights are 0", "above 0"),
        ("12.5 */ 1", "not above 1", "`12.5`"),
        ("12.5 W */ 0.8", "not above 1", "`12.5 W */ 1.25`"),
        ("0 */ 1.4", "spread 0", "`0`"),
        ("12.5 ± -1", "negative", "`12.5 ± 1`"),
        ("20 % ± 2 %", "two ways", "`0.2 ± 0.02`"),
        ("12 kW ± 300 W", "two units", "one unit"),
    ],
)
def test_refusals_say_what_and_what_to_do(text, what, fix):
    with pytest.raises(Refusal) as refused:
        parse(text)
    assert what in refused.value.what
    assert fix in refused.value.fix


def test_a_remedy_can_be_written_as_it_stands():
    for text in ("12,5", "uniform(3, 2)", "triangular(60, 120, 110)", "50-60", "1_000"):
        with pytest.raises(Refusal) as refused:
            parse(text)
        parse(refused.value.fix.split("`")[1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("normal(1, 0.5)", [1000, 500]),
        ("1 */ 2", [1000, math.log(2) / Z]),
        ("uniform(1, 2)", [1000, 2000]),
        ("pert(1, 2, 3)", [1000, 2000, 3000]),
        ("beta(2, 5, 1, 3)", [2, 5, 1000, 3000]),
        ("gamma(4, 3)", [4, 3000]),
        ("weibull(2, 12)", [2, 12000]),
    ],
)
def test_a_unit_scales_what_has_one(text, expected):
    converted = parse(f"{text} kW").convert(conversion("kW", "W"))
    assert list(converted.params)[: len(expected)] == pytest.approx(expected, rel=1e-15)


def test_a_unit_scales_the_points():
    values, weights = parse("discrete(1: 1, 2: 3) kW").convert(conversion("kW", "W")).points
    assert values.tolist() == [1000, 2000]
    assert weights.tolist() == [0.25, 0.75]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_to_the_last_bit(value):
    assert parse(repr(value)).params[0] == value


@given(st.text(max_size=40))
def test_any_text_is_a_value_or_refused(text):
    try:
        parsed = parse(text)
    except Refusal as refusal:
        parsed = refusal
    if isinstance(parsed, Refusal):
        assert parsed.what
        assert parsed.fix
    else:
        assert np.isfinite(parsed.params).all()


@pytest.mark.parametrize("text", ["1" + " " * 100_000 + "±", "1 " + "k" * 100_000, "(" * 100_000, "1±" * 50_000])
def test_a_long_cell_is_refused_at_once(text):
    with pytest.raises(Refusal):
        parse(text)


PATTERNS = {
    "number": rf"^{NUMBER}$",
    "decimals": DECIMALS,
    "invisible": RE2,
    "total": set_apart._TOTAL,
    "note": set_apart._NOTE,
    "year": r"^\+?[0-9]{1,9}(\.0*)?$",
}
TEXTS = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=("Cs",)), max_size=30),
        st.text(st.sampled_from("Totalsumgtổngé #*†().,0123456789+-eE\u00a0\u200b\t\n:;_ſK"), max_size=20),
        st.sampled_from(["Tổng cộng: 5", "ÉTotal", "sum_1", "Source : x", "†\u00a0a", "1.000,5", "+12.50e3", "5\n"]),
    ),
    min_size=1,
    max_size=20,
)


@settings(deadline=None)
@given(TEXTS)
def test_few_texts_are_matched_as_many_are(texts):
    few = np.array(texts, dtype=object)
    many = np.resize(few, 600)
    for name, pattern in PATTERNS.items():
        assert (matches(few, pattern) == matches(many, pattern)[: len(few)]).all(), name
