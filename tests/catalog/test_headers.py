"""Names of columns, files and sheets: case never refuses one, and words that mean something else get the conversion."""

import copy
import io

import openpyxl
import pytest

from tests.laws.everything import everything
from tests.reference.folder import csv_text, toml_text
from usephase.catalog import read_files
from usephase.catalog.read.headers import _other_words, advise_column
from usephase.catalog.schema import TABLES
from usephase.errors import CatalogError

SETTINGS, FULL = everything()
TOML = toml_text(SETTINGS).encode()


def files_of(tables):
    return {"catalog.toml": TOML, **{f"{name}.csv": csv_text(rows).encode() for name, rows in tables.items()}}


def values(catalog):
    return {
        (name, column): (held.kind.tolist(), held.params.tolist())
        for name, table in catalog.tables.items()
        for column, held in table.values.items()
    }


@pytest.mark.parametrize("write", [str.upper, str.title, lambda name: name.replace("_", " ").capitalize()])
def test_case_alone_never_refuses_a_header(write):
    tables = {name: [{write(c): text for c, text in row.items()} for row in rows] for name, rows in FULL.items()}
    assert values(read_files(files_of(tables), "c")) == values(read_files(files_of(FULL), "c"))


def test_case_alone_never_refuses_a_file():
    files = {name.title() if name != "catalog.toml" else name: data for name, data in files_of(FULL).items()}
    assert values(read_files(files, "c")) == values(read_files(files_of(FULL), "c"))


@pytest.mark.parametrize("write", [str.upper, str.title])
def test_case_alone_never_refuses_a_sheet(write):
    book = openpyxl.Workbook()
    book.remove(book.active)
    flat = [("catalog.name", "T"), ("catalog.reporting_year", 2024)]
    small = {name: FULL[name] for name in ("products", "sales", "materials", "refrigerants", "gases")}
    small["products"] = [FULL["products"][2]]
    small["lifetimes"] = [FULL["lifetimes"][2]]
    for name in ("sales", "materials", "refrigerants"):
        small[name] = [
            row | {"region": "DEU"} if "region" in row else row for row in FULL[name] if row["product"] == "C"
        ]
    for name, rows in {"catalog": [{"setting": s, "value": v} for s, v in flat], **small}.items():
        columns = list(dict.fromkeys(c for row in rows for c in row))
        sheet = book.create_sheet(write(name))
        sheet.append([write(c) for c in columns])
        for row in rows:
            sheet.append([row.get(c, "") for c in columns])
    stream = io.BytesIO()
    book.save(stream)
    catalog = read_files({"c.xlsx": stream.getvalue()}, "c.xlsx")
    assert len(catalog["products"]) == 1
    assert len(catalog["sales"]) == 2


def test_two_columns_that_are_one_are_named():
    tables = copy.deepcopy(FULL)
    tables["modes"][0]["Rate"] = "1"
    with pytest.raises(CatalogError) as refused:
        read_files(files_of(tables), "c")
    assert [p.where.partition(":")[0] for p in refused.value.problems if p.severity == "error"] == ["modes.csv"]
    assert "are both `rate`" in str(refused.value)


@pytest.mark.parametrize(
    ("word", "says", "never"),
    [("sd", "shape", "did you mean"), ("std", "normal(12, 2)", "did you mean"), ("B10", "0.10536", "`t90`"),
     ("characteristic_life", "`scale`", "`shape`"), ("eta", "`scale`", "`t90`"), ("half-life", "`median`", "`mean`"),
     ("rate", "1 ÷ rate", "did you mean"), ("variance", "√variance", "did you mean")],
)  # fmt: skip
def test_words_whose_neighbours_mean_something_else(word, says, never):
    advice = advise_column(word, TABLES["lifetimes"])
    assert says in advice
    assert never not in advice


def test_every_word_leads_to_a_column_that_is_there():
    for (table, word), (column, advice) in _other_words().items():
        assert bool(column) != bool(advice), (table, word)
        if table != "*":
            names = {c.name for c in TABLES[table].columns}
            assert word not in names, (table, word)
            assert not column or column in names, (table, word)


@pytest.mark.parametrize(("length", "mean"), [("scale", 8.862), ("median", 10.645)])
def test_scale_and_median_are_columns(length, mean):
    """Of a Weibull life of shape 2: mean = scale √π/2, and median √π/(2 √ln 2)."""
    tables = copy.deepcopy(FULL)
    tables["lifetimes"][2] |= {"mean": "", length: "10", "shape": "2"}
    catalog = read_files(files_of(tables), "c")
    from usephase.model.lifetime import mean_and_shape

    row = list(catalog["lifetimes"].frame["lifetime"]).index("plain")
    given = catalog["lifetimes"].values[length].params[row, 0]
    assert mean_and_shape("weibull", **{length: given, "shape": 2.0})[0] == pytest.approx(mean, abs=1e-3)
