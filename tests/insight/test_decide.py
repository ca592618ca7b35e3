"""What makes a difference, where it flips and what matters most: of a product simple enough to do by hand."""

import numpy as np
import pytest

import usephase
from tests.insight.test_what_if import SETTINGS, TABLES
from tests.reference.folder import write_catalog
from usephase.catalog.edit.records import Edit
from usephase.catalog.resolve import resolve
from usephase.errors import StudyError
from usephase.insight.decision.deciding import explained_by
from usephase.insight.what_if.ask import WhatIf
from usephase.insight.what_if.influence import SURE
from usephase.insight.what_if.options import edits_of_options

RATE = ("modes", "product=DRILL;mode=on", "rate")
LIFE = ("lifetimes", "lifetime=ten", "mean")
DRAWS = 64


@pytest.fixture(scope="module")
def drill(tmp_path_factory):
    catalog = usephase.read_catalog(write_catalog(tmp_path_factory.mktemp("c"), SETTINGS, TABLES))
    return WhatIf(catalog, "DRILL", draws=DRAWS)


def edit(cell, text):
    return Edit(*cell, text)


def test_two_factors_share_a_difference_evenly_but_for_their_own_parts(drill):
    # Emissions are rate · life: of 1 → 0.5 · 0.5 the halves contribute (1 + 0.5)/2 · 0.5 each.
    edits = [edit(RATE, "*0.5"), edit(LIFE, "*0.5")]
    base = drill.answer().amounts["unit"].base.mean
    why = drill.why(edits)
    assert [one.mean for one in why.contributions] == pytest.approx([-0.375 * base] * 2, rel=1e-12)
    assert why.edited_mean - why.against_mean == pytest.approx(-0.75 * base, rel=1e-12)
    # Against a product whose life is halved already, the rate is all there is.
    alone = drill.why(edits, against=edits[1:])
    assert [one.cells for one in alone.contributions] == [(RATE,)]
    assert alone.contributions[0].mean == pytest.approx(-0.25 * base, rel=1e-12)


def test_a_difference_flips_where_both_products_are_equal(drill):
    # Half the life, so the rate may be twice what it is: 1 kW.
    edits = [edit(LIFE, "*0.5"), edit(RATE, "*0.9")]
    curve = drill.curve(RATE, edits)
    assert curve.side == "edited"
    assert curve.break_even == pytest.approx((1000, 1000, 1000), rel=1e-5)
    assert curve.found == 1.0
    base = drill.answer().amounts["unit"].base.mean
    for value, mean in zip(curve.values, curve.mean, strict=True):
        assert mean == pytest.approx((value / 500 * 0.5 - 1) * base, rel=1e-9)
    both = drill.curve(RATE, edits[:1])
    assert both.side == "both"
    assert both.break_even is None
    assert both.mean == pytest.approx([-0.5 * value / 500 * base for value in both.values], rel=1e-9)


def test_what_is_proportional_matters_a_tenth_and_what_does_nothing_is_left_out(drill):
    found = {one[:3]: one for one in drill.influences()}
    assert found[RATE].effect == pytest.approx(0.1, rel=1e-9)
    assert found[RATE].explained == 0.0
    assert not any(table == "sales" for table, _, _ in found)
    assert any(table == "sales" for table, *_ in drill.influences(per="portfolio"))


def test_what_chance_alone_makes_is_not_told_as_a_share():
    rng = np.random.default_rng(1)
    told = [share > SURE * error for share, error in
            (explained_by(*rng.normal(size=(2, 1024))) for _ in range(300))]  # fmt: skip
    assert np.mean(told) < 0.05
    share, error = explained_by(x := rng.normal(size=1024), x + rng.normal(size=1024) / 3)
    assert abs(share - 0.9) < 0.03
    assert share > SURE * error


def test_a_budget_is_kept_in_the_draws_below_it(drill):
    mean = drill.answer().amounts["unit"].base.mean
    assert drill.share_within(mean * 1.001) == 1.0
    assert drill.share_within(mean * 0.999) == 0.0


def test_a_cell_or_measure_that_there_is_not_is_refused(drill):
    with pytest.raises(StudyError, match="no input of this product"):
        drill.curve(("modes", "product=SAW;mode=on", "rate"))
    with pytest.raises(StudyError, match="no 'mile'"):
        drill.why([edit(RATE, "*0.5")], per="mile")


def test_options_are_edits_where_they_only_write_into_cells(tmp_path):
    rows = [{"option": "half", "table": "modes", "row": RATE[1], "column": "rate", "value": "*0.5"}]
    catalog = usephase.read_catalog(write_catalog(tmp_path, SETTINGS, {**TABLES, "options": rows}))
    assert edits_of_options(resolve(catalog), {RATE}) == {"half": (edit(RATE, "*0.5"),)}
    assert edits_of_options(resolve(catalog), {LIFE}) == {}
