"""One cell in a text, a CSV file and catalog.toml: it changes, and every other byte stays."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usephase.catalog.edit.csv_file import with_cells, with_rows
from usephase.catalog.edit.text import moved, number
from usephase.catalog.edit.toml_file import with_setting
from usephase.catalog.options.changes import read_step
from usephase.catalog.read.csv_file import read_csv
from usephase.catalog.values.grammar import parse
from usephase.catalog.values.refusal import Refusal

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
