"""A comparison for readers: terminal, workbook, charts and folder."""

import io
import json

import openpyxl
import pytest
from rich.console import Console

import usephase
from tests.insight.compare_catalogs import catalog, option
from usephase.report.folders.comparison import write_comparison
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
        assert f"compare_{chart}.svg" in names
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
