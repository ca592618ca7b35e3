import math

import numpy as np
import pytest

from usephase.catalog.schema import TABLES
from usephase.catalog.values.columns import read_values
from usephase.catalog.values.pedigree import sigma
from usephase.catalog.values.refusal import Refusal
from usephase.sampling import distributions as dist


def objects(*texts):
    return np.array(texts, dtype=object)


def read(table, column, texts, pedigree="2,3,1,2,3", units=None):
    """Read cells of one column in rows of the same pedigree."""
    scores = np.full(len(texts), pedigree, dtype=object)
    return read_values(table, TABLES[table].column(column), objects(*texts), units, scores)


def test_the_best_scores_leave_the_basic_uncertainty():
    assert sigma("1,1,1,1,1") == pytest.approx(math.log(1.05) / 2, rel=1e-15)


def test_sdg95_is_the_square_of_the_gsd():
    # factors 1.05, 1.05, 1, 1.01, 1.20 and 1.05: Σ ln² = 3 · 0.0023805 + 0.0000990 + 0.0332411 = 0.0404816
    assert sigma("2, 3,1,2,3") == pytest.approx(math.sqrt(0.0404816) / 2, rel=1e-5)


def test_the_worst_scores():
    squares = sum(math.log(u) ** 2 for u in (1.5, 1.2, 1.5, 1.1, 2.0, 1.05))
    assert sigma("5,5,5,5,5") == pytest.approx(math.sqrt(squares) / 2, rel=1e-15)


@pytest.mark.parametrize(
    "scores", ["1,1,1,1", "1,1,1,1,6", "0,1,1,1,1", "1;1;1;1;1", "good", "1,1,1,1,1,1", "1.0,1,1,1,1"]
)
def test_other_scores_are_refused(scores):
    with pytest.raises(Refusal, match="not a pedigree"):
        sigma(scores)


def test_a_plain_number_becomes_lognormal():
    got = read("modes", "rate", ["0.5 kW", "500"], units=objects("", "W"))
    assert got.values.kind.tolist() == [dist.LOGNORMAL] * 2
    np.testing.assert_allclose(got.values.params[:, :2], [[500, sigma("2,3,1,2,3")]] * 2, rtol=1e-15)


def test_a_share_spreads_on_its_odds():
    got = read("modes", "load", ["0.8"])
    assert got.values.kind.tolist() == [dist.LOGIT_NORMAL]
    np.testing.assert_allclose(got.values.params[0, :4], [0.8, sigma("2,3,1,2,3"), 0, 1], rtol=1e-15)


def test_what_is_no_plain_number_keeps_its_own_spread():
    got = read("modes", "load", ["0.5 ± 10%", "normal(0.5, 0)", "", "0", "1"])
    assert got.values.kind.tolist() == [dist.NORMAL, dist.FIXED, dist.FIXED, dist.FIXED, dist.FIXED]
    assert got.values.params[2, 0] == 1  # the default of load


def test_a_row_without_a_pedigree_stays():
    assert read("modes", "load", ["0.8"], pedigree="").values.kind.tolist() == [dist.FIXED]


def test_a_negative_number_spreads_with_its_sign():
    got = read("zones", "trend", ["-0.02"])
    assert got.values.kind.tolist() == [dist.LOGNORMAL]
    assert got.values.params[0, 0] == -0.02
    assert got.findings == ()


def test_a_spread_beyond_the_range_is_refused():
    # −0.8 with σ ≈ 0.4621: P(below −1) = Φ(ln 0.8/0.4621) = Φ(−0.483) = 31 %
    got = read("zones", "trend", ["-0.8"], pedigree="5,5,5,5,5")
    assert got.values.kind.tolist() == [dist.ABSENT]
    assert "31." in got.findings[0].what
