"""A difference over values of one cell: where it flips, how surely, and for whom."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from usephase.catalog.options.records import Address, Edit
from usephase.insight.comparison.between_cells import in_proportion, is_share, row_of, set_of
from usephase.insight.comparison.measures import unit_of
from usephase.insight.comparison.ties import gap
from usephase.insight.decision.breakeven import equal_at
from usephase.insight.figure import Figure, sums_of
from usephase.insight.what_if.records import Curve, Line, Slider
from usephase.insight.what_if.world import World, counted

POINTS = 11
_TOLERANCE = 1e-6


class Side(NamedTuple):
    """Hold one side of a difference: its world, and its numbers in cells."""

    world: World
    edits: Sequence[Edit]

    def value(self, figure: Figure, per: str, instead: Mapping[Address, np.ndarray]) -> np.ndarray | None:
        """Give a figure's draws with other numbers in some cells; None where the product is not sold."""
        outcome = self.world.outcome(self.edits, instead)
        if outcome is None:
            return None
        cells = frozenset((*(edit.address for edit in self.edits), *instead))
        return counted(outcome, sums_of(figure, self.world.plan(cells)), per)

    def instead(self, address: Address, x: np.ndarray) -> dict[Address, np.ndarray]:
        """Put numbers into a cell; the other shares of its sum follow in proportion."""
        made = {address: x}
        if is_share(address):
            table = self.world.resolved.tables[address[0]]
            own = row_of(table, address[1])
            rows = sorted(set(set_of(table, own).tolist()) - set(own.tolist()))
            free = self.world.drawn(self.edits, [(address[0], table.key(i), address[2]) for i in rows])
            if free:
                made |= dict(zip(free, in_proportion(1 - x, np.stack(list(free.values()))), strict=True))
        return made


def curve(
    against: Side, edited: Side, slider: Slider, apart: bool, figure: Figure, per: str, service: str,
    ends: tuple[float, float],
) -> Curve | None:  # fmt: skip
    """Evaluate a difference over values of a cell.

    Parameters
    ----------
    against, edited : Side
    slider : Slider
        The cell.
    apart : bool
        Whether both sides differ in the cell: it is varied on the edited side only.
    figure : Figure
    per : {"unit", "service", "year", "portfolio"}
    service : str
        What the service is counted in.
    ends : (float, float)
        Of the range.

    Returns
    -------
    Curve or None
        None where the product is not sold.

    Notes
    -----
    The break-even is closed in on in every draw, as `usephase compare --break-even` does. The line of a segment is the
    mean if all units were in it, on both sides.
    """
    address = slider.table, slider.row, slider.column
    size = edited.world.study.draws
    segments = {} if is_share(address) and slider.table == "segments" else _segments(edited.world)

    def side(which: Side, x: np.ndarray, shares: Mapping[Address, np.ndarray]) -> np.ndarray:
        varied = which is edited or not apart
        found = which.value(figure, per, {**(which.instead(address, x) if varied else {}), **shares})
        return np.full(size, np.nan) if found is None else np.broadcast_to(found, (size,))

    def sides(shares: Mapping[Address, np.ndarray]) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
        # What an edit alone has is varied on its side alone: the other one is evaluated once.
        still = side(against, np.full(size, np.nan), shares) if apart else None
        return lambda x: (side(edited, x, shares), side(against, x, shares) if still is None else still)

    grid = np.linspace(*ends, POINTS)
    along = [np.full(size, x) for x in grid]
    both = sides({})
    pairs = np.stack([both(x) for x in along])
    values = gap(pairs[:, 0], pairs[:, 1])
    if np.isnan(values).all():
        return None
    found = equal_at(lambda x: gap(*both(x)), grid, values, _TOLERANCE)
    places = found.at[found.there]
    middle = None
    if len(places):
        low, half, high = np.quantile(places, (0.025, 0.5, 0.975))
        middle = float(low), float(half), float(high)
    lines = []
    for name in segments if len(segments) > 1 else ():
        alone = sides(_only(name, segments, size))
        lines.append(Line(name, tuple(float(gap(*alone(x)).mean()) for x in along)))
    now = edited.world.drawn(edited.edits, [address], best=True)
    low_end, high_end = np.quantile(values, (0.025, 0.975), axis=1)
    return Curve(
        *address, slider.unit, "edited" if apart else "both", per, unit_of(per, service), size,
        float(now[address][0]) if address in now else slider.value,
        tuple(map(float, grid)), tuple(map(float, values.mean(axis=1))), tuple(map(float, low_end)),
        tuple(map(float, high_end)), tuple(map(float, pairs[:, 1].mean(axis=1))), tuple(lines),
        float(found.there.mean()), middle,
    )  # fmt: skip


def _segments(world: World) -> dict[str, Address]:
    """Name the product's segments, each with the cell of its share."""
    table = world.resolved.tables["segments"]
    mine = np.flatnonzero((table.frame["product"] == world.product).to_numpy())
    return {str(table.frame["segment"].iloc[i]): ("segments", table.key(int(i)), "share") for i in mine}


def _only(name: str, segments: Mapping[str, Address], size: int) -> dict[Address, np.ndarray]:
    return {address: np.full(size, float(other == name)) for other, address in segments.items()}
