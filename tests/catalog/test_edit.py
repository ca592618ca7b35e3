"""Edits of cells: judged as the checks would, written into files that keep every other byte."""

import io
import random
import shutil
import zipfile

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import usephase
from tests.reference.folder import write_catalog
from usephase.catalog import read_files
from usephase.catalog.edit import Edit, apply, as_option, in_place, judge, preview, write
from usephase.catalog.edit_book import with_cells as book_with_cells
from usephase.catalog.edit_csv import with_cells, with_rows
from usephase.catalog.edit_text import moved, number, read_step
from usephase.catalog.edit_toml import with_setting
from usephase.catalog.init import write_starter
from usephase.catalog.refusal import Refusal
from usephase.catalog.sources import read_csv
from usephase.catalog.values import parse
from usephase.errors import CatalogError, StoreError

SETTINGS = {"catalog": {"name": "Edits", "reporting_year": 2024}, "grid": {"scenarios": {"flat": 1.0}}}
TABLES = {
    "products": [{"product": "DRILL", "use_profile": "home", "lifetime": "ten", "brand": "Red"}],
    "modes": [
        {"product": "DRILL", "mode": "on", "carrier": "electricity", "rate": "0.5 kW ± 10%", "load": "30 %"},
        {"product": "DRILL", "mode": "off", "carrier": "electricity", "rate": "2 W", "load": ""},
    ],
    "use_profiles": [
        {"use_profile": "home", "mode": "on", "amount": "20", "amount_unit": "h/year"},
        {"use_profile": "home", "mode": "off", "amount": "", "amount_unit": "rest"},
    ],
    "lifetimes": [{"lifetime": "ten", "mean": "10 */ 1.2", "pedigree": "2,2,2,2,2"}],
    "materials": [
        {"product": "DRILL", "part": "product", "material": "stuff", "mass": "500 g", "pedigree": ""},
        {"product": "DRILL", "part": "battery", "material": "stuff", "mass": "0.3", "pedigree": "3,3,3,3,3"},
    ],
    "sales": [{"product": "DRILL", "region": "Z", "year": "2024", "units": "1000"}],
    "zones": [{"zone": "Z", "loss": "0.1"}],
    "grid": [{"zone": "Z", "scenario": "flat", "year": "2020", "intensity": "0.4"}],
    "end_of_life": [{"zone": "*", "material": "stuff", "route": "pit", "share": "1"}],
    "treatments": [{"material": "stuff", "route": "pit", "factor": "1.5"}],
}
RATE = ("modes", "product=DRILL;mode=on", "rate")
MASS = ("materials", "product=DRILL;part=product;material=stuff", "mass")


@pytest.fixture(name="catalog")
def catalog_by_hand(tmp_path):
    return usephase.read_catalog(write_catalog(tmp_path / "c", SETTINGS, TABLES))


# -- texts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "step", "expected"),
    [
        ("350 +/- 10%", "*0.9", "315 +/- 10%"),
        ("350 W ± 20 W", "*2", "700 W ± 40 W"),
        ("0.5 kW", "*0.3", "0.15 kW"),
        ("12 */ 1.4", "*0.5", "6 */ 1.4"),
        ("triangular(60, 80, 110) W", "*0.5", "triangular(30, 40, 55) W"),
        ("lognormal(10, 1.3)", "*2", "lognormal(20, 1.3)"),
        ("normal(10, 1)", "*2", "normal(20, 2)"),
        ("gamma(4, 3)", "*2", "gamma(4, 6)"),
        ("beta(2, 5)", "*0.5", "beta(2, 5, 0, 0.5)"),
        ("beta(2, 5, 1, 3)", "*2", "beta(2, 5, 2, 6)"),
        ("discrete(1: 0.2, 3: 0.8)", "*2", "discrete(2: 0.2, 6: 0.8)"),
        ("0.1", "*3", "0.3"),
        ("350 +/- 10%", "+50", "400 +/- 35"),
        ("normal(10, 1)", "+5", "normal(15, 1)"),
        ("uniform(1, 2) W", "+1 W", "uniform(2, 3) W"),
        ("12 W", "*0", "0 W"),
    ],
)
def test_a_number_moves_and_its_form_stays(text, step, expected):
    out = moved(text, read_step(step))
    assert out == expected
    assert parse(out) is not None


@pytest.mark.parametrize(
    ("text", "step"), [("12 */ 1.4", "+5"), ("gamma(4, 3)", "+1"), ("12 kW", "+5 W"), ("12", "*-1"), ("12", "*2 W")]
)
def test_what_has_no_place_in_a_form_is_refused(text, step):
    with pytest.raises(Refusal):
        moved(text, read_step(step))


def test_numbers_are_written_short():
    assert [number(x) for x in (350 * 0.9, 0.1 * 3, 1e7, 2.5e-9)] == ["315", "0.3", "10000000", "2.5e-09"]


# -- CSV -------------------------------------------------------------------------------------------------------


def test_every_other_byte_of_a_csv_file_stays():
    data = (
        '\ufeff# a comment, with "quotes\r\nproduct, mode ,rate,source\r\n\r\n"DRILL",on,"350, W", spaced \r\n'
        '# between\r\nSAW,on,12,"two\r\nlines"\r\n,,,\r\nLAST,on,"1",'
    ).encode()
    out = with_cells(data, [(4, "mode", "off"), (4, "rate", "1"), (6, "rate", 'a, "b"'), (9, "rate", "2")])
    expected = (
        '\ufeff# a comment, with "quotes\r\nproduct, mode ,rate,source\r\n\r\n"DRILL",off,"1", spaced \r\n'
        '# between\r\nSAW,on,"a, ""b""","two\r\nlines"\r\n,,,\r\nLAST,on,"2",'
    ).encode()
    assert out == expected


def test_a_missing_column_is_added_behind_the_last():
    data = b"# note\na,b\n1,2\n\n3,4"
    assert with_cells(data, [(5, "c", "x,y")]) == b'# note\na,b,c\n1,2,\n\n3,4,"x,y"'


def test_rows_are_added_at_the_end():
    assert with_rows(b"a,b\r\n1,2", [{"b": "x", "a": "#1"}]) == b'a,b\r\n1,2\r\n"#1",x\r\n'
    assert with_rows(b"a\n1\n", [{"a": "2", "b": "3"}]) == b"a,b\n1,\n2,3\n"
    assert with_rows(b"", [{"a": "2", "b": "3"}]) == b"a,b\n2,3\n"


def test_a_file_that_cannot_be_taken_apart_is_refused():
    with pytest.raises(Refusal):
        with_cells(b'a,b\n"1"x,2\n', [(2, "b", "3")])
    with pytest.raises(Refusal):
        with_cells(b"a,b\n1,2\n", [(3, "b", "3")])
    with pytest.raises(Refusal):
        with_cells(b"", [(1, "a", "3")])


CELLS = st.text(alphabet='ab #",\n=+-@\u00e9', max_size=6)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6), CELLS, st.randoms(), st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_is_read_back_and_nothing_else_changes(rows, cell, rng, end):
    def quote(text):
        return '"' + text.replace('"', '""') + '"'

    lines = ["key,one,two", *(f"k{i},{quote(a)},{quote(b)}" for i, (a, b) in enumerate(rows))]
    data = end.join(lines).encode() + end.encode()
    before, problems = read_csv(data, "x.csv")
    if problems or before is None or len(before) != len(rows):
        return
    at, column = rng.randrange(len(rows)), rng.choice(["one", "two"])
    after, problems = read_csv(with_cells(data, [(int(before.line[at]), column, cell)]), "x.csv")
    assert not problems
    for name in ("key", "one", "two"):
        expected = before.cells[name].copy()
        if name == column:
            expected[at] = cell
        assert list(after.cells[name]) == list(expected)


# -- TOML ------------------------------------------------------------------------------------------------------

TOML = b"""# settings
[catalog]
name = "Tools"   # the name
reporting_year = 2024 # now
[grid]
level = '1'
[grid.scenarios]
"a b" = 0.5
"""


@pytest.mark.parametrize(
    ("section", "key", "text", "old", "new"),
    [
        ("catalog", "name", 'My "tools"', b'"Tools"   #', b'"My \\"tools\\""   #'),
        ("catalog", "reporting_year", "2025", b"2024 #", b"2025 #"),
        ("grid", "level", "1 */ 1.1", b"'1'", b"'1 */ 1.1'"),
        ("grid.scenarios", "a b", "0.7", b"0.5", b"0.7"),
        ("grid", "trend", "0 \u00b1 0.01", b"level = '1'\n", "level = '1'\ntrend = \"0 \u00b1 0.01\"\n".encode()),
        ("catalog", "base_year", "2021", b"2024 # now\n", b"2024 # now\nbase_year = 2021\n"),
        ("monte_carlo", "draws", "512", b'"a b" = 0.5\n', b'"a b" = 0.5\n\n[monte_carlo]\ndraws = 512\n'),
    ],
)
def test_one_setting_changes_and_comments_stay(section, key, text, old, new):
    assert with_setting(TOML, section, key, text) == TOML.replace(old, new)
    crlf = TOML.replace(b"\n", b"\r\n")
    assert with_setting(crlf, section, key, text) == crlf.replace(
        old.replace(b"\n", b"\r\n"), new.replace(b"\n", b"\r\n")
    )


@pytest.mark.parametrize(
    "data", [b'grid = {level = "1"}\n', b'[grid]\nlevel = """\n1"""\n', b"[grid\n", b"[grid]\nlevel = [1]\n"]
)
def test_settings_in_other_forms_are_left_to_a_person(data):
    with pytest.raises(Refusal):
        with_setting(data, "grid", "level", "2")


def test_dotted_settings_are_found():
    assert with_setting(b'grid.level = "1" # x\n', "grid", "level", "2") == b'grid.level = "2" # x\n'


# -- judging ---------------------------------------------------------------------------------------------------


def test_a_good_edit_is_judged_with_its_meaning(catalog):
    found = judge(catalog, Edit(*RATE, "*0.9"))
    assert found.accepted
    assert (found.text, found.kind, found.origin, found.place) == (
        "0.45 kW ± 10%",
        "value",
        "catalog",
        "modes.csv:2:rate",
    )
    assert (found.before.best_estimate, found.before.unit) == (500, "W")
    after = found.after
    assert (after.best_estimate, after.p2_5, after.p97_5) == pytest.approx((450, 405, 495))
    assert (after.distribution, after.uncertain) == ("normal", True)
    assert max(y for _, y in after.density) == 1
    top = max(after.density, key=lambda point: point[1])[0]
    assert top == pytest.approx(450, rel=0.01)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (Edit(*RATE, "-3 W"), "outside the possible range"),
        (Edit(*RATE, "3"), "unit is missing"),
        (Edit("modes", "product=DRILL;mode=on", "load", "0.5 ± 200%"), "lies outside"),
        (Edit("use_profiles", "use_profile=home;mode=on", "amount", "9000"), "8,760"),
        (Edit("products", "product=DRILL", "lifetime", "tin"), "not known"),
        (Edit("products", "product=DRIL", "lifetime", "ten"), "no row"),
        (Edit("lifetimes", "lifetime=ten", "unit", "days"), "not a `unit`"),
        (Edit("end_of_life", "zone=*;material=stuff;route=pit", "share", "0.4"), "sum"),
        (Edit("lifetimes", "lifetime=ten", "pedigree", "9"), "pedigree"),
    ],
)
def test_a_bad_edit_is_judged_as_the_checks_would(catalog, edit, said):
    found = judge(catalog, edit)
    assert not found.accepted
    assert any(said in str(problem) for problem in found.problems), found.problems
    with pytest.raises(CatalogError) as refused:
        apply(catalog, [edit])
    assert {p for p in refused.value.problems if p.severity == "error"} >= {
        p for p in found.problems if p.severity == "error"
    }


def test_all_problems_of_several_edits_come_at_once(catalog):
    with pytest.raises(CatalogError) as refused:
        in_place(catalog, [Edit("modes", "product=X;mode=on", "rate", "1"), Edit("mode", "", "rate", "1")])
    assert len(refused.value.problems) == 2


# -- saving ----------------------------------------------------------------------------------------------------


def test_edits_in_place_change_their_cells_alone(catalog):
    edits = [
        Edit(*RATE, "*0.9"),
        Edit("settings", "grid", "level", "1 */ 1.1"),
        Edit("products", "product=DRILL", "brand", "Blue"),
    ]
    changed = in_place(catalog, edits)
    assert set(changed) == {"modes.csv", "catalog.toml", "products.csv"}
    assert changed["modes.csv"] == catalog.files["modes.csv"].replace("0.5 kW ± 10%".encode(), "0.45 kW ± 10%".encode())
    assert changed["products.csv"] == catalog.files["products.csv"].replace(b"Red", b"Blue")
    again = read_files({**catalog.files, **changed})
    assert again["settings"].values["level"].text[0] == "1 */ 1.1"
    assert apply(catalog, edits).sha256 == again.sha256
    assert in_place(catalog, [Edit("products", "product=DRILL", "brand", "Red")]) == {}


def test_a_preview_shows_the_lines(catalog):
    shown = preview(catalog.files, in_place(catalog, [Edit(*RATE, "*0.9")]))
    assert [(one.name, one.kind) for one in shown] == [("modes.csv", "changed")]
    assert shown[0].diff.splitlines()[:3] == ["--- a/modes.csv", "+++ b/modes.csv", "@@ -1,4 +1,4 @@"]
    assert "-DRILL,on,electricity,0.5 kW ± 10%,30 %" in shown[0].diff
    assert "+DRILL,on,electricity,0.45 kW ± 10%,30 %" in shown[0].diff


def test_hunks_are_counted_from_the_files_beginning():
    old = "".join(f"line {i}\n" for i in range(1, 101)).encode()
    diff = preview({"x.csv": old}, {"x.csv": old.replace(b"line 60\n", b"other\n")})[0].diff
    assert "@@ -58,5 +58,5 @@" in diff
    assert diff.count("\n") == 9


def test_an_option_means_what_the_cells_would(catalog):
    edits = [
        Edit(*RATE, "*0.9"), Edit("modes", "product=DRILL;mode=on", "load", "0.25"), Edit(*MASS, "0.4"),
        Edit("materials", "product=DRILL;part=battery;material=stuff", "mass", "0.2"),
        Edit("modes", "product=DRILL;mode=off", "rate", "0.001 kW"),
    ]  # fmt: skip
    changed = as_option(catalog, edits, "lean")
    assert list(changed) == ["options.csv"]
    lines = changed["options.csv"].decode().splitlines()
    assert lines[:4] == [
        "option,table,row,column,value", "lean,modes,product=DRILL;mode=on,rate,*0.9",
        "lean,modes,product=DRILL;mode=on,load,25 %",
        "lean,materials,product=DRILL;part=product;material=stuff,mass,0.4 kg",
    ]  # fmt: skip
    assert "lognormal(0.2, " in lines[4]
    optional = read_files({**catalog.files, **changed})
    compared = usephase.compare(optional, ["base", "lean"], draws=256)
    edited = usephase.estimate(apply(catalog, edits), draws=256).figure("total")
    base = usephase.estimate(catalog, draws=256).figure("total")
    assert compared.difference("lean").numbers["mean"] == pytest.approx(edited["mean"] - base["mean"], rel=1e-9)
    assert preview(catalog.files, changed)[0].kind == "new"


def test_option_names_are_free_and_fit(catalog):
    optional = read_files({**catalog.files, **as_option(catalog, [Edit(*RATE, "*0.9")], "lean")})
    for name in ("lean", "base", "", "a,b"):
        with pytest.raises(CatalogError):
            as_option(optional, [Edit(*RATE, "*0.8")], name)
    more = as_option(optional, [Edit(*RATE, "*0.8")], "leaner")["options.csv"]
    assert more == optional.files["options.csv"] + b"leaner,modes,product=DRILL;mode=on,rate,*0.8\n"
    with pytest.raises(CatalogError):
        as_option(catalog, [Edit("settings", "method", "gwp", "AR5")], "other")


def test_what_only_the_reference_has_can_be_an_option(tmp_path):
    write_starter(tmp_path / "s")
    catalog = usephase.read_catalog(tmp_path / "s")
    zone = str(catalog["sales"].frame["region"].iloc[0])
    carrier = next(
        (str(c) for c in catalog["modes"].frame["carrier"] if c != "electricity" and not len(catalog["carriers"])),
        "petrol",
    )
    edit = Edit("carriers", f"carrier={carrier}", "combustion", "*0.5")
    found = judge(catalog, edit)
    assert (found.accepted, found.origin) == (True, "reference"), (zone, found.problems)
    with pytest.raises(CatalogError, match="reference"):
        in_place(catalog, [edit])
    assert b"*0.5" in as_option(catalog, [edit], "half")["options.csv"]


def test_writing_refuses_what_was_changed_meanwhile(catalog, tmp_path):
    changed = in_place(catalog, [Edit(*RATE, "*0.9"), Edit("products", "product=DRILL", "brand", "Blue")])
    products = tmp_path / "c" / "products.csv"
    products.write_bytes(catalog.files["products.csv"] + b"\n")
    with pytest.raises(StoreError, match="has changed since it was read"):
        write(catalog, changed)
    assert (tmp_path / "c" / "modes.csv").read_bytes() == catalog.files["modes.csv"]
    products.write_bytes(catalog.files["products.csv"])
    write(catalog, changed)
    assert (tmp_path / "c" / "modes.csv").read_bytes() == changed["modes.csv"]
    assert not [p for p in (tmp_path / "c").iterdir() if p.name.endswith(".part")]
    with pytest.raises(StoreError):
        write(catalog, changed)
    option = as_option(catalog, [Edit(*RATE, "*0.9")], "lean")
    (tmp_path / "c" / "options.csv").write_text("x")
    with pytest.raises(StoreError, match="is there now"):
        write(catalog, option)


@pytest.mark.parametrize("name", ["../x.csv", "a/b.csv", "x.txt", "run.h5", "..\\x.csv"])
def test_only_a_catalogs_own_files_are_written(catalog, name):
    with pytest.raises(StoreError):
        write(catalog, {name: b""})


def test_parquet_is_refused_with_its_reason_but_can_be_tried(tmp_path):
    folder = write_catalog(tmp_path / "p", SETTINGS, TABLES)
    table = pa.table({name: [row.get(name, "") for row in TABLES["modes"]] for name in TABLES["modes"][0]})
    (folder / "modes.csv").unlink()
    pq.write_table(table, folder / "modes.parquet")
    catalog = usephase.read_catalog(folder)
    with pytest.raises(CatalogError, match="Parquet"):
        in_place(catalog, [Edit(*RATE, "*0.9")])
    assert apply(catalog, [Edit(*RATE, "*0.9")])["modes"].values["rate"].params[1, 0] == pytest.approx(450)
    assert list(as_option(catalog, [Edit(*RATE, "*0.9")], "lean")) == ["options.csv"]


# -- workbooks -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", name="book")
def starter_book(tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "catalog.xlsx"
    write_starter(path, xlsx=True)
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
