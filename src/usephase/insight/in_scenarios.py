"""Draws of a block in the order of their scenarios: what holds in one scenario is then a slice, not a selection."""

from itertools import pairwise

import numpy as np

from usephase.engine.plan import Plan
from usephase.engine.shared import Curve, Shared
from usephase.engine.study import Study
from usephase.engine.values import Values

Array = np.ndarray


class _Ordered(Values):
    """Give the values of references for a range of draws, in another order."""

    order: Array

    def cell(self, cell: int) -> Array:
        """Draw one cell. Shape (draw,)."""
        return super().cell(cell)[self.order]


class InScenarios(Shared):
    """Share a block of draws, ordered by scenario.

    Attributes
    ----------
    order : ndarray (draw,) of int
        The draw, of the range, at each place.
    """

    def __init__(self, plan: Plan, study: Study, start: int, stop: int) -> None:
        plain = Values(plan.cells, study.make(), start, stop)
        self._plain = Shared(plan, plain)
        self.order = np.argsort(self._plain.scenario, kind="stable")
        values = _Ordered(plan.cells, study.make(), start, stop)
        values.order = self.order
        super().__init__(plan, values)
        edges = np.searchsorted(self.scenario, np.arange(len(plan.scenarios) + 1)).tolist()
        self.members = [slice(a, b) for a, b in pairwise(edges)]  # type: ignore[misc]

    def curve(self, i: int) -> Curve:
        """Give a life; evaluated in the plain order, since how far its tail reaches depends on its neighbours."""
        self._uses[i] -= 1
        if i not in self._curves:
            service, retired, mean = self._plain.curve(i)
            self._curves[i] = service[:, self.order], retired[:, self.order], mean[self.order]
        return self._curves[i] if self._uses[i] > 0 else self._curves.pop(i)
