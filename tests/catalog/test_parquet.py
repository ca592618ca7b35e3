import datetime
import decimal
import io

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from usephase.catalog.read.load import load_files
from usephase.catalog.read.parquet import number_text, read_parquet
from usephase.catalog.read.tables import read_table
from usephase.catalog.schema import TABLES

TOML = b'[catalog]\nname = "T"\nreporting_year = 2024\n'
CSV = {"products.csv": b"product\nDRILL\nSAW\n", "sales.csv": b"product,region,year,units\nDRILL,DEU,2024,10\n"}


def stored(columns):
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def sales(**columns):
    base = {"product": ["DRILL"], "region": ["DEU"], "year": [2024], "units": [10.5]}
    raw, problems = read_parquet(stored({**base, **columns}), "sales.parquet")
    read = read_table(raw, TABLES["sales"])
    return read.table, problems + read.problems


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e-300, 123456789.12345679, 900719925474099.3125, 1e15, 5e-324])
def test_numbers_keep_every_bit(value):
    assert float(number_text(value)) == value
    assert sales(units=[value])[0].values["units"].params[0, 0] == value


@pytest.mark.parametrize(
    "units",
    [
        pa.array([7], pa.int32()), pa.array([7.0], pa.float32()), pa.array(["7"]), pa.array(["7"]).dictionary_encode(),
        pa.array([decimal.Decimal("7.00")]), pa.array(["7"], pa.large_string()),
    ],
)  # fmt: skip
def test_types_that_hold_numbers(units):
    table, problems = sales(units=units)
    assert problems == []
    assert table.values["units"].params[0, 0] == 7


def test_a_frame_with_gaps_reads_like_a_csv():
    frame = pd.DataFrame({"product": ["SAW", "DRILL"], "family": [None, "f"], "allocation": [0.5, float("nan")]})
    out = io.BytesIO()
    frame.to_parquet(out, index=False)
    files = {"catalog.toml": TOML, "sales.csv": CSV["sales.csv"]}
    catalog, problems = load_files({**files, "products.parquet": out.getvalue()})
    other, _ = load_files({**files, "products.csv": b"product,family,allocation\nSAW,,0.5\nDRILL,f,\n"})
    assert problems == []
    assert catalog["products"].frame.equals(other["products"].frame)
    a, b = (c["products"].values["allocation"] for c in (catalog, other))
    assert (a.kind.tolist(), a.params.tolist(), a.text.tolist()) == (
        b.kind.tolist(),
        b.params.tolist(),
        b.text.tolist(),
    )
    assert catalog["products"].place(1) == "products.parquet:2"


def test_whole_numbers_are_keys_and_years():
    table, problems = sales(product=[4711.0], year=[2024.0])
    assert problems == []
    assert table.frame["product"].tolist() == ["4711"]
    assert table.frame["year"].tolist() == [2024]


@pytest.mark.parametrize(
    ("columns", "where"),
    [
        ({"units": [float("nan")]}, "sales.parquet:2:units"),
        ({"units": [float("inf")]}, "sales.parquet:2:units"),
        ({"units": [True]}, "sales.parquet:2:units"),
        ({"units": [datetime.date(2024, 3, 1)]}, "sales.parquet:2:units"),
        ({"region": [datetime.datetime(2024, 3, 1)]}, "sales.parquet:2:region"),
        ({"region": [None]}, "sales.parquet:2:region"),
        ({"wat": ["x"]}, "sales.parquet:1:wat"),
        ({"source": [[1, 2]]}, "sales.parquet:1:source"),
        ({"__index_level_0__": [1]}, "sales.parquet:1:__index_level_0__"),
    ],
)
def test_refusals_name_the_place(columns, where):
    _, problems = sales(**columns)
    assert [problem.where for problem in problems] == [where]


def test_broken_text_names_its_row():
    broken = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0\2\0\0\0"), pa.py_buffer(b"x\xe4")]
    )
    _, problems = read_parquet(stored({"product": broken}), "products.parquet")
    assert [problem.where for problem in problems] == ["products.parquet:3:product"]


def test_columns_of_one_name():
    out = io.BytesIO()
    table = pa.table([pa.array(["a"]), pa.array(["b"])], names=["product", "product "])
    pq.write_table(table, out)
    _, problems = read_parquet(out.getvalue(), "products.parquet")
    assert "there twice" in problems[0].what


def test_what_is_no_parquet():
    for data in (b"", b"PAR1", stored({"product": ["x"]})[:-20]):
        raw, problems = read_parquet(data, "products.parquet")
        assert raw is None
        assert [problem.where for problem in problems] == ["products.parquet"]


def test_a_table_beyond_the_limit_is_not_unpacked(monkeypatch):
    monkeypatch.setattr("usephase.catalog.read.parquet.MAX_ROWS", 1)
    raw, problems = read_parquet(stored({"product": ["a", "b"]}), "products.parquet")
    assert raw is None
    assert "2 rows" in problems[0].what
