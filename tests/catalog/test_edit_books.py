"""Edits of workbooks: other cells, styles, notes and drop-downs stay; text stays text."""

import io
import random
import shutil
import zipfile

import openpyxl
import pytest

import usephase
from usephase.catalog import read_files
from usephase.catalog.edit.apply import Edit, as_option, in_place, preview, write
from usephase.catalog.edit.workbook import with_cells as book_with_cells
from usephase.catalog.init import write_starter
from usephase.catalog.values.refusal import Refusal


@pytest.fixture(scope="module", name="book")
def starter_book(tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "catalog.xlsx"
    write_starter(path, xlsx=True, example=True)
    return path


def test_a_workbook_keeps_its_other_cells_styles_and_drop_downs(book, tmp_path):
    path = shutil.copy(book, tmp_path / "catalog.xlsx")
    catalog = usephase.read_catalog(path)
    row = catalog["modes"].key(0)
    line = int(catalog["modes"].line[0])
    edits = [
        Edit("modes", row, "source", "=1+1"), Edit("modes", row, "load", "0.5"),
        Edit("settings", "grid", "level", "1 */ 1.2"),
    ]  # fmt: skip
    changed = in_place(catalog, edits)
    old, new = (openpyxl.load_workbook(io.BytesIO(x)) for x in (catalog.files["catalog.xlsx"], changed["catalog.xlsx"]))
    assert old.sheetnames == new.sheetnames
    differing = []
    for page in old.worksheets:
        other = new[page.title]
        assert len(page.data_validations.dataValidation) == len(other.data_validations.dataValidation)
        assert {k: v.width for k, v in page.column_dimensions.items()} == {
            k: v.width for k, v in other.column_dimensions.items()
        }
        for cells in page.iter_rows():
            for cell in cells:
                twin = other[cell.coordinate]
                assert (cell.font.b, cell.fill.fgColor.rgb, cell.number_format) == (
                    twin.font.b,
                    twin.fill.fgColor.rgb,
                    twin.number_format,
                )
                assert (cell.comment and cell.comment.text) == (twin.comment and twin.comment.text)
                if cell.value != twin.value:
                    differing.append((page.title, cell.coordinate))
    places = {catalog["modes"].letters["source"] + str(line), catalog["modes"].letters["load"] + str(line)}
    assert {cell for sheet, cell in differing if sheet == "modes"} == places
    source = new["modes"][catalog["modes"].letters["source"] + str(line)]
    assert (source.value, source.data_type) == ("=1+1", "s")
    again = read_files(dict(changed))
    assert again["settings"].values["level"].text[0] == "1 */ 1.2"
    shown = preview(catalog.files, changed)[0]
    assert shown.kind == "workbook"
    assert {cell.place for cell in shown.cells} == {f"{sheet}!{cell}" for sheet, cell in differing} | {
        cell.place for cell in shown.cells if cell.place.startswith("catalog!")
    }
    assert "=1+1" in shown.diff
    write(catalog, changed)
    assert usephase.read_catalog(path).sha256 == again.sha256


def test_a_workbook_takes_options(book):
    catalog = usephase.read_catalog(book)
    row = catalog["modes"].key(0)
    option = f"new{random.Random(1).randrange(9)}"
    changed = as_option(catalog, [Edit("modes", row, "rate", "*0.9")], option)
    again = read_files(dict(changed))
    assert option in set(again["options"].frame["option"])
    assert len(again["options"]) == len(catalog["options"]) + 1


def test_what_a_workbook_cannot_keep_is_named(book):
    catalog = usephase.read_catalog(book)
    data = io.BytesIO(catalog.files["catalog.xlsx"])
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr("xl/slicers/slicer1.xml", "<x/>")
    before = {"catalog.xlsx": data.getvalue()}
    catalog = read_files(before)
    changed = in_place(catalog, [Edit("settings", "grid", "level", "1.1")])
    assert preview(before, changed)[0].losses == ("slicers",)


def test_a_workbook_that_computes_is_left_to_a_spreadsheet_program(book):
    catalog = usephase.read_catalog(book)
    opened = openpyxl.load_workbook(book)
    opened["products"].cell(2, 40).value = "=1+1"
    out = io.BytesIO()
    opened.save(out)
    with pytest.raises(Refusal, match="formula"):
        book_with_cells(out.getvalue(), [("modes", 2, 2, "x")])
    edit = Edit("modes", catalog["modes"].key(0), "source", "007")
    column = catalog["modes"].letters["source"]
    new = openpyxl.load_workbook(io.BytesIO(in_place(catalog, [edit])["catalog.xlsx"]))
    assert new["modes"][f"{column}{catalog['modes'].line[0]}"].value == "007"
