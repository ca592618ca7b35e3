"""Reviews: a trail by cell in the catalog, shown in the register, that holds as long as the value does."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import usephase
from tests.insight.test_track import SETTINGS, fans, sold
from tests.reference.folder import write_catalog
from usephase.cli import main
from usephase.errors import CatalogError

CELL = "modes:mode=on;product=OLD:rate"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_catalog(tmp_path / "c", SETTINGS, fans([sold("OLD", 2021, "100"), sold("OLD", 2024, "200")]))


def asked(*words: str) -> dict[str, Any]:
    done = CliRunner().invoke(main, ["review", *words, "--json"])
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


def cell(folder: Path) -> dict[str, Any]:
    run = usephase.estimate(usephase.read_catalog(folder), draws=4)
    register = run.register
    found = register[(register["row"] == "product=OLD;mode=on") & (register["column"] == "rate")]
    return {name: found.iloc[0][name] for name in ("status", "reviewed_by", "reviewed_on", "owner")}


def write_rate(folder: Path, rate: str) -> None:
    path = folder / "modes.csv"
    path.write_text(re.sub(r"(OLD,on,electricity),[^,]*", rf"\g<1>,{rate}", path.read_text()))


def test_an_approval_stays_with_its_value_and_goes_when_that_changes(folder: Path) -> None:
    assert cell(folder)["status"] == "open"
    before = usephase.estimate(usephase.read_catalog(folder), draws=4).figures
    done = asked(str(folder), "--cell", CELL, "--by", "Ana", "--owner", "Bo", "--on", "2026-11-01")
    assert done["status"]["approved"] == 1
    approved = {"status": "approved", "reviewed_by": "Ana", "reviewed_on": "2026-11-01", "owner": "Bo"}
    assert cell(folder) == approved
    assert usephase.estimate(usephase.read_catalog(folder), draws=4).figures.equals(before)
    write_rate(folder, "100.0")
    assert cell(folder) == approved  # the same number
    write_rate(folder, "110")
    assert cell(folder) == {**approved, "status": "changed"}
    assert [row["value"] for row in asked(str(folder))["changed"]] == ["110"]
    asked(str(folder), "--cell", CELL, "--by", "Cem", "--on", "2026-11-02")
    assert cell(folder) == {"status": "approved", "reviewed_by": "Cem", "reviewed_on": "2026-11-02", "owner": "Bo"}
    asked(str(folder), "--cell", CELL, "--by", "Dee", "--status", "questioned", "--on", "2026-11-03")
    assert cell(folder)["status"] == "questioned"
    assert (folder / "reviews.csv").read_text().count("\n") == 4  # the trail: nothing is written over


def test_a_column_or_a_table_may_be_reviewed_at_once_and_a_workbook_too(tmp_path: Path, folder: Path) -> None:
    assert asked(str(folder), "--cell", "sales", "--cell", "modes:rate", "--by", "Ana")["status"]["approved"] == 3
    book = tmp_path / "c.xlsx"
    CliRunner().invoke(main, ["init", str(book), "--xlsx"])
    assert asked(str(book), "--cell", "sales", "--by", "Ana")["status"]["approved"] > 0
    assert asked(str(book), "--cell", "sales", "--by", "Ana")["status"]["open"] > 0  # a second time adds nothing


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--cell", CELL), 2), (("--by", "Ana"), 2), (("--cell", CELL, "--status", "open"), 2),
        (("--cell", "mode:rate", "--by", "Ana"), 3), (("--cell", "modes:product=NO;mode=on:rate", "--by", "Ana"), 3),
    ],
)  # fmt: skip
def test_what_names_no_value_or_nobody_is_refused(folder: Path, words: tuple[str, ...], code: int) -> None:
    assert CliRunner().invoke(main, ["review", str(folder), *words]).exit_code == code
    assert not (folder / "reviews.csv").exists()


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ({"table": "mode"}, "reviews.csv:2:table"), ({"column": "rat"}, "reviews.csv:2:column"),
        ({"reviewed_on": "1.11.2026"}, "reviews.csv:2:reviewed_on"), ({"reviewed_by": ""}, "reviews.csv:2:reviewed_by"),
    ],
)  # fmt: skip
def test_a_review_of_nothing_or_by_nobody_is_refused_by_its_place(
    tmp_path: Path, row: dict[str, str], where: str
) -> None:
    usual = {"table": "modes", "row": "product=OLD;mode=on", "column": "rate", "value": "100",
             "reviewed_on": "2026-11-01", "reviewed_by": "Ana"}  # fmt: skip
    tables = {**fans([sold("OLD", 2021, "100"), sold("OLD", 2024, "200")]), "reviews": [{**usual, **row}]}
    with pytest.raises(CatalogError) as refused:
        usephase.read_catalog(write_catalog(tmp_path / "c", SETTINGS, tables))
    assert [problem.where for problem in refused.value.problems if problem.severity == "error"] == [where]
