"""The starter catalog: written once, never over something, the same as folder and as workbook."""

import json
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from click.testing import CliRunner

import usephase
from usephase.catalog.book import EXAMPLES, LISTS
from usephase.catalog.checks import check
from usephase.catalog.descriptions import EVERYWHERE, descriptions
from usephase.catalog.init import EXAMPLE, OTHERS, starter_settings, starter_tables, write_starter
from usephase.catalog.read.load import load
from usephase.catalog.schema import SCHEMAS, TABLES, Settings
from usephase.cli import main
from usephase.errors import StoreError
from usephase.report.language import language

EXAMPLE_CATALOG = Path(__file__).parents[2] / "product_catalog"


def test_folder_is_written_with_explained_columns(tmp_path: Path) -> None:
    written = write_starter(tmp_path / "mine")
    assert {path.name for path in written} >= {"catalog.toml", "products.csv", "modes.csv", "sales.csv"}
    assert sorted(written) == sorted((tmp_path / "mine").iterdir())
    for path in written:
        text = path.read_text(encoding="utf-8")
        assert text.startswith("#"), path.name
        if path.suffix == ".csv":
            header = next(line for line in text.splitlines() if not line.startswith("#")).split(",")
            schema = TABLES[path.stem]
            unknown = set(header) - {column.name for column in schema.columns}
            assert unknown == ({"power_source"} if schema.labels else set())


def test_folder_may_exist_when_it_is_empty(tmp_path: Path) -> None:
    assert (tmp_path / "catalog.toml") in write_starter(tmp_path)


@pytest.mark.parametrize("xlsx", [False, True])
def test_nothing_is_overwritten(tmp_path: Path, xlsx: bool) -> None:
    written = write_starter(tmp_path / "mine", xlsx=xlsx)
    before = {path: path.read_bytes() for path in written}
    with pytest.raises(StoreError, match="nothing is overwritten"):
        write_starter(tmp_path / "mine", xlsx=xlsx)
    assert {path: path.read_bytes() for path in written} == before


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "grid.csv").write_text("zone,scenario,year,intensity\n")
    with pytest.raises(StoreError, match="not empty"):
        write_starter(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["grid.csv"]


@pytest.mark.parametrize("xlsx", [False, True])
def test_a_file_in_the_way_is_refused(tmp_path: Path, xlsx: bool) -> None:
    (tmp_path / "mine").write_text("a letter")
    with pytest.raises(StoreError, match="is a file"):
        write_starter(tmp_path / "mine", xlsx=xlsx)
    assert (tmp_path / "mine").read_text() == "a letter"


def test_workbook_is_named_or_put_in_a_folder(tmp_path: Path) -> None:
    assert write_starter(tmp_path / "mine.xlsx", xlsx=True) == [tmp_path / "mine.xlsx"]
    assert write_starter(tmp_path / "mine", xlsx=True) == [tmp_path / "mine" / "catalog.xlsx"]


def test_workbook_is_the_same_bytes_twice(tmp_path: Path) -> None:
    first, second = (write_starter(tmp_path / name, xlsx=True)[0] for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


def _texts(sheet) -> list[list[object]]:
    return [["" if cell is None else cell for cell in row] for row in sheet.iter_rows(values_only=True)]


def _typed(rows: list[list[str]]) -> list[list[object]]:
    return [[float(cell) if cell.replace(".", "").isdigit() else cell for cell in row] for row in rows]


def test_workbook_begins_with_what_is_enough(tmp_path: Path) -> None:
    """The sheet `start`, products, sales and settings; then what only those who know better fill in, empty."""
    words = language().section("start")
    book = openpyxl.load_workbook(write_starter(tmp_path, xlsx=True, words=words)[0])
    first, folder = starter_tables(first=True), starter_tables()
    optional = [name for name in folder if name not in first] + list(OTHERS)
    assert book.sheetnames == ["start", "products", "sales", "catalog", *optional, LISTS, EXAMPLES]
    colours = {name: book[name].sheet_properties.tabColor.rgb for name in book.sheetnames if not name.startswith("#")}
    assert len({colours[name] for name in ("products", "sales", "catalog")}) == 1
    assert len({colours[name] for name in optional}) == 1
    assert len(set(colours.values())) == 3
    for name, rows in first.items():
        assert book[name].freeze_panes == "A2"
        assert _texts(book[name]) == _typed(rows), name
    assert all(book[name].max_row == 1 for name in optional)
    steps = [str(cell.value) for cell in book["start"]["B"] if cell.value]
    assert [text[:2] for text in steps[:6]] == [f"{number}." for number in range(1, 7)]
    links = {cell.value: cell.hyperlink.location for cell in book["start"]["A"] if cell.hyperlink}
    assert {"products", "sales", "catalog", "catalog.reporting_year"} <= {*links}
    settings = dict(book["catalog"].iter_rows(min_row=2, values_only=True))
    assert settings["method.grid_basis"] == "projected"
    assert settings["monte_carlo.draws"] == 8192
    assert settings["grid.scenarios.remind_ssp2_base"] == 0.2
    shown = [cell.value for row in book[EXAMPLES] for cell in row]
    assert {cell for rows in folder.values() for row in rows for cell in row if cell.isalpha()} <= {*shown}


def test_all_that_the_workbook_offers_is_taken(tmp_path: Path) -> None:
    """Every archetype, place and material of its drop-downs, in the cells that offer them."""
    path = write_starter(tmp_path, xlsx=True)[0]
    book = openpyxl.load_workbook(path)
    columns = {column[0].value: [cell.value for cell in column[1:] if cell.value] for column in book[LISTS].columns}
    for row, archetype in enumerate(columns["archetype"], start=2):
        book["products"].cell(row, 1, f"P{row}")
        book["products"].cell(row, 3, archetype)
        for column in (2, 4, 5, 6):
            book["products"].cell(row, column).value = None
    for row, region in enumerate(columns["zone"], start=2):
        for column, text in enumerate(("P2", region, 2024, 10), start=1):
            book["sales"].cell(row, column, text)
    for row, material in enumerate(columns["material"], start=2):
        for column, text in enumerate(("P2", "product", material, 1), start=1):
            book["materials"].cell(row, column, text)
    book.save(path)
    catalog = usephase.read_catalog(path)
    assert len(catalog["products"]) == len(columns["archetype"]) > 100
    assert len(catalog["sales"]) == len(columns["zone"]) > 300
    assert len(columns["use_profile"]) > 50
    assert len(columns["lifetime"]) > 100


def test_language_of_the_workbook_is_the_reports(tmp_path: Path) -> None:
    for words in ([], ["--xlsx"]):
        target = str(tmp_path / ("mine.xlsx" if words else "mine"))
        assert CliRunner().invoke(main, ["init", target, "--language", "vi", *words]).exit_code == 0
        assert usephase.read_catalog(target).settings.language == "vi"
    book = openpyxl.load_workbook(tmp_path / "mine.xlsx")
    assert book["start"]["A1"].value == language("vi")("start.title")
    refused = CliRunner().invoke(main, ["init", str(tmp_path / "x"), "--xlsx", "--language", "xx"])
    assert refused.exit_code != 0
    assert not (tmp_path / "x").exists()


def test_workbook_explains_its_headers(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_starter(tmp_path, xlsx=True)[0])
    for sheet in book:
        for cell in () if sheet.title.startswith("#") else sheet[1]:
            label = sheet.title == "products" and cell.value == "power_source"
            assert (cell.comment is None) == label, (sheet.title, cell.value)
    assert "Unit: kg." in book["materials"]["D1"].comment.text
    assert "Required." in book["sales"]["D1"].comment.text
    # Every setting has its note too.
    assert all(row[0].comment for row in book["catalog"].iter_rows(min_row=2))


def test_workbook_offers_choices_and_products(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_starter(tmp_path, xlsx=True)[0])

    def offered(sheet: str, cell: str) -> str:
        rules = [rule for rule in book[sheet].data_validations.dataValidation if cell in rule.sqref]
        assert len(rules) == 1
        return rules[0].formula1

    assert offered("sales", "A2") == "products!$A$2:$A$5000"
    assert offered("products", "C2").startswith(f"'{LISTS}'!$A$2:")
    assert offered("modes", "H2") == '"direct,indirect,maintenance"'
    assert "petrol" in offered("modes", "C2")
    for sheet in ("modes", "materials"):
        at = {cell.value: cell.column_letter for cell in book[sheet][1]}
        assert offered(sheet, f"{at['data_type']}2") == '"primary,secondary,default,estimate"'
        assert offered(sheet, f"{at['verification']}2") == '"none,limited,reasonable"'
    assert offered("catalog", "B6") == '"projected,frozen"'


def test_every_column_is_described_once_and_nothing_else() -> None:
    everywhere = {"source", "pedigree", "data_type", "verification"}
    wanted = {(EVERYWHERE, name) for name in everywhere} | {("catalog", "setting"), ("catalog", "value")}
    wanted |= {(s.name, column.name) for s in SCHEMAS for column in s.columns if column.name not in everywhere}
    whole = {"dependence"}  # a section whose keys are the user's
    settings = {name for table, name in descriptions() if table == "catalog" and ("." in name or name in whole)}
    assert {key for key in descriptions() if key[1] not in settings} == wanted
    fields = {name.rpartition(".")[2] for name in settings} - {"level", "trend"}
    assert fields == set(Settings.model_fields)
    assert len(settings) == len(Settings.model_fields) + 2
    assert all(about.meaning.endswith(".") for about in descriptions().values())


def test_units_described_are_the_units_declared() -> None:
    for schema in SCHEMAS:
        for column in schema.columns:
            if column.unit:
                unit = descriptions()[schema.name, column.name].unit
                assert unit.replace(" CO2e", "").replace(" CO2", "") == column.unit


def test_starter_settings_are_dotted() -> None:
    settings = starter_settings()
    assert settings["catalog.reporting_year"] == "2024"
    assert settings["grid.scenarios.trend_10y"] == "0.5"


@pytest.mark.parametrize("xlsx", [False, True])
def test_starter_is_read_without_a_complaint(tmp_path: Path, xlsx: bool) -> None:
    write_starter(tmp_path / "mine.xlsx" if xlsx else tmp_path, xlsx=xlsx)
    catalog, problems = load(tmp_path / "mine.xlsx" if xlsx else tmp_path)
    assert [problem for problem in (*problems, *check(catalog)) if EXAMPLE not in problem.what] == []
    assert 4 <= len(catalog["products"]) <= 6


def test_workbook_and_folder_are_the_same_catalog(tmp_path: Path) -> None:
    folder, _ = load(write_starter(tmp_path / "mine", example=True)[0].parent)
    book, _ = load(write_starter(tmp_path / "mine.xlsx", xlsx=True, example=True)[0])
    assert book.settings == folder.settings
    assert book.labels == folder.labels
    for name, table in folder.tables.items():
        other = book[name]
        assert other.frame.equals(table.frame), name
        for column, values in table.values.items():
            np.testing.assert_array_equal(other.values[column].kind, values.kind)
            np.testing.assert_array_equal(other.values[column].params, values.params)


def test_starter_gives_figures(tmp_path: Path) -> None:
    run = usephase.estimate(usephase.read_catalog(write_starter(tmp_path)[0].parent), draws=16)
    totals = run.figures.query("by == 'total' and grid_basis == 'projected' and boundary == 'minimum'")
    assert set(totals["phase"].dropna()) == {"direct", "indirect"}
    assert (totals["mean"].astype(float) > 0).all()


@pytest.mark.parametrize("xlsx", [pytest.param(False, marks=pytest.mark.slow), True])
def test_example_rows_left_in_are_said(tmp_path: Path, xlsx: bool) -> None:
    """By check, and at the head of the run."""
    path = write_starter(tmp_path / "mine", xlsx=xlsx)
    catalog = tmp_path / "mine" / "catalog.xlsx" if xlsx else tmp_path / "mine"
    assert path
    told = [problem.what for problem in usephase.read_catalog(catalog).warnings]
    counts = {name: f"{len(rows) - 1} in {name}" for name, rows in starter_tables(first=xlsx).items()}
    assert f"rows {EXAMPLE} are left in: {', '.join(counts.values())}" in told
    assert f"`Your company` is the company {EXAMPLE}" in told
    assert f"`Starter catalog` is the name {EXAMPLE}" in told
    arguments = ["run", str(catalog), "--draws", "16", "--results", str(tmp_path / "r")]
    head = CliRunner().invoke(main, arguments).output.partition("What it is made of")[0]
    assert " ".join(head.split()).count(EXAMPLE) == 3


@pytest.mark.parametrize("mine", ["sales", "products"])
def test_what_is_left_of_the_example_is_said_beside_own_rows(mine: str, tmp_path: Path) -> None:
    write_starter(tmp_path)
    path = tmp_path / f"{mine}.csv"
    changed = path.read_text(encoding="utf-8").replace("DEU,2024,22500", "DEU,2024,23000").replace("Example,", "ACME,")
    path.write_text(changed, encoding="utf-8")
    [told] = [p.what for p in usephase.read_catalog(tmp_path).warnings if "left in" in p.what]
    assert ("19 in sales" in told) == (mine == "sales")
    assert ("in products" in told) == (mine == "sales")
    assert "8 in modes" in told


def test_an_own_catalog_is_not_taken_for_the_example() -> None:
    own = usephase.read_catalog(EXAMPLE_CATALOG)
    assert not any(EXAMPLE in problem.what for problem in own.warnings)


@pytest.mark.parametrize("command", ["check", "run", "rank", "compare", "track", "serve"])
def test_the_missing_default_catalog_is_named_with_a_way_to_begin(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["usephase", command, "--json"])
    done = CliRunner().invoke(main, [command, "--json"])
    assert done.exit_code == 3
    [problem] = json.loads(done.stdout)["problems"]
    assert "the default, `product_catalog`, is not in this folder" in problem["what"]
    assert "`usephase init --example product_catalog` writes the example" in problem["fix"]
    options = ["--options", "base"] if command == "compare" else []
    named = CliRunner().invoke(main, [command, str(tmp_path / "other"), *options])
    assert named.exit_code == 3
    assert "no catalog is named" not in named.output


def test_the_way_to_begin_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, ["init", "--example", "product_catalog"]).exit_code == 0
    written = {path.name: path.read_bytes() for path in Path("product_catalog").iterdir()}
    assert written == {path.name: path.read_bytes() for path in EXAMPLE_CATALOG.iterdir()}
    assert CliRunner().invoke(main, ["check"]).exit_code == 0
