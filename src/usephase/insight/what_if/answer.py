"""From the sums of a product, base and edited, to an answer."""

import numpy as np

from usephase.engine.plan.parts import LARGEST_T
from usephase.engine.plan.records import PHASES, Plan
from usephase.engine.run.figures import Book, group_rows, total_rows
from usephase.engine.run.statistics import describe
from usephase.errors import Problem, StudyError, not_finite
from usephase.insight.comparison.differences import numbers
from usephase.insight.comparison.measures import PER, ratio, together, unit_of
from usephase.insight.comparison.pairing import Outcome
from usephase.insight.comparison.records import columns, counted
from usephase.insight.comparison.ties import gap
from usephase.insight.figure import GROUPINGS, Figure, check
from usephase.insight.what_if.records import Amount, Difference, Histogram, Part, Summary

_PARTS = ("total", "component", "mode", "material")


class Sides:
    """Hold what a product gives, in draws and at best estimates, ready to be counted in several ways.

    Parameters
    ----------
    plan : Plan
    drawn, best : Outcome
    """

    def __init__(self, plan: Plan, drawn: Outcome, best: Outcome) -> None:
        self.figures, self._best = figures(plan, drawn), figures(plan, best)
        self._quantities = together([drawn], drawn.tonnes.size), together([best], 1)
        self.sold = bool(np.all(drawn.units > 0) and np.all(best.units > 0))

    def draws(self, figure: Figure, per: str) -> np.ndarray:
        """Give a figure by a measure. Shape (draw,)."""
        return self.figures.get(figure, np.zeros(1)) * ratio(self._quantities[0], per)

    def best(self, figure: Figure, per: str) -> float:
        """Give a figure's best estimate by a measure."""
        return float((self._best.get(figure, np.zeros(1)) * ratio(self._quantities[1], per))[0])


def figures(plan: Plan, outcome: Outcome) -> dict[Figure, np.ndarray]:
    """Give every figure of a product on the headline, direct phase; tonnes. Shape (draw,) each."""
    size = outcome.tonnes.shape
    sums: Book = dict(outcome.sums)
    rows = [*total_rows(plan, sums), *group_rows(plan, sums, (*(g for g in GROUPINGS if g != "total"),))]
    found: dict[Figure, np.ndarray] = {}
    for row in rows:
        direct = row.phase in (None, PHASES[0])
        if direct and row.grid_basis in (None, plan.grid_basis) and row.boundary in (None, plan.boundary):
            figure = Figure(row.ledger, row.by, row.group)
            found[figure] = np.broadcast_to(np.asarray(row.sample, dtype=float), size)
    return found


def amount(
    per: str, unit: str, base: tuple[np.ndarray, float], edited: tuple[np.ndarray, float], replicated: bool
) -> Amount:
    """Describe one way of counting, base and edited; each is its draws and its best estimate."""
    # Two plans of the same product may round otherwise in the last bit: that is no difference.
    after = np.where(gap(edited[0], base[0]) == 0, base[0], edited[0])
    best = base[1] if gap(np.asarray(edited[1]), np.asarray(base[1])) == 0 else edited[1]
    found = {name: float(x) for name, x in numbers(after, base[0], replicated, 0.0).items()}
    changed = bool(np.any(after != base[0]))
    mean = float(base[0].mean())
    difference = Difference(
        best - base[1],
        found["mean"], found["sd"], found["p2_5"], found["p50"], found["p97_5"],
        found["probability_lower"] if changed else None,
        found["mean"] / abs(mean) if mean else None,
    )  # fmt: skip
    first, second = summaries(np.stack([base[0], after]), (base[1], best), replicated)
    return Amount(per, unit, first, second, difference, histogram(base[0], after), columns(gap(after, base[0])))


def summaries(draws: np.ndarray, best: tuple[float, ...], replicated: bool) -> list[Summary]:
    """Describe rows of draws."""
    return [Summary(first, *map(float, row)) for first, row in zip(best, describe(draws, replicated), strict=True)]


def histogram(base: np.ndarray, edited: np.ndarray) -> Histogram:
    """Count both in common bins; what lies far out is counted in the outermost ones."""
    edges, shares = counted(np.stack([base, edited]))
    return Histogram(edges, *shares)


def amounts(base: Sides, edited: Sides, figure: Figure, service: str, replicated: bool) -> dict[str, Amount]:
    """Describe a figure by every measure that makes sense for the product.

    Parameters
    ----------
    base, edited : Sides
    figure : Figure
    service : str
        What the service is counted in: ``mowing, h``; "" where there is none.
    replicated : bool
    """
    out = {}
    for per in PER:
        if per == "service" and not service:
            continue
        draws = [side.draws(figure, per) for side in (base, edited)]
        best = [side.best(figure, per) for side in (base, edited)]
        if (np.abs(draws) < LARGEST_T).all() and (np.abs(best) < LARGEST_T).all():
            out[per] = amount(per, unit_of(per, service), (draws[0], best[0]), (draws[1], best[1]), replicated)
    if "portfolio" not in out:
        raise not_finite(f"{figure} has a draw without a finite value", " among the edited cells")
    return out


def parts(base: Sides, edited: Sides, replicated: bool) -> tuple[Part, ...]:
    """Split both by ledger, component, mode and material, per unit sold [kg CO2e].

    Where in some draw no unit is sold, all units together are split. [t CO2e]
    """
    per = "unit" if base.sold and edited.sold else "portfolio"
    wanted = [
        figure
        for figure in dict.fromkeys([*base.figures, *edited.figures])
        if figure.ledger in ("category_11", "category_12") and figure.by in _PARTS
    ]
    wanted.sort(key=lambda figure: (_PARTS.index(figure.by), figure.ledger))
    if not wanted:
        return ()
    rows = np.stack([side.draws(figure, per) for side in (base, edited) for figure in wanted])
    best = tuple(side.best(figure, per) for side in (base, edited) for figure in wanted)
    described = summaries(rows, best, replicated)
    before, after = described[: len(wanted)], described[len(wanted) :]
    return tuple(
        Part(*figure, first, second)
        for figure, first, second in zip(wanted, before, after, strict=True)
        if any(first) or any(second)
    )


def check_figure(figure: Figure, plan: Plan) -> Figure:
    """Refuse a figure that is no part of one product's.

    Raises
    ------
    StudyError
    """
    if figure.by not in GROUPINGS:
        fix = f"use one of: {', '.join(GROUPINGS)}"
        raise StudyError([Problem(where=str(figure), what=f"nothing is grouped by {figure.by!r} here", fix=fix)])
    return check(figure, plan)
