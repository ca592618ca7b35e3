import dataclasses
import io

import pytest
from rich.console import Console

from tests.results.make_run import make_run
from usephase.report.terminal.summary import summary


def shown(run, width=80, folder=None, **options):
    console = Console(width=width, file=io.StringIO(), **options)
    console.print(summary(run, folder))
    return console.file.getvalue()


@pytest.fixture(scope="module")
def run():
    return make_run(spread=0.8)


def with_total(run, **values):
    figures = run.figures.copy()
    rows = (figures["ledger"] == "total") & (figures["by"] == "total")
    for name, value in values.items():
        figures.loc[rows, name] = value
    return dataclasses.replace(run, figures=figures)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(run, width):
    assert max(map(len, shown(run, width, "results/tools/20250304-050607-abcdef").splitlines())) <= width


def test_the_headline_is_rounded_by_its_interval(run):
    text = shown(with_total(run, mean=123_456.0, p2_5=100_100.0, p97_5=150_900.0, best_estimate=120_040.0, mcse=10.0))
    assert "123,000 t CO2e" in text
    assert "95 % interval  100,000 to 151,000 t CO2e" in text
    assert "best estimate  120,000 t CO2e" in text
    assert "projected grid, minimum boundary" in text


def test_it_says_why_mean_and_best_estimate_differ(run):
    # 150 is 25 % above 120.
    values = {"mean": 150.0, "best_estimate": 120.0, "p2_5": 100.0, "p97_5": 250.0, "mcse": 1.0}
    assert "The mean is 25 % above the best estimate: inputs are skewed upward, or act" in " ".join(
        shown(with_total(run, **values), width=200).split()
    )
    values |= {"mean": 120.0, "best_estimate": 150.0}
    assert "The mean is 20 % below the best estimate" in shown(with_total(run, **values))


def test_it_says_that_the_best_estimate_takes_one_scenario(run):
    several = dataclasses.replace(run, meta={**run.meta, "scenarios": {"a": 1.0, "b": 3.0}})
    text = " ".join(shown(several, width=200).split())
    assert "or other grid scenarios differ from the likeliest, which the best estimate takes alone." in text
    assert "Grid scenario a 25 %, b 75 %" in text
    assert "likeliest" not in shown(run, width=200)


@pytest.mark.parametrize(
    "values",
    [
        {"mean": 120.2, "best_estimate": 120.0, "mcse": 0.001},  # the same when rounded
        {"mean": 150.0, "best_estimate": 120.0, "mcse": 15.0},  # within the Monte Carlo error
    ],
)
def test_it_does_not_explain_a_difference_that_is_not_there(run, values):
    assert "The mean is" not in shown(with_total(run, p2_5=80.0, p97_5=250.0, **values))


def test_it_shows_components_alternatives_and_ledgers_apart(run):
    text = " ".join(shown(run).split())
    for words in (
        "Category 11, use of sold products", "Electricity: generation", "Category 12, end-of-life treatment",
        "Landfill", "Minimum boundary", "Life-cycle boundary", "Frozen grid", "A frozen grid gives 29 % more",
        "Products", "Families", "Regions", "Indirect use (optional)", "Maintenance (optional)", "Avoided emissions",
        "Biogenic CO2", "Sales not listed (extrapolated)", "Monte Carlo error", "trend_10y",
        "0 judged, 3 generic or of no stated type, 3 verified by nobody",
    ):  # fmt: skip
        assert words in text


def test_the_largest_come_first_and_the_rest_is_summed(run):
    lines = [line.split()[0] for line in shown(run).splitlines() if line.startswith("  P0")]
    means = run.select("total", "product").set_index("group")["mean"].sort_values(ascending=False)
    assert lines == list(means.index[:5])
    assert "4 more" in shown(run)


def test_parts_that_a_run_does_not_have_are_left_out(run):
    figures = run.figures
    keep = figures["by"].isin(["total", "component"]) & figures["ledger"].isin(["category_11", "category_12", "total"])
    keep &= figures["phase"].isna() | (figures["phase"] == "direct")
    text = shown(dataclasses.replace(run, figures=figures[keep].reset_index(drop=True), notes=()))
    assert "Shown apart" not in text
    assert "The largest" not in text
    assert "Notes" not in text


def test_notes_are_counted_and_cut(run):
    text = shown(dataclasses.replace(run, notes=tuple(f"note {i}" for i in range(7))))
    assert "Notes and warnings: 7" in text
    assert "note 2" in text
    assert "note 3" not in text
    assert "and 4 more" in text


def test_it_says_where_the_files_are(run):
    text = shown(run, folder="results/tools/20250304-050607-abcdef")
    assert "Files  results/tools/20250304-050607-abcdef" in text


def test_a_run_without_spread_has_no_monte_carlo_error():
    text = shown(make_run(spread=0.0))
    assert "none: all inputs are fixed" in text
    # 9 products of 1000 (i + 1), regions 1 + 1/2 + 1/3, and 40 (i + 1) of waste: 45 · (1833.33 + 40)
    assert "84,300 t CO2e" in text
    assert "The mean is" not in text


def test_a_single_draw_is_shown_without_an_error():
    assert "Monte Carlo error" not in shown(make_run(draws=1))


def test_hostile_names_change_nothing():
    text = shown(make_run(products=["[red]x[/red]", "[/]", "\x1b[2Jgone", "x" * 300], name="[bold]\x1b[31m"))
    assert "[red]x[/red]" in text
    assert "\x1b" not in text


def test_an_empty_inventory_is_shown():
    run = make_run()
    figures = run.figures.copy()
    figures.loc[:, "best_estimate":] = 0.0
    text = shown(dataclasses.replace(run, figures=figures))
    assert "0 t CO2e" in text


def test_colours_follow_the_console(run, monkeypatch):
    terminal = {"force_terminal": True, "color_system": "truecolor"}
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;32m" in shown(run, **terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;32m" not in shown(run, **terminal)
    assert "32m" not in shown(run, **terminal)


def test_bars_are_plain_characters_where_only_those_can_be_shown(run):
    raw = io.BytesIO()
    console = Console(width=80, file=io.TextIOWrapper(raw, encoding="ascii"))
    console.print(summary(run))
    console.file.flush()
    assert b"####" in raw.getvalue()
