"""Further draws of the largest cells: narrow intervals, a bounded cost that is told, the same bits on any threads."""

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import special

from tests.insight.test_rank_sobol import small
from usephase.catalog.table import Catalog
from usephase.insight.sensitivity import further
from usephase.insight.sensitivity.rank import rank

FACTORS = {"rate": 2.0, "units": 1.7, "level": 1.4, "amount": 1.5}


def four(tmp_path: Path) -> Catalog:
    use = {"use_profile": "use", "mode": "on", "amount": f"1000 */ {FACTORS['amount']}", "amount_unit": "h/year"}
    product = {"product": "P", "rate": f"50 */ {FACTORS['rate']}", "units": f"100 */ {FACTORS['units']}"}
    return small(tmp_path, [product], level=f"1 */ {FACTORS['level']}", use_profiles=[use])


@pytest.mark.slow
def test_four_lognormals_are_within_a_hundredth_at_default_settings(tmp_path: Path) -> None:
    w = {name: math.expm1((math.log(f) / special.ndtri(0.975)) ** 2) for name, f in FACTORS.items()}
    whole = math.prod(1 + x for x in w.values()) - 1
    catalog = four(tmp_path)
    for seed in range(20):
        rows = rank(catalog, seed=seed).rows
        assert (rows["s1_high"] - rows["s1_low"]).max() <= 0.02
        assert (rows["st_high"] - rows["st_low"]).max() <= 0.02
        for row in rows.itertuples():
            x = w[row.column]
            assert row.s1 == pytest.approx(x / whole, abs=0.01)
            assert row.st == pytest.approx(x / (1 + x) * (1 + whole) / whole, abs=0.01)


def test_wide_lognormals_are_exact_where_draws_leave_their_intervals_wide(tmp_path: Path) -> None:
    """Geometric standard deviations of 1.5 to 2.2: sampled at 104,448 draws ST was off by up to 0.07."""
    gsd = {"rate": 2.2, "units": 2.1, "level": 1.5, "amount": 2.0}
    use = {"use_profile": "use", "mode": "on", "amount": f"lognormal(1000, {gsd['amount']})", "amount_unit": "h/year"}
    product = {"product": "P", "rate": f"lognormal(50, {gsd['rate']})", "units": f"lognormal(100, {gsd['units']})"}
    ranking = rank(small(tmp_path, [product], level=f"lognormal(1, {gsd['level']})", use_profiles=[use]))
    w = {name: math.expm1(math.log(g) ** 2) for name, g in gsd.items()}
    whole = math.prod(1 + x for x in w.values()) - 1
    for row in ranking.rows.itertuples():
        x = w[row.column]
        assert row.s1 == row.s1_high == pytest.approx(x / whole, rel=1e-9)
        assert row.st == row.st_low == pytest.approx(x / (1 + x) * (1 + whole) / whole, rel=1e-9)
    assert "exact" in ranking.notes[0]


def test_further_draws_are_told_and_threads_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(further, "CHEAP", 1 << 18)
    catalog = four(tmp_path)
    one, two = rank(catalog, seed=0), rank(catalog, seed=0, workers=2)
    np.testing.assert_array_equal(one.rows["st_high"], two.rows["st_high"])
    assert one.draws == 2048
    assert one.summary["draws_of_largest"] > 8192
    assert one.summary["largest_cells"] == 4
    assert one.notes == ()
    # A sample whose size is given has that size, and says nothing of others.
    asked = rank(catalog, seed=0, draws=2048)
    assert "draws_of_largest" not in asked.summary
    assert (asked.rows["st_high"] - asked.rows["st_low"]).max() > 0.02
    assert asked.evaluations < one.evaluations


@pytest.mark.parametrize("design", ["random", pytest.param("latin_hypercube", marks=pytest.mark.slow)])
def test_every_design_can_draw_on(design: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(further, "CHEAP", 1 << 18)
    rows = rank(four(tmp_path), design=design).rows  # type: ignore[arg-type]
    assert (rows["st_high"] - rows["st_low"]).max() <= 0.02


def test_a_bound_that_is_met_is_told_with_the_draws_that_would_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = four(tmp_path)
    monkeypatch.setattr(further, "CHEAP", 0)
    monkeypatch.setattr(further, "moments", lambda subject: "it cannot be multiplied out")
    ranking = rank(catalog, seed=1)
    # All cells and their groups cost little beside the product itself: twice the first draws and a little more.
    assert 3 * 2048 <= ranking.summary["draws_of_largest"] <= 3.5 * 2048
    (note,) = ranking.notes
    assert "modes rate · product=P;mode=on" in note
    asked = int(note.split("--draws ")[1].split()[0])
    rows = rank(catalog, seed=1, draws=asked).rows
    assert (rows["st_high"] - rows["st_low"]).max() <= 0.02


def test_bounds_on_further_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    # 100 products, 10,000 responses a draw of which 100 are the largest cells': an evaluation is 100 responses, so the
    # first draws cost 200 each and further ones 101: 2 · 200/101 of them, rounded down to whole blocks of replicates.
    monkeypatch.setattr(further, "CHEAP", 1 << 20)
    cheap, most = further.bounds(2048, 100, 10_000, 100)
    assert cheap == 2**20 // 400 // 512 * 512
    assert most == 4 * cheap
    assert further.bounds(2048, 100, 100_000, 100)[1] == int(2048 * (1 + 2 * 1100 / 101)) // 512 * 512
    # A large catalog has no cheap draws but the first ones; a small one has more than the bound.
    assert further.bounds(2048, 10_000, 10_000, 0)[0] == 2048
    cheap, most = further.bounds(2048, 1, 4, 4)
    assert cheap == 2**20 // 10 // 512 * 512
    assert most == 2**22 // 10 // 512 * 512
