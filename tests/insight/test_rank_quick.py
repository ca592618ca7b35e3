"""The sweep's quick design gives the bits of the package's own."""

import numpy as np
import pytest

from usephase.insight.quick import quick
from usephase.sampling.design import make_design


@pytest.mark.parametrize("group", ["product:P", "zones:zone=Here"])
@pytest.mark.parametrize("dimension", [0, 3, 1500])
@pytest.mark.parametrize("span", [(0, 100), (64, 512)])
def test_same_bits(group: str, dimension: int, span: tuple[int, int]) -> None:
    design = make_design("quasi", 7, 512)
    made = quick(make_design("quasi", 7, 512))
    for _ in range(2):
        np.testing.assert_array_equal(made.uniforms(group, dimension, *span), design.uniforms(group, dimension, *span))


def test_other_designs_are_left_alone() -> None:
    design = make_design("random", 7, 512)
    assert quick(design) is design
