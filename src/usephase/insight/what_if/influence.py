"""Which cells matter most for one product: by what they explain of its variance, and by what moving them does."""

from collections.abc import Sequence

import numpy as np

from usephase.catalog.options.records import Address
from usephase.insight.comparison.ties import gap
from usephase.insight.decision.deciding import explained_by
from usephase.insight.figure import Figure, sums_of
from usephase.insight.what_if.records import Influence, Slider
from usephase.insight.what_if.world import World, counted

_STEP = 0.1
"""What a cell is moved by, as a share of it; where it is 0, of the width of its range."""

SURE = 1.959964
"""Standard errors by which a share of the variance must be above 0 to be told: less may be chance alone."""


def influences(
    world: World, sliders: Sequence[Slider], figure: Figure, per: str, drawn: np.ndarray
) -> tuple[Influence, ...]:
    """Rank a product's cells for one figure.

    Parameters
    ----------
    world : World
        Without edits.
    sliders : sequence of Slider
    figure : Figure
    per : {"unit", "service", "year", "portfolio"}
    drawn : ndarray (draw,)
        The figure.

    Returns
    -------
    tuple of Influence
        The most important first: what counts is the larger of both shares, each against its largest. A cell that does
        nothing is left out.

    Notes
    -----
    All cells are moved in one evaluation, a column each.
    """
    steps: dict[Address, float] = {
        (s.table, s.row, s.column): _STEP * (s.value if s.value else s.high - s.low) for s in sliders
    }
    found = world.moved_apart(steps)
    if found is None:
        return ()
    outcome, draws = found
    x = counted(outcome, sums_of(figure, world.plan(frozenset(steps))), per)
    size = abs(float(x[-1])) or 1.0
    rows = []
    for i, (s, address) in enumerate(zip(sliders, steps, strict=True)):
        explained = 0.0
        if s.uncertain and address in draws.number and drawn.min() < drawn.max():
            of = draws.base(draws.number[address])
            if of.min() < of.max():
                share, error = explained_by(drawn, of)
                explained = share if share > SURE * error else 0.0
        rows.append(Influence(*address, explained, float(gap(x[i], x[-1])) / size))
    most = max((row.explained for row in rows), default=0.0) or 1.0, max((abs(row.effect) for row in rows), default=0.0)
    kept = [row for row in rows if row.effect]
    return tuple(sorted(kept, key=lambda row: -max(row.explained / most[0], abs(row.effect) / (most[1] or 1.0))))
