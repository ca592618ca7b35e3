"""Design options, correlations, and names that would be ambiguous."""

import pytest

from tests.catalog import build
from tests.catalog.sound import BASE, REFERENCE, also, but, one, problems
from usephase.catalog.options.changes import read_change
from usephase.catalog.values.refusal import Refusal
from usephase.sampling import distributions as dist

RATE = {"option": "A", "table": "modes", "row": "product=DRILL;mode=on", "column": "rate", "value": "*0.9"}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"value": "+5"},
        {"value": "+ -5"},
        {"value": "80"},
        {"value": "0.08 kW"},
        {"value": "triangular(60, 80, 90) W"},
        {"row": "mode=on;product=DRILL"},
        {"table": "use_profiles", "row": "use_profile=diy;mode=on", "column": "amount"},
        {"table": "lifetimes", "row": "lifetime=drill", "column": "mean", "value": "*1.2"},
        {"table": "lifetimes", "row": "lifetime=drill", "column": "shape", "value": "3"},
        {"table": "settings", "row": "grid", "column": "level"},
        {"table": "grid", "row": "zone=DEU;scenario=flat;year=2030", "column": "intensity"},
        {"table": "sales", "row": "product=DRILL;region=DEU;year=2024", "column": "units"},
        {"table": "zones", "row": "zone=DEU", "column": "loss", "value": "0.1"},
    ],
)
def test_an_option_names_one_cell(change):
    assert problems(options=[{**RATE, **change}]) == []


@pytest.mark.parametrize(
    ("change", "column", "says"),
    [
        ({"table": "mode"}, "table", "`modes`"),
        ({"table": "coverage", "row": "family=Drills", "column": "covered"}, "table", "`coverage`"),
        ({"column": "rat"}, "column", "`rate`"),
        ({"column": "carrier"}, "value", "no carrier"),
        ({"column": "rate_unit", "value": "kW"}, "column", "no design"),
        ({"row": "product=DRIL;mode=on"}, "row", "`product=DRILL;mode=on`"),
        ({"row": "product=DRILL"}, "row", "does not say which mode"),
        ({"row": "product=DRILL;mod=on"}, "row", "`mode`"),
        ({"row": "DRILL"}, "row", "product=…;mode=…"),
        ({"row": "product=DRILL;product=DRILL;mode=on"}, "row", "twice"),
        ({"table": "settings", "row": "all", "column": "level"}, "row", "`grid`"),
        ({"value": "ninety"}, "value", "ninety"),
        ({"value": "*0.9 W"}, "value", "not a factor"),
        ({"value": "*-1"}, "value", "not a factor"),
        ({"value": "+-500"}, "value", "-400"),
        ({"value": "-5"}, "value", "`+-5`"),
        ({"value": "5 kg"}, "value", "kg"),
        ({"value": "5 L/h"}, "value", "W"),
        ({"table": "lifetimes", "row": "lifetime=drill", "column": "t50", "value": "5"}, "column", "empty"),
        ({"table": "lifetimes", "row": "lifetime=drill", "column": "shape"}, "value", "nothing to multiply"),
        ({"option": "base"}, "option", "itself"),
    ],
)
def test_an_option_that_does_not_is_refused_by_place(change, column, says):
    one("error", f"options.csv:2:{column}", says, options=[{**RATE, **change}])


def test_an_option_changes_a_cell_once():
    twice = [RATE, {**RATE, "row": "mode=on;product=DRILL", "value": "80"}]
    said = problems(options=twice)
    assert len(said) == 1
    assert said[0][1].endswith(":row")
    assert "twice (options.csv:" in said[0][2]
    assert problems(options=[RATE, {**RATE, "option": "B"}]) == []


def rate(text, *, held, unit="W"):
    """Make a table of modes with one rate as reading holds it: converted, with the text as written."""
    row = {"product": "P", "mode": "m", "carrier": "electricity", "rate": held, "rate_unit": unit}
    table = build.table("modes", [row])
    table.values["rate"].text[0] = text
    return table


@pytest.mark.parametrize(
    ("base", "held", "option", "number"),
    [
        ("100", "100", "80", 80),
        ("0.1", "100", "0.08", 80),  # written in kW
        ("0.1 kW", "100", "0.08", 80),
        ("0.1 kW", "100", "80 W", 80),
        ("0.1", "100", "80 W", 80),
        ("triangular(0.05, 0.1, 0.2)", "triangular(50,100,200)", "0.08", 80),
    ],
)
def test_a_value_without_a_unit_is_in_the_unit_of_the_cell_it_replaces(base, held, option, number):
    change = read_change(option, rate(base, held=held), 0, "rate")
    assert change.operation == "set"
    assert change.kind == dist.FIXED
    assert change.number == pytest.approx(number, rel=1e-12)
    assert change.params[0] == pytest.approx(number, rel=1e-12)


def test_an_addend_is_converted_and_a_factor_is_not():
    table = rate("0.1 kW", held="100")
    assert read_change("+0.05", table, 0, "rate").number == pytest.approx(50)
    assert read_change("+5 W", table, 0, "rate").number == pytest.approx(5)
    assert read_change("*0.5", table, 0, "rate").number == 0.5
    assert read_change("* 0.5", table, 0, "rate").operation == "multiply"


def test_a_discrete_value_keeps_its_points():
    change = read_change("discrete(50: 1, 80: 3)", rate("100", held="100"), 0, "rate")
    assert change.kind == dist.DISCRETE
    assert list(change.points[0]) == [50, 80]
    assert list(change.points[1]) == [0.25, 0.75]


def test_a_mass_without_a_unit_is_in_kilograms():
    table = build.table("materials", [{"product": "P", "part": "product", "material": "steel", "mass": "0.5"}])
    assert read_change("0.4", table, 0, "mass").number == 0.4
    assert read_change("400 g", table, 0, "mass").number == pytest.approx(0.4)
    with pytest.raises(Refusal):
        read_change("4 W", table, 0, "mass")


def group(**cells):
    return {"group": "g", "table": "modes", "row": "", "column": "rate", "correlation": "0.5", **cells}


LIFE = group(table="lifetimes", column="mean")


def test_a_group_correlates_uncertain_cells():
    assert problems(correlations=[group(), LIFE]) == []
    assert problems(correlations=[group(row="product=DRILL"), LIFE]) == []
    settings = {"level": "lognormal(1,0.1)"}
    rows = [group(), group(table="settings", row="grid", column="level")]
    assert problems(correlations=rows, grid_settings=settings) == []


@pytest.mark.parametrize(
    ("change", "column", "says"),
    [
        ({"table": "moods"}, "table", "`modes`"),
        ({"column": "rates"}, "column", "`rate`"),
        ({"row": "product=DRIL"}, "row", "no row of modes matches"),
        ({"row": "prod=DRILL"}, "row", "`product`"),
        ({"column": "load"}, "row", "no uncertain `load`"),
    ],
)
def test_a_correlation_of_nothing_is_refused_by_place(change, column, says):
    said = problems(correlations=[group(**change), LIFE])
    hits = [p for p in said if p[0] == "error"]
    assert [p[1] for p in hits] == [f"correlations.csv:2:{column}"]
    assert says in f"{hits[0][2]} {hits[0][3]}"


def test_a_group_has_one_correlation():
    one(
        "error",
        "correlations.csv:3:correlation",
        "0.5 in its first row",
        correlations=[group(), LIFE | {"correlation": "0.6"}],
    )


def test_a_cell_is_in_one_group():
    rows = [group(), LIFE, LIFE | {"group": "h", "correlation": "0.9"}]
    said = problems(correlations=rows)
    assert [p[:2] for p in said if p[0] == "error"] == [("error", "correlations.csv:4:row")]
    assert "lifetime=drill is in the group `g` already" in said[0][2]


def test_a_group_of_one_cell_is_said():
    one("warning", "correlations.csv:2:group", "one uncertain cell", correlations=[group()])


@pytest.mark.parametrize(
    ("name", "severity", "says"),
    [
        ("modes.rat", "error", "did you mean `modes.rate`"),
        ("use_profile.amount", "error", "did you mean `use_profiles.amount`"),
        ("sales.region", "error", "TABLE.COLUMN"),
        ("modes.load", "warning", "no value of `modes.load` is uncertain"),
    ],
)
def test_a_common_error_is_of_a_column_with_unknowns(name, severity, says):
    one(severity, f"catalog.toml:2:dependence.{name}", says, settings={"dependence": {name: 0.2, "modes.rate": 0.3}})


@pytest.mark.parametrize("label", ["region", "mode", "calendar_year", "phase"])
def test_a_label_is_not_called_like_a_grouping(label):
    one("error", f"products.csv:1:{label}", label, labels=(label,), products=but("products", **{label: "x"}))


def test_other_labels_are_free():
    assert problems(labels=("channel",), products=but("products", channel="x")) == []


@pytest.mark.parametrize("name", ["A;B", "A=B"])
def test_keys_hold_no_separators(name):
    sales = also("sales", {"product": name, "region": "DEU", "year": "2024", "units": "1"})
    said = problems(products=also("products", {"product": name}), sales=sales)
    assert [p[1] for p in said] == ["products.csv:3:product", "sales.csv:4:product"]
    assert "`A B`" in said[0][3] or "`A,B`" in said[0][3]


def test_a_quasi_design_is_at_its_best_at_powers_of_two():
    one("warning", "catalog.toml:monte_carlo.draws", "4096", "8192", settings={"draws": 5000})
    assert problems({"draws": 4096}) == []
    assert problems({"draws": 5000, "design": "random"}) == []


def test_a_charger_sold_alone_may_count_twice():
    kit = [
        {"use_profile": "diy", "mode": "on", "amount": "10", "amount_unit": "h/year"},
        {"use_profile": "diy", "mode": "charging", "amount": "10", "amount_unit": "h/year"},
    ]
    charging = {"mode": "charging", "carrier": "electricity", "rate": "5", "rate_unit": "W"}
    changes = {
        "products": [{**BASE["products"][0], "service_mode": "on"}, {**BASE["products"][0], "product": "CHARGER"}],
        "modes": [*also("modes", {"product": "DRILL", **charging}), {"product": "CHARGER", **charging}],
        "use_profiles": kit,
        "sales": also("sales", {"product": "CHARGER", "region": "DEU", "year": "2024", "units": "1"}),
        "materials": also("materials", {"product": "CHARGER", "part": "product", "material": "steel", "mass": "0.3"}),
    }
    one("warning", "products.csv:3:use_profile", "count twice", **changes)
    changes["products"][1]["allocation"] = "0.5"
    assert problems(**changes) == []


def test_reference_rows_can_be_changed_by_an_option():
    option = {"option": "A", "table": "lifetimes", "row": "lifetime=tool", "column": "mean", "value": "*1.1"}
    assert problems(options=[option], products=but("products", lifetime="tool"), lifetimes=[]) == []
    assert REFERENCE["lifetimes"][0]["lifetime"] == "tool"
