"""Names that want to be more than names: in every file that a run writes, and on the terminal."""

import contextlib
import csv
import io
import zipfile
from itertools import cycle

import pytest

from tests.hostile import bases
from usephase import estimate, read_catalog
from usephase.report.disclosure.export import export
from usephase.report.folders.run import write_run
from usephase.report.terminal.printing import print_check, print_summary

FAMILY = "=cmd|'/c calc'!A1"
DIGIT = "²"  # a digit, and no number
NAMES = ["@SUM(1+9)", "+1+1", "-2+3", "../../../evil", "C:\\evil", "<script>alert(1)</script>",
         "[red]x[/red]", "{{7*7}}", "a%s%n"]  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Run a catalog of hostile names and export it in every form."""
    base = tmp_path_factory.mktemp("names")
    catalog = base / "catalog"
    catalog.mkdir()
    files = bases.files()
    header, second = _table(files["products.csv"])[:2]
    first = dict(zip(header, second, strict=True))
    sold = next(row for row in _table(files["sales.csv"])[1:] if row[0] == first["product"] and row[2] == "2024")
    mode = [row for row in _table(files["modes.csv"]) if row[0] in ("product", first["product"])]
    odd = {"name": "=1+1"}
    named = zip(NAMES, cycle((FAMILY, DIGIT)), strict=False)
    renamed = [
        [{**first, **odd, "product": name, "family": family}[column] for column in header] for name, family in named
    ]
    tables = {
        "products": [header, *renamed],
        "sales": [_table(files["sales.csv"])[0], *([name, *sold[1:]] for name in NAMES)],
        "modes": [mode[0], *([name, *row[1:]] for name in NAMES for row in mode[1:])],
    }
    for name in ("lifetimes", "use_profiles", "regions"):
        tables[name] = _table(files[f"{name}.csv"])
    for name, rows in tables.items():
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        (catalog / f"{name}.csv").write_text(text.getvalue(), encoding="utf-8")
    toml = '[catalog]\nname = "../../=evil\\u0007/<script>"\ncompany = "=1+1"\nreporting_year = 2024\n'
    (catalog / "catalog.toml").write_text(toml, encoding="utf-8")
    read = read_catalog(catalog)
    run = estimate(read, draws=16)
    folder = write_run(run, base / "results")
    for form in ("csv", "cdp", "esrs", "ghg-protocol"):
        export(run, form, folder / f"{form}{'.csv' if form == 'csv' else '.xlsx'}")
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        print_summary(run, folder, read.warnings)
        print_check(read, run.register, "catalog", listed=True, quiet=False)
    return base, folder, shown.getvalue()


def _table(content):
    lines = [line for line in content.decode("utf-8").splitlines() if line and not line.startswith("#")]
    return list(csv.reader(lines))


def test_nothing_is_written_anywhere_else(made):
    base, folder, _ = made
    assert {path.name for path in base.iterdir()} == {"catalog", "results"}
    assert [path.name for path in (base / "results").iterdir()] == [folder.parent.name]
    assert folder.parent.name == "evil-script"


def test_no_workbook_has_a_formula_or_a_link(made):
    _, folder, _ = made
    books = sorted(folder.glob("*.xlsx"))
    assert len(books) == 4
    for book in books:
        with zipfile.ZipFile(book) as archive:
            for part in archive.namelist():
                content = archive.read(part)
                if part.startswith("xl/worksheets/"):
                    assert b"<f>" not in content
                    assert b"<f " not in content
                    assert b"hyperlink" not in content
                assert b"externalLink" not in content
                assert b"vbaProject" not in content


def test_no_table_has_a_cell_that_a_spreadsheet_would_run(made):
    _, folder, _ = made
    for path in folder.glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.reader(file):
                for cell in row:
                    assert not cell.startswith(("=", "@", "+", "\t", "\r")), (path.name, cell)
                    assert not cell.startswith("-") or cell[1:].replace(".", "").replace("e-", "").isdigit(), cell


def test_the_page_has_the_names_as_text(made):
    _, folder, _ = made
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "{{7*7}}" in page
    assert ">49<" not in page


def test_the_terminal_shows_names_and_obeys_none(made):
    _, _, shown = made
    assert "\x07" not in shown
    assert "\x1b" not in shown
