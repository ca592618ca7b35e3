"""Units that a column does not take: the same unit in another spelling, its conversion, or nothing is proposed."""

import re
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from tests.catalog.test_remedies import CASE, SETTINGS
from tests.laws.catalogs import read
from usephase.catalog.schema import AMOUNT_UNITS, CARRIER_UNITS, RATE_UNITS, TABLES
from usephase.catalog.values.columns import read_values
from usephase.catalog.values.units import wrong_unit
from usephase.errors import CatalogError
from usephase.units import spell

# By hand: SI prefixes (BIPM brochure, table 7), bases of time in hours, units by dimension and size in W, kWh, L, kg.
PREFIXES = {"": 1, "k": 1000, "M": 10**6, "G": 10**9, "T": 10**12, "m": Fraction(1, 1000), "µ": Fraction(1, 10**6),
            "c": Fraction(1, 100), "h": 100, "d": Fraction(1, 10), "n": Fraction(1, 10**9)}  # fmt: skip
BASES = {"W": ("power", 1), "Wh": ("energy", Fraction(1, 1000)), "J": ("energy", Fraction(1, 3_600_000)),
         "L": ("volume", 1), "g": ("mass", Fraction(1, 1000)), "cycle": ("cycle", 1)}  # fmt: skip
TIMES = {"s": Fraction(1, 3600), "min": Fraction(1, 60), "h": 1, "day": 24, "week": 168, "month": 730, "year": 8760}
SIZES = {prefix + base: (kind, size * PREFIXES[prefix]) for (base, (kind, size)), prefix in
         product(BASES.items(), PREFIXES) if base != "cycle" or not prefix}  # fmt: skip
SIZES |= {name: ("time", Fraction(size)) for name, size in TIMES.items()}
SIZES |= {"m3": ("volume", 1000), "life": ("life", 1), "t": ("mass", 1000), "hp": ("power", Fraction("745.699872")),
          "gal": ("volume", Fraction("3.785411784")), "PS": ("power", Fraction("735.49875")),
          "BTU": ("energy", Fraction("1055.05585262") / 3_600_000)}  # fmt: skip
UNKNOWN = ["V", "VA", "kVA", "m", "pcs", "XW", "Wx", "€"]
UNITS = [*SIZES, *UNKNOWN]
UNITS += [f"{above}/{below}" for above, below in product(UNITS, [*TIMES, "cycle", "life", "unit", "kWh", "m"])]


def size(unit: str) -> tuple[tuple[str, ...], Fraction] | None:
    parts = [SIZES.get(part) for part in unit.split("/")]
    if None in parts:
        return None
    kinds, ratio = tuple(part[0] for part in parts), Fraction(parts[0][1])
    for part in parts[1:]:
        ratio /= part[1]
    return (("power",), ratio * 1000) if kinds == ("energy", "time") and unit.endswith("/h") else (kinds, ratio)


@pytest.mark.parametrize("allowed", [RATE_UNITS, AMOUNT_UNITS, CARRIER_UNITS])
def test_no_remedy_names_a_unit_of_another_size_or_dimension(allowed: tuple[str, ...]) -> None:
    sizes = {unit: size(unit) for unit in allowed}
    for unit in UNITS:
        if spell(unit) in allowed:
            continue
        # ML in capitals alone is taken for mL elsewhere: neither is proposed.
        fix, mine = wrong_unit("", unit, allowed).fix, None if unit == "ML" else size(unit)
        assert "did you mean" not in fix, (unit, fix)
        found = re.match(r"([\d,.e+-]+) (\S+) = ([\d,.e+-]+) (\S+): write the unit `(\S+)`", fix)
        if mine is None or mine[0] not in [known[0] for known in sizes.values() if known]:
            assert found is None, (unit, fix)
            continue
        assert found, (unit, fix)
        assert found[2] == unit
        assert found[4] == found[5]
        left, right = (float(found[at].replace(",", "")) for at in (1, 3))
        other = size(found[4])
        assert other is not None
        assert other[0] == mine[0], (unit, fix)
        assert left * float(mine[1]) == pytest.approx(right * float(other[1]), rel=1e-8), (unit, fix)


@pytest.mark.parametrize(
    ("word", "allowed", "meant"),
    [("kilowat", RATE_UNITS, "kW"), ("kWe", RATE_UNITS, "kW"), ("kWh/yaer", RATE_UNITS, "kWh/year"),
     ("hours/yeear", AMOUNT_UNITS, "h/year"), ("cylces/day", AMOUNT_UNITS, "cycle/day"),
     ("Rest", AMOUNT_UNITS, "rest")],
)  # fmt: skip
def test_a_misspelt_unit_is_told(word: str, allowed: tuple[str, ...], meant: str) -> None:
    assert wrong_unit("", word, allowed).fix.startswith(f"did you mean `{meant}`?")


@pytest.mark.parametrize(
    ("table", "changes", "where", "fix"),
    [("modes", {"rate": "2", "rate_unit": "MW"}, "rate_unit", "1 MW = 1,000 kW: write 2000 and the unit `kW`"),
     ("modes", {"rate": "500", "rate_unit": "mW"}, "rate_unit", "1,000 mW = 1 W: write 0.5 and the unit `W`"),
     ("modes", {"rate": "3", "rate_unit": "kWh/day"}, "rate_unit",
      "1 kWh/day = 365 kWh/year: write 1095 and the unit `kWh/year`"),
     ("modes", {"rate": "2 MW", "rate_unit": ""}, "rate", "write `2000 kW` (1 MW = 1,000 kW)"),
     ("modes", {"rate": "2 ± 10%", "rate_unit": "MW"}, "rate_unit",
      "1 MW = 1,000 kW: write the unit `kW`, and the number in it"),
     ("use_profiles", {"amount": "90", "amount_unit": "min/day"}, "amount_unit",
      "60 min/day = 1 h/day: write 1.5 and the unit `h/day`"),
     ("use_profiles", {"amount": "14", "amount_unit": "h/week"}, "amount_unit",
      "7 h/week = 1 h/day: write 2 and the unit `h/day`")],
)  # fmt: skip
def test_the_number_to_write_is_said(table: str, changes: dict[str, str], where: str, fix: str) -> None:
    sold = [CASE["sales"][0] | {"units": "1000"}]
    with pytest.raises(CatalogError) as refused:
        read(SETTINGS, {**CASE, "sales": sold, table: [CASE[table][0] | changes]})
    assert (f"{table}.csv:2:{where}", fix) in [(p.where, p.fix) for p in refused.value.problems]


@pytest.mark.parametrize("number", ["1e308", "1e-300", "0"])
def test_a_number_of_no_ordinary_size_is_not_converted(number: str) -> None:
    cells = [np.array([text], dtype=object) for text in (f"{number} MW", "", "")]
    found = read_values("modes", TABLES["modes"].column("rate"), *cells).findings
    assert [f.fix for f in found] == ["1 MW = 1,000 kW: write the unit `kW`, and the number in it"]
