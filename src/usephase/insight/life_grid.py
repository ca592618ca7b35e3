"""What a kWh a year emits over a unit's life, for every sale year and region at once."""

from collections.abc import Mapping, Sequence

import numpy as np

from usephase.engine.electricity import by_scenario, fixed, with_trend
from usephase.engine.figures import BOUNDARIES
from usephase.engine.plan import Plan
from usephase.engine.shared import Shared
from usephase.engine.values import Value
from usephase.model.lifetime import LAST_YEAR

Array = np.ndarray
Choice = tuple[str, str]


class LifeGrid:
    """Evaluate the grid of one block of draws.

    Parameters
    ----------
    plan : Plan
    shared : Shared
    years : sequence of int
        Sale years.
    """

    def __init__(self, plan: Plan, shared: Shared, years: Sequence[int]) -> None:
        self.plan, self.shared, self.years, self.size = plan, shared, tuple(years), shared.values.size
        self._frozen: dict[tuple[int, str], Array] = {}
        self._paths: dict[tuple[int, str], Array] = {}
        self._headlines: dict[int, Array] = {}

    def met(self, regions: Sequence[int], used: Array, total: Array) -> dict[Choice, Array]:
        """Give the emissions of 1 kWh a year over a life on each basis and boundary.

        Parameters
        ----------
        used : ndarray (age, draw)
            Years of use at each age. [yr]
        total : ndarray (draw,)
            Their sum.

        Returns
        -------
        dict of (basis, boundary) to ndarray (year, region, draw) [kg CO2e]
        """
        zones = sorted({z for r in regions for z, _ in self.plan.region_zones[r]})
        at = {z: i for i, z in enumerate(zones)}
        generation, upstream = (self._projected(zones, part, used) for part in ("intensity", "upstream"))
        gross = (generation + upstream) * np.stack([self._gross(z) for z in zones])[:, None]
        out = {}
        for boundary, by_zone in zip(BOUNDARIES, (generation, gross), strict=True):
            mixed = np.empty((len(self.years), len(regions), self.size))
            for i, r in enumerate(regions):
                (z, w), *others = self.plan.region_zones[r]
                mixed[:, i] = by_zone[at[z]] if w == 1.0 else w * by_zone[at[z]]
                for z, w in others:
                    mixed[:, i] += w * by_zone[at[z]]
            out["projected", boundary] = mixed
            frozen = np.stack([self._frozen_region(r, boundary) for r in regions], axis=1)
            frozen *= total
            out["frozen", boundary] = frozen
        return out

    def by_year(self, weights: Mapping[int, Value], year: int, ages: int) -> Array:
        """Sum the headline's factors over zones, weighted, for each calendar year from a sale year on.

        Parameters
        ----------
        weights : mapping of zone to ndarray (draw,)
        year : int
            The sale year.
        ages : int
            Number of calendar years.

        Returns
        -------
        ndarray (age, draw)
        """
        plan, shared, first = self.plan, self.shared, year - self.plan.first_year
        if plan.grid_basis == "frozen":
            rate = sum((w * self._headline(z, year) for z, w in weights.items()), start=np.zeros(self.size))
            return np.broadcast_to(rate, (ages, self.size))
        parts = ("intensity",) if plan.boundary == "minimum" else ("intensity", "upstream")
        plain = [z for z in weights if all(shared.fixed_path(z, part) is not None for part in parts)]
        rows = np.zeros((ages, self.size))
        if plain:
            scaled = np.stack([weights[z] * self._scale(z) for z in plain])
            paths = np.stack([self._fixed_headline(z)[:, first : first + ages] for z in plain], axis=2)
            rows = with_trend(shared, by_scenario(shared, paths, scaled), year)
        for z in weights:
            if z not in plain:
                rows += weights[z] * self._uncertain_headline(z)[first : first + ages]
        return rows

    def _scale(self, z: int) -> Value:
        gross = 1.0 if self.plan.boundary == "minimum" else 1 + self.shared.loss(z)
        return self.shared.scale(z) * gross

    def _fixed_headline(self, z: int) -> Array:
        generation = fixed(self.shared, z, "intensity")
        if self.plan.boundary == "minimum":
            return generation
        upstream = fixed(self.shared, z, "upstream")
        return generation + upstream if upstream.size else generation

    def _uncertain_headline(self, z: int) -> Array:
        """Give a zone's factors from the plan's first year on. Shape (year, draw)."""
        if z not in self._headlines:
            first, until = self.plan.first_year, self.years[-1] + LAST_YEAR + 1
            rows = [np.broadcast_to(self._headline(z, year), (self.size,)) for year in range(first, until)]
            self._headlines[z] = np.stack(rows)
        return self._headlines[z]

    def _headline(self, z: int, year: int, boundary: str = "") -> Value:
        """Give a zone's factor in a calendar year. [kg/kWh]"""
        generation = self.shared.factor(z, "intensity", year)
        if (boundary or self.plan.boundary) == "minimum":
            return generation
        upstream = self.shared.factor(z, "upstream", year) if self.shared.has_upstream(z) else 0.0
        return (generation + upstream) * (1 + self.shared.loss(z))

    def _gross(self, z: int) -> Array:
        return np.broadcast_to(1 + self.shared.loss(z), (self.size,))

    def _projected(self, zones: Sequence[int], part: str, used: Array) -> Array:
        """Sum used years · factor of the year over the ages. Shape (zone, year, draw)."""
        out = np.zeros((len(zones), len(self.years), self.size))
        shared, ages = self.shared, len(used)
        together = []
        for i, z in enumerate(zones):
            path = shared.fixed_path(z, part)
            if path is None:
                slab = self._path(z, part, self.years[-1] + ages)
                for y, year in enumerate(self.years):
                    first = year - shared.plan.first_year
                    np.einsum("kd,kd->d", used, slab[first : first + ages], out=out[i, y])
            elif path.size:
                together.append(i)
        if together:
            paths = np.stack([fixed(shared, zones[i], part) for i in together], axis=1)
            firsts = [year - shared.plan.first_year for year in self.years]
            if with_trend(shared, used, self.years[0]) is used:  # the same weights in all sale years
                weights = np.stack([paths[:, :, f : f + ages] for f in firsts], axis=2)
                rows = by_scenario(shared, weights.reshape(len(paths), -1, ages), used)
                out[together] = rows.reshape(len(together), len(self.years), self.size)
            else:
                for y, (year, f) in enumerate(zip(self.years, firsts, strict=True)):
                    out[together, y] = by_scenario(shared, paths[:, :, f : f + ages], with_trend(shared, used, year))
            for i in together:
                out[i] *= shared.scale(zones[i])
        return out

    def _path(self, z: int, part: str, until: int) -> Array:
        """Give an uncertain path from the plan's first year up to a year. Shape (year, draw)."""
        first = self.shared.plan.first_year
        kept = self._paths.get((z, part))
        if kept is None or len(kept) < until - first:
            rows = [np.broadcast_to(self.shared.factor(z, part, year), (self.size,)) for year in range(first, until)]
            kept = self._paths[z, part] = np.stack(rows)
        return kept

    def _frozen_region(self, r: int, boundary: str) -> Array:
        """Give a region's factors in the sale years. Shape (year, draw)."""
        if (r, boundary) not in self._frozen:
            out = np.zeros((len(self.years), self.size))
            for z, w in self.plan.region_zones[r]:
                for row, year in zip(out, self.years, strict=True):
                    row += w * self._headline(z, year, boundary)
            self._frozen[r, boundary] = out
        return self._frozen[r, boundary]
