"""A comparison for readers: terminal, workbook, charts and folder."""

import io
import json
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import openpyxl
import pytest
from rich.console import Console

import usephase
from tests.insight.compare_catalogs import catalog, option
from tests.report.test_line_charts import HOSTILE, areas, sound
from usephase.guide import page
from usephase.insight.comparison.records import columns
from usephase.report.charts.compared import evens, flip_map, pictures, trade_off
from usephase.report.charts.lines import BOTTOM_PX
from usephase.report.charts.marks import Box, Dot, Path, Words
from usephase.report.folders.comparison import write_comparison
from usephase.report.language import language, languages
from usephase.report.terminal.comparison import ComparisonSummary, verdict


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    rows = [
        option("swap", "sales", "product=PETROL", "product", "BATTERY"),
        option("swap", "option", "unit", "cost", "35 */ 1.2"),
        option("fine", "modes", "product=DRILL;mode=on", "rate", "*0.8"),
        option("fine", "option", "total", "cost", "900"),
    ]
    read = catalog(tmp_path_factory.mktemp("compared"), *rows)
    return usephase.compare(
        read, ["base", "swap", "fine"], break_even=["zones:zone=N:level=0.5..20"],
        flips=[("zones:zone=N:level=0.5..20", "carriers:carrier=fuel:combustion=0.5..5")],
        budget=["category_11 per unit <= 120 kg"],
    )  # fmt: skip


def shown(comparison, width=140):
    console = Console(width=width, no_color=True, record=True, file=io.StringIO())
    console.print(ComparisonSummary(comparison))
    return console.export_text()


def test_the_terminal_says_the_answer_first_and_shows_every_unit(compared):
    text = shown(compared)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    assert lines[1] == "swap against base"
    assert lines[2] == verdict(compared.difference("swap"))
    draws = len(compared.difference("swap").draws)
    assert f"in all {draws:,} draws" in lines[2]
    for unit in ("kg CO2e/unit", "kg CO2e/h", "kg CO2e/year", "t CO2e"):
        assert f"all, {unit}" in text
    assert "Break-even of zones:zone=N:level" in text
    assert "exceeds the budget of 120 kg CO2e/unit" in " ".join(text.split())
    assert "efficient" in text


def test_the_folder_has_answer_workbook_and_charts(compared, tmp_path):
    written = write_comparison(compared, tmp_path)
    names = {path.name for path in written}
    assert {"comparison.json", "comparison.xlsx"} <= names
    for chart in ("1_difference", "1_waterfall", "accumulated", "break_even_1", "map_1", "trade_off"):
        ET.fromstring((tmp_path / f"compare_{chart}.svg").read_text(encoding="utf-8"))
        assert (tmp_path / f"compare_{chart}.png").read_bytes().startswith(b"\x89PNG")
    document = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    assert document["options"] == ["base", "swap", "fine"]
    book = openpyxl.load_workbook(tmp_path / "comparison.xlsx", read_only=True)
    wanted = {"Differences", "Contributions", "Parts", "Ranking", "Break-evens", "Map 1", "Budgets", "Figures"}
    assert wanted <= set(book.sheetnames)
    rows = list(book["Differences"].iter_rows(min_row=4, values_only=True))
    at = rows[0].index("Difference, mean")
    whole = next(row for row in rows[1:] if row[0] == "swap" and row[3] == "portfolio" and row[2] == "all compared")
    assert whole[at] == pytest.approx(compared.difference("swap").numbers["mean"], rel=1e-12)
    # A probability of 1 stays a number, and reads in words.
    cell = next(c for row in book["Differences"].iter_rows(min_row=5) for c in row if c.value == 1)
    assert cell.number_format == '[=1]"in all 256 draws";[=0]"in none of 256 draws";0.0%'
    book.close()


def test_accumulated_emissions_end_at_the_figure(compared):
    rows = compared.further["accumulated"]
    last = rows[rows["option"] == "swap"].iloc[-1]
    whole = compared.ranking.set_index("option").loc["swap", "mean"]
    assert last["mean"] == pytest.approx(whole, rel=1e-5)
    assert (rows.groupby("option")["mean"].diff().dropna() >= 0).all()


@pytest.mark.parametrize("code", languages())
def test_every_picture_is_sound_and_named_in_the_guide(compared, code):
    made = pictures(compared, language(code))
    for picture in made.values():
        sound(picture)
    kinds = {re.sub(r"_[0-9]+", "_1", name) for name in made}
    assert kinds == set(re.findall(r"`(compare_[a-z0-9_]+)`", page("compare")))


def test_what_is_accumulated_rises_to_the_figures(compared):
    made = pictures(compared, language("en"))["compare_accumulated"]
    ranking = compared.ranking.set_index("option")
    lines = [m for m in made.marks if isinstance(m, Path) and m.width > 2]
    assert [m.title for m in lines] == list(compared.options)
    heights = [BOTTOM_PX - m.points[-1][1] for m in lines]
    means = ranking.loc[list(compared.options), "mean"]
    assert [h / heights[0] for h in heights] == pytest.approx(list(means / means.iloc[0]), rel=1e-4)
    ends = [(BOTTOM_PX - y) / heights[0] for y in (areas(made)[1].points[len(lines[1].points) - 1][1],)]
    rows = compared.further["accumulated"]
    assert ends == pytest.approx([rows[rows["option"] == "swap"]["p97_5"].iloc[-1] / means.iloc[0]], rel=1e-4)


def test_columns_of_a_break_even_are_its_draws_and_the_mark_its_median(compared):
    found = compared.further["break_evens"][0]
    made = evens(replace(found, option=HOSTILE), 1, language("en"))
    sound(made)
    counted = columns(found.draws[np.isfinite(found.draws)])
    boxes = [m for m in made.marks if isinstance(m, Box) and m.role == "use"]
    shares = [share for share in counted.shares if share]
    assert [m.height / boxes[0].height for m in boxes] == pytest.approx([share / shares[0] for share in shares])
    flag, interval = (next(m for m in made.marks if isinstance(m, Path) and m.width == wide) for wide in (1.8, 4.0))
    low, high = counted.edges[0], counted.edges[-1]
    places = [
        12 + (x - low) / (high - low) * (made.width - 24) for x in np.nanquantile(found.draws, (0.5, 0.025, 0.975))
    ]
    assert [flag.points[0][0], *(x for x, _ in interval.points)] == pytest.approx(places)


def test_a_map_has_its_line_where_the_means_change_their_sign():
    sure = [[1.0, 0.6, 0.2], [0.96, 0.3, 0.0]]
    one = {"option": HOSTILE, "against": "base", "x": HOSTILE, "y": "b", "x_values": [1.0, 2.0, 3.0],
           "y_values": [10.0, 20.0], "probability_lower": sure,
           "mean": [[-5.0, -1.0, 2.0], [-3.0, 1.0, 4.0]]}  # fmt: skip
    made = flip_map(one, 1, language("en"))
    sound(made)
    fields = [m for m in made.marks if isinstance(m, Box)]
    assert [m.role for m in fields] == ["use", "narrow", "wide", "use", "wide", "waste"]
    assert fields[0].y > fields[3].y
    edges = {m.points for m in made.marks if isinstance(m, Path)}
    left, right = (f.x - 0.5 for f in (fields[1], fields[2]))
    # Below between the second and the third, above between the first and the second, and between the two rows.
    assert edges == {
        ((right, fields[2].y), (right, fields[2].y + 30)), ((left, fields[4].y), (left, fields[4].y + 30)),
        ((fields[1].x, fields[1].y - 0.5), (fields[2].x, fields[1].y - 0.5)),
    }  # fmt: skip


@pytest.mark.parametrize("spread", [0.0, 5.0])
def test_emissions_stand_against_cost_with_the_best_joined(spread):
    def row(name, cost, mean, best):
        return {"option": name, "cost": cost, "cost_p2_5": cost - spread, "cost_p97_5": cost + spread, "mean": mean,
                "p2_5": mean - 10, "p97_5": mean + 10, "efficient": best}  # fmt: skip

    made = trade_off([row("base", 0.0, 100.0, True), row("dear", 50.0, 90.0, False), row(HOSTILE, 40.0, 60.0, True)],
                     language("en"))  # fmt: skip
    sound(made)
    base, dear, good = (m for m in made.marks if isinstance(m, Dot))
    assert (dear.x - base.x) / (good.x - base.x) == pytest.approx(50 / 40)
    assert (dear.y - base.y) / (good.y - base.y) == pytest.approx(10 / 40)
    assert [m.role for m in (base, dear, good)] == ["use", "soft", "use"]
    joined = next(m for m in made.marks if isinstance(m, Path) and m.width == 1.6)
    assert joined.points == ((base.x, base.y), (good.x, good.y))
    assert [cells[-1] for cells in made.table.rows] == ["yes", "no", "yes"]
    assert any(isinstance(m, Words) and m.text == "Cost over the base" for m in made.marks)


def test_options_of_one_cost_stand_above_it():
    row = {"option": "a", "cost": 900.0, "cost_p2_5": None, "cost_p97_5": None, "mean": 5.0, "p2_5": 4.0, "p97_5": 6.0,
           "efficient": True}  # fmt: skip
    made = trade_off([row, row | {"option": "b", "mean": 7.0, "efficient": False}], language("en"))
    sound(made)
    (tick,) = (m for m in made.marks if isinstance(m, Words) and m.text == "900")
    assert {m.x for m in made.marks if isinstance(m, Dot)} == {tick.x}
