"""Use and life: amounts, units, and what wears a product out."""

import pytest

from tests.catalog.sound import also, but, one, problems
from usephase.catalog.rules.notes import readings_of_range

SAW = {"product": "SAW", "use_profile": "diy", "lifetime": "drill"}


def profile(*rows):
    return [{"use_profile": "diy", **row} for row in rows]


ON = {"mode": "on", "amount": "10", "amount_unit": "h/year"}


def test_a_mode_needs_an_amount():
    modes = also(
        "modes", {"product": "DRILL", "mode": "standby", "carrier": "electricity", "rate": "1", "rate_unit": "W"}
    )
    one("error", "modes.csv:3:mode", "`diy` has no amount for the mode `standby`", "`on`", modes=modes)


def test_a_mode_needs_an_amount_in_every_region_sold():
    rows = profile(ON | {"region": "FRA"})
    one("error", "modes.csv:2:mode", "in region `DEU`", use_profiles=rows)
    assert problems(use_profiles=profile(ON | {"region": "DEU"})) == []


def test_a_mode_needs_an_amount_in_the_profile_of_every_segment():
    segments = [
        {"product": "DRILL", "segment": "a", "share": "0.5"},
        {"product": "DRILL", "segment": "b", "share": "0.5", "use_profile": "hobby"},
    ]
    assert problems(segments=segments) == []
    other = {"use_profiles": [{"use_profile": "hobby", "mode": "off", "amount": "1", "amount_unit": "h/year"}]}
    one("error", "modes.csv:2:mode", "`hobby` has no amount", segments=segments, reference=other)


def test_an_amount_may_not_be_missing():
    one("error", "use_profiles.csv:2:amount", "missing", use_profiles=profile(ON | {"amount": ""}))


@pytest.mark.parametrize(
    ("rate_unit", "amount_unit", "wrong"),
    [
        ("W", "cycle/year", True),
        ("kWh/cycle", "h/year", True),
        ("kWh/cycle", "rest", True),
        ("kWh/cycle", "cycle/week", False),
        ("W", "h/life", False),
    ],
)
def test_a_rate_per_hour_needs_hours_and_a_rate_per_cycle_cycles(rate_unit, amount_unit, wrong):
    amount = "" if amount_unit == "rest" else "10"
    changes = {
        "modes": but("modes", rate_unit=rate_unit),
        "use_profiles": profile({"mode": "on", "amount": amount, "amount_unit": amount_unit}),
    }
    if wrong:
        one("error", "modes.csv:2:rate_unit", rate_unit, amount_unit, "use_profiles.csv:2:amount_unit", **changes)
    else:
        assert problems(**changes) == []


def test_electricity_has_no_litres():
    one("error", "modes.csv:2:rate_unit", "electricity", modes=but("modes", rate_unit="L/h"))


@pytest.mark.parametrize(
    ("carrier", "rate_unit", "lacking"),
    [
        ("petrol", "W", ""),
        ("petrol", "kg/h", ""),
        ("lpg", "W", ""),
        ("lpg", "kg/h", ""),
        ("lpg", "L/h", "density"),
        ("gas", "L/h", ""),
        ("gas", "kg/h", "density"),
        ("gas", "W", "density and heating value"),
    ],
)
def test_a_rate_of_another_kind_needs_density_or_heating_value(carrier, rate_unit, lacking):
    modes = but("modes", carrier=carrier, rate_unit=rate_unit, efficiency="0.2")
    if lacking:
        one(
            "error",
            "modes.csv:2:rate_unit",
            f"takes its {lacking}",
            f"reference carriers: carrier={carrier}",
            modes=modes,
        )
    else:
        assert problems(modes=modes) == []


def test_modes_without_a_profile_would_count_for_nothing():
    products = [{"product": "DRILL", "lifetime": "drill"}]
    said = problems(products=products)
    assert ("error", "modes.csv:2:product") in [p[:2] for p in said]


def test_a_profile_without_modes_is_said():
    said = problems(modes=[], products=but("products"))
    assert ("warning", "products.csv:2:use_profile") in [p[:2] for p in said]


def test_the_service_mode_is_one_of_the_product():
    one(
        "error",
        "products.csv:2:service_mode",
        "`off` is not a mode",
        "`on`",
        products=but("products", service_mode="off"),
    )
    assert problems(products=but("products", service_mode="on")) == []


def test_the_service_needs_a_profile():
    products = but("products", service_mode="on", use_profile="")
    assert ("error", "products.csv:2:service_mode") in [p[:2] for p in problems(products=products)]


def test_segment_shares_sum_to_one():
    def shares(*values):
        return [{"product": "DRILL", "segment": f"s{i}", "share": share} for i, share in enumerate(values)]

    one("error", "segments.csv:2:share", "sum to 0.9,", segments=shares("0.5", "0.4"))
    one("error", "segments.csv:2:share", "sum to 1.002,", segments=shares("0.5", "0.502"))
    assert problems(segments=shares("0.5", "0.501")) == []
    assert problems(segments=shares("triangular(0.5,0.6,0.9)", "0.4")) == []


def test_a_year_has_8760_hours():
    rows = profile(
        {"mode": "on", "amount": "20", "amount_unit": "h/day"},
        {"mode": "off", "amount": "1461", "amount_unit": "h/year"},
    )
    one("error", "use_profiles.csv:2:amount", "8,761 hours", use_profiles=rows)
    rows[1]["amount"] = "1460"
    said = problems(use_profiles=rows)
    assert [p for p in said if p[0] == "error"] == []


def test_a_year_has_8760_hours_in_a_region_too():
    rows = profile(ON | {"amount": "8000"}, {"mode": "on", "region": "DEU", "amount": "9000", "amount_unit": "h/year"})
    one("error", "use_profiles.csv:3:amount", "region `DEU`", "9,000", use_profiles=rows)


def test_hours_a_life_are_spread_over_the_life():
    # 80,000 h over a mean of 8 years are 10,000 a year; over 10 years 8,000.
    rows = profile({"mode": "on", "amount": "80000", "amount_unit": "h/life"})
    one("error", "use_profiles.csv:2:amount", "10,000 hours", use_profiles=rows)
    said = problems(use_profiles=rows, lifetimes=[{"lifetime": "drill", "mean": "10"}])
    assert [p for p in said if p[0] == "error"] == []


def test_hours_a_life_of_a_weibull_life_given_by_ages():
    # Exponential life: t50 = 8 ln 2, t90 = 8 ln 10, mean 8.
    life = [{"lifetime": "drill", "t50": "5.5451774445", "t90": "18.420680744"}]
    rows = profile({"mode": "on", "amount": "80000", "amount_unit": "h/life"})
    one("error", "use_profiles.csv:2:amount", "10,000 hours", use_profiles=rows, lifetimes=life)


def test_one_mode_takes_the_rest():
    rows = profile(ON, {"mode": "off", "amount_unit": "rest"}, {"mode": "idle", "amount_unit": "rest"})
    one("error", "use_profiles.csv:4:amount_unit", "2 modes", use_profiles=rows)
    assert problems(use_profiles=rows[:2]) == []


def test_a_region_may_replace_one_rest_by_another():
    rows = profile(
        ON,
        {"mode": "off", "amount_unit": "rest"},
        {"mode": "off", "region": "DEU", "amount": "5", "amount_unit": "h/year"},
        {"mode": "idle", "region": "DEU", "amount_unit": "rest"},
    )
    assert problems(use_profiles=rows) == []
    rows[2] = {**rows[2], "mode": "x"}
    assert "2 modes of `diy` in region `DEU`" in problems(use_profiles=rows)[0][2]


LIVES = [
    ({}, "mean", "missing"),
    ({"distribution": "gamma", "t50": "5", "t90": "9"}, "t50", "Weibull"),
    ({"mean": "8", "t50": "5", "t90": "9"}, "mean", "both"),
    ({"mean": "8", "scale": "9"}, "mean", "both mean and scale"),
    ({"median": "8", "scale": "9"}, "scale", "both scale and median"),
    ({"mean": "8", "median": "8", "scale": "9"}, "mean", "mean and scale and median"),
    ({"median": "8", "t50": "5", "t90": "9"}, "median", "both median and t50 or t90"),
    ({"distribution": "gamma", "scale": "5"}, "scale", "Weibull"),
    ({"distribution": "loglogistic", "mean": "8", "shape": "1"}, "shape", "no mean at a shape of 1 or less"),
    ({"distribution": "loglogistic", "mean": "8", "shape": "uniform(0.9, 2.9)"}, "shape", "probability of 5 %"),
    ({"t50": "5"}, "t50", "t50 or t90 is missing"),
    ({"t90": "5"}, "t50", "t50 or t90 is missing"),
    ({"t50": "5", "t90": "9", "shape": "2"}, "shape", "fix the shape"),
    ({"distribution": "fixed", "mean": "8", "shape": "2"}, "shape", "no shape"),
    ({"t50": "5", "t90": "5"}, "t90", "does not lie after"),
    ({"t50": "5", "t90": "4"}, "t90", "does not lie after"),
    ({"t50": "normal(5,1)", "t90": "normal(8,1)"}, "t90", "1.7 %"),
    ({"t50": "uniform(4,6)", "t90": "5.5"}, "t90", "25 %"),
    ({"mean": "100", "unit": "hour"}, "mode", "needs a mode"),
]


@pytest.mark.parametrize(("life", "column", "says"), LIVES)
def test_a_life_is_described_in_one_way(life, column, says):
    # normal(5,1) and normal(8,1): Phi(-3/sqrt 2) = 0.0169; uniform(4,6) above 5.5: one quarter.
    life = {"lifetime": "drill", **life}
    said = problems(lifetimes=[life])
    errors = [p for p in said if p[0] == "error"]
    assert errors[0][1] == f"lifetimes.csv:2:{column}"
    assert says in errors[0][2]


@pytest.mark.parametrize("ages", [("5", "9"), ("normal(5,0.2)", "normal(9,0.4)"), ("5", "lognormal(9,0.1)")])
def test_ages_well_apart_are_taken(ages):
    assert problems(lifetimes=[{"lifetime": "drill", "t50": ages[0], "t90": ages[1]}]) == []


def test_ages_that_cross_in_up_to_one_draw_in_a_hundred_are_cut_off_with_a_note():
    # normal(5,1) and normal(9,1): Phi(-4/sqrt 2) = 0.00234.
    life = {"lifetime": "drill", "t50": "normal(5,1)", "t90": "normal(9,1)"}
    one("warning", "lifetimes.csv:2:t90", "0.23 %", "cut off", lifetimes=[life])


def test_a_mode_of_a_life_in_years_does_nothing():
    life = {"lifetime": "drill", "mean": "8", "mode": "on"}
    one("warning", "lifetimes.csv:2:mode", "does nothing", lifetimes=[life])


WORN = {"lifetime": "drill", "mean": "500", "unit": "hour", "mode": "on"}


def test_the_mode_that_wears_out_is_in_the_profile():
    one("error", "products.csv:2:lifetime", "no mode `cut`", "`on`", lifetimes=[WORN | {"mode": "cut"}])
    assert problems(lifetimes=[WORN]) == []


def test_the_mode_that_wears_out_is_in_the_profile_of_the_segment():
    segments = [{"product": "DRILL", "segment": "a", "share": "1", "lifetime": "worn"}]
    lifetimes = [WORN | {"lifetime": "worn", "mode": "cut"}]
    one("error", "segments.csv:2:lifetime", "no mode `cut`", segments=segments, lifetimes=also("lifetimes", *lifetimes))


def test_what_is_worn_out_by_use_is_used():
    products = [{"product": "DRILL", "lifetime": "drill"}]
    fridge = [{"product": "DRILL", "gas": "r32", "charge": "1"}]
    one(
        "error", "products.csv:2:lifetime", "no use profile",
        products=products, modes=[], refrigerants=fridge, lifetimes=[WORN],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("unit", "amount_unit", "says"),
    [
        ("cycle", "h/year", "both in cycles"),
        ("hour", "cycle/year", "both in hours"),
        ("hour", "h/life", "depends on that life"),
        ("cycle", "cycle/life", "depends on that life"),
    ],
)
def test_wear_is_counted_in_the_unit_of_the_life(unit, amount_unit, says):
    rows = profile({"mode": "on", "amount": "10", "amount_unit": amount_unit})
    modes = but("modes", rate_unit="W" if amount_unit.startswith("h") else "kWh/cycle")
    one(
        "error",
        "use_profiles.csv:2:amount_unit",
        says,
        lifetimes=[WORN | {"unit": unit}],
        use_profiles=rows,
        modes=modes,
    )


def test_a_rest_that_depends_on_the_life_cannot_wear_it_out():
    rows = profile({"mode": "on", "amount_unit": "rest"}, {"mode": "off", "amount": "100", "amount_unit": "h/life"})
    said = problems(lifetimes=[WORN], use_profiles=rows)
    assert ("error", "use_profiles.csv:2:amount_unit") in [p[:2] for p in said]


@pytest.mark.parametrize("amount", ["0", "discrete(0:1,5:9)"])
def test_an_amount_of_nothing_never_wears_out(amount):
    one(
        "error",
        "use_profiles.csv:2:amount",
        "never wears",
        lifetimes=[WORN],
        use_profiles=profile(ON | {"amount": amount}),
    )


def test_full_load_hours_need_a_load():
    life = [WORN | {"unit": "full_load_hour"}]
    assert problems(lifetimes=life) == []
    one("error", "modes.csv:2:load", "never wears", lifetimes=life, modes=but("modes", load="0"))
    rows = profile(ON, {"mode": "cut", "amount": "5", "amount_unit": "h/year"})
    one("error", "products.csv:2:lifetime", "does not have", lifetimes=[life[0] | {"mode": "cut"}], use_profiles=rows)


def test_a_refused_unit_of_what_wears_out_is_not_refused_again():
    rows = profile({"mode": "on", "amount": "10", "amount_unit": ""})
    assert problems(lifetimes=[WORN], use_profiles=rows) == []


TABLE = {"lifetime": "drill", "distribution": "table"}


def curve(*points, **more):
    return [{"lifetime": "drill", "age": age, "share": share, **more} for age, share in points]


CURVES = [
    ([], "lifetimes.csv:2:distribution", "survival has no rows"),
    (curve(("1", "1"), ("9", "0")), "survival.csv:2:age", "at age 0"),
    (curve(("0", "0.9"), ("9", "0")), "survival.csv:2:share", "at age 0"),
    (curve(("0", "1"), ("9", "0.2")), "survival.csv:3:share", "with 0.2"),
    (curve(("0", "1"), ("4", "0.3"), ("6", "0.5"), ("9", "0")), "survival.csv:4:share", "at the age before"),
    (curve(("0", "1"), ("9", "0"), from_year="2030"), "lifetimes.csv:2:distribution", "survival has no rows"),
    (
        [*curve(("0", "1"), ("9", "0")), {"lifetime": "dril", "age": "0", "share": "1"}],
        "survival.csv:4:lifetime",
        "`drill`",
    ),
]


@pytest.mark.parametrize(("points", "where", "says"), CURVES)
def test_a_table_life_has_a_whole_curve(points, where, says):
    errors = [p for p in problems(lifetimes=[TABLE], survival=points) if p[0] == "error"]
    assert [p[1] for p in errors][:1] == [where]
    assert says in f"{errors[0][2]} {errors[0][3]}"


def test_a_curve_of_points_is_a_life():
    assert problems(lifetimes=[TABLE], survival=curve(("0", "1"), ("5", "0.6"), ("9", "0"))) == []
    points = curve(("0", "1"), ("9", "0"))
    one(
        "warning",
        "survival.csv:2:lifetime",
        "no `table`",
        lifetimes=[{"lifetime": "drill", "mean": "8"}],
        survival=points,
    )


def test_a_life_holds_from_its_year_on():
    early, late = {"lifetime": "drill", "mean": "8"}, {"lifetime": "drill", "mean": "9", "from_year": "2023"}
    assert problems(lifetimes=[early, late], sales=also("sales", but("sales", year="2022")[0])) == []
    one("error", "lifetimes.csv:2:from_year", "from 2026 on", lifetimes=[late | {"from_year": "2026"}])
    one("warning", "lifetimes.csv:3:lifetime", "`drill/2022`", lifetimes=[early, late | {"from_year": "2022"}, late])


@pytest.mark.parametrize(
    ("amount", "asked"),
    [
        ("triangular(3, 8, 20)", "mean_of(triangular(3, 8, 20))"),
        ("uniform(0, 5)", "mean_of(uniform(0, 5))"),
        ("pert(2, 3, 8)", "mean_of(pert(2, 3, 8))"),
        ("triangular(3, 8, 11.9)", ""),
        ("mean_of(triangular(3, 8, 20), 40)", ""),
        ("10 */ 2", ""),
        ("p5_p50_p95(3, 8, 20)", ""),
        ("12", ""),
    ],
)
def test_a_wide_range_of_hours_is_asked_about(amount, asked):
    """`3, 8, 20` says how users differ: the mean is 31/3, and the 5 % point 3 + √(0.05 · 17 · 5) of the triangle."""
    told = readings_of_range(amount)
    assert (told[0] if told else "") == asked
    if amount in ("triangular(3, 8, 20)", "uniform(0, 5)"):
        one("warning", "use_profiles.csv:2:amount", "reads like how users differ", f"`{asked}`",
            use_profiles=profile(ON | {"amount": amount}))  # fmt: skip
    if amount in ("triangular(3, 8, 11.9)", "12"):
        assert problems(use_profiles=profile(ON | {"amount": amount})) == []
    if amount == "triangular(3, 8, 20)":
        assert told[1] == "p5_p50_p95(5.06, 9.9, 16.8)"
