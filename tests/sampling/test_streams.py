"""Keyed streams: published test vectors and the promises that a key keeps."""

import numpy as np

from usephase.sampling.streams import key, permute_bits, philox, random_uniforms


def test_philox_against_its_authors_vectors() -> None:
    # Random123, kat_vectors, philox4x32 10: counter and key of zeros, and of ones.
    words = [int(w[0]) for w in philox(0, np.zeros(1, dtype=np.uint64))]
    assert [f"{w:08x}" for w in words] == ["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"]


def test_a_key_separates_its_parts() -> None:
    assert key("ab", "c") != key("a", "bc")
    assert key(0, "x") != key(1, "x")


def test_a_number_depends_on_its_index_alone() -> None:
    whole = random_uniforms(7, np.arange(1000, dtype=np.uint64))
    part = random_uniforms(7, np.arange(300, 500, dtype=np.uint64))
    np.testing.assert_array_equal(whole[300:500], part)
    assert 0 < whole.min() < whole.max() < 1


def test_permutation_is_one_to_one() -> None:
    rng = np.random.default_rng(1)
    for bits in range(13):
        words = rng.integers(0, 2**32, size=4, dtype=np.uint64)
        x = permute_bits(np.arange(1 << bits, dtype=np.uint64), bits, words)
        assert sorted(x.tolist()) == list(range(1 << bits))
