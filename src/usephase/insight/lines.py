"""Lines: what the products of a family sell, use and emit in each region, as chains of amounts, draw by draw.

A chain leads from units to emissions one factor at a time; every link is a sum over the products of the family, so
that a factor is the family's mean. The engine gives the same emissions as plain sums; here they keep their factors.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from usephase.engine.electricity import boundary_sum, in_order, life_factors
from usephase.engine.plan import CasePlan, ModePlan, Plan, ProductPlan
from usephase.engine.shared import Curve, Shared
from usephase.engine.values import Value
from usephase.model.end_of_life import normalized
from usephase.model.energy import carrier_units_per, energy_a_year
from usephase.model.use_phase import used_years

T_PER_KG = 1e-3
Array = np.ndarray

ELECTRICITY = ("volume", "mix", "lifetime", "use", "energy_per_year", "allocation", "grid")
FUEL = ("volume", "mix", "lifetime", "use", "energy_per_year", "allocation", "fuels")
LEAK = ("volume", "mix", "lifetime", "refrigerants", "allocation")
WASTE = ("volume", "mix", "mass", "end_of_life")
GAS_LOST = ("volume", "mix", "refrigerants", "end_of_life")
"""The factor that each link of a chain adds: the first two are all units sold, and those of the line."""


@dataclass(frozen=True)
class Line:
    """A chain of one kind of emission of one family.

    Attributes
    ----------
    family : str
        The family, or a product that has none.
    ledger : str
        ``category_11`` or ``category_12``.
    effects : tuple of str
        The factor of each link; the first, all units sold, is left out of `links`.
    links : dict of int to ndarray (link, region, draw)
        Amounts by sale year; the last link is in t CO2e.
    """

    family: str
    ledger: str
    effects: tuple[str, ...]
    links: dict[int, Array]


@dataclass
class Sold:
    """What is sold of a family: units and mass by sale year, shape (region, draw); and the installed base.

    `in_service` has the mean number of units in service by calendar year, of the sale years up to the reporting
    year. Shape (draw,).
    """

    units: dict[int, Array] = field(default_factory=dict)
    mass_kg: dict[int, Array] = field(default_factory=dict)
    in_service: dict[int, Array] = field(default_factory=dict)


class Families:
    """Evaluate the lines of a plan, family by family.

    Parameters
    ----------
    plan : Plan
        With the sales of all `years`.
    shared : Shared
        Holds the draws.
    years : tuple of int
        Sale years whose sales and installed base are counted.
    chained : tuple of int
        Sale years whose chains are wanted.
    by_product : bool
        Every product is a family of its own.
    """

    def __init__(
        self, plan: Plan, shared: Shared, years: tuple[int, ...], chained: tuple[int, ...], by_product: bool = False
    ) -> None:
        self.plan, self.shared, self.years, self.chained = plan, shared, years, chained
        self.families: dict[str, list[ProductPlan]] = {}
        for product in plan.products:
            name = product.name if by_product or not product.family else product.family
            self.families.setdefault(name, []).append(product)

    def __iter__(self) -> Iterator[tuple[str, list[Line], Sold]]:
        """Yield families with their lines and sales."""
        fates: dict[tuple[int, int, int, int], Value] = {}  # of the block: products share what a kg emits
        for name in sorted(self.families):
            work = _Family(self.plan, self.shared, self.years, self.chained, name, fates)
            for product in self.families[name]:
                work.add(product)
                self.shared.values.forget("product:")
            yield name, work.lines(), work.sold

    def units(self) -> dict[int, Array]:
        """Give all units sold by sale year that has chains. Shape (draw,)."""
        v = self.shared.values
        out = {year: np.zeros(v.size) for year in self.chained}
        for products in (self.families[name] for name in sorted(self.families)):
            for product in products:
                for year in self.chained:
                    for ref in product.sales.get(year, {}).values():
                        out[year] += v(ref)
                v.forget("product:")
        return out


class _Family:
    """Add up the chains of one family's products."""

    def __init__(
        self, plan: Plan, shared: Shared, years: tuple[int, ...], chained: tuple[int, ...], name: str,
        fates: dict[tuple[int, int, int, int], Value],
    ) -> None:  # fmt: skip
        self.plan, self.shared, self.years, self.chained, self.name = plan, shared, years, chained, name
        self.fates = fates
        self.v = shared.values
        self.shape = (len(plan.regions), self.v.size)
        self._chains: dict[tuple[str, ...], tuple[str, tuple[str, ...], dict[int, Array]]] = {}
        self.sold = Sold()

    def lines(self) -> list[Line]:
        """Give the lines; a sale year without any of it has zeros."""
        made = []
        for ledger, effects, links in self._chains.values():
            nothing = np.zeros((len(effects) - 1, *self.shape))
            made.append(Line(self.name, ledger, effects, {y: links.get(y, nothing) for y in self.chained}))
        return made

    def add(self, product: ProductPlan) -> None:
        """Add a product's chains."""
        shares: list[Value] = [1.0]
        if product.segments[0].share is not None:
            shares = normalized([self.v(s.share) for s in product.segments if s.share is not None])
        units = {y: {r: self.v(ref) for r, ref in product.sales.get(y, {}).items()} for y in self.years}
        self._sales(product, units)
        for segment, share in zip(product.segments, shares, strict=True):
            for case in segment.cases:
                sold = {y: {r: units[y][r] * share for r in case.regions if r in units[y]} for y in self.years}
                self._case(product, case, {y: regions for y, regions in sold.items() if regions})

    def _sales(self, product: ProductPlan, units: dict[int, dict[int, Value]]) -> None:
        unit_kg: Value = sum((self.v(m.mass) for m in product.masses), start=0.0)
        for year, regions in units.items():
            for into in (self.sold.units, self.sold.mass_kg):
                into.setdefault(year, np.zeros(self.shape))
            for r, n in regions.items():
                self.sold.units[year][r] += n
                self.sold.mass_kg[year][r] += n * unit_kg

    def _case(self, product: ProductPlan, case: CasePlan, sold: dict[int, dict[int, Value]]) -> None:
        curve = self.shared.curve(case.curve) if case.curve >= 0 else None
        if curve is not None:
            self._installed(curve[0], sold)
        sold = {year: regions for year, regions in sold.items() if year in self.chained}
        if curve is not None:
            used = used_years(curve[0], self.v(product.use_change))
            years_used = in_order(used)
            if case.profile >= 0:
                self._use(product, case, curve, used, years_used, sold)
            self._leaks(product, curve[2], sold)
        self._waste(product, case.curve, None if curve is None else curve[1], sold)
        for gas in product.refrigerants:
            charge, lost, gwp = (self.v(r) for r in (gas.charge, gas.end_of_life_loss, gas.gwp))
            for year, regions in sold.items():
                for r, n in regions.items():
                    held = n * charge * gwp * T_PER_KG
                    self._put(("category_12", "gas"), "category_12", GAS_LOST, year, r, (n, held, held * lost))

    def _installed(self, service: Array, sold: dict[int, dict[int, Value]]) -> None:
        for year, regions in sold.items():
            if year > self.plan.reporting_year:
                continue
            units = sum(regions.values(), start=0.0)
            for k, share in enumerate(service):
                held = self.sold.in_service.setdefault(year + k, np.zeros(self.v.size))
                held += units * share

    def _use(
        self, product: ProductPlan, case: CasePlan, curve: Curve, used: Array, years_used: Array,
        sold: dict[int, dict[int, Value]],
    ) -> None:  # fmt: skip
        amounts = {a.mode: a for a in self.plan.profiles[case.profile]}
        modes = [m for m in product.modes if m.phase == 0 and m.name in amounts]
        met = {year: self._grid(used, year, regions) for year, regions in sold.items()} if any(
            m.carrier < 0 for m in modes
        ) else {}  # fmt: skip
        allocation = self.v(product.allocation)
        for mode in modes:
            amount = self.shared.amount(amounts[mode.name], case.profile, curve[2])
            design, factor = self._design(mode)
            served = amount * years_used
            kind = "per cycle" if mode.rate_unit.endswith("/cycle") else "per hour"
            effects = ELECTRICITY if mode.carrier < 0 else FUEL
            for year, regions in sold.items():
                for r, n in regions.items():
                    hours = n * served
                    drawn = hours * design
                    booked = drawn * allocation
                    # Over a life: the mean factor that a kWh meets, times what is drawn.
                    t = n * (amount * design) * allocation * met[year][r] if mode.carrier < 0 else booked * factor
                    self._put(
                        ("category_11", str(mode.carrier), mode.name, kind), "category_11", effects, year, r,
                        (n, n * curve[2], hours, drawn, booked, t * T_PER_KG),
                    )  # fmt: skip

    def _design(self, mode: ModePlan) -> tuple[Value, Value]:
        """Give what a mode draws an hour or a cycle, and the factor of a fuel's unit. [kWh or carrier units; kg]"""
        v = self.v
        plain = energy_a_year(v(mode.rate), v(mode.load), 1.0, v(mode.efficiency))
        if mode.carrier < 0:
            return plain * carrier_units_per(mode.rate_unit, "kWh", None, None), 0.0
        carrier = self.plan.carriers[mode.carrier]
        joined = carrier_units_per(
            mode.rate_unit, carrier.unit, v.optional(carrier.density), v.optional(carrier.heating_value)
        )  # fmt: skip
        factor = v(carrier.combustion)
        return plain * joined, factor if self.plan.boundary == "minimum" else factor + v(carrier.upstream)

    def _grid(self, used: Array, year: int, regions: dict[int, Value]) -> dict[int, Value]:
        """Give the emissions of a kWh a year over a life begun in a year, by region. [kg CO2e]"""
        weights = {r: self.plan.region_zones[r] for r in regions}
        by_zone = life_factors(self.shared, tuple(sorted({z for w in weights.values() for z, _ in w})), used, year)
        headline = {
            z: boundary_sum(f.projected if self.plan.grid_basis == "projected" else f.frozen, self.plan.boundary)
            for z, f in by_zone.items()
        }
        return {r: sum((w * headline[z] for z, w in zones), start=0.0) for r, zones in weights.items()}

    def _leaks(self, product: ProductPlan, life: Array, sold: dict[int, dict[int, Value]]) -> None:
        allocation = self.v(product.allocation)
        for gas in product.refrigerants:
            leak = self.v(gas.charge) * self.v(gas.annual_leak) * self.v(gas.gwp)
            for year, regions in sold.items():
                for r, n in regions.items():
                    t = n * life * leak * T_PER_KG
                    chain = (n, n * life, t, t * allocation)
                    self._put(("category_11", "leak"), "category_11", LEAK, year, r, chain)

    def _waste(
        self, product: ProductPlan, curve: int, retired: Array | None, sold: dict[int, dict[int, Value]]
    ) -> None:
        for mass_plan in product.masses:
            mass, material = self.v(mass_plan.mass), mass_plan.material
            ages = None if mass_plan.packaging or retired is None else retired
            key = ("category_12", self.plan.materials[material], "now" if ages is None else "later")
            for year, regions in sold.items():
                for r, n in regions.items():
                    kg = n * mass
                    factor = self._region_fate(r, material, -1 if ages is None else curve, ages, year)
                    self._put(key, "category_12", WASTE, year, r, (n, kg, kg * factor * T_PER_KG))

    def _region_fate(self, r: int, material: int, curve: int, ages: Array | None, year: int) -> Value:
        """Give what a kg emits that is discarded in a region; the same for all products with the same life. [kg/kg]"""
        zones = self.plan.region_zones[r]
        # Without dates it is the same in every year and at every age.
        dated = any(self.plan.waste[z, material].dated for z, _ in zones)
        key = (r, material, curve, year) if dated else (r, material, -1, 0)
        if key not in self.fates:
            factor: Value = 0.0
            for z, w in zones:
                factor = factor + w * self._fate(z, material, ages, year)
            self.fates[key] = factor
        return self.fates[key]

    def _fate(self, z: int, material: int, ages: Array | None, year: int) -> Value:
        """Give what a kg emits, averaged over the years in which units retire. [kg/kg]"""
        if ages is None or not self.plan.waste[z, material].dated:
            return self.shared.fate(z, material, year).category_12
        shares = (share * self.shared.fate(z, material, year + k).category_12 for k, share in enumerate(ages))
        return sum(shares, start=0.0)

    def _put(
        self, key: tuple[str, ...], ledger: str, effects: tuple[str, ...], year: int, r: int, chain: tuple[Value, ...]
    ) -> None:
        links = self._chains.setdefault(key, (ledger, effects, {}))[2]
        held = links.get(year)
        if held is None:
            held = links[year] = np.zeros((len(chain), *self.shape))
        for row, x in zip(held, chain, strict=True):
            row[r] += x
