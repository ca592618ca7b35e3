import pytest

from usephase.catalog.schema import AMOUNT_UNITS, CARRIER_UNITS, RATE_UNITS
from usephase.units import ONE, UnitError, canonical_rate, conversion, nearest, spell


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        (0.5, "kW", "W", 500.0),
        (1, "hp", "W", 745.699872),
        (250, "Wh/cycle", "kWh/cycle", 0.25),
        (3.6, "MJ/cycle", "kWh/cycle", 1.0),
        (1, "gal/h", "L/h", 3.785411784),
        (750, "mL/h", "L/h", 0.75),
        (500, "g/h", "kg/h", 0.5),
        (57, "%", "", 0.57),
        (450, "g CO2e/kWh", "kg/kWh", 0.45),
        (0.45, "t CO2e/MWh", "kg/kWh", 0.45),
        (10, "g/MJ", "kg/kWh", 0.036),
        (2, "h/day", "h/year", 730.0),
        (1, "cycle/week", "cycle/year", 8760 / 168),
        (18, "months", "year", 1.5),
        (745, "kg/m3", "kg/L", 0.745),
        (12, "kWh/kg", "MJ/kg", 43.2),
        (1, "lb", "kg", 0.45359237),
        (16, "oz", "lb", 1.0),
        (2, "m3", "L", 2000.0),
    ],
)
def test_converts(value, unit, to, expected):
    assert conversion(unit, to).times(value) == pytest.approx(expected, rel=1e-15)


def test_percent_is_exact():
    assert [conversion("%", "").times(p) for p in (7, 29, 55, 57, 58)] == [0.07, 0.29, 0.55, 0.57, 0.58]


@pytest.mark.parametrize(
    ("written", "one"),
    [
        ("l / h", "L/h"), ("kg CO2e/kWh", "kg/kWh"), ("kg CO2-eq / kWh", "kg/kWh"), ("kgCO2e/kWh", "kg/kWh"),
        ("hours/yr", "h/year"), ("m³", "m3"), ("cycles/day", "cycle/day"), ("kW", "kW"), ("furlong", "furlong"),
    ],
)  # fmt: skip
def test_spells_one_way(written, one):
    assert spell(written) == one


def test_same_unit_changes_nothing():
    assert conversion("l/h", "L/h") is ONE


@pytest.mark.parametrize(
    ("unit", "to"),
    [("kW", "kWh/cycle"), ("kg", "L"), ("%", "W"), ("kW", ""), ("h/day", "h"), ("cycle", "h"), ("kWh/h", "W")],
)
def test_refuses_another_dimension(unit, to):
    with pytest.raises(UnitError, match="cannot be converted"):
        conversion(unit, to)


@pytest.mark.parametrize("unit", ["furlong", "Mg", "kg/mWh", "kW/", "/h", "kWh/cycle/day", "MW"])
def test_refuses_an_unknown_unit(unit):
    with pytest.raises(UnitError, match="not a unit"):
        conversion(unit, "W")


@pytest.mark.parametrize(
    ("unit", "canonical"),
    [
        ("W", "W"), ("hp", "W"), ("MJ/cycle", "kWh/cycle"), ("gal/h", "L/h"), ("g/h", "kg/h"), ("L/cycle", "L/cycle"),
        ("kg/cycle", "kg/cycle"),
    ],
)  # fmt: skip
def test_names_the_canonical_rate(unit, canonical):
    assert canonical_rate(unit) == canonical


def test_a_mass_is_no_rate():
    with pytest.raises(UnitError, match="not a power"):
        canonical_rate("kg")


def test_nearest_ignores_case_and_gives_up_on_strangers():
    assert nearest("Rate", ["rate", "load"]) == "rate"
    assert nearest("lifetme", ["lifetime", "load"]) == "lifetime"
    assert nearest("xyzzy", ["rate", "load"]) == ""


@pytest.mark.parametrize("unit", sorted({*RATE_UNITS, *AMOUNT_UNITS, *CARRIER_UNITS} - {"rest"}))
def test_case_alone_never_refuses_a_unit(unit):
    for written in (unit.upper(), unit.lower(), unit.title(), f" {unit} "):
        if written.strip().partition("/")[0] not in ("Mg", "ML"):
            assert spell(written) == unit


@pytest.mark.parametrize(
    ("written", "unit"),
    [("Watts", "W"), ("HP", "hp"), ("KW", "kW"), ("w", "W"), ("kWh/a", "kWh/year"), ("kWh p.a.", "kWh/year"),
     ("KWH/Year", "kWh/year"), ("kilowatt-hours per year", "kWh/year"), ("Hours per day", "h/day"),
     ("KG CO2E/KWH", "kg/kWh"), ("gCO2/kWh", "g/kWh"), ("Liters", "L"), ("cycles/wk", "cycle/week")],
)  # fmt: skip
def test_units_as_people_write_them(written, unit):
    assert spell(written) == unit
