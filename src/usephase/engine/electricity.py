"""Electricity of one case: the factor that a kWh a year of use meets over a unit's life, region by region."""

from dataclasses import dataclass

import numpy as np

from usephase.engine.plan import Plan
from usephase.engine.shared import Shared
from usephase.engine.values import Value

PARTS = ("generation", "upstream", "losses")


@dataclass(frozen=True)
class LifeFactors:
    """Emissions over a unit's life of 1 kWh a year, by part, on both bases. [kg CO2e]"""

    projected: dict[str, Value]
    frozen: dict[str, Value]

    def headline(self, plan: Plan) -> Value:
        """Give the sum of the parts in the headline's boundary on its basis."""
        parts = self.projected if plan.grid_basis == "projected" else self.frozen
        return boundary_sum(parts, plan.boundary)


def boundary_sum(parts: dict[str, Value], boundary: str) -> Value:
    """Sum what a boundary counts: generation only, or all three parts."""
    if boundary == "minimum":
        return parts["generation"]
    return parts["generation"] + parts["upstream"] + parts["losses"]


def life_factors(shared: Shared, zones: tuple[int, ...], used: np.ndarray, year: int) -> dict[int, LifeFactors]:
    """Give the life factors of a unit sold in a year for each zone.

    Parameters
    ----------
    used : ndarray (age, draw)
        Years of use at each age. [yr]
    year : int
        The sale year.
    """
    total = in_order(used)
    projected = {part: _projected(shared, zones, part, used, year) for part in ("intensity", "upstream")}
    out = {}
    for z in zones:
        loss = shared.loss(z)
        bases = []
        for generation, upstream in (
            (projected["intensity"][z], projected["upstream"][z]),
            (
                total * shared.factor(z, "intensity", year),
                total * shared.factor(z, "upstream", year) if shared.has_upstream(z) else 0.0,
            ),
        ):
            bases.append({"generation": generation, "upstream": upstream, "losses": (generation + upstream) * loss})
        out[z] = LifeFactors(*bases)
    return out


def in_order(ages: np.ndarray) -> np.ndarray:
    """Sum over the first axis one by one, so that the result does not depend on the number of draws."""
    total = ages[0].copy()
    for row in ages[1:]:
        total += row
    return total


def _projected(shared: Shared, zones: tuple[int, ...], part: str, used: np.ndarray, year: int) -> dict[int, Value]:
    """Sum a_k (1 + c)^k · F(y + k) over the ages for each zone."""
    out: dict[int, Value] = {}
    together = []
    for z in zones:
        path = shared.fixed_path(z, part)
        if path is None:
            total = used[0] * shared.factor(z, part, year)
            for k in range(1, len(used)):
                total = total + used[k] * shared.factor(z, part, year + k)
            out[z] = total
        elif path.size == 0:
            out[z] = 0.0
        else:
            together.append(z)
    if together:
        first = year - shared.plan.first_year
        trended = with_trend(shared, used, year)
        paths = np.stack([fixed(shared, z, part)[:, first : first + len(used)] for z in together], axis=1)
        for z, row in zip(together, by_scenario(shared, paths, trended), strict=True):
            out[z] = row * shared.scale(z)
    return out


def fixed(shared: Shared, z: int, part: str) -> np.ndarray:
    """Give a path known to be fixed. Shape (scenario, year)."""
    path = shared.fixed_path(z, part)
    assert path is not None
    return path


def with_trend(shared: Shared, used: np.ndarray, year: int) -> np.ndarray:
    """Multiply each age by the common trend of its calendar year."""
    trend = shared.plan.trend
    if trend.cell < 0 and trend.value == 0:
        return used
    return np.stack([used[k] * shared.common_trend(year + k) for k in range(len(used))])


def by_scenario(shared: Shared, weights: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Multiply (scenario, row, column) weights with (column, draw) values, each draw by its scenario's weights."""
    if len(weights) == 1:
        return weights[0] @ x
    out = np.empty((weights.shape[1], x.shape[1]), dtype=x.dtype)
    for weight, mine in zip(weights, shared.members, strict=True):
        out[:, mine] = weight @ x[:, mine]
    return out


def calendar_factors(shared: Shared, weights: dict[int, Value], year: int, ages: int) -> np.ndarray | list[Value]:
    """Sum headline factors over zones, weighted, for each calendar year of a life.

    Parameters
    ----------
    weights : dict of zone to units, (draw,) or scalar
    year : int
        The sale year.
    ages : int
        Number of calendar years.

    Returns
    -------
    ndarray (age, draw) or list of such rows: Σ_z units_z · F_z(year + k). [kg/kWh]
    """
    plan = shared.plan
    if plan.grid_basis == "frozen":
        return [sum(w * _headline(shared, z, year) for z, w in weights.items())] * ages
    plain = [z for z in weights if shared.fixed_path(z, "intensity") is not None and _plain_boundary(shared, z)]
    rows: np.ndarray | None = None
    if plain:
        first = year - plan.first_year
        size = shared.values.size
        scaled: np.ndarray = np.stack(
            [np.broadcast_to(weights[z] * shared.scale(z) * _gross(shared, z), (size,)) for z in plain]
        ).astype(shared.values.dtype, copy=False)
        paths = np.stack([_headline_path(shared, z)[:, first : first + ages] for z in plain], axis=2)
        rows = with_trend(shared, by_scenario(shared, paths, scaled), year)
    for z in weights:
        if z not in plain:
            other = np.stack(
                [
                    np.broadcast_to(weights[z] * _headline(shared, z, year + k), (shared.values.size,))
                    for k in range(ages)
                ]
            )
            rows = other if rows is None else rows + other
    assert rows is not None
    return rows


def _headline(shared: Shared, z: int, year: int) -> Value:
    generation = shared.factor(z, "intensity", year)
    if shared.plan.boundary == "minimum":
        return generation
    upstream = shared.factor(z, "upstream", year) if shared.has_upstream(z) else 0.0
    return (generation + upstream) * (1 + shared.loss(z))


def _gross(shared: Shared, z: int) -> Value:
    return 1.0 if shared.plan.boundary == "minimum" else 1 + shared.loss(z)


def _plain_boundary(shared: Shared, z: int) -> bool:
    return shared.plan.boundary == "minimum" or shared.fixed_path(z, "upstream") is not None


def _headline_path(shared: Shared, z: int) -> np.ndarray:
    generation = fixed(shared, z, "intensity")
    if shared.plan.boundary == "minimum":
        return generation
    upstream = fixed(shared, z, "upstream")
    return generation + upstream if upstream.size else generation
