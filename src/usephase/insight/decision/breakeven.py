"""Where a comparison flips: the value of a cell at which both designs are equal, all else as drawn.

References
----------
T. R. Chandrupatla, "A new hybrid quadratic/bisection algorithm for finding the zero of a nonlinear function without
using derivatives", Advances in Engineering Software 28 (1997).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from usephase.catalog.options.records import Address
from usephase.catalog.options.understand import address_row
from usephase.catalog.resolve import Resolved
from usephase.engine.run.local import Study
from usephase.errors import Problem, StudyError
from usephase.insight.comparison.between_cells import in_proportion, is_share, row_of, set_of
from usephase.insight.comparison.measures import together, unit_of
from usephase.insight.comparison.pairing import Block, Model
from usephase.insight.comparison.ties import gap
from usephase.insight.decision.cell_names import CellRange, read_cell_range

if TYPE_CHECKING:
    from usephase.insight.comparison.paired import Paired

_POINTS = 13
_STEPS = 60
_TOLERANCE = 1e-13
_BLOCK = 1024
DRAWS = 2048
"""Draws of a break-even, at most."""
MAP_DRAWS = 256
"""Draws of each point of a map, at most."""
MAP_POINTS = 15


@dataclass(frozen=True, eq=False)
class BreakEven:
    """Hold the break-even values of one cell.

    Attributes
    ----------
    option, against, per, unit : str
    cell : CellRange
    side : {"both", "option"}
        Whether the cell is varied on both sides, or in the option only since the option changes it.
    draws : ndarray (draw,)
        The value of the cell at which both sides are equal; NaN where there is none in the range.
    differences : ndarray (draw,)
        Of the two sides at that value: 0 but for rounding; NaN where there is none.
    lower_at_low, lower_at_high : float
        Probability that the option is lower at the ends of the range.
    several : float
        Share of the draws in which the sides are equal more than once; the lowest value counts.
    """

    option: str
    against: str
    per: str
    unit: str
    cell: CellRange
    side: str
    draws: np.ndarray
    differences: np.ndarray
    lower_at_low: float
    lower_at_high: float
    several: float

    @property
    def found(self) -> float:
        """Share of the draws with a break-even in the range."""
        return float(np.isfinite(self.draws).mean())

    @property
    def rebalanced(self) -> bool:
        """Whether the cell is a share, and the others of its sum follow in proportion."""
        return is_share(self.cell.address)

    def to_document(self) -> dict[str, Any]:
        """Give a JSON-able form."""
        table, row, column = self.cell.address
        values = self.draws[np.isfinite(self.draws)]
        points = np.quantile(values, (0.025, 0.5, 0.975)) if len(values) else [None] * 3
        worst = float(np.nanmax(np.abs(self.differences))) if len(values) else None
        return {
            "option": self.option, "against": self.against, "per": self.per, "unit": self.unit, "table": table,
            "row": row, "column": column, "varied": self.side, "low": self.cell.low, "high": self.cell.high,
            "draws": len(self.draws), "probability_found": self.found,
            "mean": float(values.mean()) if len(values) else None, "p2_5": _number(points[0]),
            "p50": _number(points[1]), "p97_5": _number(points[2]), "probability_lower_at_low": self.lower_at_low,
            "probability_lower_at_high": self.lower_at_high, "several": self.several, "largest_difference_left": worst,
            "rebalanced": self.rebalanced,
        }  # fmt: skip


@dataclass(frozen=True, eq=False)
class FlipMap:
    """Hold the difference over a grid of values of two cells: means and probabilities, shape (y, x)."""

    option: str
    against: str
    per: str
    unit: str
    x: CellRange
    y: CellRange
    x_values: np.ndarray
    y_values: np.ndarray
    mean: np.ndarray
    probability_lower: np.ndarray
    draws: int

    def to_document(self) -> dict[str, Any]:
        """Give a JSON-able form."""
        return {
            "option": self.option, "against": self.against, "per": self.per, "unit": self.unit, "draws": self.draws,
            "x": self.x.text, "y": self.y.text, "x_values": self.x_values.tolist(), "y_values": self.y_values.tolist(),
            "mean": self.mean.tolist(), "probability_lower": self.probability_lower.tolist(),
        }  # fmt: skip


def break_even(paired: "Paired", option: str, cell: str, per: str = "portfolio") -> BreakEven:
    """Find the value of a cell at which an option equals what it is compared with, in every draw.

    Parameters
    ----------
    paired : Paired
    option : str
    cell : str
        ``TABLE:ROW:COLUMN``, optionally with ``=LOW..HIGH``. A cell that the option changes is varied in the option
        only: what it would have to be. Any other is varied on both sides. With a share of a sum the other shares of it
        move in proportion, so that they sum to 1 at every value.
    per : {"unit", "service", "year", "portfolio"}

    Returns
    -------
    BreakEven

    Notes
    -----
    The difference is evaluated at values over the range; in every draw the first change of sign is closed in on.
    """
    sides = _Sides(paired, option, (cell,), per)
    where = sides.cells[0]
    study = sides.study(DRAWS)
    grid = where.points(_POINTS)
    roots, left, ends, several = [], [], [], 0
    for start in range(0, study.draws, _BLOCK):
        apart = sides.open(study, start, min(start + _BLOCK, study.draws))
        size = min(start + _BLOCK, study.draws) - start
        values = np.stack([apart((np.full(size, x),)) for x in grid])
        found = equal_at(_of_one(apart), grid, values)
        several += int(found.several.sum())
        roots.append(np.where(found.there, found.at, np.nan))
        left.append(np.where(found.there, apart((found.at,)), np.nan))
        ends.append(values[[0, -1]] < 0)
    lower = np.concatenate(ends, axis=1).mean(axis=1)
    return BreakEven(
        option, sides.against, per, sides.unit, where, sides.varied(0), np.concatenate(roots), np.concatenate(left),
        float(lower[0]), float(lower[1]), several / study.draws,
    )  # fmt: skip


def _of_one(apart: Callable[[tuple[np.ndarray, ...]], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: apart((x,))


class Equal(NamedTuple):
    """Hold where a difference is 0, draw by draw; whether it is anywhere (else `at` means nothing), and repeatedly."""

    at: np.ndarray
    there: np.ndarray
    several: np.ndarray


def equal_at(
    apart: Callable[[np.ndarray], np.ndarray], grid: np.ndarray, values: np.ndarray, tolerance: float = _TOLERANCE
) -> Equal:
    """Find where a difference is 0, draw by draw: the lowest place over a grid of values of a cell.

    Parameters
    ----------
    apart : callable
        From values of the cell, shape (draw,), to the difference, shape (draw,).
    grid : ndarray (value,)
    values : ndarray (value, draw)
        The difference over the grid.
    tolerance : float
        Relative, of the place.
    """
    flips = (np.sign(values[1:]) != np.sign(values[:-1])) & (values[:-1] != 0)
    # Where both sides are the same at every value, no value makes them equal.
    has = (flips.any(axis=0) | (values[0] == 0)) & (values != 0).any(axis=0)
    first = np.where(values[0] == 0, 0, flips.argmax(axis=0))
    at = np.arange(values.shape[1])
    x = grid[first]
    if has.any():
        x = _close_in(apart, x, grid[first + 1], values[first, at], values[first + 1, at], tolerance)
    return Equal(x, has, flips.sum(axis=0) > 1)


def flip_map(paired: "Paired", option: str, x: str, y: str, per: str = "portfolio") -> FlipMap:
    """Evaluate the difference over values of two cells, all else as drawn; see `break_even`."""
    sides = _Sides(paired, option, (x, y), per)
    study = sides.study(MAP_DRAWS)
    apart = sides.open(study, 0, study.draws)
    across, up = (cell.points(MAP_POINTS) for cell in sides.cells)
    full = np.ones(study.draws)
    cells = np.array([[apart((full * a, full * b)) for a in across] for b in up])
    return FlipMap(
        option, sides.against, per, sides.unit, sides.cells[0], sides.cells[1], across, up, cells.mean(axis=2),
        (cells < 0).mean(axis=2), study.draws,
    )  # fmt: skip


class _Sides:
    """Both sides of a comparison with some cells to be varied."""

    def __init__(self, paired: "Paired", option: str, cells: tuple[str, ...], per: str) -> None:
        self.paired, self.per = paired, per
        self.against = paired.chosen[0].name
        base = paired.models[option]
        rows = {choice.name: choice.rows for choice in paired.chosen}
        scope = frozenset(paired.scope)
        sides = [Model(base.catalog, base.base, base.book, rows[name], scope, scope) for name in (option, self.against)]
        tables = [side.restructured(side.structure(range(len(side.parts)))) for side in sides]
        self.cells = tuple(read_cell_range(cell, tables[0], "--break-even") for cell in cells)
        addresses = tuple(cell.address for cell in self.cells)
        shares = [address for address in addresses if is_share(address)]
        self.others = [{address: _others(side, address) for address in shares} for side in tables]
        self._refuse_shares()
        every = (*addresses, *(a for side in self.others for others in side.values() for a in others))
        self.models = []
        for name in (option, self.against):
            model = Model(base.catalog, base.base, base.book, rows[name], scope, scope, every)
            if len(model.parts) != len(paired.models[name].parts):
                model.join_structure()
            self.models.append(model)
        self.edited = {edit.address for part in self.models[0].parts for edit in part.edits}
        counted = paired.service.get(paired.scope[0], "")
        self.unit = unit_of(per, counted)

    def _refuse_shares(self) -> None:
        """Refuse a share that has no others to follow it, and two of one sum."""
        for address, others in self.others[0].items():
            what = fix = ""
            if not others:
                what, fix = "is the only share of its sum, and stays 1", "name a cell that can move"
            elif any(cell.address in others for cell in self.cells):
                what = "is of one sum with the other: where one moves, the other follows"
                fix = "name one of them, and a cell of another kind"
            if what:
                raise StudyError([Problem(where="--break-even", what=f"`{':'.join(address)}` {what}", fix=fix)])

    def varied(self, cell: int) -> str:
        """Tell on which sides a cell is varied."""
        return "option" if self.cells[cell].address in self.edited else "both"

    def study(self, most: int) -> Study:
        """Draw no more than so many times."""
        return self.paired.study._replace(draws=min(self.paired.study.draws, most))

    def open(self, study: Study, start: int, stop: int) -> Callable[[tuple[np.ndarray, ...]], np.ndarray]:
        """Give the function from values of the cells to the difference in a range of draws."""
        blocks = [model.block(study, start, stop) for model in self.models]

        def value(block: Block, x: tuple[np.ndarray, ...], option: bool) -> np.ndarray:
            instead = {
                cell.address: each
                for i, (cell, each) in enumerate(zip(self.cells, x, strict=True))
                if option or self.varied(i) == "both"
            }
            parts = range(len(block.model.parts))
            for address, others in self.others[0 if option else 1].items():
                if address in instead and (free := block.drawn(parts, others)):
                    moved = in_proportion(1 - instead[address], np.stack(list(free.values())))
                    instead |= dict(zip(free, moved, strict=True))
            found = block.outcomes(parts, instead=instead)
            return together(found.values(), stop - start).per(self.per)

        return lambda x: gap(value(blocks[0], x, True), value(blocks[1], x, False))


def _others(resolved: Resolved, address: Address) -> tuple[Address, ...]:
    """Name the other shares of a share's sum."""
    name, row, column = address
    table = resolved.tables[name]
    own = row_of(table, row)
    rows = set(set_of(table, own).tolist()) - set(own.tolist())
    return tuple((name, address_row(table, i), column) for i in sorted(rows))


def _close_in(
    apart: Callable[[np.ndarray], np.ndarray], a: np.ndarray, b: np.ndarray, fa: np.ndarray, fb: np.ndarray,
    tolerance: float,
) -> np.ndarray:  # fmt: skip
    """Find a zero between `a` and `b` in every draw, all draws at once (Chandrupatla's method)."""
    x1, x2, f1, f2 = b, a, fb, fa
    x3, f3 = x2, f2
    t = np.full(len(a), 0.5)
    for _ in range(_STEPS):
        x = x1 + t * (x2 - x1)
        fx = apart(x)
        same = np.sign(fx) == np.sign(f1)
        x3, f3 = np.where(same, x1, x2), np.where(same, f1, f2)
        x2, f2 = np.where(same, x2, x1), np.where(same, f2, f1)
        x1, f1 = x, fx
        best = np.abs(f2) < np.abs(f1)
        at = np.where(best, x2, x1)
        width = np.abs(x2 - x1)
        done = (np.where(best, f2, f1) == 0) | (width <= 2 * tolerance * np.abs(at))
        if done.all():
            break
        with np.errstate(divide="ignore", invalid="ignore"):
            xi, phi = (x1 - x2) / (x3 - x2), (f1 - f2) / (f3 - f2)
            inverse = f1 / (f2 - f1) * f3 / (f2 - f3) + (x3 - x1) / (x2 - x1) * f1 / (f3 - f1) * f2 / (f3 - f2)
        use = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi) & np.isfinite(inverse)
        t = np.where(use, inverse, 0.5)
        with np.errstate(divide="ignore", invalid="ignore"):
            edge = np.nan_to_num(tolerance * np.abs(at) / width, nan=0.5, posinf=0.5)
        t = np.clip(t, np.minimum(edge, 0.5), 1 - np.minimum(edge, 0.5))
    return np.where(np.abs(f2) < np.abs(f1), x2, x1)


def _number(x: Any) -> float | None:
    return None if x is None else float(x)
