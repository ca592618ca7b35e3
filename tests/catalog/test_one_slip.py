"""One slip gives one problem: what only follows from it is not said."""

import copy
import io
import re
from collections.abc import Callable, Iterable
from functools import cache

import pandas as pd
import pytest
from openpyxl.utils import get_column_letter

from tests.laws.catalogs import Tables, read
from tests.laws.everything import everything
from tests.reference.folder import csv_text, toml_text
from usephase.catalog import read_files
from usephase.catalog.edit.toml_file import with_setting
from usephase.catalog.schema import TABLES
from usephase.errors import CatalogError, Problem

SETTINGS, FULL = everything()
CELLS = [(name, column.name) for name in FULL for column in TABLES[name].columns]


def some(found: list[tuple[str, str]]) -> list[object]:
    """Every twentieth case each time, more in the slow suite, all of them on demand (``-m deep``)."""
    marks = {2: (), **dict.fromkeys((5, 7, 9, 12, 15, 17, 19), pytest.mark.slow)}
    return [pytest.param(*case, marks=marks.get(i % 20, pytest.mark.deep)) for i, case in enumerate(found)]


def problems(tables: Tables) -> list[Problem]:
    try:
        return list(read(SETTINGS, tables).warnings)
    except CatalogError as refused:
        return list(refused.problems)


@cache
def known() -> frozenset[str]:
    return frozenset(str(problem) for problem in problems(FULL))


def new(tables: Tables) -> list[Problem]:
    return [problem for problem in problems(tables) if str(problem) not in known()]


@pytest.mark.parametrize(("name", "column"), some(CELLS))
def test_a_cell_that_cannot_be_read_is_one_problem(name: str, column: str) -> None:
    _cells_are_one_problem(name, column, [CELLS.index((name, column)) % len(FULL[name])])


@pytest.mark.deep
@pytest.mark.parametrize(("name", "column"), CELLS)
def test_every_cell_that_cannot_be_read_is_one_problem(name: str, column: str) -> None:
    _cells_are_one_problem(name, column, range(len(FULL[name])))


def _cells_are_one_problem(name: str, column: str, rows: Iterable[int]) -> None:
    kind = TABLES[name].column(column).kind
    for row in rows:
        tables = copy.deepcopy(FULL)
        for each in tables[name]:
            each.setdefault(column, "")
        tables[name][row][column] = "#REF!" if kind == "text" else "???"
        assert [(p.where, p.severity) for p in new(tables)] == [(f"{name}.csv:{row + 2}:{column}", "error")]


def as_files(tables: Tables, form: str) -> dict[str, bytes]:
    """Write a catalog as one workbook, or as tables of texts in Parquet."""
    whole = {name: pd.DataFrame(rows).fillna("") for name, rows in tables.items() if rows}
    if form == "parquet":
        return {
            "catalog.toml": toml_text(SETTINGS).encode(),
            **{f"{name}.parquet": table.to_parquet(index=False) for name, table in whole.items()},
        }
    flat = pd.json_normalize(SETTINGS).T.reset_index().set_axis(["setting", "value"], axis=1)
    out = io.BytesIO()
    with pd.ExcelWriter(out) as book:
        for name, table in {"catalog": flat, **whole}.items():
            numbers = table.apply(lambda c: [pd.to_numeric(x) if re.fullmatch(r"-?[\d.]+", str(x)) else x for x in c])
            numbers.to_excel(book, sheet_name=name, index=False)
    return {"catalog.xlsx": out.getvalue()}


def of_form(tables: Tables, form: str) -> list[Problem]:
    try:
        return list(read_files(as_files(tables, form), "law").warnings)
    except CatalogError as refused:
        return list(refused.problems)


@cache
def known_of(form: str) -> frozenset[str]:
    return frozenset(f"{problem.what} {problem.fix}" for problem in of_form(FULL, form))


@pytest.mark.parametrize("form", ["xlsx", "parquet"])
@pytest.mark.parametrize(
    ("name", "column"),
    [
        pytest.param(*at, marks={7: (), 40: pytest.mark.slow}.get(i % 66, pytest.mark.deep))
        for i, at in enumerate(CELLS)
    ],
)
def test_a_cell_of_a_workbook_or_of_parquet_is_one_problem(name: str, column: str, form: str) -> None:
    tables, row = copy.deepcopy(FULL), CELLS.index((name, column)) % len(FULL[name])
    for each in tables[name]:
        each.setdefault(column, "")
    tables[name][row][column] = "#REF!" if TABLES[name].column(column).kind == "text" else "???"
    found = [p for p in of_form(tables, form) if f"{p.what} {p.fix}" not in known_of(form)]
    letter = get_column_letter([*pd.DataFrame(tables[name])].index(column) + 1) if form == "xlsx" else ""
    place = f"{name}!{letter}{row + 2}" if letter else f"{name}.parquet:{row + 2}:{column}"
    assert [(p.where, p.severity) for p in found] == [(place, "error")]


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        pytest.param(name, damage, marks=() if (i + j) % 4 == 0 else pytest.mark.slow)
        for i, name in enumerate(["modes", "sales", "grid", "products", "lifetimes", "end_of_life", "options"])
        for j, damage in enumerate(["byte", "width", "quote", "header"])
    ],
)
def test_a_damaged_file_is_one_problem(name: str, damage: str) -> None:
    files = {f"{table}.csv": csv_text(rows).encode() for table, rows in FULL.items()}
    lines = files[f"{name}.csv"].split(b"\n")
    if damage == "byte":
        lines[1] = b"S\xe4ge" + lines[1]
    elif damage == "width":
        lines[1] = lines[1].rsplit(b",", 1)[0]
    elif damage == "quote":
        lines[1] = b'"' + lines[1]
    else:
        lines[0] = b"xyzzy" + lines[0][lines[0].index(b",") :]
    files[f"{name}.csv"] = b"\n".join(lines)
    with pytest.raises(CatalogError) as refused:
        read_files({"catalog.toml": toml_text(SETTINGS).encode(), **files}, "law")
    found = [p.where for p in refused.value.problems if str(p) not in known()]
    assert len(found) == 1, refused.value.problems
    assert found[0].startswith(f"{name}.csv:")


@pytest.mark.parametrize(("name", "column"), some([(t, c) for t, c in CELLS if any(c in row for row in FULL[t])]))
def test_a_misspelt_column_name_is_one_problem(name: str, column: str) -> None:
    rows = [{(c[:-2] + c[-1] if c == column else c): text for c, text in row.items()} for row in FULL[name]]
    found = new({**FULL, name: rows})
    assert len(found) == 1, found
    assert found[0].where.startswith(f"{name}.csv:1")
    assert f"`{column}`" in f"{found[0].what} {found[0].fix}"


@pytest.mark.parametrize(("word", "column"), [("Power", "rate"), ("Wattage", "rate")])
def test_another_word_for_a_required_column_is_one_problem(word: str, column: str) -> None:
    rows = [{(word if c == column else c): text for c, text in row.items()} for row in FULL["modes"]]
    [found] = [p for p in new({**FULL, "modes": rows}) if p.where.startswith("modes.csv:1")]
    assert f"`{column}`" in found.fix


def test_a_total_among_the_rows_hides_no_other_problem() -> None:
    sold = [row for row in FULL["sales"] if (row["product"], row["year"]) == ("A", "2024")]
    rows = [*FULL["sales"], {**sold[0], "region": "California", "units": "7"}, {**sold[0], "region": "Total"}]
    found = {p.where: p.what for p in new({**FULL, "sales": rows}) if p.severity == "error"}
    assert "a total of other rows" in found.pop(f"sales.csv:{len(rows) + 1}")
    assert any("California" in what for what in found.values())


@pytest.mark.parametrize(("text", "fix"), [("FY2024", "`2024`"), ("2024-01-01", "`2024`"), ("24", "four digits")])
def test_a_year_within_a_text_is_proposed(text: str, fix: str) -> None:
    tables = copy.deepcopy(FULL)
    tables["sales"][0]["year"] = text
    [found] = [p for p in new(tables) if p.severity == "error"]
    assert fix in found.fix


@pytest.mark.parametrize("column", ["lifetime", "use_profile"])
def test_a_misspelt_reference_of_products_is_no_label(column: str) -> None:
    rows = [{(c[:-2] + c[-1] if c == column else c): text for c, text in row.items()} for row in FULL["products"]]
    found = new({**FULL, "products": rows})
    assert [(p.severity, p.where) for p in found] == [("error", f"products.csv:1:{column[:-2]}{column[-1]}")]


def test_what_does_not_follow_from_it_is_said_too() -> None:
    tables = copy.deepcopy(FULL)
    tables["modes"][2]["rate"] = "???"
    tables["segments"][0]["share"] = "0.1"
    assert [p.where for p in new(tables)] == ["modes.csv:4:rate", "segments.csv:2:share"]


@pytest.mark.parametrize(
    ("name", "column", "row"),
    [("sales", "units", 0), ("sales", "region", 3), ("sales", "year", 0), ("modes", "rate", 2)],
)
def test_a_misspelt_name_is_said_beside_a_cell_that_cannot_be_read(name: str, column: str, row: int) -> None:
    """All rows of sales are of the same few years, products and places: sharing them makes no consequence."""
    tables = copy.deepcopy(FULL)
    tables["sales"].append({"product": "A", "region": "Germny", "year": "2024", "units": "31"})
    tables["products"][0]["use_profile"] = "hom"
    both = {f"sales.csv:{len(tables['sales']) + 1}:region", "products.csv:2:use_profile"}
    assert {p.where for p in new(tables) if p.severity == "error"} == both
    tables[name][row][column] = "#REF!"
    found = {p.where for p in new(tables) if p.severity == "error"}
    assert found == {*both, f"{name}.csv:{row + 2}:{column}"}


@pytest.mark.parametrize(
    "life", [{"t50": "5", "t90": "4"}, {"mean": "8", "scale": "9"}, {}, {"t50": "uniform(4,6)", "t90": "5.5"}]
)
def test_rows_that_nothing_uses_are_not_refused(life: dict[str, str]) -> None:
    tables = copy.deepcopy(FULL)
    tables["lifetimes"].append({"lifetime": "spare", **life})
    found = new(tables)
    assert {p.severity for p in found} == {"warning"}
    assert any("no product that is sold uses it" in p.what for p in found)
    tables["options"].append({"option": "o", "table": "products", "row": "product=C", "column": "lifetime",
                              "value": "spare"})  # fmt: skip
    assert "error" in {p.severity for p in new(tables)}


def test_a_negative_treatment_factor_is_advised_to_be_avoided() -> None:
    tables = copy.deepcopy(FULL)
    tables["treatments"][0]["factor"] = "-1.2"
    found = new(tables)
    assert [p.where for p in found] == ["treatments.csv:2:factor"]
    assert "column `avoided`" in found[0].fix
    assert "here `0`, there `1.2`" in found[0].fix
    tables["treatments"][0]["factor"] = "-1.2 ± 10%"
    assert "column `avoided`" in new(tables)[0].fix
    tables = copy.deepcopy(FULL)
    tables["treatments"][0]["avoided"] = "-1.2"
    said = "write what is avoided as a positive number: `1.2`; what is emitted belongs in the column `factor`"
    assert [p.fix for p in new(tables)] == [said]


LINES = toml_text(SETTINGS).split("\n")
SLIPS = ['= "???"', "= ???", "= [1]", "= -1", "= 1e400", "xyzzy"]


def damaged_settings() -> list[str]:
    """Damage every line of catalog.toml in turn; what is only another value is left out."""
    out = []
    for i, line in enumerate(LINES):
        slips = [line[:-1], f"[xyzzy{line[1:]}"] if line.startswith("[") else []
        if " = " in line:
            slips = [f'"xyzzy{line[1:]}' if s == "xyzzy" else f"{line[: line.index(' = ')]} {s}" for s in SLIPS]
            slips = slips[1:] if any(key in line for key in ('"name"', '"company"')) else slips
            slips = [s for s in slips if not ("-1" in s and any(k in line for k in ("seed", "reporting", "base_year")))]
        out += ["\n".join([*LINES[:i], slip, *LINES[i + 1 :]]) for slip in slips]
    return [text for text in out if '"xyzzycalm"' not in text and '"xyzzybrisk"' not in text]


def of_settings(text: str) -> list[Problem]:
    files = {f"{table}.csv": csv_text(rows).encode() for table, rows in FULL.items()}
    try:
        return list(read_files({"catalog.toml": text.encode(), **files}, "law").warnings)
    except CatalogError as refused:
        return list(refused.problems)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(t, marks={1: (), 4: pytest.mark.slow, 7: pytest.mark.slow}.get(i % 12, pytest.mark.deep))
        for i, t in enumerate(damaged_settings())
    ],
)
def test_a_damaged_setting_is_one_problem(text: str) -> None:
    found = [problem for problem in of_settings(text) if str(problem) not in known()]
    assert len(found) == 1, found
    assert found[0].where.startswith("catalog.toml")


@pytest.mark.parametrize("change", [str.upper, str.title])
def test_case_never_refuses_a_setting(change: Callable[[str], str]) -> None:
    """A scenario's name is the user's own."""
    lines = [
        change(line)
        if line.startswith("[")
        else change(line[: line.index(" = ")]) + line[line.index(" = ") :]
        if " = " in line and "calm" not in line and "brisk" not in line
        else line
        for line in LINES
    ]
    text = "\n".join(lines)
    assert text != "\n".join(LINES)
    assert [str(p) for p in of_settings(text)] == [str(p) for p in problems(FULL)]
    edited = with_setting(text.encode(), "grid", "level", "1.5").decode().split("\n")
    level = change("level")
    assert [line for line, old in zip(edited, lines, strict=True) if line != old] == [f'"{level}" = "1.5"']


def test_a_misspelt_name_in_a_cell_is_one_problem() -> None:
    """Nor are the rows called unused that it was meant for."""
    standing = {problem.where for problem in problems(FULL)}
    for name, column in (("sales", "product"), ("products", "lifetime"), ("modes", "carrier"), ("sales", "region"),
                         ("refrigerants", "gas"), ("segments", "use_profile")):  # fmt: skip
        tables = {**copy.deepcopy(FULL), "options": [], "correlations": []}
        row = next(i for i, cells in enumerate(tables[name]) if cells.get(column, "electricity") != "electricity")
        old = tables[name][row][column]
        for each in tables[name]:
            if each.get(column) == old:
                each[column] = f"{old}xyz"
        found = [p for p in new(tables) if p.where not in standing]
        assert {p.where.rpartition(":")[2] for p in found} <= {column}, found
        assert {p.severity for p in found} == {"error"}, found


def test_masses_that_a_program_computed_are_added_without_its_rounding() -> None:
    tables = copy.deepcopy(FULL)
    tables["materials"] += [{"product": "B", "part": "case", "material": m, "mass": x}
                            for m, x in (("ABS", "0.30000000000000004"), ("plastic", "0.7"))]  # fmt: skip
    assert any("in one row: `B,case,ABS,1`" in p.fix for p in new(tables)), new(tables)
