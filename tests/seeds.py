"""Seeds of random cases: a few each time, more in the slow suite, all of them on demand (``-m deep``)."""

from typing import Any

import pytest

SLOW = 4


def some(first: int, last: int, always: int = 2) -> list[Any]:
    """Give the seeds from the first to below the last: after those of each time `SLOW` slow ones, then deep ones."""
    marks = [pytest.mark.slow] * SLOW + [pytest.mark.deep] * (last - first)
    seeds = range(first, last)
    return [*seeds[:always], *(pytest.param(s, marks=mark) for s, mark in zip(seeds[always:], marks, strict=False))]
