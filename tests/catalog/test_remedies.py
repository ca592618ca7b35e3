"""Numbers as people write them: taken, or refused with a remedy that the cell takes and that means what was meant."""

import re
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws.catalogs import read
from usephase.catalog.schema import TABLES
from usephase.catalog.values import cells
from usephase.catalog.values.columns import CERTAIN, LIKELY, OPEN, Read, read_values
from usephase.errors import CatalogError
from usephase.sampling import distributions as dist

Z95 = 1.959963984540054


@dataclass(frozen=True)
class Slip:
    """A text, and what its writer means: the centre, and both ends of 95 % or of a range (in the column's unit)."""

    table: str
    column: str
    row_unit: str
    text: str
    centre: float | None
    ends: tuple[float, float] | None = None
    either: float | None = None  # the other number that the text may mean


# How numbers are grouped and their decimals parted: English, German, French (spaces of any kind), Swiss.
LOCALES = [(",", "."), (".", ","), (" ", ","), ("\u00a0", ","), ("\u202f", ","), ("'", "."), ("’", "."), ("’", ",")]
# column, its row's unit, then spellings of units and what one is in the column's own
UNITS = {
    ("modes", "rate", ""): [(" W", 1.0), ("W", 1.0), (" watts", 1.0), (" Watts", 1.0), (" kW", 1e3), (" KW", 1e3),
                            (" w", 1.0), (" HP", 745.699872), (" hp", 745.699872)],
    ("modes", "rate", "W"): [("", 1.0), (" W", 1.0), (" watt", 1.0)],
    ("use_profiles", "amount", ""): [(" h/yr", 1.0), (" h/a", 1.0), (" hours/year", 1.0), (" H/Year", 1.0),
                                     (" hours per year", 1.0)],
    ("materials", "mass", ""): [("", 1.0), (" kg", 1.0), (" g", 1e-3), (" KG", 1.0), (" lbs", 0.45359237)],
    ("sales", "units", ""): [("", 1.0)],
    ("grid", "intensity", ""): [("", 1.0), (" g/kWh", 1e-3), (" gCO2e/kWh", 1e-3)],
}  # fmt: skip
WIDE = st.integers(1, 9_999_999)


def grouped(whole: int, decimals: str, group: str, point: str) -> str:
    text = f"{whole:,}".replace(",", group)
    return f"{text}{point}{decimals}" if decimals else text


def other_reading(text: str, value: float) -> float | None:
    """The other number that a text with one separator before three digits may mean."""
    found = re.fullmatch(r"([1-9]\d{0,2})[.,](\d{3})", text)
    if not found:
        return None
    readings = float(found[1] + found[2]), float(f"{found[1]}.{found[2]}")
    return readings[0] if np.isclose(value, readings[1]) else readings[1]


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, float, float | None]:
    """A number in some locale: the text, what it is, and the other number that the text may mean."""
    group, point = draw(st.sampled_from(LOCALES))
    whole = draw(WIDE)
    decimals = draw(st.sampled_from(["", "", "5", "25", "125", "05"]))
    text = grouped(whole, decimals, group if draw(st.booleans()) or whole >= 10_000 else "", point)
    value = float(f"{whole}.{decimals or 0}")
    return text, value, other_reading(text, value)


@st.composite
def slips(draw: st.DrawFn) -> Slip:
    table, column, row_unit = draw(st.sampled_from(sorted(UNITS)))
    unit, factor = draw(st.sampled_from(UNITS[table, column, row_unit]))
    text, value, other = draw(numbers())
    form = draw(st.sampled_from(["plain", "plain", "about", "range", "brackets", "half", "percent", "factor", "bound"]))
    if form == "plain" or other is not None:
        either = None if other is None else other * factor
        return Slip(table, column, row_unit, f"{text}{unit}", value * factor, None, either)
    if form == "about":
        mark = draw(st.sampled_from(["~", "ca. ", "about ", "approx. ", "≈ "]))
        return Slip(table, column, row_unit, f"{mark}{text}{unit}", value * factor)
    plain = str(int(value) + 1)
    if form == "bound":
        mark = draw(st.sampled_from([">", "> ", "≥", "at least "]))
        return Slip(table, column, row_unit, f"{mark}{plain}{unit}", None, (float(plain) * factor, np.inf))
    if form == "range":
        top = str(2 * int(plain))
        join = draw(st.sampled_from([" to ", "-", " - ", "–", "..", "...", " bis "]))
        first = draw(st.sampled_from(["", unit]))
        written = f"{plain}{first}{join}{top}{unit}"
        return Slip(table, column, row_unit, written, None, (float(plain) * factor, float(top) * factor))
    if form == "brackets":
        low, high = int(plain) // 2, 2 * int(plain)
        return Slip(
            table, column, row_unit, f"{plain}{unit} ({low}-{high})", float(plain) * factor,
            (low * factor, high * factor),
        )  # fmt: skip
    if form == "factor":
        written, spread = draw(st.sampled_from([("1", 1.0), ("1,4", 1.4), ("0.8", 1.25)]))
        ends = (float(plain) * factor / spread, float(plain) * factor * spread)
        return Slip(table, column, row_unit, f"{plain} */ {written}{unit}", float(plain) * factor, ends)
    sign = draw(st.sampled_from(["±", " ± ", " +- ", "+-", " +/- ", " + / - "]))
    if form == "percent":
        share = draw(st.sampled_from(["10%", "10 %", "12,5 %"]))
        half = float(share.rstrip(" %").replace(",", ".")) / 100 * float(plain)
        written = f"{plain}{sign}{share}{unit}"
    else:
        half = 0.1 * float(plain)
        written = f"{plain}{sign}{half:.10g}{unit}".replace(".", ",")
    return Slip(table, column, row_unit, written, float(plain) * factor,
                ((float(plain) - half) * factor, (float(plain) + half) * factor))  # fmt: skip


def read_one(slip: Slip, text: str, evidence: int) -> Read:
    column = TABLES[slip.table].column(slip.column)
    one = [np.array([part], dtype=object) for part in (" ".join(text.split()), slip.row_unit, "")]
    return read_values(slip.table, column, *one, np.array([evidence]))


def means(slip: Slip, read: Read) -> bool:
    """Tell whether a cell that was taken is what its writer meant."""
    values = read.values
    if slip.centre is not None and not np.isclose(cells.best_estimates(values)[0], slip.centre, rtol=1e-3):
        return False
    if slip.ends is None or values.kind[0] == dist.FIXED:
        return slip.ends is None or slip.ends[0] == slip.ends[1] or slip.centre is not None
    inside = (0.025, 0.975) if values.kind[0] in (dist.NORMAL, dist.LOGNORMAL) else (1e-12, 1 - 1e-12)
    low, high = (float(cells.quantiles(values, u)[0]) for u in inside)
    scale = max(abs(low), abs(high))
    return bool(low >= slip.ends[0] - 1e-3 * scale and high <= slip.ends[1] + 1e-3 * scale)


def holds(slip: Slip, evidence: int) -> None:
    read = read_one(slip, slip.text, evidence)
    wrong = [found for found in read.findings if found.severity == "error"]
    if not wrong:
        assert means(slip, read), ("taken as something else", slip)
        if slip.either is not None:
            assert evidence == LIKELY, slip
            assert [found.severity for found in read.findings] == ["warning"], ("taken without a word", slip)
        return
    remedies = re.findall(r"`([^`]+)`", wrong[0].fix)
    if slip.ends and slip.ends[1] == np.inf:
        assert not re.search(r"\d", wrong[0].fix), ("an invented number", slip, wrong[0])
        return
    assert remedies, ("no remedy", slip, wrong[0])
    again = [read_one(slip, remedy, evidence) for remedy in remedies]
    for remedy, found in zip(remedies, again, strict=True):
        assert not any(f.severity == "error" for f in found.findings), ("a remedy that is refused", slip, remedy)
    if slip.either is None:
        assert means(slip, again[0]), ("a remedy that means something else", slip, remedies)
    else:
        best = [float(cells.best_estimates(found.values)[0]) for found in again]
        assert len(best) == 2, slip
        assert np.isclose(sorted(best), sorted([slip.centre or 0.0, slip.either]), rtol=1e-12).all(), (slip, best)


def taken_as_decimals(slip: Slip) -> bool:
    """In CSV a point before three digits is read as that of decimals, which the writer of thousands did not mean."""
    return slip.either is not None and "." in slip.text


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(slips(), st.sampled_from([LIKELY, OPEN]))
def test_a_slip_is_taken_as_meant_or_gets_a_remedy_that_is(slip: Slip, evidence: int) -> None:
    if (slip.table, slip.column) == ("sales", "units"):
        evidence = OPEN
    if evidence == LIKELY and taken_as_decimals(slip):
        read = read_one(slip, slip.text, evidence)
        assert [found.severity for found in read.findings] == ["warning"], slip
        return
    holds(slip, evidence)


@pytest.mark.slow
@settings(max_examples=4_000, deadline=None, derandomize=True, database=None)
@given(slips())
def test_many_slips(slip: Slip) -> None:
    holds(slip, OPEN)


# What people write, of a number {n} in the column's own unit {u}: centre, and both ends of 95 % or of a range, as parts
# of {n}; a second centre where the text has two readings. By hand: 1 hp is 745.699872 W, 1 PS 735.49875 W.
KINDS = [
    ("{n} {u} -+ 10%", 1, (0.9, 1.1)),
    ("{n} {u} plus minus 10%", 1, (0.9, 1.1)), ("{n} -/+ 10 percent {u}", 1, (0.9, 1.1)),
    ("{n} {u} ∓ 10%", 1, (0.9, 1.1)), ("{n} {u} ×/ 1.25", 1, (0.8, 1.25)), ("{n} {u} x/1.25", 1, (0.8, 1.25)),
    ("{n} /x 1.25 {u}", 1, (0.8, 1.25)), ("{n} {u} x 1.25", 1, (0.8, 1.25), 1.25),
    ("{n} [{low}, {high}] {u}", 1, (0.9, 1.1)), ("{n} {u} [{low};{high}]", 1, (0.9, 1.1)),
    ("{n} ({low} to {high}) {u}", 1, (0.9, 1.1)), ("[{low}, {high}] {u}", None, (0.9, 1.1)),
    ("{low} {u} to {high} {u}", None, (0.9, 1.1)), ("{low}–{high} {u}", None, (0.9, 1.1)),
    ("uniform({low}-{high}) {u}", None, (0.9, 1.1)), ("U({low}; {high}) {u}", None, (0.9, 1.1)),
    ("uniform[{low},{high}] {u}", None, (0.9, 1.1)), ("uniform({low} {u}, {high} {u})", None, (0.9, 1.1)),
    ("tri({low}, {n}, {high}) {u}", 1, (0.9, 1.1)), ("triangular({low}; {n}; {high}) {u}", 1, (0.9, 1.1)),
    ("PERT({low} | {n} | {high}) {u}", 1, (0.9, 1.1)), ("N({n}, {sd}) {u}", 1, (0.9, 1.1)),
    ("normal({n}, 5%) {u}", 1, (0.9, 1.1)), ("{n} (sd {sd}) {u}", 1, (0.9, 1.1)),
    ("{n} {u} (estimate)", 1, None), ("{n} {u} est.", 1, None), ("{n} {u} (measured)", 1, None), ("{n} {u}*", 1, None),
    ("'{n} {u}'", 1, None), ("={n} {u}", 1, None), ("{wide} {u}", 1, None),
    ("{dot} {u}", 1, None), ("{comma} {u}", 1, None),
    ("{tenth} x 10 {u}", 1, None), ("{thousandth}x10^3 {u}", 1, None), ("{thousandth}·10³ {u}", 1, None),
    ("{n} {u} ± 150%", None, None),
    ("({n}) {u}", 1, None), ("[{n}] {u}", 1, None), ("{n} {u} ± 10% (95%)", 1, (0.9, 1.1)),
    ("{n} {u} ± {tenth} (95 % CI)", 1, (0.9, 1.1)), ("{n} {u} ± {sd} (1 sd)", 1, (0.9, 1.1)),
    ("{n} {u} (95% CI {low} to {high})", 1, (0.9, 1.1)), ("{n} {u} ({low}-{high}, 95%)", 1, (0.9, 1.1)),
    ("{n} +{tenth}/-{tenth} {u}", 1, (0.9, 1.1)), ("{n} {u} +10%/-10%", 1, (0.9, 1.1)),
    ("{low}/{n}/{high} {u}", 1, (0.9, 1.1)), ("({low}, {n}, {high}) {u}", 1, (0.9, 1.1)),
    ("lognormal({n}, 10%) {u}", 1, (1.1**-Z95, 1.1**Z95)), ("LN({n}, 1.1) {u}", 1, (1.1**-Z95, 1.1**Z95)),
    ("lognormal({n}, 0.1) {u}", 1, (np.exp(-0.1 * Z95), np.exp(0.1 * Z95))),
    ("mean_of(tri({low}, {n}, {high})) {u}", 1, None), ("mean_of(N({n}, 5%), 4) {u}", 1, (0.9, 1.1)),
    ("mean_of(uniform({low} {u}, {high} {u}))", None, None), ("mean_of({low}-{high}, 30) {u}", None, None),
    ("normal(mean={n}, sd={sd}) {u}", 1, (0.9, 1.1)), ("uniform {low} {high} {u}", None, (0.9, 1.1)),
    ("P10={low}, P50={n}, P90={high} {u}", 1, None), ("triangular({low} {n} {high}) {u}", 1, (0.9, 1.1)),
    ("uniform({n} ± 10%) {u}", None, (0.9, 1.1)), ("triangular({low}, {n}, {high} {u}", 1, (0.9, 1.1)),
    ("discrete({low}, {high}) {u}", None, None),
]  # fmt: skip
COLUMNS = [
    ("sales", "units", "", ["", "pcs", "Stück", "units", "台"], 4000, [1]), ("modes", "rate", "W", ["", "W"], 350, [1]),
    ("modes", "rate", "", ["W", "kW", "PS"], 2, [1, 1e3, 735.49875]), ("modes", "load", "", ["", "%"], 0.4, [1, 0.01]),
    ("use_profiles", "amount", "h/year", ["", "h/year"], 200, [1]), ("materials", "mass", "", ["", "kg"], 1.6, [1]),
    ("carriers", "combustion", "L", ["", "kg/L"], 2.4, [1]), ("grid", "intensity", "", ["", "kg/kWh"], 0.4, [1]),
    ("zones", "level", "", [""], 1.2, [1]), ("zones", "trend", "", [""], 0.04, [1]),
    ("gases", "gwp", "", [""], 675, [1]),
    ("products", "annual_use_change", "", [""], 0.02, [1]), ("coverage", "covered", "", [""], 0.6, [1]),
    ("lifetimes", "mean", "year", ["", "year"], 12, [1]), ("refrigerants", "charge", "", ["", "kg"], 1.2, [1]),
]  # fmt: skip


def _texts(number: float, unit: str) -> dict[str, str]:
    digits = f"{number:.10g}"
    parts = {"low": 0.9, "high": 1.1, "sd": 0.1 / Z95, "tenth": 0.1, "thousandth": 0.001}
    return {name: f"{number * part:.10g}" for name, part in parts.items()} | {
        "n": digits, "u": unit, "wide": digits.translate(str.maketrans("0123456789.", "０１２３４５６７８９．")),
        "dot": digits.replace(".", "·"), "comma": digits.replace(".", ",").removeprefix("0"),
    }  # fmt: skip


@pytest.mark.parametrize(("table", "column", "row_unit", "units", "number", "sizes"), COLUMNS)
def test_every_kind_of_slip_in_every_kind_of_column(table, column, row_unit, units, number, sizes) -> None:
    for unit, size in zip(units, sizes * len(units) if len(sizes) == 1 else sizes, strict=True):
        here = number / size if size == 0.01 else number
        for text, centre, ends, *second in KINDS:
            written = text.format(**_texts(here, unit)).strip()
            if text.startswith("{n} {u} ± 150%") and column in ("trend", "annual_use_change"):
                continue  # nothing is outside
            middle = None if centre is None else centre * here * size
            either = second[0] * here * size if second else None
            bounds = (ends[0] * here * size, ends[1] * here * size) if ends else None
            holds(Slip(table, column, row_unit, " ".join(written.split()), middle, bounds, either), OPEN)


@pytest.mark.parametrize(
    ("table", "column", "row_unit", "text"),
    [("sales", "units", "", text) for text in ("1.5 kW", "5%", "0x10", "100W to 0.2 kW", "1000 kg", "3 h/year")]
    + [("modes", "rate", "W", "0x10"), ("modes", "load", "", "110%"), ("modes", "rate", "W", "5%")],
)  # fmt: skip
def test_where_the_meaning_is_not_clear_no_number_is_proposed(
    table: str, column: str, row_unit: str, text: str
) -> None:
    (found,) = read_one(Slip(table, column, row_unit, text, None), text, OPEN).findings
    assert found.severity == "error"
    assert not re.search(r"write `[\d]", found.fix), found.fix


SHARES = [
    ("85 %", 0.85), ("85%", 0.85), ("85,5 %", 0.855), ("0,85", 0.85), ("85", 0.85), ("85.5", 0.855),
    ("85 ± 5", 0.85), ("85 ± 5%", 0.85), ("80 to 90 %", None), ("triangular(60, 80, 90)", 0.8), ("~85 %", 0.85),
    (">80 %", None), ("> 0.8", None), ("85 */ 1.05", 0.85), ("85 (80-90) %", 0.85), ("100 %", 1.0),
]  # fmt: skip


@pytest.mark.parametrize(("text", "centre"), SHARES)
def test_shares_as_people_write_them(text: str, centre: float | None) -> None:
    ends = (0.8, 1.0) if centre is None else None
    holds(Slip("modes", "load", "", text, centre, ends), OPEN)


@pytest.mark.parametrize("text", ["60.000", "1.234", "60,000", "60.000 W", "350.000 ± 10%"])
def test_a_text_of_two_readings_is_refused_with_both(text: str) -> None:
    read = read_one(Slip("modes", "rate", "W", text, None), text, OPEN)
    remedies = re.findall(r"`([^`]+)`", read.findings[0].fix)
    assert [r.severity for r in read.findings] == ["error"]
    digits = re.sub(r"[^\d]", "", text.split("±")[0])
    assert [float(re.split(r"[ W±]", remedy)[0]) for remedy in remedies] == [float(digits), float(digits) / 1000]


@pytest.mark.parametrize(
    ("text", "thousands", "decimals"),
    [("normal(60.000, 1.000)", "normal(60000, 1000)", "normal(60, 1)"),
     ("uniform(1.000,2.000)", "uniform(1000, 2000)", "uniform(1, 2)"),
     ("triangular(1.000, 2.000, 3.000)", "triangular(1000, 2000, 3000)", "triangular(1, 2, 3)"),
     ("1.000 */ 1.2", "1000 */ 1.2", "1 */ 1.2"), ("1.234 */ 1.2", "1234 */ 1.2", "1.2340 */ 1.2"),
     ("lognormal(1.000, 1.234)", "lognormal(1000, 1.234)", "lognormal(1, 1.234)"),
     ("60.000 ± 2.5", "60000 ± 2.5", "60 ± 2.5"), ("60.000 pcs", "60000", "60"),
     ("discrete(1.000: 1, 2.000: 3)", "discrete(1000: 1, 2000: 3)", "discrete(1: 1, 2: 3)")],
)  # fmt: skip
def test_units_of_two_readings_are_refused_in_every_form(text: str, thousands: str, decimals: str) -> None:
    read = read_one(Slip("sales", "units", "", text, None), text, OPEN)
    assert [f.fix for f in read.findings] == [f"write `{thousands}` for thousands or `{decimals}` for decimals"]


@pytest.mark.parametrize(
    "text",
    [
        "normal(60, 1)",
        "uniform(1000, 2000)",
        "1000 */ 1.2",
        "1.5e3",
        "3973.55 ± 26.465%",
        "1000 */ 1.234",
        "lognormal(1000, 1.234)",
        "normal(3973.55, 123.456)",
    ],
)
def test_units_of_one_reading_are_taken(text: str) -> None:
    assert not read_one(Slip("sales", "units", "", text, None), text, OPEN).findings


EXACT = [
    ("1.2M", "1200000"), ("1k", "1000"), ("12 x/ 1.4", "12 */ 1.4"), ("60 pcs", "60"), ("5,", "5"), ("$1000", "1000"),
    ("1000,-", "1000"), ("1.000.5", "1000.5"), ("2 dozen", "24"), ("1½", "1.5"), ("1/2", "0.5"), ("12k units", "12000"),
    ("1000/year", "1000"), ("1 000 St.", "1000"), ("1000 pcs ± 10%", "1000 ± 10%"), ("2*1000", "2000"),
    ("100-200", "uniform(100, 200)"), ("2bn", "2000000000"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "remedy"), EXACT)
def test_the_exact_remedy_is_given(text: str, remedy: str) -> None:
    read = read_one(Slip("sales", "units", "", text, None), text, OPEN)
    assert [f.fix for f in read.findings] == [f"write `{remedy}`"]


@pytest.mark.parametrize(
    ("text", "fix"),
    [("100-200 W", "`uniform(100, 200) W`"), ("12 W x/ 1.4", "`12 */ 1.4 W`"),
     ("100 W to 0.2 kW", "`uniform(100, 200) W` (1 kW = 1,000 W)"), ("2 PS", "`1470.9975 W` (1 PS = 735.49875 W)"),
     ("0.5 kW ± 10%", "`500 ± 10% W` (1 kW = 1,000 W)"), ("2 HP", "`1491.399744 W` (1 HP = 745.699872 W)")],
)  # fmt: skip
def test_the_exact_remedy_keeps_the_unit(text: str, fix: str) -> None:
    read = read_one(Slip("modes", "rate", "W", text, None), text, OPEN)
    assert [f.fix for f in read.findings] == [f"write {fix}"]


@pytest.mark.parametrize("text", [">=1000", "> 0.5", "at least 3"])
def test_a_bound_gets_no_number_that_nobody_wrote(text: str) -> None:
    for table, column in (("sales", "units"), ("modes", "rate")):
        read = read_one(Slip(table, column, "W" if column == "rate" else "", text, None), text, OPEN)
        assert [bool(re.search(r"\d", f.fix)) for f in read.findings] == [False]


def test_a_stored_number_has_one_reading() -> None:
    read = read_one(Slip("modes", "rate", "W", "1.234", None), "1.234", CERTAIN)
    assert not read.findings
    assert read.values.params[0, 0] == 1.234


CASE = {
    "products": [{"product": "P", "family": "F", "use_profile": "u", "lifetime": "l"}],
    "modes": [{"product": "P", "mode": "on", "carrier": "electricity", "rate": "100", "rate_unit": "W"}],
    "use_profiles": [{"use_profile": "u", "mode": "on", "amount": "100", "amount_unit": "h/year"}],
    "lifetimes": [{"lifetime": "l", "distribution": "fixed", "mean": "10"}],
    "sales": [{"product": "P", "region": "Z", "year": "2024", "units": "1.000,5"}],
    "zones": [{"zone": "Z", "loss": "0.05"}],
    "grid": [{"zone": "Z", "scenario": "trend_10y", "year": "2024", "intensity": "0.5"}],
}
SETTINGS = {"catalog": {"name": "t", "reporting_year": 2024}}


@pytest.mark.parametrize(
    ("units", "fix"),
    [("1.000,5", "write `1000.5`"), ("60.000", "write `60000` for thousands or `60` for decimals"),
     ("1.234", "write `1234` for thousands or `1.2340` for decimals"), ("57k", "write `57000`")],
)  # fmt: skip
def test_units_sold_are_refused_with_what_they_mean(units: str, fix: str) -> None:
    made = {**CASE, "sales": [CASE["sales"][0] | {"units": units}]}
    with pytest.raises(CatalogError) as refused:
        read(SETTINGS, made)
    assert [(p.where, p.fix) for p in refused.value.problems] == [("sales.csv:2:units", fix)]


def test_check_says_once_a_column_that_it_reads_decimals() -> None:
    modes = [CASE["modes"][0] | {"mode": mode, "rate": rate} for mode, rate in (("on", "1.234"), ("off", "60.000"))]
    profiles = [CASE["use_profiles"][0] | {"mode": mode} for mode in ("on", "off")]
    sold = [CASE["sales"][0] | {"units": "1000"}]
    catalog = read(SETTINGS, {**CASE, "modes": modes, "use_profiles": profiles, "sales": sold})
    said = [w for w in catalog.warnings if "read as" in w.what]
    assert [w.where for w in said] == ["modes.csv:3:rate"]  # rows in the order of their keys: off before on
    assert "`60.000` can be read as 60000 or as 60: it is read as 60 (and 1 more" in said[0].what
