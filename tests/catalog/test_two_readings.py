"""A text that can be read as two numbers is refused with both, wherever it is written: cells, options, edits."""

import re

import pytest

from tests.catalog.test_layout import PLAIN, book
from tests.catalog.test_one_slip import FULL, SETTINGS, problems
from tests.laws.catalogs import read
from usephase.catalog import read_files
from usephase.catalog.edit.records import Edit
from usephase.catalog.edit.tables import Desk
from usephase.catalog.read.load import load_files
from usephase.catalog.values.refusal import Refusal
from usephase.errors import CatalogError, Problem
from usephase.insight.what_if.edits import understand

COUNTS = [
    "60.000",
    "+5.000",
    "*1.000",
    "normal(60.000, 1.000)",
    "60.000 ± 5%",
    "+ 1.234",
    "triangular(1.000, 2.000, 3.000)",
]
ROW = "product=A;region=R1;year=2024"


def options(texts: list[str]) -> list[dict[str, str]]:
    return [
        *({"option": f"o{i}", "table": "sales", "row": ROW, "column": "units", "value": text}
          for i, text in enumerate(texts)),
        *({"option": f"n{i}", "table": "sales", "row": "product=A;region=R1;year=2025", "column": "+",
           "value": f"units={text}"} for i, text in enumerate(texts) if text[0] not in "+*"),
    ]  # fmt: skip


def remedies(problem: Problem | Refusal) -> list[str]:
    return re.findall("`([^`]*)` for (?:thousands|decimals)", problem.fix)


def test_counts_in_options_are_read_as_those_of_sales() -> None:
    rows = options(COUNTS)
    found = [p for p in problems({**FULL, "options": rows}) if p.severity == "error"]
    found.sort(key=lambda p: int(p.where.split(":")[1]))
    assert [p.where for p in found] == [f"options.csv:{i + 2}:value" for i in range(len(rows))]
    for which in (0, 1):
        again = [{**row, "value": ("units=" if row["column"] == "+" else "") + remedies(p)[which]}
                 for row, p in zip(rows, found, strict=True)]  # fmt: skip
        assert [p for p in problems({**FULL, "options": again}) if "can be read as" in p.what] == []


def test_counts_in_edits_are_read_as_those_of_sales() -> None:
    desk = Desk(read(SETTINGS, FULL))
    for text in COUNTS:
        with pytest.raises((CatalogError, Refusal), match="can be read as") as refused:
            understand(desk, [Edit("sales", ROW, "units", text)])
        (said,) = refused.value.problems if isinstance(refused.value, CatalogError) else [refused.value]
        for remedy in remedies(said):
            understand(desk, [Edit("sales", ROW, "units", remedy)])
        assert len(remedies(said)) == 2


def test_texts_in_a_workbook_are_asked_about_and_its_numbers_are_not() -> None:
    """Of the option's value, and of a cell that is edited: what is not stored as a number stays a text."""
    rows = [PLAIN["options"][0], *([f"o{i}", "modes", "product=A;mode=idle", "rate", value]
            for i, value in enumerate(["1.234", 1.234, "+1.234", "1.2340"]))]  # fmt: skip
    _, found = load_files({"c.xlsx": book({**PLAIN, "options": rows})})
    assert [p.where for p in found] == ["options!E2", "options!E4"]
    assert [remedies(p) for p in found] == [["1234", "1.2340"], ["+1234", "+1.2340"]]
    catalog = read_files({"c.xlsx": book(PLAIN)}, "c.xlsx")
    desk = Desk(catalog)
    for text, asked in (("60.000", True), ("60", False), ("1.234", False)):
        spots = desk.spots([Edit("modes", "product=A;mode=idle", "rate", text)])
        assert [("can be read as" in p.what) for p in desk.edited(spots)[1]] == [True] * asked, text
        assert (
            any("can be read as" in f.what for f in spots[0][0].read(text).findings if f.severity == "error") == asked
        )
