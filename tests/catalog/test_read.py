"""Catalogs from folders of CSV files: what is read, and the place that every refusal names."""

import hashlib
import itertools
import os

import numpy as np
import pytest

from usephase.catalog.read.load import complete, load, load_files
from usephase.catalog.schema import TABLES
from usephase.errors import CatalogError
from usephase.sampling import distributions as dist

MODES = "product,mode,carrier,rate,rate_unit,load,phase\n"
PROFILES = "use_profile,mode,amount,amount_unit\n"
SALES = "product,region,year,units\n"
BASE = {
    "catalog.toml": '[catalog]\nname = "T"\nreporting_year = 2024\n',
    "products.csv": "product\nDRILL\nSAW\n",
    "sales.csv": SALES + "DRILL,DEU,2024,10\n",
}


def read(**files):
    """Read the smallest catalog with some files replaced (`modes_csv` is modes.csv; None: left out)."""
    named = {
        name.replace("_", ".") if "use_" not in name else name.replace("_csv", ".csv"): text
        for name, text in files.items()
    }
    whole = {name: text for name, text in {**BASE, **named}.items() if text is not None}
    return load_files({name: text if isinstance(text, bytes) else text.encode() for name, text in whole.items()})


def found(problems):
    return [(problem.where, problem.severity) for problem in problems]


def only(problems):
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


# -- what is read ---------------------------------------------------------------------------------------------


def test_the_smallest_catalog():
    catalog, problems = read()
    assert problems == []
    assert catalog["products"].frame["product"].tolist() == ["DRILL", "SAW"]
    assert catalog["sales"].frame["year"].tolist() == [2024]
    assert catalog["sales"].frame["year"].dtype == np.int64
    assert catalog["sales"].values["units"].params[0, 0] == 10
    assert set(catalog.tables) == set(TABLES)
    assert [len(catalog[name]) for name in ("modes", "grid", "settings")] == [0, 0, 1]


def test_every_table_has_all_its_columns():
    catalog, _ = read()
    for name, schema in TABLES.items():
        table = catalog[name]
        assert list(table.frame.columns) == [c.name for c in schema.columns if c.kind != "value"], name
        assert list(table.values) == [c.name for c in schema.columns if c.kind == "value"], name


def test_defaults_stand_where_a_cell_is_empty():
    catalog, problems = read(modes_csv=MODES + "DRILL,on,electricity,10,W,,\n")
    modes = catalog["modes"]
    assert problems == []
    assert modes.frame["phase"].tolist() == ["direct"]
    assert (modes.values["load"].kind[0], modes.values["load"].params[0, 0], modes.values["load"].text[0]) == (0, 1, "")
    assert modes.values["efficiency"].params[0, 0] == 1
    assert not catalog["zones"].values["loss"].present().any()


def test_rates_are_kept_in_one_unit_a_kind():
    cells = [("0.5 kW", ""), ("2", "hp"), ("500", "Wh/cycle"), ("1", "gal/h"), ("250 g/h", "g/h"), ("1 l/h", "L / h")]
    text = MODES + "".join(f"DRILL,m{i},x,{rate},{unit},,\n" for i, (rate, unit) in enumerate(cells))
    catalog, problems = read(modes_csv=text)
    assert problems == []
    assert catalog["modes"].frame["rate_unit"].tolist() == ["W", "W", "kWh/cycle", "L/h", "kg/h", "L/h"]
    expected = [500, 1491.399744, 0.5, 3.785411784, 0.25, 1]
    np.testing.assert_allclose(catalog["modes"].values["rate"].params[:, 0], expected, rtol=1e-15)


def test_amounts_keep_their_unit():
    text = "use_profile,mode,amount,amount_unit\nu,a,2 h/day,\nu,b,3,cycle/week\nu,c,,rest\nu,d,100 h/life,h/life\n"
    catalog, problems = read(use_profiles_csv=text)
    profiles = catalog["use_profiles"]
    assert problems == []
    assert profiles.frame["amount_unit"].tolist() == ["h/day", "cycle/week", "rest", "h/life"]
    assert profiles.values["amount"].kind.tolist() == [0, 0, dist.ABSENT, 0]
    assert profiles.values["amount"].params[:2, 0].tolist() == [2, 3]


def test_units_of_other_columns_are_converted():
    catalog, problems = read(
        materials_csv="product,part,material,mass\nDRILL,product,plastic,450 g\n",
        carriers_csv="carrier,unit,combustion,density\nfuel,kWh,56 g/MJ,750 kg/m3\n",
        lifetimes_csv="lifetime,mean,unit,max_years\na,18 months,year,120 months\nb,500 h,full_load_hour,\n",
        grid_csv="zone,scenario,year,intensity\nDEU,s,2024,400 g CO2e/kWh\n",
    )
    assert problems == []
    assert catalog["materials"].values["mass"].params[0, 0] == 0.45
    assert catalog["carriers"].values["combustion"].params[0, 0] == pytest.approx(0.2016, rel=1e-15)
    assert catalog["carriers"].values["density"].params[0, 0] == 0.75
    assert catalog["lifetimes"].values["mean"].params[:, 0].tolist() == [1.5, 500]
    assert catalog["lifetimes"].values["max_years"].params[0, 0] == 10
    assert catalog["grid"].values["intensity"].params[0, 0] == 0.4


def test_labels_are_sorted_text_columns():
    catalog, problems = read(products_csv="tier,product,market\npro,SAW,\n 1 ,DRILL,EU\n")
    assert problems == []
    assert catalog.labels == ("market", "tier")
    assert catalog["products"].frame["tier"].tolist() == ["1", "pro"]
    assert catalog["products"].frame["market"].tolist() == ["EU", ""]


def test_pedigree_and_source_are_allowed_everywhere():
    catalog, problems = read(
        sales_csv='product,region,year,units,pedigree,source\nDRILL,DEU,2024,10,"1,1,1,1,1",ledger\n'
    )
    assert problems == []
    assert catalog["sales"].values["units"].kind[0] == dist.LOGNORMAL
    assert catalog["sales"].frame["source"].tolist() == ["ledger"]


def test_numbers_keep_full_precision():
    catalog, _ = read(sales_csv=SALES + "DRILL,DEU,2024,0.1000000000000000055\nSAW,DEU,2024,900719925474099.3125\n")
    assert catalog["sales"].values["units"].params[:, 0].tolist() == [0.1, 900719925474099.3125]


def test_byte_order_mark_windows_lines_comments_and_blank_lines():
    lines = ("# made by hand", "", SALES.rstrip(), "# spring", "SAW,DEU,2024,5", ",,,", "DRILL,DEU,2024,7", "")
    text = "\ufeff" + "\r\n".join(lines)
    catalog, problems = read(sales_csv=text)
    assert problems == []
    assert catalog["sales"].frame["product"].tolist() == ["DRILL", "SAW"]
    assert catalog["sales"].line.tolist() == [7, 5]
    assert catalog["sales"].place(0, "units") == "sales.csv:7:units"
    assert catalog["sales"].key(0) == "product=DRILL;region=DEU;year=2024"


def test_quoted_cells_may_hold_commas_quotes_lines_and_hashes():
    text = 'product,name\nDRILL,"Drill, ""big""\n# not a comment"\nSAW,x\n'
    catalog, problems = read(products_csv=text)
    assert problems == []
    assert catalog["products"].frame["name"].tolist() == ['Drill, "big"\n# not a comment', "x"]
    assert catalog["products"].line.tolist() == [2, 4]


def test_text_is_stripped_and_accents_written_in_one_way():
    catalog, _ = read(products_csv="product,name\n DRILL\u00a0,Sa\u0308ge\nSAW,x\n")
    assert catalog["products"].frame["product"].tolist() == ["DRILL", "SAW"]
    assert catalog["products"].frame["name"].tolist() == ["S\u00e4ge", "x"]


def test_order_of_rows_and_columns_changes_only_lines():
    columns = ["product", "region", "year", "units", "source", "pedigree"]
    rows = [
        ["SAW", "DEU", "2024", "discrete(1: 1; 2: 1)".replace(";", ","), "a", ""],
        ["DRILL", "DEU", "2024", "discrete(5: 1, 6: 2)", "b", ""],
        ["DRILL", "FRA", "2023", "12 ± 10%", "", "1,2,3,4,5"],
        ["DRILL", "FRA", "2021", "12", "", "1,2,3,4,5"],
    ]

    def written(row_order, column_order):
        lines = [columns, *(rows[i] for i in row_order)]
        return "".join(",".join(f'"{line[i]}"' for i in column_order) + "\n" for line in lines)

    first = read(sales_csv=written(range(4), range(6)))[0]["sales"]
    for row_order in itertools.permutations(range(4)):
        other = read(sales_csv=written(row_order, [3, 5, 0, 2, 4, 1]))[0]["sales"]
        assert other.frame.equals(first.frame)
        a, b = other.values["units"], first.values["units"]
        assert a.params.tobytes() == b.params.tobytes()
        assert (a.kind.tolist(), a.text.tolist()) == (b.kind.tolist(), b.text.tolist())
        assert [p.tolist() for pair in a.points for p in pair] == [p.tolist() for pair in b.points for p in pair]


def test_the_digest_is_that_of_names_lengths_and_bytes():
    files = {"b": b"xy", "a": b""}
    catalog, _ = load_files(files)
    assert catalog.sha256 == hashlib.sha256(b"a\x000\x00b\x002\x00xy").hexdigest()
    assert catalog.files == files
    assert ("a" in catalog.files, "c" in catalog.files, catalog.files.get("c", b"-")) == (True, False, b"-")


def test_columns_that_nobody_filled_are_apart_when_one_is_written():
    frame = read()[0]["sales"].frame.copy()
    assert (frame["source"] == "").all()
    frame.loc[0, "source"] = "written"
    assert (frame["pedigree"] == "").all()
    assert frame["source"].iloc[0] == "written"


# -- what is refused, and where -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell", ["12.5,0", "n/a", "2024-03-01", "#REF!", "nan", "inf", "", "1_000", "TRUE", "-1", "5 kWh"]
)
def test_a_cell_that_is_no_value(cell):
    catalog, problems = read(sales_csv=SALES + f'SAW,DEU,2024,1\nDRILL,DEU,2024,"{cell}"\n')
    assert only(problems).where == "sales.csv:3:units"
    assert catalog["sales"].values["units"].kind.tolist() == [dist.ABSENT, dist.FIXED]
    assert catalog["sales"].values["units"].text.tolist() == [cell, "1"]


@pytest.mark.parametrize(
    ("files", "where", "fix"),
    [
        ({"modes_csv": MODES + "DRILL,on,e,10 kg,,,\n"}, "modes.csv:2:rate", "write one of W"),
        ({"modes_csv": MODES + "DRILL,on,e,10 kW,W,,\n"}, "modes.csv:2:rate", "`10000 W`"),
        ({"modes_csv": MODES + "DRILL,on,e,10,,,\n"}, "modes.csv:2:rate", "`rate_unit`"),
        ({"modes_csv": MODES + "DRILL,on,e,10,kWe,,\n"}, "modes.csv:2:rate_unit", "did you mean `kW`"),
        ({"modes_csv": MODES + "DRILL,on,,10,W,,\n"}, "modes.csv:2:carrier", "required"),
        ({"modes_csv": MODES + "DRILL,on,e,10,W,1.5,\n"}, "modes.csv:2:load", "at most 1"),
        ({"modes_csv": MODES + "DRILL,on,e,10,W,0.9 ± 30%,\n"}, "modes.csv:2:load", "triangular("),
        ({"modes_csv": MODES + "DRILL,on,e,10,W,,indirekt\n"}, "modes.csv:2:phase", "did you mean `indirect`"),
        ({"modes_csv": MODES + "DRILL,on,e,10,W,0.5 W,\n"}, "modes.csv:2:load", "without a unit"),
        ({"modes_csv": MODES + ",on,e,10,W,,\n"}, "modes.csv:2:product", "required"),
        ({"modes_csv": MODES.replace("phase", "phse")}, "modes.csv:1:phse", "did you mean `phase`"),
        ({"modes_csv": MODES.replace("load", "mode")}, "modes.csv:1", "rename"),
        ({"modes_csv": "product,mode,carrier\n"}, "modes.csv:1", "`rate`"),
        ({"modes_csv": MODES + "DRILL,on,e,10,W,,,\n"}, "modes.csv:2", "quotes"),
        ({"modes_csv": MODES + "DRILL,on,e,10\n"}, "modes.csv:2", "commas"),
        ({"modes_csv": MODES + 'DRILL,"on,e,10,W,,\n'}, "modes.csv:2", "quote"),
        ({"modes_csv": MODES + 'DRILL,"on"x,e,10,W,,\n'}, "modes.csv:2", "quote"),
        ({"modes_csv": MODES.replace(",", ";")}, "modes.csv:1", "commas"),
        ({"modes_csv": ""}, "modes.csv:1", "column names"),
        ({"modes_csv": MODES.rstrip() + ",\nDRILL,on,e,10,W,,,5\n"}, "modes.csv:1", "name the column"),
        ({"modes_csv": MODES + "#REF!,on,e,10,W,,\n"}, "modes.csv:2:product", "formula"),
        ({"modes_csv": MODES + "DRILL,o\x07n,e,10,W,,\n"}, "modes.csv:2:mode", "delete the character"),
        ({"modes_csv": MODES + "DRILL,on,e,1\x000,W,,\n"}, "modes.csv:2:rate", "delete the character"),
        ({"modes_csv": MODES + "DRILL,o\u200bn,e,10,W,,\n"}, "modes.csv:2:mode", "delete the character"),
        ({"modes_csv": MODES.encode() + b"DRILL,on,e,10,W,,\nS\xe4ge,on,e,10,W,,\n"}, "modes.csv:3", "UTF-8"),
        ({"modes_csv": MODES.encode("utf-16")}, "modes.csv:1", "UTF-8"),
        ({"modes_csv": MODES + "DRILL,on,e,10,W,,\rSAW,on,e,10,W,,\n"}, "modes.csv:2", "LF or CRLF"),
        ({"modes_csv": MODES + "DRILL,on,e,1,W,,\nDRILL,on,x,9,W,,\n"}, "modes.csv:3:product", "delete one"),
        ({"sales_csv": SALES + "DRILL,DEU,24,1\n"}, "sales.csv:2:year", "four digits"),
        ({"sales_csv": SALES + "DRILL,DEU,2024.5,1\n"}, "sales.csv:2:year", "four digits"),
        ({"sales_csv": SALES + "DRILL,DEU,2024,5 pcs\n"}, "sales.csv:2:units", "write `5`"),
        ({"sales_csv": SALES}, "sales.csv:1", "row below"),
        ({"sales_csv": None}, "sales.csv", "sales.parquet"),
        ({"regions_csv": "region,zone,weight\nEU,DEU,0\n"}, "regions.csv:2:weight", "above 0"),
        ({"regions_csv": "region,zone,weight\nEU,DEU,1 ± 10%\n"}, "regions.csv:2:weight", "write a number"),
        ({"use_profiles_csv": PROFILES + "u,m,5,rest\n"}, "use_profiles.csv:2:amount", "empty"),
        ({"use_profiles_csv": PROFILES + "u,m,,h/day\n"}, "use_profiles.csv:2:amount", "`rest`"),
        ({"use_profiles_csv": PROFILES + "u,m,5,h\n"}, "use_profiles.csv:2:amount_unit", "h/year"),
        ({"use_profiles_csv": "use_profile,mode,amount\nu,m,5\n"}, "use_profiles.csv:2:amount", "`amount_unit`"),
        ({"products_csv": "product,lifetime,pedigree\nDRILL,l,good\n"}, "products.csv:2:pedigree", "five scores"),
        ({"products_csv": "product,region\nDRILL,l\n"}, "products.csv:1:region", "another name"),
        ({"treatments_csv": "material,route,factor,year\n*,landfill,-0.5,\n"}, "treatments.csv:2:factor", "`avoided`"),
        ({"mode_csv": "a\n"}, "mode.csv", "did you mean modes.csv"),
        ({"settings_csv": "a\n"}, "settings.csv", "catalog.toml"),
        ({"modes_csv": MODES, "modes_parquet": b""}, "modes.csv", "delete one of the two"),
        ({"modes_parquet": b"PAR1"}, "modes.parquet", "write the file again"),
        ({"catalog_toml": None}, "catalog.toml", "reporting_year"),
        ({"catalog_toml": None, "catalogue_toml": "x"}, "catalog.toml", "rename catalogue.toml"),
    ],
)  # fmt: skip
def test_refusals_name_the_place(files, where, fix):
    _, problems = read(**files)
    problem = only(problems)
    assert problem.where == where
    assert problem.severity == "error"
    assert fix in problem.fix, str(problem)


def test_a_repeated_row_names_both_lines():
    _, problems = read(products_csv="product\nSAW\n# pause\nDRILL\nSAW \n")
    assert only(problems).where == "products.csv:5:product"
    assert "line 2" in problems[0].what


def test_everything_at_once_in_the_order_of_the_tables():
    _, problems = read(
        products_csv="product,pedigree,allocation\nDRILL,bad,2\n,,\nSAW,,x\nSAW,,\n",
        modes_csv=MODES + "DRILL,on,,x,V,2,odd\n,on,e,-1,W,,\n",
        sales_csv="product,region,year,units,wat\nDRILL,,24,n/a,\n",
    )
    assert found(problems) == [(where, "error") for where in (
        "products.csv:2:pedigree", "products.csv:2:allocation", "products.csv:4:allocation", "products.csv:5:product",
        "modes.csv:2:carrier", "modes.csv:2:rate_unit", "modes.csv:2:phase", "modes.csv:2:load",
        "modes.csv:3:product", "modes.csv:3:rate", "sales.csv:1:wat", "sales.csv:2:region", "sales.csv:2:year",
        "sales.csv:2:units",
    )]  # fmt: skip


def test_rows_without_a_usable_key_are_left_out():
    catalog, problems = read(sales_csv=SALES + "DRILL,DEU,20x4,1\nDRILL,FRA,2024,1\n,DEU,2024,1\n")
    assert catalog["sales"].frame["region"].tolist() == ["FRA"]
    assert [problem.where for problem in problems] == ["sales.csv:2:year", "sales.csv:4:product"]


def test_little_outside_the_range_is_a_warning():
    catalog, problems = read(modes_csv=MODES + "DRILL,on,e,10,W,0.5 ± 60%,\n")
    # z = 0.5/(0.3/1.96) = 3.267 on both sides: 2 · 0.0544 %
    assert found(problems) == [("modes.csv:2:load", "warning")]
    assert problems[0].what.startswith("0.109 %")
    assert complete(catalog, problems).warnings == tuple(problems)


def test_a_label_that_looks_like_a_column_is_a_warning():
    catalog, problems = read(products_csv="product,brnd\nDRILL,x\n")
    assert found(problems) == [("products.csv:1:brnd", "warning")]
    assert catalog.labels == ("brnd",)


def test_an_error_refuses_the_catalog_with_its_warnings():
    catalog, problems = read(modes_csv=MODES + "DRILL,on,e,10,W,0.5 ± 60%,\nSAW,on,e,x,W,,\n")
    with pytest.raises(CatalogError) as refused:
        complete(catalog, problems)
    assert [problem.severity for problem in refused.value.problems] == ["warning", "error"]


def test_a_cell_of_absurd_length_is_refused():
    _, problems = read(products_csv=f'product,name\nDRILL,"{"x" * 200_000}"\n')
    assert only([p for p in problems if "limit" in p.what]).where == "products.csv:2"


# -- folders --------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    for name, text in BASE.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_folder_and_its_bytes_give_the_same(folder):
    (folder / "README.md").write_text("notes", encoding="utf-8")
    (folder / ".~lock.sales.csv#").write_text("x", encoding="utf-8")
    (folder / ".hidden.csv").write_text("x", encoding="utf-8")
    (folder / "pictures").mkdir()
    catalog, problems = load(folder)
    assert problems == []
    assert catalog.path == str(folder)
    assert sorted(catalog.files) == sorted(BASE)
    assert catalog.sha256 == load_files(catalog.files)[0].sha256


def test_tables_in_other_forms_are_refused(folder):
    (folder / "modes.xlsx").write_bytes(b"")
    (folder / "grid.tsv").write_bytes(b"")
    (folder / "notes.txt").write_bytes(b"")
    assert [problem.where for problem in load(folder)[1]] == ["grid.tsv", "modes.xlsx"]


def test_a_table_must_be_a_regular_file(folder):
    (folder / "modes.csv").mkdir()
    os.mkfifo(folder / "grid.csv")
    problems = load(folder)[1]
    assert {"grid.csv", "modes.csv"} <= {problem.where for problem in problems if "regular" in problem.what}


def test_a_file_beyond_the_limit_is_not_read(folder, monkeypatch):
    monkeypatch.setattr("usephase.catalog.read.load.MAX_BYTES", 30)
    assert "30" in next(p.what for p in load(folder)[1] if p.where == "sales.csv")


@pytest.mark.parametrize("name", ["nothing", "sales.csv"])
def test_a_path_that_is_no_catalog(folder, name):
    with pytest.raises(CatalogError) as refused:
        load(folder / name)
    assert refused.value.problems[0].where == str(folder / name)
