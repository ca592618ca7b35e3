import dataclasses
import math
import shutil
import subprocess
import zipfile

import openpyxl
import pandas as pd
import pytest

from tests.results.make_run import make_run
from usephase.report.excel import sheet as sheet_module
from usephase.report.excel.tables import vintage
from usephase.report.excel.workbook import write_workbook

SHEETS = [
    "Summary", "Charts", "By family", "By region", "By product", "By component", "By mode", "By material", "By segment",
    "By year", "Per service", "Worked calculation", "Factors used", "Assumption register", "Method",
]  # fmt: skip
MIXED = "memory_unverified (factor); derived (biogenic)"
HOSTILE = ["=1+1", "+1", "-2+3", "@SUM(A1)", "https://example.org", "0012", "x" * 40_000, "a\x00b", "{=A1}"]


@pytest.fixture(scope="module")
def run():
    return make_run(products=12)


@pytest.fixture(scope="module")
def path(run, tmp_path_factory):
    target = tmp_path_factory.mktemp("workbook") / "inventory.xlsx"
    write_workbook(run, target)
    return target


@pytest.fixture(scope="module")
def book(path):
    return openpyxl.load_workbook(path)


def same(value):
    """Allow for the 16 digits that the file format's writer keeps."""
    return pytest.approx(value, rel=5e-16, abs=0)


def table(sheet, top=4):
    """Read a table: header texts, and rows as dicts; `top` is the header's row, counted from 1."""
    headers = [cell.value for cell in sheet[top]]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=top + 1)]
    return headers, [dict(zip(headers, row, strict=True)) for row in rows]


def test_the_sheets_are_there_in_their_order(book):
    assert book.sheetnames == SHEETS


@pytest.mark.parametrize(("name", "by", "header"), [
    ("By family", "family", "Family"), ("By region", "region", "Region"), ("By product", "product", "Product"),
])  # fmt: skip
def test_groupings_hold_the_figures_unrounded_and_the_largest_first(book, run, name, by, header):
    _, rows = table(book[name])
    figures = {ledger: run.select(ledger, by).set_index("group") for ledger in ("total", "category_11", "category_12")}
    if by == "region":  # people read names
        figures = {
            ledger: its.rename(index={"DEU": "Germany", "USA": "United States"}) for ledger, its in figures.items()
        }
    assert [row[header] for row in rows] == list(figures["total"]["mean"].sort_values(ascending=False).index)
    for row in rows:
        for prefix, ledger in {"": "total", "Category 11: ": "category_11", "Category 12: ": "category_12"}.items():
            figure = figures[ledger].loc[row[header]]
            assert row[f"{prefix}Mean [t CO2e]"] == same(figure["mean"])
            assert row[f"{prefix}Low, 2.5 % [t CO2e]"] == same(figure["p2_5"])
            assert row[f"{prefix}High, 97.5 % [t CO2e]"] == same(figure["p97_5"])
            assert row[f"{prefix}Best estimate [t CO2e]"] == same(figure["best_estimate"])
    assert sum(row["Share of mean"] for row in rows) == pytest.approx(1, abs=1e-12)


def test_years_are_numbers_in_order(book, run):
    _, rows = table(book["By year"])
    assert [row["Calendar year"] for row in rows] == list(range(2024, 2036))
    figure = run.figure("category_11", "calendar_year", "2026")
    assert rows[2]["Mean [t CO2e]"] == same(figure["mean"])
    assert book["By year"]["A2"].value.startswith("Category 11, use of sold products; Emissions by calendar year")


def test_components_of_every_choice_stand_side_by_side(book, run):
    _, rows = table(book["By component"])
    by_name = {row["Component"]: row for row in rows}
    losses = by_name["Electricity: network losses"]
    assert losses["Mean [t CO2e]"] is None  # the headline's boundary has none
    expected = run.figure("category_11", "component", "losses", grid_basis="frozen", boundary="life_cycle")
    assert losses["Frozen grid, life-cycle boundary: Mean [t CO2e]"] == same(expected["mean"])
    assert by_name["Landfill"]["Category"] == "Category 12"
    assert sum(row["Share of mean"] or 0 for row in rows) == pytest.approx(1, abs=1e-12)


def test_the_summary_holds_every_total(book, run):
    rows = {row[0].value: [cell.value for cell in row[1:]] for row in book["Summary"].iter_rows(min_row=5)}
    for name, ledger in {"Category 11 + 12": "total", "Category 11, use of sold products": "category_11"}.items():
        figure = run.figure(ledger)
        wanted = ["mean", "p2_5", "p97_5", "best_estimate", "p50", "sd", "mcse"]
        assert rows[name][:7] == same([figure[statistic] for statistic in wanted])
    assert rows["Indirect use (optional)"][0] == same(run.figure("category_11", phase="indirect")["mean"])
    assert rows["Avoided emissions"][0] == same(run.figure("avoided")["mean"])
    extrapolated = run.figure("total", "coverage", "extrapolated")["mean"]
    assert rows["Sales not listed, extrapolated: Category 11 + 12"][0] == same(extrapolated)
    frozen = [run.figure("total", grid_basis="frozen", boundary=b)["mean"] for b in ("minimum", "life_cycle")]
    assert rows["Category 11 + 12: frozen grid"][:2] == same(frozen)
    assert "zones.csv:3: loss is 0" in rows


def test_factors_are_listed_with_source_vintage_and_basis(book):
    _, rows = table(book["Factors used"])
    vintages = "Vintage (year of the row, else of the source)"
    assert [(row["Table"], row["Unit"], row[vintages], row["Basis"], row["Source"]) for row in rows] == [
        ("grid", "kg CO2e/kWh generated", 2024, "life-cycle", "Ember, yearly electricity data"),
        ("reference_grid", "multiple of the path", None, "assumption", "usephase default"),
        (
            "treatments",
            "kg CO2e/kg",
            None,
            "memory_unverified (factor); derived (biogenic)",
            "EPA Emission Factors Hub",
        ),
    ]


@pytest.mark.parametrize(
    ("row", "source", "year"),
    [
        ("zone=DEU;scenario=*;year=2023", "Ember 2025", 2023),
        ("gas=r32", "IPCC AR6 (2021), tables 7.15", 2021),
        ("gas=r32", "GHG Protocol 2011 and DEFRA 2024", 2024),
        ("gas=r32", "order 120245", None),
        ("gas=r32", "", None),
    ],
)
def test_the_vintage_is_the_rows_year_else_the_sources(row, source, year):
    assert vintage(row, source) == year


def test_the_register_is_complete(book, run):
    _, rows = table(book["Assumption register"])
    assert len(rows) == len(run.register)
    assert [row["Value as written"] for row in rows] == list(run.register["value"])
    assert [row["Low, 2.5 % [column's unit]"] for row in rows] == list(run.register["low"])


def test_the_method_states_the_choices(book):
    text = {row[0].value: row[1].value for row in book["Method"].iter_rows(min_row=4)}
    assert "Scope 3" in text["Standard"]
    assert "2011" in text["Standard"]
    assert "2013" in text["Standard"]
    assert text["Grid basis"].startswith("Headline: projected grid")
    assert text["Boundary"].startswith("Headline: minimum boundary")
    assert "middle of the year" in text["Timing"]
    assert "not recorded in grid factors" in text["Global warming potentials"]  # of sources that no edition has
    assert "256 draws" in text["Draws"]
    assert "seed 1" in text["Draws"]
    assert "2024" in text["Category 11"]
    assert "ab" * 32 in text["Catalog"]


def test_the_method_follows_the_settings(tmp_path):
    run = make_run()
    changes = {"grid_basis": "frozen", "boundary": "life_cycle", "sales_timing": "start_of_year"}
    write_workbook(dataclasses.replace(run, meta={**run.meta, **changes}), tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    text = {row[0].value: row[1].value for row in book["Method"].iter_rows(min_row=4)}
    assert text["Grid basis"].startswith("Headline: frozen grid")
    assert text["Boundary"].startswith("Headline: life-cycle boundary")
    assert "start of the year" in text["Timing"]
    assert book["Summary"]["A2"].value.startswith("t CO2e; frozen grid, life-cycle boundary")


@pytest.mark.parametrize("name", [n for n in SHEETS if n not in ("Summary", "Charts", "Worked calculation", "Method")])
def test_tables_have_frozen_filtered_headers_with_units(book, name):
    sheet = book[name]
    assert sheet.freeze_panes == "B5"
    assert sheet.auto_filter.ref.startswith("A4:")
    headers, rows = table(sheet)
    for header in headers:
        numeric = any(isinstance(row[header], float) for row in rows)
        unitless = ("Share of mean", "Best estimate", "Low, 2.5 %", "High, 97.5 %")
        assert not numeric or "[" in header or header in unitless
    assert all(dimension.width >= 9 for dimension in sheet.column_dimensions.values())


def test_numbers_have_formats(book):
    cell = book["By family"]["B5"]
    assert cell.data_type == "n"
    assert cell.number_format == "#,##0.0"  # one section: a section by size loses the sign in some programs
    assert book["By family"]["F5"].number_format == "0.0%"


def test_the_charts_point_at_the_tables(path):
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if name.startswith("xl/charts/chart"))
        texts = [archive.read(name).decode() for name in names]
        drawing = archive.read("xl/drawings/drawing1.xml").decode()
    assert len(texts) == 7
    for sheet in ("By family", "By region", "By product", "By component", "By material", "By mode"):
        chart = next(text for text in texts if f"'{sheet}'!" in text)
        assert "<c:barChart>" in chart
        assert "<c:errBars>" in chart
        assert "<c:plus><c:numRef>" in chart
    years = next(text for text in texts if "'By year'!" in text)
    assert years.count("<c:ser>") == 3
    assert drawing.count("descr=") == 7


def test_the_chart_of_years_leaves_out_the_tail(run, tmp_path):
    figures = run.figures.copy()
    late = (figures["by"] == "calendar_year") & (figures["group"] >= "2030")
    figures.loc[late, "mean"] /= 1000
    write_workbook(dataclasses.replace(run, figures=figures), tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        texts = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/charts/chart")]
    years = next(text for text in texts if "'By year'!" in text)
    assert "'By year'!$B$5:$B$10" in years  # 2024 to 2029


def test_the_same_run_gives_the_same_bytes(run, path, tmp_path):
    write_workbook(run, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == path.read_bytes()


def test_text_stays_text_whatever_it_looks_like(tmp_path):
    write_workbook(make_run(products=HOSTILE, name="=HYPERLINK(1)", notes=("=note()",)), tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    _, rows = table(book["By product"])
    names = {row["Product"] for row in rows}
    assert {"=1+1", "+1", "-2+3", "@SUM(A1)", "https://example.org", "0012", "a\ufffdb", "{=A1}"} <= names
    assert max(map(len, names)) <= 32_767
    assert len(names) == len(HOSTILE)
    risky = [cell for cell in cells if cell.data_type == "s" and cell.value[:1] in ("=", "+", "-", "@")]
    assert risky
    assert all(cell.quotePrefix for cell in risky)
    assert not any(cell.hyperlink for cell in cells)


def test_labels_get_sheets_with_names_that_excel_takes(tmp_path):
    run = make_run()
    labels = ["brand", "Sales channel / online: [yes?]*" + "x" * 40, "BRAND"]
    rows = run.figures[run.figures["by"] == "family"]
    figures = pd.concat([run.figures, *(rows.assign(by=label) for label in labels[:2])], ignore_index=True)
    write_workbook(dataclasses.replace(run, figures=figures, meta={**run.meta, "by": labels}), tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    extra = [name for name in book.sheetnames if name not in SHEETS]
    assert extra[0] == "By Brand"
    assert len({name.lower() for name in extra}) == 3
    assert all(len(name) <= 31 for name in extra)
    assert len(table(book["By Brand"])[1]) == 3
    assert book[extra[2]]["A4"].value == "This run has no figures of this grouping."


def test_a_sheet_that_is_too_long_is_cut_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(sheet_module, "ROWS_MAX", 5)
    write_workbook(make_run(products=12), tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["By product"]
    assert sheet["A3"].value == "The first 5 of 12 rows; figures.csv holds all of them."
    assert sheet.max_row == 9


@pytest.mark.parametrize("changes", [{"spread": 0.0}, {"draws": 1}, {"products": 1}])
def test_small_runs_are_written(tmp_path, changes):
    write_workbook(make_run(**changes), tmp_path / "a.xlsx")
    rows = table(openpyxl.load_workbook(tmp_path / "a.xlsx")["By product"])[1]
    assert all(math.isfinite(row["Mean [t CO2e]"]) for row in rows)


def test_a_run_of_totals_alone_is_written(run, tmp_path):
    figures = run.figures[run.figures["by"] == "total"].reset_index(drop=True)
    bare = dataclasses.replace(run, figures=figures, service=run.service[:0], register=run.register[:0], notes=())
    write_workbook(bare, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == SHEETS
    assert book["Per service"]["A4"].value == "This run has none."
    assert book["By family"]["A4"].value == "This run has no figures of this grouping."


def test_a_path_that_cannot_be_written_is_an_operating_system_error(run, tmp_path):
    with pytest.raises(OSError, match="No such file"):
        write_workbook(run, tmp_path / "nowhere" / "a.xlsx")


@pytest.mark.slow
def test_libreoffice_reads_the_same_numbers(run, path, tmp_path):
    program = shutil.which("soffice")
    assert program, "the slow tests need LibreOffice Calc (Debian: libreoffice-calc)"
    # Comma, double quote, UTF-8, cells as they are and not as shown, one file a sheet.
    how = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [program, profile, "--headless", "--convert-to", how, "--outdir", str(tmp_path), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    read = pd.read_csv(tmp_path / "inventory-By product.csv", skiprows=3)
    figures = run.select("total", "product").set_index("group").loc[read["Product"]]
    for header, statistic in {"Mean [t CO2e]": "mean", "High, 97.5 % [t CO2e]": "p97_5"}.items():
        assert read[header].to_numpy() == pytest.approx(figures[statistic].to_numpy(), rel=1e-12)
