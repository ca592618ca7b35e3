"""Polynomial quantiles against the ones they stand for."""

import numpy as np
import pytest
from scipy import special

from usephase.sampling import smooth
from usephase.sampling.distributions import BETA, GAMMA, PERT, RECORDS, quantile
from usephase.sampling.distributions.record import Smooth


def record(kind: int) -> Smooth:
    found = RECORDS[kind]
    assert isinstance(found, Smooth)
    return found


@pytest.mark.parametrize(
    ("family", "first", "second"),
    [(BETA, 3, 3), (BETA, 1, 5), (BETA, 5, 1), (BETA, 1.2, 4.8), (BETA, 20, 80), (BETA, 2, 50), (GAMMA, 4, 0),
     (GAMMA, 1, 0), (GAMMA, 100, 0)],
)  # fmt: skip
def test_between_the_nodes(family: int, first: float, second: float) -> None:
    found = smooth.pieces(family, first, second)
    assert found is not None
    z = np.random.default_rng(0).uniform(-6.24, 6.24, 20000)
    at = (z + smooth.REACH) / (2 * smooth.REACH / smooth.PIECES)
    piece = at.astype(int)
    t = at - piece
    value = sum(found[piece, power] * t**power for power in range(smooth.DEGREE + 1))
    exact = record(family).standard_quantile(first, second, z)
    assert np.abs(value - exact).max() <= smooth.TOLERANCE * (first if family == GAMMA else 1)


def test_what_is_not_smooth_enough_is_refused() -> None:
    assert smooth.pieces(BETA, 0.5, 0.5) is None
    assert smooth.pieces(GAMMA, 0.05, 0.0) is None


@pytest.mark.parametrize(("kind", "params"), [(PERT, [2, 3, 7, 0]), (BETA, [2, 5, 10, 30]), (GAMMA, [3, 0.5, 0, 0])])
def test_standard_forms(kind: int, params: list[float]) -> None:
    family, first, second, location, scale = record(kind).standard(np.array(params, dtype=float))
    u = np.linspace(0.001, 0.999, 99)
    standard = record(family).standard_quantile(first, second, special.ndtri(u))
    np.testing.assert_allclose(
        location + scale * standard, quantile(kind, np.array(params, dtype=float), u), rtol=1e-12
    )
