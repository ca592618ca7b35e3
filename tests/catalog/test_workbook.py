"""Catalogs from one workbook. Workbooks are made by openpyxl, or by hand where it would not write such a thing."""

import datetime
import io
import zipfile

import numpy as np
import openpyxl
import pytest

from usephase.catalog.read.load import load, load_files
from usephase.sampling import distributions as dist

SETTINGS = [["setting", "value"], ["catalog.name", "T"], ["catalog.reporting_year", 2024]]
PRODUCTS = [["product"], ["DRILL"], ["SAW"]]
SALES = [["product", "region", "year", "units"], ["DRILL", "DEU", 2024, 10]]
MODES = ["product", "mode", "carrier", "rate", "rate_unit", "load"]


def book(**sheets):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in {"catalog": SETTINGS, "products": PRODUCTS, "sales": SALES, **sheets}.items():
        if rows is None:
            continue
        sheet = made.create_sheet(name)
        for r, row in enumerate(rows, start=1):
            for c, value in enumerate(row, start=1):
                cell = sheet.cell(r, c)
                cell.value = value
                if isinstance(value, str) and value.startswith("#"):
                    cell.data_type = "e" if value.endswith("!") else "s"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def read(**sheets):
    return load_files({"catalog.xlsx": book(**sheets)})


def edited(data, part, old, new):
    """Change the text of a part of a workbook."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == part:
                assert old in content
                content = content.replace(old, new, 1)
            target.writestr(name, content)
    return out.getvalue()


def test_a_workbook_reads_like_a_folder():
    rows = [
        MODES,
        ["DRILL", "on", "electricity", "0.5 kW ± 10%", None, 0.2],
        ["SAW", "on", "electricity", 1 / 3, "W", "20 %"],
    ]
    catalog, problems = read(modes=rows)
    csv = "".join(",".join("" if v is None else str(v) for v in row) + "\n" for row in rows)
    other, _ = load_files(
        {
            "catalog.toml": b'[catalog]\nname = "T"\nreporting_year = 2024\n', "products.csv": b"product\nDRILL\nSAW\n",
            "sales.csv": b"product,region,year,units\nDRILL,DEU,2024,10\n", "modes.csv": csv.encode(),
        }
    )  # fmt: skip
    assert problems == []
    assert catalog.settings == other.settings
    for name, table in other.tables.items():
        assert catalog[name].frame.equals(table.frame), name
        for column, values in table.values.items():
            assert catalog[name].values[column].params.tobytes() == values.params.tobytes(), (name, column)
            assert catalog[name].values[column].kind.tolist() == values.kind.tolist()
    assert catalog["modes"].place(1, "rate") == "modes!D3"


def test_numbers_keep_every_bit():
    numbers = [0.1, 1 / 3, 123456789.12345679, 1e-9]
    data = book(sales=[SALES[0], *(["DRILL", "DEU", 2020 + i, 77.5 + i] for i in range(4))])
    for i, number in enumerate(numbers):  # 17 digits, as Excel stores them; openpyxl writes 16
        data = edited(data, "xl/worksheets/sheet3.xml", f"<v>{77.5 + i}</v>".encode(), f"<v>{number:.17g}</v>".encode())
    catalog, _ = load_files({"catalog.xlsx": data})
    assert catalog["sales"].values["units"].params[:, 0].tolist() == numbers


def test_numbers_as_keys_and_labels():
    catalog, problems = read(products=[["product", "line"], [4711, 2.5], ["DRILL", None]])
    assert problems == []
    assert catalog["products"].frame["product"].tolist() == ["4711", "DRILL"]
    assert catalog["products"].frame["line"].tolist() == ["2.5", ""]


def test_comments_notes_and_gaps_are_passed_over():
    catalog, problems = read(
        README=[["anything"]],
        **{"# lists": [["W"], ["kW"]]},
        products=[["# all that we sell"], [], ["product", None], ["DRILL", None], [None], ["# later"], ["SAW"]],
    )
    assert problems == []
    assert catalog["products"].line.tolist() == [4, 7]


@pytest.mark.parametrize(
    ("sheets", "where", "fix"),
    [
        ({"modes": [MODES, ["DRILL", "on", "e", datetime.date(2024, 3, 1), "W"]]}, "modes!D2", "format the cell"),
        ({"modes": [MODES, ["DRILL", "on", "e", datetime.time(3, 1), "W"]]}, "modes!D2", "format the cell"),
        ({"modes": [MODES, ["DRILL", datetime.datetime(2024, 3, 1), "e", 1, "W"]]}, "modes!B2", "format the cell"),
        ({"modes": [MODES, ["DRILL", "on", "e", True, "W"]]}, "modes!D2", "format the cell"),
        ({"modes": [MODES, ["DRILL", "on", "e", "#REF!", "W"]]}, "modes!D2", "formula"),
        ({"modes": [MODES, ["#REF!", "on", "e", 1, "W"]]}, "modes!A2", "formula"),
        ({"modes": [MODES, ["DRILL", "on", "e", "=1+1", "W"]]}, "modes!D2", "save it"),
        ({"modes": [MODES, ["DRILL", "on", "e", "12,5", "W"]]}, "modes!D2", "`12.5`"),
        ({"modes": [MODES, ["DRILL", "on", "e", None, "W"]]}, "modes!D2", "required"),
        ({"modes": [MODES, ["DRILL", "on", "e", -1, "W"]]}, "modes!D2", "at least 0"),
        ({"modes": [[*MODES, "lod"], ["DRILL", "on", "e", 1, "W", 1, 1]]}, "modes!G1", "did you mean `load`"),
        ({"modes": [[*MODES, "load"], ["DRILL", "on", "e", 1, "W", 1, 1]]}, "modes!G1", "rename"),
        ({"modes": [MODES, ["DRILL", "on", "e", 1, "W", 1, 5]]}, "modes!G1", "name the column"),
        ({"products": [*PRODUCTS, [None], ["DRILL"]]}, "products!A5", "delete"),
        ({"sales": [SALES[0], ["DRILL", "DEU", datetime.date(2024, 1, 1), 1]]}, "sales!C2", "format the cell"),
        ({"sales": [SALES[0]]}, "sales!A1", "row below"),
        ({"sales": None}, "sales", "the sheet `sales`"),
        ({"catalog": None}, "catalog", "setting"),
        ({"mods": [MODES]}, "mods", "did you mean `modes`"),
        ({"settings": [["level"]]}, "settings", "sheet `catalog`"),
        ({"catalog": [*SETTINGS, ["monte_carlo.draws", 12.5]]}, "catalog!B4", "whole number"),
        ({"catalog": [*SETTINGS, ["monte_carlo.draws", True]]}, "catalog!B4", "format the cell"),
    ],
)  # fmt: skip
def test_refusals_name_the_cell(sheets, where, fix):
    _, problems = read(**sheets)
    assert [problem.where for problem in problems] == [where]
    assert fix in problems[0].fix


@pytest.mark.parametrize("cell", ["2026-11-29", datetime.date(2026, 11, 29), datetime.datetime(2026, 11, 29)])
def test_the_day_of_a_target_may_be_a_date(cell):
    catalog, problems = read(catalog=[*SETTINGS, ["targets.set_on", cell]])
    assert problems == []
    assert catalog.settings.set_on == "2026-11-29"


def test_a_formula_with_a_stored_result_is_its_result():
    data = book(modes=[MODES, ["DRILL", "on", "e", "=1+1", "W"]])
    part = "xl/worksheets/sheet4.xml"
    assert zipfile.ZipFile(io.BytesIO(data)).read(part).count(b"<f>1+1</f><v") == 1
    catalog, problems = load_files({"c.xlsx": edited(data, part, b"<v />", b"<v>2.5</v>")})
    assert problems == []
    assert catalog["modes"].values["rate"].params[0, 0] == 2.5


def test_a_formula_with_an_empty_text_is_an_empty_cell():
    data = book(modes=[MODES, ["DRILL", "on", "e", 1, "W", '=""']])
    catalog, problems = load_files(
        {"c.xlsx": edited(data, "xl/worksheets/sheet4.xml", b'<c r="F2"', b'<c r="F2" t="str"')}
    )
    assert problems == []
    assert catalog["modes"].values["load"].params[0, 0] == 1


def test_invisible_characters():
    _, problems = read(products=[["product"], ["DR\u200bILL"]])
    assert [problem.where for problem in problems] == ["products!A2"]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no zip", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99])
def test_what_is_no_workbook(data):
    _, problems = load_files({"c.xlsx": data})
    assert problems[0].where == "c.xlsx"
    assert "password" in problems[0].what
    assert len([p for p in problems if p.severity == "error"]) == 1


def test_a_damaged_workbook_is_refused_or_read():
    data = book(modes=[MODES, ["DRILL", "on", "e", 1, "W"]])
    broken = 0
    for at in range(0, len(data), 397):
        _, problems = load_files({"c.xlsx": data[:at] + b"\x00\xff" + data[at + 2 :]})
        broken += bool(problems)
    assert broken > len(data) // 397 // 2


def test_a_zip_that_is_no_workbook():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x")
    _, problems = load_files({"c.xlsx": out.getvalue()})
    assert [problem.where for problem in problems] == ["c.xlsx"]


def test_a_bomb_is_not_unpacked():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    _, problems = load_files({"c.xlsx": out.getvalue()})
    assert "unpacks" in problems[0].what


def test_entities_are_refused():
    part = "xl/worksheets/sheet1.xml"
    bad = edited(book(), part, b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet')
    _, problems = load_files({"c.xlsx": bad})
    assert "entities" in problems[0].what


def test_a_row_far_away_is_not_counted_to():
    data = edited(book(), "xl/worksheets/sheet2.xml", b'<row r="3"', b'<row r="999999999999"')
    _, problems = load_files({"c.xlsx": data})
    assert problems[0].where.startswith("products!A")


def test_a_wrong_size_of_a_sheet_does_no_harm():
    data = edited(book(), "xl/worksheets/sheet2.xml", b'<dimension ref="A1:A3"', b'<dimension ref="A1:XFD1048576"')
    catalog, problems = load_files({"c.xlsx": data})
    assert problems == []
    assert len(catalog["products"]) == 2


def test_a_path_to_a_workbook(tmp_path):
    (tmp_path / "tools.xlsx").write_bytes(book())
    catalog, problems = load(tmp_path / "tools.xlsx")
    assert problems == []
    assert list(catalog.files) == ["tools.xlsx"]


def test_discrete_values_in_a_sheet():
    catalog, problems = read(sales=[SALES[0], ["DRILL", "DEU", 2024, "discrete(5: 1, 6: 3)"]])
    units = catalog["sales"].values["units"]
    assert problems == []
    assert units.kind[0] == dist.DISCRETE
    np.testing.assert_allclose(units.points[int(units.params[0, 0])][1], [0.25, 0.75])
