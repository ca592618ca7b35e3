"""Newer reference data change no stored result; `diff` says what they would change, and `reproduce` names them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import usephase
from tests.laws.catalogs import read
from usephase.catalog import read_files
from usephase.catalog.reference import rows, tables
from usephase.cli import main
from usephase.insight.changes.reference_change import changed_since
from usephase.results.content import STATISTICS
from usephase.results.run import Run

DRAWS = 64
SETTINGS: dict[str, Any] = {
    "catalog": {"name": "Borrowed", "reporting_year": 2024},
    "method": {"boundary": "life_cycle"},
    "monte_carlo": {"draws": DRAWS},
}
# Nearly everything but the products is the reference's.
TABLES = {
    "products": [
        {"product": "DRY", "use_profile": "wet", "lifetime": "life_dehumidifier"},
        {"product": "SAW", "use_profile": "chainsaw_res", "lifetime": "life_chainsaw_res"},
    ],
    "modes": [
        {"product": "DRY", "mode": "on", "carrier": "electricity", "rate": "300 W"},
        {"product": "SAW", "mode": "operating", "carrier": "petrol", "rate": "1 L/h"},
    ],
    "use_profiles": [{"use_profile": "wet", "mode": "on", "amount": "900 h/year"}],
    "sales": [{"product": name, "region": "DEU", "year": "2024", "units": "1000 ± 5%"} for name in ("DRY", "SAW")],
    "refrigerants": [{"product": "DRY", "gas": "r32", "charge": "0.2", "annual_leak": "0.01"}],
    "materials": [
        {"product": "DRY", "part": "product", "material": "ferrous", "mass": "10"},
        {"product": "SAW", "part": "product", "material": "plastic", "mass": "4"},
    ],
}
# Table, the rows that a newer edition changes, the column, and what it makes of the text.
EDITION = (
    ("grid", {"zone": "DEU", "scenario": "trend_10y"}, "intensity", lambda text: repr(float(text) / 2)),
    ("gases", {"gas": "r32", "gwp_set": "AR6"}, "gwp", lambda text: "800"),
    ("lifetimes", {"lifetime": "life_dehumidifier"}, "mean", lambda text: "triangular(7, 12, 16)"),
    ("use_profiles", {"use_profile": "chainsaw_res"}, "amount", lambda text: "20 */ 1.5"),
    ("carriers", {"carrier": "petrol", "gwp_set": "AR6"}, "combustion", lambda text: "2.5"),
    ("zones", {"zone": "DEU"}, "loss", lambda text: "0.07"),
    ("reference_grid", {"zone": "DEU"}, "level", lambda text: "1 */ 1.2"),
    ("treatments", {"material": "ferrous"}, "factor", lambda text: "0.5"),
)
MOVED = {name for name, *_ in EDITION}


@pytest.fixture(scope="module")
def run() -> Run:
    return usephase.estimate(read(SETTINGS, TABLES))


@pytest.fixture
def newer(run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the package ship a newer edition, with another year in a path too; the run was made before."""
    shipped = rows._read

    def edition(name: str, older: str | None = None) -> pd.DataFrame:
        frame = shipped(name, older).copy()
        for table, where, column, change in EDITION:
            if table == name:
                mine = np.logical_and.reduce([frame[key] == text for key, text in where.items()])
                assert mine.any(), (table, where)
                frame.loc[mine, column] = frame.loc[mine, column].map(change)
        if name == "grid":
            at = np.flatnonzero((frame["zone"] == "DEU") & (frame["scenario"] == "trend_10y"))[0]
            extra = frame.iloc[[at]].assign(year=str(int(frame["year"].iloc[at]) + 1), intensity="0.9")
            frame = pd.concat([frame.iloc[: at + 1], extra, frame.iloc[at + 1 :]], ignore_index=True)
        return frame

    monkeypatch.setattr(rows, "_read", edition)
    tables.table.cache_clear()
    yield
    monkeypatch.undo()
    tables.table.cache_clear()


def numbers(run: Run) -> np.ndarray:
    return run.figures[list(STATISTICS)].to_numpy(dtype=float)


def test_nothing_has_changed_without_an_update(run: Run) -> None:
    assert changed_since(run) == []
    done = usephase.diff(run, read(SETTINGS, TABLES))
    assert done.inputs.empty
    assert done.steps.empty


def test_a_stored_run_is_computed_from_its_own_rows(run: Run, newer: None, tmp_path: Path) -> None:
    """The file says what it said, and its catalog with its rows gives the same bits; today's rows give others."""
    run.save(tmp_path / "run.h5")
    opened = usephase.open_run(tmp_path / "run.h5")
    np.testing.assert_array_equal(numbers(opened), numbers(run))
    again = usephase.estimate(read_files(dict(opened.files), "stored", opened.register))
    np.testing.assert_array_equal(numbers(again), numbers(run))
    pd.testing.assert_frame_equal(again.register.astype(str), run.register.astype(str), check_dtype=False)
    today = usephase.estimate(read_files(dict(opened.files), "stored"))
    assert today.figure()["mean"] != run.figure()["mean"]


def test_diff_shows_what_an_update_changes(run: Run, newer: None) -> None:
    catalog = read(SETTINGS, TABLES)
    today = usephase.estimate(catalog)
    done = usephase.diff(run, catalog)
    assert set(done.steps["table"]) == MOVED
    assert set(done.steps["row"]) == {"reference data"}
    assert set(done.inputs["table"]) == MOVED
    gas = done.inputs[done.inputs["table"] == "gases"].iloc[0]
    assert (gas["row"], gas["column"], gas["before"], gas["after"]) == ("gas=r32", "gwp", "771", "800")
    before, after = (float(one.figure("total")["mean"]) for one in (run, today))
    assert done.totals["before"]["mean"] == pytest.approx(before, rel=1e-12)
    assert done.totals["after"]["mean"] == pytest.approx(after, rel=1e-12)
    assert done.steps["mean"].sum() == pytest.approx(after - before, rel=1e-9)
    assert (done.steps["mean"] != 0).all()


@pytest.mark.slow
def test_the_catalogs_own_differences_come_after(run: Run, newer: None) -> None:
    sales = [row | {"units": "1100 ± 5%"} for row in TABLES["sales"]]
    done = usephase.diff(run, read(SETTINGS, TABLES | {"sales": sales}))
    assert done.steps["row"].iloc[0] == "reference data"
    assert "sales" in set(done.steps["table"])
    difference = done.totals["after"]["mean"] - done.totals["before"]["mean"]
    assert done.steps["mean"].sum() == pytest.approx(difference, rel=1e-9)


@pytest.mark.slow
def test_reproduce_names_what_is_newer(run: Run, newer: None, tmp_path: Path) -> None:
    cells = changed_since(run)
    assert {cell["table"] for cell in cells} == MOVED
    added = [cell for cell in cells if cell["table"] == "grid" and not cell["before"]]
    assert {cell["column"]: cell["after"] for cell in added} == {"intensity": "0.9", "upstream": "0.052"}
    run.save(tmp_path / "run.h5")
    outcome = CliRunner().invoke(main, ["reproduce", str(tmp_path / "run.h5")])
    assert f"{len(cells)} reference values that the run used are others now" in outcome.output
    first = cells[0]
    assert f"{first['table']} {first['row']} {first['column']}: {first['before']} → {first['after']}" in outcome.output
    assert "usephase diff" in outcome.output


@pytest.mark.slow
def test_the_worked_example_keeps_every_row_that_it_used() -> None:
    """61 products in 20 markets: the register alone brings back all reference rows, bit for bit."""
    run = usephase.estimate(usephase.read_catalog("product_catalog"), draws=16)
    assert (run.register["origin"] == "reference").sum() > 100
    again = usephase.estimate(read_files(dict(run.files), "stored", run.register), draws=16)
    np.testing.assert_array_equal(numbers(again), numbers(run))
    assert changed_since(run) == []
