"""Workbooks and Parquet files that unpack to more than they should, or refer to what they should not."""

import io
import subprocess
import sys
import time
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.catalog.test_workbook import book, edited
from usephase.catalog.read.load import load_files

SHEET = "xl/worksheets/sheet2.xml"
TOML = b'[catalog]\nname = "T"\nreporting_year = 2024\n'


def refusal(seconds=1.0, **files):
    started = time.process_time()
    _, found = load_files({name.replace("_", ".", 1): content for name, content in files.items()})
    assert time.process_time() - started < seconds
    assert found, "accepted"
    assert all(problem.where and problem.fix and len(str(problem)) < 3_000 for problem in found)
    return found[0]


def packed(parts, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def rows(text):
    return edited(book(), SHEET, b"</sheetData>", text + b"</sheetData>")


def recoded(data, encoding):
    parts = {}
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        for name in source.namelist():
            content = source.read(name)
            if name == SHEET:
                body = content.decode().partition("?>")[2] if content.startswith(b"<?xml") else content.decode()
                content = f'<?xml version="1.0" encoding="{encoding}"?>{body}'.encode(encoding)
            parts[name] = content
    return packed(parts)


ENTITY = b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet'
LAUGHS = b"<!DOCTYPE x [" + b'<!ENTITY a0 "ha">' + b"".join(
    b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 10) for i in range(1, 10)
) + b"]><worksheet"  # fmt: skip
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet'


@pytest.mark.parametrize(
    "data",
    [
        edited(book(), SHEET, b"<worksheet", LAUGHS),
        edited(book(), SHEET, b"<worksheet", OUTSIDE),
        edited(book(), SHEET, b"<worksheet", b"<!--" + b"x" * 9_000 + b"-->" + ENTITY),
        recoded(edited(book(), SHEET, b"<worksheet", ENTITY), "utf-16"),
        edited(book(), "[Content_Types].xml", b"<Types", ENTITY.replace(b"worksheet", b"Types")),
        packed({"xl/media/picture.png": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}),
    ],
    ids=["laughs", "file", "late", "utf-16", "types", "as a picture"],
)
def test_entities_are_refused_wherever_and_however_they_are_written(data):
    assert "declares entities" in refusal(book_xlsx=data).what


def test_a_bomb_of_parts_and_a_bomb_of_zeros():
    assert "2,001 parts" in refusal(book_xlsx=packed({f"a{i}.xml": b"" for i in range(2_001)})).what
    zeros = packed({"xl/worksheets/sheet1.xml": b"0" * 60_000_000})
    assert "unpacks from" in refusal(book_xlsx=zeros).what
    assert "unpacks" in refusal(book_xlsx=packed({"xl/workbook.xml": zeros, "a": b"0" * 60_000_000})).what


def test_a_size_that_is_a_lie_is_noticed():
    data = bytearray(packed({"xl/worksheets/sheet1.xml": b"<a>" + b"0" * 100_000 + b"</a>"}))
    at = data.index((100_007).to_bytes(4, "little"), len(data) - 200)
    data[at : at + 4] = (10).to_bytes(4, "little")
    assert refusal(book_xlsx=bytes(data)).where == "book.xlsx"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b'<row r="9"><c r="XFD9"><v>1</v></c></row>', "at most 500 columns"),
        (b'<row r="9"><c r="ZZZZZZZZZZ9"><v>1</v></c></row>', "at most 500 columns"),
        (b'<row r="2"><c r="A2"><v>1</v></c></row>', "the row 2 after the row 3"),
        (b'<row r="-9"><c r="A2"><v>1</v></c></row>', "the row -9 after the row 3"),
        (b'<row r="99999999999"><c r="A2"><v>1</v></c></row>', "more rows than a sheet can have"),
        (b"<row>" + b"<a>" * 200 + b"</a>" * 200 + b"</row>", "too deeply nested"),
        (b'<row r="9"><c r="A9" t="inlineStr"><is><t>' + b"x" * 2_000_000 + b"</t></is></c></row>", "131,072"),
        (b'<row r="9"><c r="A9" t="inlineStr"><is><t>' + b"x" * 200_000 + b"</t></is></c></row>", "200,000"),
        (b'<row r="9"><c r="A9"><v>' + b"9" * 5_000 + b"</v></c></row>", "not readable as a workbook"),
        (b'<row r="9"><c r="A9" t="s"><v>99999</v></c></row>', "not readable as a workbook"),
    ],
    ids=["far column", "no column", "repeated row", "negative row", "far row", "deep", "huge", "long",
         "digits", "string"],
)  # fmt: skip
def test_sheets(text, says):
    assert says in refusal(book_xlsx=rows(text)).what


def test_a_text_that_is_stored_once_and_shown_a_million_times(monkeypatch):
    monkeypatch.setattr("usephase.catalog.read.workbook.MAX_BYTES", 1_000_000)
    cells = b"".join(
        b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>%s</t></is></c></row>' % (i, i, b"x" * 100_000)
        for i in range(9, 30)
    )
    assert "more than 1,000,000 characters" in refusal(book_xlsx=rows(cells)).what


# -- Parquet --------------------------------------------------------------------------------------------------


def parquet(columns, **options):
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, **options)
    return out.getvalue()


def test_five_kilobytes_that_are_fifty_gigabytes():
    repeated = pa.DictionaryArray.from_arrays(pa.array(np.zeros(500_000, np.int32)), pa.array(["x" * 100_000]))
    data = parquet({"product": repeated})
    assert len(data) < 10_000
    assert "50,000,000,000 bytes of text" in refusal(catalog_toml=TOML, products_parquet=data).what


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"product": pa.array([["a"] * 10])}, "has the type list"),
        ({"product": pa.array([{"a": 1}])}, "has the type struct"),
        ({"product": pa.array([b"a"], pa.binary())}, "has the type binary"),
        ({"product": ["x" * 3_000_000]}, "a cell of 3,000,000 characters"),
        ({f"c{i}": [1] for i in range(501)}, "501 columns"),
        ({"pro\u200bduct": ["a"]}, "the name of column 1"),
        ({"product": ["a\0b"]}, "U+0000"),
    ],
    ids=["list", "struct", "bytes", "long", "wide", "name", "nul"],
)
def test_columns(columns, says):
    assert says in refusal(catalog_toml=TOML, products_parquet=parquet(columns)).what


def test_a_stored_class_is_not_brought_to_life(tmp_path):
    """Old pyarrow unpickled what a file's schema named as a type."""
    marker = tmp_path / "ran"
    pickled = b"cos\nsystem\n(S'touch " + bytes(str(marker), "ascii") + b"'\ntR."
    field = pa.field(
        "product", pa.string(),
        metadata={"ARROW:extension:name": "arrow.py_extension_type", "ARROW:extension:metadata": pickled},
    )  # fmt: skip
    data = io.BytesIO()
    pq.write_table(pa.table([pa.array(["DRILL"])], schema=pa.schema([field])), data)
    load_files({"catalog.toml": TOML, "products.parquet": data.getvalue()})
    assert not marker.exists()


MEMORY = """
import re, resource, sys
from usephase.catalog.read.load import load_files

def peak():  # of this program alone: getrusage counts what its parent took before
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])

name = sys.argv[1]
data = sys.stdin.buffer.read()
before = peak()
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
toml = b'[catalog]\\nname = "T"\\nreporting_year = 2024\\n'
found = load_files({name: data} if name.endswith("xlsx") else {"catalog.toml": toml, name: data})[1]
print((peak() - before) >> 10, found[0].what[:200])
"""
needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from Linux's /proc")


def memory(name, data, timeout=300):
    """Give the memory that reading took in a process of its own [MiB], and what was said first."""
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, name], input=data, capture_output=True, timeout=timeout, check=True
    )
    taken, _, said = done.stdout.decode().partition(" ")
    return int(taken), said


@pytest.mark.parametrize(
    ("name", "make", "says"),
    [
        ("products.csv", lambda: b"product\n" + b"x" * 100_000_000, "a cell of 100,000,000 characters"),
        ("products.csv", lambda: b"," * 70_000_000, "too large to be read"),
        ("products.csv", lambda: b"\n" * 70_000_000, "too large to be read"),
        ("book.xlsx", lambda: packed({"xl/sharedStrings.xml": b"0" * 900_000_000}), "unpacks from"),
    ],
    ids=["cell", "commas", "lines", "zip"],
)
@pytest.mark.slow
@needs_proc
def test_bombs_take_no_memory(name, make, says):
    data = make()
    taken, said = memory(name, data)
    assert says in said
    assert taken < 150 + 4 * len(data) // 2**20


@pytest.mark.slow
@needs_proc
@pytest.mark.parametrize("form", [pytest.param("csv", marks=pytest.mark.deep), "parquet", "xlsx"])
def test_a_million_rows_take_bounded_memory(form):
    """Repeated keys make every row a fault: the worst case, for each is to be told."""
    count = 1_000_000 if form != "xlsx" else 300_000
    if form == "csv":
        data = b"product,region,year,units\n" + b"".join(
            b"P%d,DEU,2024,%d +/- 10%%\n" % (i % 1000, i) for i in range(count)
        )
    elif form == "parquet":
        keys = pa.array([f"P{i % 1000}" for i in range(count)])
        columns = {"product": keys, "region": ["DEU"] * count, "year": [2024] * count, "units": np.arange(count) + 0.5}
        data = parquet(columns)
    else:
        cells = b"".join(
            b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>P%d</t></is></c><c r="B%d"><v>1</v></c></row>'
            % (i, i, i % 1000, i)
            for i in range(9, count)
        )
        data = rows(cells)
    name = {"csv": "sales.csv", "parquet": "sales.parquet", "xlsx": "book.xlsx"}[form]
    taken, said = memory(name, data, timeout=600)
    print(f"{count:,} rows as {form}: {len(data) >> 20} MiB, {taken} MiB to read")
    assert 10 < taken < 1_500
    assert said
