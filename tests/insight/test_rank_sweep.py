"""The compiled sweep: threads and spans that change nothing, every design."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.insight.test_rank_sobol import brute_force, small
from tests.reference.folder import write_catalog
from tests.reference.random_catalogs import random_catalog
from usephase.catalog import read_catalog
from usephase.catalog.table import Catalog
from usephase.engine.adjoint.jobs import make_jobs
from usephase.errors import NumericError
from usephase.insight.sensitivity import sweep
from usephase.insight.sensitivity.rank import rank, subject_of


def made(tmp_path: Path, design: str = "quasi") -> Catalog:
    settings, tables = random_catalog(np.random.default_rng(5), "tiny", extras=True)
    catalog = read_catalog(write_catalog(tmp_path / "c", settings, tables))
    return replace(catalog, settings=catalog.settings.model_copy(update={"design": design}))


def test_threads_and_ranges_change_no_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "PRODUCTS", 1)  # as many ranges as products
    catalog = made(tmp_path)
    one, many = rank(catalog, draws=1200), rank(catalog, draws=1200, workers=4)
    for name in ("s1", "s1_low", "st", "st_high"):
        np.testing.assert_array_equal(one.rows[name], many.rows[name])
        np.testing.assert_array_equal(one.groups[name], many.groups[name])
    np.testing.assert_array_equal(one.measure_next["shrinkage"], many.measure_next["shrinkage"])


def test_a_shared_row_without_a_value_when_swapped_is_refused_with_its_product(tmp_path: Path) -> None:
    catalog = small(tmp_path, [{"product": "P", "rate": "50 */ 2"}, {"product": "Q", "rate": "20"}], level="1 */ 1.2")
    subject = subject_of(catalog, "total", 64)
    sets = [f.cells for f in subject.factors]
    jobs = make_jobs(subject.graph, subject.tapes, sets)
    work = sweep._Work(subject.graph, jobs, sets, subject.make_design, 64, False)
    common = work.program.common
    assert common.rows.size
    shared = np.ones((2, len(work.program.shared), 64))
    slopes, moved = np.ones((2, common.rows.size, 64)), np.zeros((2, work.shared.size, 64))
    work.move(shared, slopes, *moved)
    shared[1, common.rows[0], 7] = np.nan
    with pytest.raises(NumericError, match="product P has a draw without a finite value"):
        work.move(shared, slopes, *moved)


@pytest.mark.slow
def test_short_spans_give_the_same_indices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = made(tmp_path)
    expected = rank(catalog, draws=500).rows
    monkeypatch.setattr(sweep, "MEMORY", 1)
    np.testing.assert_allclose(rank(catalog, draws=500).rows["st"], expected["st"], rtol=1e-9)


@pytest.mark.parametrize("design", ["random", "latin_hypercube"])
def test_every_index_is_what_brute_force_gives_in_every_design(design: str, tmp_path: Path) -> None:
    catalog = made(tmp_path, design)
    keys: list[tuple[str, ...]] = [("group", "category_11", "direct", "total", "total"),
                                   ("group", "category_12", "", "total", "total")]  # fmt: skip
    expected = brute_force(catalog, keys, 64)
    rows = {(r.table, r.row, r.column): (r.s1, r.st) for r in rank(catalog, draws=64).rows.itertuples()}
    for cell, pair in expected.items():
        np.testing.assert_allclose(rows[cell], pair, rtol=1e-6, atol=1e-9, err_msg=str(cell))


def test_other_distributions_are_drawn_as_well(tmp_path: Path) -> None:
    # f ∝ a + b, two independent rates; that of P drawn by scipy, not by compiled code.
    rates = ["pert(10, 20, 50)", "20 */ 1.5"]
    catalog = small(tmp_path, [{"product": name, "rate": rate} for name, rate in zip("PQ", rates, strict=True)])
    rows = {r.row: r for r in rank(catalog, draws=32768).rows.itertuples()}
    mean = (10 + 4 * 20 + 50) / 6
    spread = [(mean - 10) * (50 - mean) / 7]  # of a PERT
    w = np.expm1((np.log(1.5) / 1.959964) ** 2)
    spread.append(400 * w * (1 + w))
    for name, part in zip("PQ", spread, strict=True):
        assert rows[f"product={name};mode=on"].st == pytest.approx(part / sum(spread), abs=0.02)
