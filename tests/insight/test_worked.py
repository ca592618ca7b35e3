"""The worked calculation: lines that multiply out by hand, and that add up to the figures again."""

from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

import usephase
from tests.insight.test_track import SETTINGS, fans, sold
from tests.laws.catalogs import run_of
from tests.laws.everything import everything
from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from tests.seeds import some
from usephase.insight.quality.worked import BEST, CHOICES, JOINT, MEAN, NUMBERS, Worked, multiplied, worked
from usephase.report.excel.workbook import write_workbook
from usephase.results.run import Run

AT = {BEST: "best_estimate", MEAN: "mean"}


def adds_up(run: Run, found: Worked) -> None:
    """Hold the lines against the figures: of every product, of all, and under every choice."""
    size = float(run.figure("total")["mean"]) or 1.0
    for at, name in AT.items():
        lines = found.lines[found.lines["at"] == at]
        by_product = lines.groupby("product")["t"].sum()
        figures = run.select("total", "product").set_index("group")[name]
        for product, figure in figures.items():
            assert by_product.get(product, 0.0) == pytest.approx(figure, rel=1e-9, abs=1e-12 * size), (at, product)
        whole = lines[lines["kind"] != JOINT]
        products = [multiplied(row) for row in whole.to_dict("records")]
        assert products == pytest.approx(whole["t"].tolist(), rel=1e-9, abs=1e-12 * size)
    for basis, boundary in CHOICES:
        figure = run.figure("total", grid_basis=basis, boundary=boundary)
        for name in AT.values():
            total = found.products[f"{name}, {basis}, {boundary}"].sum()
            assert total == pytest.approx(figure[name], rel=1e-9, abs=1e-12 * size), (name, basis, boundary)
        total = np.nansum(found.factors[f"t, {basis}, {boundary}"])
        assert total == pytest.approx(figure["best_estimate"], rel=1e-9, abs=1e-12 * size)


def test_a_line_multiplies_out_by_hand(tmp_path: Path) -> None:
    # 200 fans of 100 W, 1,000 h a year for 5 years at 0.5 kg/kWh: 200 · 100 kWh · 5 · 0.5 / 1000 = 50 t.
    tables = fans([sold("OLD", 2024, "200"), sold("LAMP", 2021, "1")])
    run = usephase.estimate(usephase.read_catalog(write_catalog(tmp_path / "c", SETTINGS, tables)), draws=4)
    line = next(row for row in worked(run).lines.to_dict("records") if row["product"] == "OLD")
    expected = {"units": 200, "amount": 1000, "quantity": 100, "years": 5, "share": 1, "factor": 0.5, "t": 50}
    assert {name: line[name] for name in NUMBERS} == pytest.approx(expected)
    words = ("region", "kind", "what", "amount_unit", "quantity_unit", "factor_unit")
    assert [line[name] for name in words] == ["HERE", "electricity", "on", "h/year", "kWh/year", "kg CO2e/kWh"]


def test_lines_add_up_where_everything_is_at_work() -> None:
    run = run_of(*everything())
    found = worked(run)
    adds_up(run, found)
    assert {"electricity", "fuel", "leak", "waste", "gas", JOINT} == set(found.lines["kind"])
    alone = worked(run, {"A"}, full=False)
    mine = found.lines[found.lines["product"] == "A"].reset_index(drop=True)
    assert alone.lines.equals(mine)  # what is left out changes no bit
    assert {"home", "trade"} <= set(mine["segment"])


@pytest.mark.parametrize("seed", some(4, 40))
def test_lines_of_random_catalogs_add_up(seed: int) -> None:
    settings, tables = random_catalog(np.random.default_rng(seed))
    run = run_of(settings, tables)
    adds_up(run, worked(run))


def test_the_workbook_has_the_lines_and_the_products_under_every_choice(tmp_path: Path) -> None:
    run = run_of(*everything())
    write_workbook(run, tmp_path / "x.xlsx", whole=True)
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")

    def column(sheet: str, wanted: str) -> list[Any]:
        rows = list(book[sheet].iter_rows(min_row=4, values_only=True))
        return [row[list(rows[0]).index(wanted)] for row in rows[1:]]

    best = float(run.figure("total")["best_estimate"])
    assert sum(column("Worked calculation", "Emissions [t CO2e]")) == pytest.approx(best, rel=1e-9)
    mean = float(run.figure("total")["mean"])
    assert sum(column("Worked at means", "Emissions [t CO2e]")) == pytest.approx(mean, rel=1e-9)
    frozen = float(run.figure("total", grid_basis="frozen", boundary="minimum")["best_estimate"])
    assert sum(column("By choice", "Frozen grid, minimum boundary [t CO2e]")) == pytest.approx(frozen, rel=1e-9)
