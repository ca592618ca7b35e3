"""What a kg of a material and a unit of a product emit when discarded in a region."""

from collections.abc import Sequence

import numpy as np

from usephase.engine.plan import Plan, ProductPlan
from usephase.engine.shared import Shared
from usephase.engine.values import Value

Array = np.ndarray


class RegionWaste:
    """Evaluate and keep fates by region for one block of draws."""

    def __init__(self, plan: Plan, shared: Shared) -> None:
        self.plan, self.shared = plan, shared
        self._plain: dict[int, Array] = {}
        self._by_age: dict[tuple[int, int, int], Value] = {}
        self._dated: dict[tuple[int, int], bool] = {}

    def is_dated(self, r: int, material: int) -> bool:
        """Tell whether a material's fate in a region depends on the calendar year."""
        if (r, material) not in self._dated:
            zones = self.plan.region_zones[r]
            self._dated[r, material] = any(self.plan.waste[z, material].dated for z, _ in zones)
        return self._dated[r, material]

    def _all_plain(self, material: int) -> Array:
        """Give what a kg emits whose fate is the same in all years, else 0. Shape (region, draw). [kg/kg]"""
        if material not in self._plain:
            out = self._plain[material] = np.zeros((len(self.plan.regions), self.shared.values.size))
            for r, zones in enumerate(self.plan.region_zones):
                if all((z, material) in self.plan.waste for z, _ in zones) and not self.is_dated(r, material):
                    out[r] = self._mixed(r, material, self.plan.year)
        return self._plain[material]

    def by_age(self, r: int, material: int, year: int, ages: int) -> list[Value]:
        """Give what a kg emits when discarded in a year and those after it. [kg/kg]"""
        out = []
        for at in range(year, year + ages):
            if (r, material, at) not in self._by_age:
                self._by_age[r, material, at] = self._mixed(r, material, at)
            out.append(self._by_age[r, material, at])
        return out

    def unit(self, product: ProductPlan, regions: Sequence[int]) -> tuple[Array, Array]:
        """Give what a unit emits at sale, its packaging, and when it retires, without dated fates. [kg]

        Returns
        -------
        tuple of ndarray (region, draw)
        """
        v = self.shared.values
        now, later = (np.zeros((len(regions), v.size)) for _ in range(2))
        at = list(regions)
        for mass_plan in product.masses:
            into = now if mass_plan.packaging else later
            into += v(mass_plan.mass) * self._all_plain(mass_plan.material)[at]
        return now, later

    def dated(self, product: ProductPlan, regions: Sequence[int]) -> list[tuple[int, bool, list[int]]]:
        """List a product's materials with dated fates: material, whether packaging, and in which of the regions."""
        out = []
        for material, packaging in dict.fromkeys((m.material, m.packaging) for m in product.masses):
            at = [i for i, r in enumerate(regions) if self.is_dated(r, material)]
            if at:
                out.append((material, packaging, at))
        return out

    def _mixed(self, r: int, material: int, year: int) -> Value:
        factor: Value = 0.0
        for z, w in self.plan.region_zones[r]:
            factor = factor + w * self.shared.fate(z, material, year).category_12
        return factor
