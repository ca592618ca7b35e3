"""Tables of random figures: one common place a table, parts that add up or say why, words and numbers that agree."""

import dataclasses
import io
import math
import re
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import usephase
from tests.insight.test_quality import SETTINGS, fans
from tests.reference.folder import write_catalog
from tests.report.html_reader import read, rows
from tests.results.make_run import make_run
from tests.seeds import some
from usephase.insight.comparison.differences import contributions, numbers
from usephase.insight.comparison.records import Difference
from usephase.insight.comparison.shapley import Shares
from usephase.report.disclosure.export import fill
from usephase.report.disclosure.facts import Facts
from usephase.report.excel.sheet import amount_format
from usephase.report.html.page import render_page
from usephase.report.language import language
from usephase.report.language.inputs import input_name
from usephase.report.rounding import adds_up, common_place
from usephase.report.terminal.comparison import _contributions
from usephase.report.terminal.summary import summary
from usephase.results.content import STATISTICS

ROUNDED = "Rounded: parts"
NUMBER = r"-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?"


def random_run(seed):
    """Make a run of random size, number of products and spread, whose parts are those of its sums."""
    rng = np.random.default_rng([seed, 14])
    made = make_run(products=int(rng.integers(2, 12)), draws=64, spread=float(rng.uniform(0.02, 1.0)), seed=seed)
    figures = made.figures.copy()
    figures[list(STATISTICS)] *= 10 ** rng.uniform(-4, 5)
    return dataclasses.replace(made, figures=figures)


def place_of(table):
    """Give the common place by the rule of the guide: two digits of the widest half-width, three if others differ."""
    half = ((table["p97_5"] - table["p2_5"]) / 2).tolist()
    places = {Decimal(f"{x:.12e}").adjusted() - 1 for x in half if x > 0}
    return max(places) - (len(places) > 1)


def rounded(value, place):
    """Round by decimal arithmetic; what is smaller than the place keeps one digit."""
    last = min(place, Decimal(repr(float(value))).adjusted()) if value else place
    return float(round(value, -last))


def number(text):
    return float(text.replace(",", ""))


def select(run, by, *ledgers):
    """Give the headline's rows of a grouping, direct use only."""
    f, meta = run.figures, run.meta
    for column, mine in (("grid_basis", meta["grid_basis"]), ("boundary", meta["boundary"]), ("phase", "direct")):
        f = f[f[column].isna() | (f[column] == mine)]
    return f[(f["by"] == by) & f["ledger"].isin(ledgers)]


@pytest.mark.parametrize("seed", some(0, 40, 6))
def test_the_terminal_table_has_one_place_and_its_parts_add_up_or_it_says_why(seed):
    run = random_run(seed)
    console = Console(width=160, file=io.StringIO())
    console.print(summary(run, None))
    text = console.file.getvalue()
    wholes = select(run, "total", "category_11", "category_12", "total")
    parts = select(run, "component", "category_11", "category_12")
    place = place_of(pd.concat([wholes, parts]))
    shown = {}
    for ledger, name in (("category_11", "Category 11, use of"), ("category_12", "Category 12, end-of-life")):
        found = re.search(
            rf"^  {name}[^\d]*? +({NUMBER}) +({NUMBER}) to ({NUMBER})", text.replace("products ", "p "), re.M
        )
        assert found, text
        row = wholes[wholes["ledger"] == ledger].iloc[0]
        values = [row["mean"], row["p2_5"], row["p97_5"]]
        assert [number(x) for x in found.groups()] == pytest.approx([rounded(x, place) for x in values], rel=1e-12)
        shown[ledger] = number(found[1])
    total = wholes[wholes["ledger"] == "total"].iloc[0]["mean"]
    off = abs(sum(shown.values()) - rounded(total, place)) > 0.50001 * 10.0**place
    for ledger, whole in shown.items():
        mine = parts[(parts["ledger"] == ledger) & (parts["mean"] != 0)]["mean"]
        off |= abs(math.fsum(rounded(x, place) for x in mine) - whole) > 0.50001 * 10.0**place
    # Percentages have tenths where one of them is below ten.
    percents = {row["ledger"]: 100 * row["mean"] / total for _, row in wholes.iterrows() if row["ledger"] != "total"}
    inner = {name: 100 * parts[(parts["ledger"] == name) & (parts["mean"] != 0)]["mean"] / total for name in percents}
    every = [*percents.values(), *(x for mine in inner.values() for x in mine)]
    tenth = -1 if any(0 < x < 9.95 for x in every) else 0
    for ledger, whole in percents.items():
        mine = [rounded(x, tenth) for x in inner[ledger]]
        off |= bool(mine) and abs(math.fsum(mine) - rounded(whole, tenth)) > 0.50001 * 10.0**tenth
    assert (ROUNDED in text) == off


@pytest.mark.parametrize("seed", some(0, 40, 6))
def test_contributions_of_a_comparison_have_one_place_and_add_up_or_say_why(seed):
    rng = np.random.default_rng([seed, 15])
    scale = 10 ** rng.uniform(-3, 4)
    shares = scale * rng.normal(0, 1, (5, 1)) * np.exp(rng.uniform(0.05, 0.8) * rng.standard_normal((5, 128)))
    against = 20 * scale + np.abs(shares).sum(axis=0)
    listed = contributions(
        Shares(tuple(range(5)), shares, None), [("modes", f"product=P{i}", "rate") for i in range(5)], against, False
    )
    option = against + shares.sum(axis=0)
    found = Difference("b", "a", None, "portfolio", "t CO2e", shares.sum(axis=0), option, against,
                       numbers(option, against, False, 0.05), listed, pd.DataFrame())  # fmt: skip
    console = Console(width=160, file=io.StringIO())
    console.print(_contributions(found))
    text = console.file.getvalue()
    place = place_of(pd.DataFrame([*listed.to_dict("records"), found.numbers])[["p2_5", "p97_5"]])
    shown = {}
    for name, row in [
        *((input_name("modes", r["row"], "rate", language()), r) for r in listed.to_dict("records")),
        ("difference", found.numbers),
    ]:
        match = re.search(rf"^  {name} +({NUMBER}) +({NUMBER})(?: to ({NUMBER}))?", text, re.M)
        values = [row["mean"], row["p2_5"], row["p97_5"]]
        told = [number(x) for x in match.groups() if x]
        assert told == pytest.approx([rounded(x, place) for x in values][: len(told)], rel=1e-12)
        shown[name] = told[0]
    whole = shown.pop("difference")
    assert (ROUNDED in text) == (abs(math.fsum(shown.values()) - whole) > 0.50001 * 10.0**place)


@pytest.mark.parametrize("seed", some(0, 12, 2))
def test_every_table_of_the_page_has_one_place(seed):
    run = random_run(seed)
    root = read(render_page(run))
    checked = 0
    for table in root.all("table"):
        head, *body = rows(table)
        columns = [i for i, name in enumerate(head) if "t CO2e" in name]
        tokens = [t for row in body for i in columns if i < len(row) for t in re.findall(NUMBER, row[i])]
        digits = {t: t.replace(",", "").replace("-", "").replace(".", "").strip("0") for t in tokens}
        full = [t for t in tokens if len(digits[t]) > 1]
        if not full or any("e" in t for t in tokens):
            continue
        decimals = {len(t.partition(".")[2]) for t in full}
        assert len(decimals) == 1, (head, sorted(decimals), full[:20])
        checked += 1
    assert checked >= 4
    listed = next(t for t in root.one(id="products").all("table") if "Category 11" in rows(t)[0][-2])
    figures = select(run, "product", "total", "category_11", "category_12")
    totals = figures[figures["ledger"] == "total"].set_index("group")
    place = place_of(totals)
    off = False
    for row in rows(listed)[1:]:
        values = totals.loc[row[0], ["mean", "p2_5", "p97_5"]]
        shown = [number(x) for x in (row[1], *row[2].split(" to "))]
        assert shown == pytest.approx([rounded(x, place) for x in values], rel=1e-12)
        off |= abs(number(row[-2]) + number(row[-1]) - shown[0]) > 0.50001 * 10.0**place
    said = root.one(id="products").text()
    assert (ROUNDED in said) == off


@pytest.mark.parametrize("seed", some(0, 12, 2))
@pytest.mark.parametrize("name", ["cdp", "ghg-protocol", "ifrs"])
def test_words_and_numbers_of_a_form_agree(name, seed):
    """Every mean that a form tells in words is one of its numbers, to the three decimals that words have."""
    form = fill(Facts(random_run(seed)), name)
    told = 0
    for line in form.lines:
        texts = [line.answer.note, line.text() if isinstance(line.text(), str) else ""]
        numbers = [other.text() for other in form.lines if other.row == line.row and isinstance(other.text(), float)]
        for word in (word for text in texts for word in re.findall(rf"Mean ({NUMBER}) t CO2e", text)):
            near = min(abs(number(word) - x) / max(0.00051, 0.06 * min(abs(x), 0.001)) for x in numbers)
            assert near <= 1, (word, numbers)
            told += 1
    assert told or name == "ifrs"


def test_a_target_is_told_as_it_is_computed(tmp_path):
    settings = {**SETTINGS, "catalog": {**SETTINGS["catalog"], "base_year": 2021, "company": "Fans Ltd"}}
    sales = [{"product": "M", "region": "HERE", "year": str(y), "units": "800"} for y in (2021, 2023, 2024)]
    read_ = usephase.read_catalog(write_catalog(tmp_path, settings, fans(sales=sales)))
    form = fill(Facts(usephase.estimate(read_, draws=16), {2030: 0.255, 2027: 1 / 30}), "esrs")
    row = "Categories 11 and 12"
    base = form.find("gross", row, "Base year (2021)").answer.value
    for year, cut in ((2030, "25.5"), (2027, "3.333")):
        answer = form.find("target", row, f"Target ({year})").answer
        assert answer.note == f"{cut} % below the base year"
        assert answer.value == pytest.approx(base * (1 - float(cut) / 100), rel=1e-5)
    assert form.find("annual_target", row, "Annual % target / base year").answer.value == pytest.approx(25.5 / 9)


def test_the_place_is_the_coarsest_that_a_row_supports():
    rows_ = [
        {"mean": 12_345.0, "p2_5": 10_000.0, "p97_5": 14_600.0},  # 2,300: hundreds
        {"mean": 120.0, "p2_5": 100.0, "p97_5": 140.0},  # 20: ones
        {"mean": float("nan"), "p2_5": float("nan"), "p97_5": float("nan")},
    ]
    assert common_place(rows_) == 1
    assert common_place([{"mean": 1234.5, "p2_5": 1234.5, "p97_5": 1234.5}, {"mean": 1, "p2_5": 1, "p97_5": 1}]) == -1
    assert adds_up([1.04, 1.04], 2.08, -1) is False  # 1.0 and 1.0 beside 2.1
    assert adds_up([1.04, 1.01], 2.05, -1) is True


@pytest.mark.parametrize(
    ("largest", "shown"), [(12_345.6, "#,##0.0"), (2e6, "#,##0"), (999.9, "#,##0.000"), (0.012, "#,##0.0000000")]
)
def test_amounts_of_a_sheet_have_as_many_decimals_as_leave_six_digits_of_the_largest(largest, shown):
    assert amount_format(largest) == shown
