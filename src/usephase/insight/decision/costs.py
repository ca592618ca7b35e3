"""What options cost, and which of them are worth their cost."""

from typing import TYPE_CHECKING

import numpy as np

from usephase.catalog.options.records import Cost
from usephase.engine.run.local import Study
from usephase.insight.comparison.draws import ALL
from usephase.sampling.distributions import FIXED, quantile

if TYPE_CHECKING:
    from usephase.insight.comparison.paired import Paired


def cost_draws(paired: "Paired", option: str) -> np.ndarray | None:
    """Give what an option costs over the base, for all units of the products compared; None if it says nothing.

    Shape (draw,). The base costs nothing more than itself.
    """
    choice = next(choice for choice in paired.chosen if choice.name == option)
    listed = [cost for member in choice.members for cost in paired.costs.get(member, ())]
    if not choice.members:
        return np.zeros(paired.study.draws)
    if not listed:
        return None
    total = np.zeros(paired.study.draws)
    for cost in listed:
        units = paired.quantity(option, ALL).units if cost.per == "unit" else 1.0
        total = total + drawn_cost(paired.study, cost) * units
    return total


def drawn_cost(study: Study, cost: Cost) -> np.ndarray:
    """Draw a cost: a unit's, or one in total. Shape (draw,)."""
    draws = study.draws
    if cost.kind == FIXED:
        return np.full(draws, cost.params[0])
    u = study.make().uniforms(f"option:{cost.option}:cost:{cost.per}", 0, 0, draws)
    return quantile(cost.kind, cost.params, u, cost.points)


def efficient(emissions: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """Tell which options no other one beats in mean emissions and mean cost both. Shape (option,).

    An option without a cost (NaN) is not judged.
    """
    out = np.zeros(len(costs), dtype=bool)
    for i, (e, c) in enumerate(zip(emissions, costs, strict=True)):
        if np.isnan(c):
            continue
        no_worse = (emissions <= e) & (costs <= c)
        better = (emissions < e) | (costs < c)
        out[i] = not (no_worse & better).any()
    return out
