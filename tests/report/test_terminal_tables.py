"""Tables of a terminal 80 characters wide: long names fold, no number is cut."""

import io
import re

import pytest
from rich.console import Console

import usephase
from tests.insight.compare_catalogs import catalog, option, tables
from usephase.report.terminal.bar import Bar
from usephase.report.terminal.comparison import ComparisonSummary
from usephase.report.terminal.figures_table import FiguresTable
from usephase.report.terminal.ranking import RankingView
from usephase.report.terminal.summary import summary
from usephase.report.terminal.track import Screen

LONG = "battery_of_the_cordless_drill_with_a_long_name"


def shown(renderable, width=80):
    console = Console(width=width, no_color=True, file=io.StringIO())
    console.print(renderable)
    return console.file.getvalue()


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    made = tables()
    mode = f"on_{LONG}"
    for name in ("modes", "use_profiles"):
        made[name] = [{**row, "mode": mode if row["mode"] == "on" else row["mode"]} for row in made[name]]
    made["products"] = [{**row, "service_mode": mode} for row in made["products"]]
    made["sales"] += [{"product": "SAW", "region": "N", "year": "2023", "units": "123456789"}]
    made["materials"] = [{"product": "DRILL", "part": LONG, "material": "stuff", "mass": "2 ± 10%"}]
    return catalog(
        tmp_path_factory.mktemp("long"),
        option("fine", "modes", f"product=DRILL;mode={mode}", "rate", "*0.8"),
        option("fine", "materials", f"product=DRILL;part={LONG};material=stuff", "mass", "*0.5"),
        option("fine", "modes", "product=DRILL;mode=idle", "rate", "*1"),
        settings={"catalog": {"name": "Bench", "reporting_year": 2024, "base_year": 2023}},
        sales=made["sales"], modes=made["modes"], use_profiles=made["use_profiles"], products=made["products"],
        materials=made["materials"],
    )  # fmt: skip


@pytest.fixture(scope="module")
def compared(read):
    return usephase.compare(read, ["base", "fine"])


@pytest.mark.slow
@pytest.mark.parametrize("what", ["comparison", "run", "ranking", "track"])
def test_no_number_of_a_screen_is_cut(what, read, request):
    if what == "comparison":
        screen = ComparisonSummary(request.getfixturevalue("compared"))
    elif what == "track":
        screen = Screen(usephase.track(read))
    else:
        run = usephase.estimate(read)
        screen = summary(run, None) if what == "run" else RankingView(usephase.rank(run, method="delta"), 10)
    text, wide = shown(screen), shown(screen, 108)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 80
    for number in re.findall(r"-?\d[\d,]*(?:\.\d+)?", wide):
        assert number in text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_names_fold_before_numbers_give_way(width):
    numbers = ["-1,234,567", "-1,234,567 to -987,654", "1,234,567 → 1,345,678", "> 99.9 %"]
    table = FiguresTable("", "mean", "95 % interval", "from → to", "of the base", "")
    table.add_row("a" * 90, *numbers, Bar(0.5))
    text = shown(table, width)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
    for number in "-1,234,567", "-987,654", "1,345,678", "99.9":
        assert number in text


@pytest.mark.parametrize("width", [30, 40, 60])
def test_a_number_and_its_percent_sign_stay_on_one_line(width):
    table = FiguresTable("", "mean", " ", width=20)
    for share in ("62 %", "9.5 %", "< 0.1 %"):
        table.add_row("a product with a long name", "1,234,567", share)
    lines = shown(table, width).splitlines()
    for share in ("62 %", "9.5 %", "< 0.1 %"):
        assert sum(share in line for line in lines) == 1


def test_intervals_stay_whole_at_80_columns_and_folded_names_stay_indented():
    """Heads give way first, then bars, then names; what is written behind blanks folds behind them."""
    table = FiguresTable("", "cell", "alone (S1)", "95 %", "in all (ST)", "95 %", "", names=(1,))
    for rank, name in enumerate(("which grid scenario comes true", "  hours or cycles of use: fan heater, heating"), 1):
        table.add_row(str(rank), name, "0.252", "0.242 to 0.262", "0.256", "0.246 to 0.266", Bar(0.3))
    lines = shown(table).splitlines()
    assert max(map(len, lines)) <= 80
    assert all("0.242 to 0.262" in line and "0.246 to 0.266" in line for line in lines if "0.252" in line)
    assert sum("0.252" in line for line in lines) == 2
    assert sum("(S1)" in line or "alone" in line for line in lines) == 2
    folded = next(line for line in lines if "heater" in line and "0.252" not in line)
    assert folded.startswith(" " * 5)
