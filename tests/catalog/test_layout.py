"""Tables as people lay them out, in workbooks and CSV: every table with every slip, one problem each."""

import csv
import io
import shutil
import subprocess

import openpyxl
import pytest

from tests.laws.everything import everything
from usephase.catalog import read_catalog, read_files
from usephase.catalog.edit.apply import Edit, as_option, in_place
from usephase.catalog.read.load import load, load_files
from usephase.catalog.resolve import resolve
from usephase.catalog.schema import TABLES
from usephase.errors import CatalogError
from usephase.serve.api.rows import list_rows

SETTINGS, FULL = everything()
NAMES = [name for name in FULL if name in TABLES]
COUNTED = {column.name for table in TABLES.values() for column in table.columns if column.kind in ("value", "number")}


def flat(settings, prefix=""):
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield [f"{prefix}{name}", value]


def sheet_rows(name):
    """Give a table as rows, its column names first; numbers as numbers."""
    columns = list(dict.fromkeys(column for row in FULL[name] for column in row))
    return [columns, *([number(row.get(column, "")) for column in columns] for row in FULL[name])]


def number(text):
    try:
        return float(text) if text.strip().replace(".", "").isdigit() else text or None
    except ValueError:
        return text


PLAIN = {"catalog": [["setting", "value"], *flat(SETTINGS)], **{name: sheet_rows(name) for name in NAMES}}


def book(sheets, change=lambda made: None):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        page = made.create_sheet(name)
        for row in rows:
            page.append(row)
    change(made)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def frames(catalog):
    return {
        name: (table.frame.to_dict("list"), {c: (v.kind.tolist(), v.params.tolist()) for c, v in table.values.items()})
        for name, table in catalog.tables.items()
    }


def folder(name, rows, padded=True):
    """Give the catalog as files with one table written in another way; rows as Excel writes them, or short."""
    from tests.reference.folder import csv_text, toml_text

    out = io.StringIO()
    width = max(map(len, rows))
    for row in rows:
        cells = ["" if cell is None else cell for cell in row]
        csv.writer(out, lineterminator="\n").writerow(cells + [""] * (width - len(cells) if padded else 0))
    files = {f"{table}.csv": csv_text(held).encode() for table, held in FULL.items()}
    return {"catalog.toml": toml_text(SETTINGS).encode(), **files, f"{name}.csv": out.getvalue().encode()}


SOUND, NOTHING = load_files({"c.xlsx": book(PLAIN)})
FRAMES = frames(SOUND)
WHOLE = frames(load_files(folder("sales", PLAIN["sales"]))[0])


def test_the_plain_catalog_is_sound():
    assert NOTHING == []
    assert FRAMES.keys() == WHOLE.keys()


# -- rows around a table: left aside, one note each ------------------------------------------------------------


def titled(rows):
    return [["Tools of 2024, as sold"], [], *rows]


def long_title(rows):
    return [["Tools"], ["Prepared by", "A. Smith"], ["units in pieces"], *rows]


def summed(rows, label, number):
    """Give a row of a sum: its label first, the number in the last column of numbers, or in the last of all."""
    at = max((i for i, n in enumerate(rows[0]) if n in COUNTED), default=len(rows[0]) - 1)
    return [label if i == 0 else number if i == at else None for i in range(len(rows[0]))]


def totalled(rows):
    return [*rows, summed(rows, "Total", 4711)]


def totalled_at_the_end(rows):
    column = max(i for i, n in enumerate(rows[0]) if n in COUNTED)
    letter = openpyxl.utils.get_column_letter(column + 1)
    return [*rows, [], [*[None] * column, f"=SUM({letter}2:{letter}{len(rows)})"]]


def subtotalled(rows):
    return [*rows[:2], summed(rows, f"{rows[1][0]} Total", 12), *rows[2:]]


def noted(rows):
    return [*rows, [], ["Source: our sales system, as of 3 March"]]


def noted_at_once(rows):
    return [*rows, ["* without returns"]]


def headed_twice(rows):
    return [*rows[:2], rows[0], *rows[2:]]


ASIDE = {
    "title": (titled, "above the column names"), "titles": (long_title, "above the column names"),
    "total": (totalled, "a total"), "computed total": (totalled_at_the_end, "a total"),
    "subtotal": (subtotalled, "a total"), "note": (noted, "a note"), "note at once": (noted_at_once, "a note"),
    "header twice": (headed_twice, "column names again"),
}  # fmt: skip


def fits(name, slip):
    """Tell whether people would make the slip in the table: nobody sums gases."""
    never = ("regions", "zones", "gases", "options", "correlations", "coverage", "archetypes")
    return slip not in ("subtotal", "computed total") or name not in never


def some(cases):
    """Every ninth case each time, more in the slow suite, all of them on demand (``-m deep``)."""
    marks = {0: (), 2: pytest.mark.slow, 4: pytest.mark.slow, 7: pytest.mark.slow}
    return [
        pytest.param(*case, marks=marks.get(i % 9, pytest.mark.deep), id="-".join(map(str, case)))
        for i, case in enumerate(cases)
    ]


@pytest.mark.parametrize(("name", "slip"), some([(name, slip) for name in NAMES for slip in ASIDE if fits(name, slip)]))
def test_what_is_no_row_is_left_aside_and_said_once(name, slip):
    change, says = ASIDE[slip]
    for kind in ("csv", "short csv", "book") if slip != "computed total" else ("book",):
        rows = change(PLAIN[name])
        if kind == "book":
            catalog, problems = load_files({"c.xlsx": book({**PLAIN, name: rows})})
        else:
            catalog, problems = load_files(folder(name, rows, padded=kind == "csv"))
        assert [(p.severity, says in p.what) for p in problems] == [("warning", True)], (kind, problems)
        assert problems[0].where.startswith(name)
        assert frames(catalog) == (FRAMES if kind == "book" else WHOLE), kind


def test_the_total_of_a_complete_row_is_refused():
    """Of 1000, 500 and 900: its region alone would be unknown, and as a region it would be counted twice."""
    rows = [
        ["product", "region", "year", "units"],
        ["A", "R1", 2024, 1000],
        ["A", "R2", 2024, 500],
        ["B", "R1", 2024, 7],
    ]
    for total in (1500, 1507):
        _, problems = load_files({"c.xlsx": book({**PLAIN, "sales": [*rows, ["A", "Total", 2024, total]]})})
        assert [p.where for p in problems] == ["sales!A5"]
        assert "twice" in problems[0].what
    _, problems = load_files({"c.xlsx": book({**PLAIN, "sales": [*rows, ["A", "Total", 2024, 1400]]})})
    assert [p.where for p in problems] == ["sales!A5"]
    assert "1,400 units, and the rows add up to 1,500" in problems[0].what
    _, problems = load_files({"c.xlsx": book({**PLAIN, "sales": [*rows, ["C", "Total", 2024, 1400]]})})
    assert problems == []  # of no other rows: the rules between tables say that no such region is known


@pytest.mark.parametrize("rows", [2, 3, 9])
def test_a_note_right_beside_the_table_is_left_aside(rows):
    sales = [["product", "region", "year", "units"], *(["A", f"R{i}", 2024, 5] for i in range(rows))]
    sales[2] = [*sales[2], "checked with finance"]
    catalog, problems = load_files({"c.xlsx": book({**PLAIN, "sales": sales})})
    assert [(p.where, p.severity) for p in problems] == [("sales!E3", "warning")]
    assert len(catalog["sales"]) == rows
    unnamed = [sales[0], *([*row[:4], "a cell in every row"] for row in sales[1:])]
    _, problems = load_files({"c.xlsx": book({**PLAIN, "sales": unnamed})})
    assert "no name" in problems[0].what


def test_a_row_that_is_called_total_and_adds_up_is_left_aside():
    sales = [["product", "region", "year", "units"], ["A", "R1", 2024, 1000], ["B", "R1", 2024, 500]]
    catalog, problems = load_files({"c.xlsx": book({**PLAIN, "sales": [*sales, ["Total", "R1", 2024, 1500]]})})
    assert [(p.where, p.severity) for p in problems] == [("sales!A4", "warning")]
    assert len(catalog["sales"]) == 2


@pytest.mark.parametrize("region", ["R1", None])
@pytest.mark.parametrize("total", [1507, 15])
def test_a_total_that_does_not_add_up_is_left_aside_and_says_both_numbers(region, total):
    sales = [["product", "region", "year", "units"], ["A", "R1", 2024, 1000], ["B", "R1", 2024, 500]]
    for name in ("Total", "Grand total", "Summe"):
        catalog, problems = load_files({"c.xlsx": book({**PLAIN, "sales": [*sales, [name, region, 2024, total]]})})
        assert [(p.where, p.severity) for p in problems] == [("sales!A4", "warning")]
        assert f"it says {total:,} units, and the rows add up to 1,500" in problems[0].what
        assert len(catalog["sales"]) == 2
    sales[1][3] = "1000 +/- 5%"  # what is uncertain is not added up
    _, problems = load_files({"c.xlsx": book({**PLAIN, "sales": [*sales, ["Total", region, 2024, total]]})})
    assert "add up to" not in problems[0].what


@pytest.mark.parametrize(
    "name",
    ["Total", "Total war", *(pytest.param(name, marks=pytest.mark.slow)
                             for name in ("Sum", "Note", "Source code editor of 2024", "Mean machine"))],
)  # fmt: skip
def test_products_of_such_names_are_products(name):
    """A row of products that says more than a word for a total is one, and so are then the rows of other tables."""
    listed, sold = [*PLAIN["products"], [name, name, "Tools"]], [*PLAIN["sales"], [name, "R1", 2024, 5]]
    last = {name: PLAIN[name] for name in PLAIN if name != "products"}  # the sheet of products is not the first
    for sheets in (PLAIN, last):
        catalog, problems = load_files({"c.xlsx": book({**sheets, "sales": sold, "products": listed})})
        assert problems == []
        assert name in catalog["products"].frame["product"].tolist()
        assert catalog["sales"].frame["product"].tolist().count(name) == 1
    files = {**folder("sales", sold), "products.csv": folder("products", listed)["products.csv"]}
    edited = read_files(files, "c")
    changed = in_place(edited, [Edit("sales", f"product={name};region=R1;year=2024", "units", "7")])
    assert read_files({**files, **changed}, "c")["sales"].values["units"].text.tolist().count("7") == 1
    catalog, problems = load_files({"c.xlsx": book({**PLAIN, "sales": sold})})  # no product of that name
    assert [p.severity for p in problems] == ["warning"] * (name in ("Total", "Sum"))
    assert (name in catalog["sales"].frame["product"].tolist()) == (name not in ("Total", "Sum"))


def test_a_total_of_products_is_none():
    for total in (["Total", "Total"], ["Total"]):
        catalog, problems = load_files({"c.xlsx": book({**PLAIN, "products": [*PLAIN["products"], total]})})
        assert [(p.severity, "a total" in p.what) for p in problems] == [("warning", True)]
        assert "Total" not in catalog["products"].frame["product"].tolist()


@pytest.mark.parametrize("kind", [pytest.param("csv", marks=pytest.mark.slow), "short csv", "book"])
def test_edits_find_their_cells_below_a_title(kind):
    """Both files keep their titles, totals and notes; a sheet is found under its own name."""
    row = "product=B;mode=run"
    rows = {name: noted(totalled(titled(PLAIN[name]))) for name in ("modes", "options")}
    if kind == "book":
        plain = {name: held for name, held in PLAIN.items() if name not in rows}
        files = {"c.xlsx": book({**plain, "Modes": rows["modes"], "Options": rows["options"]})}
    else:
        files = folder("modes", rows["modes"], padded=kind == "csv")
        files["options.csv"] = folder("options", rows["options"], padded=kind == "csv")["options.csv"]
    catalog = read_files(files, "c")
    changed = in_place(catalog, [Edit("modes", row, "rate", "1.5"), Edit("modes", row, "source", "meter")])
    after = read_files({**files, **changed}, "c")
    rate = after["modes"].values["rate"]
    at = [after["modes"].key(i) for i in range(len(after["modes"]))].index(row)
    assert rate.text[at] == "1.5"
    assert after["modes"].frame["source"][at] == "meter"
    assert [p.what for p in after.warnings] == [p.what for p in catalog.warnings]
    changed = as_option(catalog, [Edit("modes", row, "rate", "*0.9")], "less")
    assert "less" in read_files({**files, **changed}, "c")["options"].frame["option"].tolist()
    rows_of = list_rows(resolve(after), "modes")
    assert rows_of.texts["source"].tolist().count("meter") == 1


# -- rows that may be data: refused, once ----------------------------------------------------------------------


REFUSED = {
    "heading": (lambda rows: [*rows[:2], ["Cordless"], *rows[2:]], "nothing but `Cordless`"),
    "keyless": (lambda rows: [*rows, [None] * (len(rows[0]) - 1) + [12345]], "none of"),
    "second table": (lambda rows: [*rows, [], rows[0][::-1], *rows[1:]], "another table begins here"),
    "no header": (lambda rows: [[f"Zz{i}" for i in range(len(rows[0]))], *rows[1:]], "none of the column names"),
    "merged": (lambda rows: rows, "merged cells (A2:A3)"),
}  # fmt: skip


def could(name, slip):
    """Tell whether a slip is one of more than one cell: of one that is empty, the cell is named."""
    required = [column for column in TABLES[name].columns if column.required]
    keys = sum(column.key for column in required)
    return (
        len(required) >= 3 * (slip == "heading")
        and keys >= 2 * (slip == "keyless")
        and (slip != "merged" or len(FULL[name]) > 1)
    )


@pytest.mark.parametrize(
    ("name", "slip"),
    some([(name, slip) for slip in REFUSED for name in NAMES if could(name, slip)]),
)
def test_what_may_be_meant_as_a_row_is_refused_once(name, slip):
    change, says = REFUSED[slip]
    rows = [*map(list, change(PLAIN[name]))]

    def merge(made):
        made[name].merge_cells("A2:A3")

    made = book({**PLAIN, name: rows}, merge if slip == "merged" else lambda made: None)
    _, problems = load_files({"c.xlsx": made})
    assert [(p.severity, says in p.what) for p in problems] == [("error", True)], problems
    if slip != "merged":
        _, problems = load_files(folder(name, rows))
        assert [(p.severity, says in p.what) for p in problems] == [("error", True)], problems


# -- what a sheet looks like -----------------------------------------------------------------------------------


def hide(name, what):
    def change(made):
        page = made[name]
        if what == "row":
            page.row_dimensions[2].hidden = True
        elif what == "column":
            page.column_dimensions["A"].hidden = True
        else:
            page.sheet_state = what

    return change


@pytest.mark.parametrize("what", ["row", "column", "hidden", "veryHidden"])
@pytest.mark.parametrize("name", ["products", "sales", "grid", "options"])
def test_what_is_hidden_is_counted_and_mentioned(name, what):
    catalog, problems = load_files({"c.xlsx": book(PLAIN, hide(name, what))})
    assert [(p.severity, "hidden" in p.what) for p in problems] == [("warning", True)]
    assert what not in ("row", "column") or f"1 {what} is hidden" in problems[0].what
    assert frames(catalog) == FRAMES


@pytest.mark.parametrize("name", ["products", "sales", "modes", "gases"])
def test_notes_beside_a_table_are_left_aside(name):
    width = len(PLAIN[name][0])

    def note(made, column, cells):
        for i, text in enumerate(cells):
            made[name].cell(2 + i, column + 1).value = text

    far, near = ["checked by A. Smith", 12, "=1+1"], ["checked by A. Smith"]
    for column, cells in [(width + 1, far), (width, near)] if len(FULL[name]) > 2 else [(width + 1, far)]:
        catalog, problems = load_files({"c.xlsx": book(PLAIN, lambda made, c=column, t=cells: note(made, c, t))})
        assert [(p.severity, "beside the table" in p.what) for p in problems] == [("warning", True)], problems
        assert frames(catalog) == FRAMES
    _, problems = load_files({"c.xlsx": book(PLAIN, lambda made: note(made, width, [5] * len(FULL[name])))})
    assert [(p.severity, "has cells but no name" in p.what) for p in problems] == [("error", True)]


def test_a_table_beside_a_table_is_refused_once():
    rows = [[*row, None, *row] for row in PLAIN["sales"]]
    _, problems = load_files({"c.xlsx": book({**PLAIN, "sales": rows})})
    assert [(p.where, "another table stands beside" in p.what) for p in problems] == [("sales!F1", True)]


PIVOT = [["Row Labels", "Sum of units"], ["A", 12], ["Grand Total", 12]]


def test_sheets_that_are_no_table_are_left_aside():
    sheets = {**PLAIN, "Notes": [["Ask Ann about the saws"]], "Pivot": PIVOT, "Assumptions": [["x"]], "Sheet1": [],
              "sales (2)": PLAIN["sales"]}  # fmt: skip
    catalog, problems = load_files({"c.xlsx": book(sheets)})
    assert [(p.where, p.severity) for p in problems] == [
        (name, "warning") for name in ("Notes", "Pivot", "Assumptions", "sales (2)")
    ]
    assert frames(catalog) == FRAMES


@pytest.mark.parametrize("name", ["sales", "modes", "products", "catalog"])
def test_a_table_under_another_name_is_refused(name):
    sheets = {f"{title} 2024" if title == name else title: rows for title, rows in PLAIN.items()}
    _, problems = load_files({"c.xlsx": book(sheets)})
    errors = [p for p in problems if p.severity == "error"]
    assert [p.where for p in errors] == [f"{name} 2024"]
    assert f"did you mean `{name}`" in errors[0].fix


def test_the_settings_may_have_a_title_and_notes():
    rows = [["Settings of the year"], *PLAIN["catalog"], [], ["Source: our controllers, as of March"]]
    catalog, problems = load_files({"c.xlsx": book({**PLAIN, "catalog": rows})})
    assert [(p.where, p.severity) for p in problems] == [("catalog!A1", "warning"), (problems[-1].where, "warning")]
    assert catalog.settings == SOUND.settings


def test_merged_titles_and_notes_do_no_harm():
    def merge(made):
        made["sales"].insert_rows(1)
        made["sales"]["A1"] = "Sales of 2024"
        made["sales"].merge_cells("A1:D1")
        made["sales"].append([])
        made["sales"].append(["Note: pieces"])
        made["sales"].merge_cells(f"A{made['sales'].max_row}:D{made['sales'].max_row}")

    catalog, problems = load_files({"c.xlsx": book(PLAIN, merge)})
    assert [p.severity for p in problems] == ["warning"] * 2
    assert frames(catalog) == FRAMES


def test_merged_column_names_are_named():
    rows = [["product", "region", "Sales", None], [None, None, "year", "units"], *PLAIN["sales"][1:]]

    def merge(made):
        for area in ("A1:A2", "B1:B2", "C1:D1"):
            made["sales"].merge_cells(area)

    _, problems = load_files({"c.xlsx": book({**PLAIN, "sales": rows}, merge)})
    assert [(p.severity, "merged" in p.what) for p in problems] == [("error", True)]


@pytest.mark.parametrize("suffix", [".xls", ".ods", ".xlsb", ".xlsm", ".numbers", ".fods", ".XLS"])
def test_other_workbooks_are_to_be_saved_as_xlsx(tmp_path, suffix):
    path = tmp_path / f"tools{suffix}"
    path.write_bytes(b"\xd0\xcf\x11\xe0")
    for given in (path, tmp_path):
        with pytest.raises(CatalogError) as refused:
            load(given)
        assert len(refused.value.problems) == 1
        assert "save it as .xlsx" in refused.value.problems[0].fix


def test_a_folder_around_a_workbook_names_it(tmp_path):
    (tmp_path / "tools.xlsx").write_bytes(book(PLAIN))
    with pytest.raises(CatalogError) as refused:
        load(tmp_path)
    assert [str(tmp_path / "tools.xlsx") in problem.fix for problem in refused.value.problems] == [True]


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice")
def test_libreoffice_writes_what_is_read_alike(tmp_path):
    """A workbook with every slip, saved by LibreOffice, says the same; its .xls and .ods are to be saved as .xlsx."""

    def change(made):
        made["sales"].insert_rows(1, 2)
        made["sales"]["A1"] = "Sales"
        made["sales"].append(["Total", None, None, "=SUM(D4:D10)"])
        made["sales"].append([])
        made["sales"].append(["Source: our sales system"])
        made["sales"]["H5"] = "checked"
        made["modes"].row_dimensions[3].hidden = True
        made["grid"].column_dimensions["B"].hidden = True
        made["gases"].sheet_state = "hidden"
        made["materials"].merge_cells("A2:A3")

    path = tmp_path / "tools.xlsx"
    path.write_bytes(book({**PLAIN, "Pivot": PIVOT}, change))
    _, before = load(path)
    for suffix in ("xlsx", "ods", "xls"):
        command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/office", "--headless", "--convert-to", suffix]
        subprocess.run([*command, "--outdir", str(tmp_path / "out"), str(path)], check=True, capture_output=True)
    _, after = load(tmp_path / "out" / "tools.xlsx")
    assert [(p.where, p.severity) for p in before] == [(p.where, p.severity) for p in after]
    assert len(after) == 9
    for suffix in ("ods", "xls"):
        renamed = tmp_path / f"renamed_{suffix}.xlsx"
        shutil.copy(tmp_path / "out" / f"tools.{suffix}", renamed)
        for given in (tmp_path / "out" / f"tools.{suffix}", renamed):
            with pytest.raises(CatalogError, match=r"save it as \.xlsx"):
                read_catalog(given)
