"""Intervals if judgements shared errors: against whole runs with `[dependence]`, and where they are shown."""

import io
import json
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from rich.console import Console

import usephase
from tests.reference.folder import write_catalog
from usephase.catalog.table import Catalog
from usephase.insight.quality.guesses import weigh
from usephase.report.folders.run import write_run
from usephase.report.terminal.summary import summary

NAMES = [f"P{i}" for i in range(8)]
COLUMNS = ("modes.rate", "use_profiles.amount")


def catalog_of(folder: Path, **known: str) -> Catalog:
    """Products with a rate, hours and a life each; `known` is the data type of a table's rows."""
    tables = {
        "products": [
            {"product": n, "use_profile": n, "lifetime": "life", "family": "even" if i % 2 else "odd"}
            for i, n in enumerate(NAMES)
        ],
        "modes": [{"product": n, "mode": "on", "carrier": "electricity", "rate": "50 */ 1.5 W"} for n in NAMES],
        "use_profiles": [{"use_profile": n, "mode": "on", "amount": "100 */ 2 h/year"} for n in NAMES],
        "lifetimes": [{"lifetime": "life", "mean": "10", "distribution": "fixed"}],
        "sales": [{"product": n, "region": "Here", "year": "2024", "units": "1000 ± 10%"} for n in NAMES],
        "zones": [{"zone": "Here", "loss": "0"}],
        "grid": [{"zone": "Here", "scenario": "flat", "year": "2000", "intensity": "0.5"}],
    }
    for name, kind in known.items():
        tables[name] = [row | {"data_type": kind} for row in tables[name]]
    settings = {"catalog": {"name": "Shared", "reporting_year": 2024}, "grid": {"scenarios": {"flat": 1.0}}}
    return usephase.read_catalog(write_catalog(folder, settings, tables))


def test_widths_are_those_of_whole_runs(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path / "c", modes="estimate")
    run = weigh(usephase.estimate(catalog), catalog)
    assert run.meta["common_errors"] == {"draws": 1024, "cells": 16, "columns": 2}  # units are not among them
    found = run.common_errors.set_index(["by", "group", "correlation"]).sort_index()
    assert len(found) == 2 * (1 + 2 + len(NAMES))
    for correlation in (0.2, 0.5):
        update = {"dependence": dict.fromkeys(COLUMNS, correlation)}
        whole = usephase.estimate(replace(catalog, settings=catalog.settings.model_copy(update=update)))
        for by, group in (("total", "total"), ("family", "odd"), ("family", "even"), ("product", "P3")):
            expected, ours = whole.figure("total", by, group), found.loc[(by, group, correlation)]
            width = expected["p97_5"] - expected["p2_5"]
            assert ours["p97_5"] - ours["p2_5"] == pytest.approx(width, rel=0.08), (by, correlation)
            for end in ("p2_5", "p97_5"):
                assert ours[end] == pytest.approx(expected[end], abs=0.05 * width), (by, correlation)
    total = found.loc[("total", "total")]["widening"]
    assert 1.3 < total[0.2] < total[0.5]
    assert found.loc[("product", "P3")]["widening"][0.5] == pytest.approx(1, abs=0.08)
    assert weigh(replace(run, meta={**run.meta, "kernel": "numpy"}), catalog).common_errors.equals(run.common_errors)
    assert weigh(run, catalog, workers=2).common_errors.equals(run.common_errors)


def test_a_run_of_few_draws_has_them_too_and_python_asks_for_them(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path / "c")
    few = usephase.weigh(usephase.estimate(catalog, draws=64))
    assert few.meta["common_errors"]["draws"] == 256
    assert "variance" not in few.meta
    total = few.common_errors.set_index(["by", "correlation"])["widening"]["total"]
    assert 1.3 < total[0.2] < total[0.5] < 2.7


def test_what_is_measured_shares_no_error(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path / "c", modes="primary", use_profiles="secondary")
    run = weigh(usephase.estimate(catalog, draws=2048), catalog)
    assert "common_errors" not in run.meta
    assert run.common_errors.empty


def test_it_stands_under_the_headline_everywhere(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path / "c")
    run = weigh(usephase.estimate(catalog, draws=2048), catalog)
    folder = write_run(run, tmp_path / "results")
    again = usephase.open_run(folder)
    assert again.common_errors.equals(run.common_errors)
    document = json.loads((folder / "summary.json").read_text())
    assert [row["correlation"] for row in document["common_errors"][:: len(NAMES) + 3]] == [0.2, 0.5]
    console = Console(width=120, file=io.StringIO())
    console.print(summary(again))
    wide = [f"{x:.2f} times as wide" for x in run.common_errors.set_index("by").loc["total", "widening"]]
    lines = [line for line in console.file.getvalue().splitlines() if "if errors share" in line]
    assert [next(text for text in wide if text in line) for line in lines] == wide
    page = (folder / "report.html").read_text()
    assert all(text in page.replace("\N{NO-BREAK SPACE}", " ") for text in wide)
    sheet = openpyxl.load_workbook(folder / "inventory.xlsx")["Common errors"]
    assert sheet.cell(5, 5).value == pytest.approx(run.common_errors["widening"][0])
