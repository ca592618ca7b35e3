"""Settings and tables as text: depth, length, number, encodings and characters that nobody sees."""

import time

import pytest

from tests.hostile import bases
from usephase.catalog.read import limits
from usephase.catalog.read.load import load_files

TOML = b'[catalog]\nname = "T"\nreporting_year = 2024\n'
PRODUCTS = b"product\nDRILL\n"
SALES = b"product,region,year,units\nDRILL,DEU,2024,10\n"


def read(seconds=1.0, **files):
    """Read a small catalog with some files replaced, within a time of the processor."""
    given = {"catalog.toml": TOML, "products.csv": PRODUCTS, "sales.csv": SALES}
    given |= {name.replace("_", ".", 1): content for name, content in files.items()}
    started = time.process_time()
    _, found = load_files(given)
    assert time.process_time() - started < seconds
    for problem in found:
        assert problem.where
        assert problem.fix
        assert len(str(problem)) < 3_000
    return found


def first(found):
    assert found[0].severity == "error"
    return found[0]


# -- settings -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "where", "says"),
    [
        (b"x = " + b"[" * 100_000, "catalog.toml", "nested too deeply"),
        (b"x = " + b"{a=" * 50_000, "catalog.toml", "nested too deeply"),
        (b"[grid]\nlevel." + b"a." * 900 + b"a = 1\n", "catalog.toml:grid", "nested too deeply"),
        (b"a." * 100_000 + b"a = 1\n", "catalog.toml:4", "more than 1,000 dots"),
        (b"[" + b"a." * 100_000 + b"a]\n", "catalog.toml:4", "more than 1,000 dots"),
        (b"[monte_carlo]\nseed = " + b"9" * 5_000 + b"\n", "catalog.toml", "thousands of digits"),
        (b"[monte_carlo]\nseed = 0x" + b"f" * 50_000 + b"\n", "catalog.toml:monte_carlo.seed", "more than 300 digits"),
        (b"[monte_carlo]\ndraws = 0x" + b"f" * 50_000 + b"\n", "catalog.toml:monte_carlo.draws", "300 digits"),
        (b"# " + b"x" * 300_000 + b"\n", "catalog.toml", "settings have at most"),
        (b'company2 = "\\ud800"\n', "catalog.toml:4", "not readable as TOML"),
        (b'note = "a\0b"\n', "catalog.toml:4", "not readable as TOML"),
        (b'[grid]\nlevel = "' + b"." * 50_000 + b'x"\n', "catalog.toml:5", "dots"),
        (b'[grid]\nlevel = "' + b"1" * 50_000 + b'"\n', "catalog.toml:grid.level", "too large for a number"),
        (b"k" * 50_000 + b" = 1\n", None, "is not known"),
        (b'[method]\ngwp = "' + b"A" * 50_000 + b'"\n', "catalog.toml:method.gwp", "not one of its words"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_settings(more, where, says):
    problem = first(read(catalog_toml=TOML + more))
    assert where is None or problem.where == where
    assert says in problem.what


def test_dots_in_a_comment_are_only_dots():
    assert read(catalog_toml=TOML + b"# " + b"." * 5_000 + b"\n") == []


# -- encodings ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sales", "where", "says"),
    [
        (SALES.decode().encode("utf-16"), "sales.csv:1", "UTF-16"),
        (SALES.decode().encode("utf-16-le"), "sales.csv:1", "invisible or broken"),
        (SALES.decode().encode("utf-32"), "sales.csv:1", "UTF-16"),
        (SALES + "Säge,DEU,2024,1\n".encode("latin-1"), "sales.csv:3", "0xE4"),
        (SALES + "Säge,DEU,2024,1\n".encode() + "Säge,FRA,2024,1\n".encode("cp1252"), "sales.csv:4", "not UTF-8"),
        (SALES + b"\xed\xa0\x80,DEU,2024,1\n", "sales.csv:3", "not UTF-8"),  # half a character
        (SALES + b"\xc0\xaf,DEU,2024,1\n", "sales.csv:3", "not UTF-8"),  # a slash in two bytes
        (SALES + "\ufeffSAW,DEU,2024,1\n".encode(), "sales.csv:3:product", "U+FEFF"),  # files put together
        (b"\xef\xbb\xbf" * 2 + SALES, "sales.csv:1", "U+FEFF"),
        (SALES + b"S\0W,DEU,2024,1\n", "sales.csv:3:product", "U+0000"),
        (b"\0" * 100, "sales.csv:1", "U+0000"),
        (SALES + "S\u202eAW,DEU,2024,1\n".encode(), "sales.csv:3:product", "U+202E"),
        (SALES + "S\u2066AW,DEU,2024,1\n".encode(), "sales.csv:3:product", "U+2066"),
        (SALES + "S\u00adAW,DEU,2024,1\n".encode(), "sales.csv:3:product", "U+00AD"),
        (SALES + "S\u2028AW,DEU,2024,1\n".encode(), "sales.csv:3:product", "U+2028"),
        (SALES + "S\U000e0041AW,DEU,2024,1\n".encode(), "sales.csv:3:product", "U+E0041"),
        (SALES + b"S\x1b[31mAW,DEU,2024,1\n", "sales.csv:3:product", "U+001B"),
    ],
    ids=lambda value: str(value)[-20:],
)
def test_encodings_and_characters(sales, where, says):
    problem = first(read(sales_csv=sales))
    assert problem.where == where
    assert says in problem.what


@pytest.mark.parametrize("name", ["brand\u200b", "\x1b[31mbrand", "br\u202eand", "b" * 201])
def test_names_of_columns(name):
    problem = first(read(products_csv=f"product,{name}\nDRILL,x\n".encode()))
    assert problem.where == "products.csv:1"
    assert "name of column 2" in problem.what


def test_scripts_that_are_written_with_joiners_are_text():
    persian = "می\u200cخواهم"
    assert read(products_csv=f"product,name\nDRILL,{persian}\n".encode()) == []


# -- size -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("products", "says"),
    [
        (b"product\n" + b"a" * 3_000_000, "a cell of 3,000,000 characters"),
        (b'product\n"' + b"a" * 3_000_000 + b'"', "field larger than field limit"),
        (b"," * 3_000_000, "the file is empty"),
        (b'"a"' + b"," * 3_000_000, "3,000,001 columns"),
        (b"product\n" + b'"', "unexpected end of data"),
        ((",".join(f"c{i}" for i in range(501)) + "\n").encode(), "501 columns"),
    ],
    ids=["long cell", "long quoted cell", "commas", "quoted commas", "open quote", "columns"],
)
def test_shapes(products, says):
    found = read(products_csv=products)
    assert any(says in problem.what for problem in found), found[:3]


def test_too_many_rows_and_cells_are_counted_before_they_are_split(monkeypatch):
    monkeypatch.setattr("usephase.catalog.read.csv_file.MAX_ROWS", 100)
    monkeypatch.setattr("usephase.catalog.read.limits.MAX_ROWS", 100)
    assert "too large to be read: 301 rows" in first(read(sales_csv=SALES + b"x\n" * 299)).what
    assert "too large to be read" in first(read(products_csv=b"product\n" + b"x\n" * 150)).what


@pytest.mark.parametrize(
    "row",
    [lambda i: b"P%d,DEU,2024,x%d\n" % (i, i), lambda i: b"P%d,DEU,x%d,1\n" % (i, i), lambda i: b'P,"D"\n',
     lambda i: b"P,DEU,2024,1\n" * (1 + (i == 0)), lambda i: b"P%d,,2024,1\n" % i],
    ids=["values", "years", "short rows", "repeated", "empty"],
)  # fmt: skip
def test_a_flood_of_faults_is_counted_not_listed(row):
    sales = b"product,region,year,units\n" + b"".join(map(row, range(5_000)))
    found = read(2.0, sales_csv=sales)
    assert limits.MAX_FINDINGS < len(found) < limits.MAX_FINDINGS + 10
    assert any("and 4,000 more" in problem.what for problem in found)


def test_the_bases_are_good():
    assert [p for p in load_files(bases.files())[1] if p.severity == "error"] == []
