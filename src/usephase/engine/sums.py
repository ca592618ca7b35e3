"""Named sums of draws: what the blocks of a run add up."""

from collections.abc import Iterator

import numpy as np

Key = tuple[str, ...]


class Sums:
    """Add arrays of draws by name, in double precision whatever the arithmetic.

    Keys are ``("component", phase, basis, component)``, ``("group", ledger, phase, by, group)``,
    ``("calendar", ledger, year)`` and ``("service", product)``.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._sums: dict[Key, np.ndarray] = {}

    def add(self, key: Key, x: np.ndarray | float) -> None:
        """Add `x`, shape (draw,) or scalar, to a sum."""
        held = self._sums.get(key)
        if held is None:
            held = self._sums[key] = np.zeros(self.size)
        held += x

    def items(self) -> Iterator[tuple[Key, np.ndarray]]:
        """Give keys and sums in the order of their first addition."""
        yield from self._sums.items()

    def get(self, key: Key) -> np.ndarray | float:
        """Give a sum, 0 when nothing was added."""
        return self._sums.get(key, 0.0)
