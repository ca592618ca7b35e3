"""Designs: nets, independence of groups, and draws that depend on seed, group and index alone."""

import numpy as np
import pytest

from usephase.sampling.design import REPLICATES, LatinHypercube, Quasi, Random, make_design, quasi_uniforms

NAMES = ("quasi", "latin_hypercube", "random")


@pytest.mark.parametrize("name", NAMES)
def test_a_range_of_draws_is_a_part_of_all(name: str) -> None:
    whole = make_design(name, 3, 5000).uniforms("product:A", 2, 0, 5000)
    part = make_design(name, 3, 5000).uniforms("product:A", 2, 1234, 3210)
    np.testing.assert_array_equal(whole[1234:3210], part)
    assert whole.min() > 0
    assert whole.max() < 1


@pytest.mark.parametrize("name", ["quasi", "random"])
def test_more_draws_keep_the_first(name: str) -> None:
    few, many = (make_design(name, 0, n).uniforms("g", 5, 0, n) for n in (1000, 4096))
    np.testing.assert_array_equal(few, many[:1000])


@pytest.mark.parametrize("name", NAMES)
def test_seeds_and_groups_differ(name: str) -> None:
    draws = [make_design(name, s, 64).uniforms(g, 0, 0, 64) for s in (0, 1) for g in ("a", "b")]
    assert len({x.tobytes() for x in draws}) == 4


@pytest.mark.parametrize("dimension", [0, 1, 7, 300, 1500])
def test_each_replicate_is_stratified(dimension: int) -> None:
    u = Quasi(9).uniforms("g", dimension, 0, 2048)
    for r in range(REPLICATES):
        strata = np.floor(u[r::REPLICATES] * 256).astype(int)
        assert sorted(strata.tolist()) == list(range(256))


def test_first_two_dimensions_of_a_replicate_are_a_net() -> None:
    points = 256
    quasi = Quasi(5)
    u, v = (quasi.uniforms("g", d, 0, points * REPLICATES)[3::REPLICATES] for d in (0, 1))
    for a in range(9):
        boxes = np.floor(u * 2**a) * 2 ** (8 - a) + np.floor(v * 2 ** (8 - a))
        assert len(set(boxes.tolist())) == points


def test_latin_hypercube_has_one_draw_a_stratum() -> None:
    u = LatinHypercube(1, 800).uniforms("g", 0, 0, 800)
    for r in range(REPLICATES):
        assert sorted(np.floor(u[r::REPLICATES] * 100).astype(int).tolist()) == list(range(100))


@pytest.mark.parametrize("name", NAMES)
def test_groups_are_independent(name: str) -> None:
    """The rank correlation of two groups behaves as that of independent draws: standard deviation 1/√(n − 1)."""
    n, groups = 4096, 120
    design = make_design(name, 2, n)
    u = np.stack([design.uniforms(f"g{i}", 0, 0, n) for i in range(groups)])
    ranks = u.argsort(axis=1).argsort(axis=1)
    correlations = np.corrcoef(ranks)[np.triu_indices(groups, 1)] * np.sqrt(n - 1)
    assert correlations.std() == pytest.approx(1, abs=0.05)
    assert np.abs(correlations).max() < 5
    assert abs(correlations.mean()) < 0.05


def test_scrambles_of_one_dimension_are_unbiased() -> None:
    first = np.array([Quasi(s).uniforms("g", 0, 0, 1)[0] for s in range(4000)])
    assert first.mean() == pytest.approx(0.5, abs=4 / np.sqrt(12 * 4000))
    assert first.std() == pytest.approx(np.sqrt(1 / 12), rel=0.05)


def test_random_is_not_replicated() -> None:
    assert not Random(1).replicated
    assert Quasi(1).replicated


@pytest.mark.parametrize("dimension", [0, 3, 400])
def test_compiled_and_plain_have_the_same_bits(dimension: int) -> None:
    for draws in (2, 7, 100, 4096, 5000):
        plain = quasi_uniforms(11, "g", dimension, draws)
        np.testing.assert_array_equal(Quasi(11).uniforms("g", dimension, 0, draws), plain)
