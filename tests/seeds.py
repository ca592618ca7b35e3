"""Seeds of random cases: a few each time, all of them in the slow suite."""

from typing import Any

import pytest


def some(first: int, last: int, always: int = 4) -> list[Any]:
    """Give the seeds from the first to below the last; those after the first few are slow."""
    return [s if s < first + always else pytest.param(s, marks=pytest.mark.slow) for s in range(first, last)]
