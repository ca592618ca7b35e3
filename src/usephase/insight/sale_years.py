"""Sale years together: what the units of every year emit, evaluated in one pass over the draws.

Lives, use and the fate of materials do not depend on the sale year; only the units and the grid that they meet do.
The engine evaluates one sale year in full; here are the figures that are compared over the years.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from usephase.engine.cells import Ref
from usephase.engine.electricity import in_order
from usephase.engine.figures import BASES, BOUNDARIES
from usephase.engine.plan import CasePlan, Plan, ProductPlan, SegmentPlan
from usephase.engine.shared import Shared
from usephase.engine.values import Value, is_zero
from usephase.insight.life_grid import LifeGrid
from usephase.insight.region_waste import RegionWaste
from usephase.model.end_of_life import normalized, refrigerant_lost
from usephase.model.energy import carrier_units_per, energy_a_year
from usephase.model.lifetime import LAST_YEAR
from usephase.model.use_phase import leaked, used_years

T_PER_KG = 1e-3
Array = np.ndarray
Group = tuple[str, str, str]
Life = tuple[int, int, float]
"""A life and how use changes over it: the curve's number, and the change's cell or value."""


@dataclass
class YearSums:
    """What the units of each sale year emit. [t CO2e]

    Attributes
    ----------
    groups : dict of (ledger, by, group) to ndarray (year, draw)
        Of the headline.
    sold : dict of (ledger, by, group) to ndarray (year,) of bool
        In which years there is any of it.
    choices : dict of (basis, boundary) to ndarray (year, draw)
    served : dict of str to ndarray (year, draw)
        Service by product.
    calendar : dict of (sale year, ledger) to list of ndarray (draw,)
        By calendar year, from the sale year on.
    """

    groups: dict[Group, Array] = field(default_factory=dict)
    sold: dict[Group, Array] = field(default_factory=dict)
    choices: dict[tuple[str, str], Array] = field(default_factory=dict)
    served: dict[str, Array] = field(default_factory=dict)
    calendar: dict[tuple[int, str], Array] = field(default_factory=dict)


@dataclass(frozen=True)
class _Case:
    """A case of a product, with its segment's number among the product's."""

    product: ProductPlan
    segment: SegmentPlan
    number: int
    case: CasePlan


class SaleYears:
    """Evaluate the sale years of a plan over blocks of draws.

    Parameters
    ----------
    plan : Plan
        With the sales of all years; its year is the last of `years`.
    years : sequence of int
        Ascending. Those after the last with sales sell the units of that year.
    calendar : sequence of int
        The years whose calendar view is wanted.
    """

    def __init__(self, plan: Plan, years: Sequence[int], calendar: Sequence[int]) -> None:
        self.plan, self.years, self.calendar = plan, tuple(years), tuple(calendar)
        last = max(year for product in plan.products for year in product.sales)
        self.sells = tuple(min(year, last) for year in self.years)
        self.cases: dict[Life, list[_Case]] = {}
        self.regions: dict[Life, set[int]] = {}
        for product in plan.products:
            change = product.use_change
            for number, segment in enumerate(product.segments):
                for case in segment.cases:
                    life = (case.curve, change.cell, 0.0 if change.cell >= 0 else change.value)
                    self.cases.setdefault(life, []).append(_Case(product, segment, number, case))
                    if any(mode.carrier < 0 for mode in product.modes):
                        self.regions.setdefault(life, set()).update(case.regions)

    def evaluate(self, shared: Shared) -> YearSums:
        """Evaluate the draws that `shared` holds."""
        return _Block(self, shared).sums()


class _Block:
    """One block of draws."""

    def __init__(self, work: SaleYears, shared: Shared) -> None:
        self.work, self.plan, self.shared, self.v = work, work.plan, shared, shared.values
        self.size, self.count = shared.values.size, len(work.years)
        self.out = YearSums()
        shape = (self.count, len(self.plan.regions), self.size)
        self.by_region = {ledger: np.zeros(shape) for ledger in ("category_11", "category_12")}
        self.sold_region = {ledger: np.zeros(shape[:2], dtype=bool) for ledger in self.by_region}
        self.choices = {
            (basis, boundary): np.zeros((self.count, self.size)) for basis in BASES for boundary in BOUNDARIES
        }
        self.waste = RegionWaste(self.plan, shared)
        self.grid = LifeGrid(self.plan, shared, work.years)
        self.aged = {
            ledger: np.zeros((len(work.calendar), LAST_YEAR + 2, self.size)) for ledger in self.by_region
        } if work.calendar else {}  # fmt: skip
        self.aged_to = {ledger: [0] * len(work.calendar) for ledger in self.by_region}
        self._shares: dict[str, list[Value]] = {}

    def sums(self) -> YearSums:
        """Evaluate life by life: what lives share is evaluated once and not kept."""
        for life, cases in self.work.cases.items():
            _Lives(self, life, cases).add()
        out = self.out
        waste = out.groups.get(("category_12", "total", "total"), np.zeros((self.count, self.size)))
        out.choices = {choice: x + waste for choice, x in self.choices.items()}
        for ledger, by_region in self.by_region.items():
            for r in np.flatnonzero(self.sold_region[ledger].any(axis=0)):
                key = (ledger, "region", self.plan.regions[r])
                out.groups[key], out.sold[key] = by_region[:, r], self.sold_region[ledger][:, r]
        for i, year in enumerate(self.work.calendar):
            for ledger, aged in self.aged.items():
                out.calendar[year, ledger] = aged[i, : self.aged_to[ledger][i]]
        return out

    def units(self, product: ProductPlan, regions: tuple[int, ...]) -> tuple[Array, Array]:
        """Give the units sold, shape (year, region, draw), and where there are any, shape (year, region)."""
        units = np.zeros((self.count, len(regions), self.size))
        sold = np.zeros((self.count, len(regions)), dtype=bool)
        for y, year in enumerate(self.work.sells):
            sales: Mapping[int, Ref] = product.sales.get(year, {})
            for i, r in enumerate(regions):
                if r in sales:
                    units[y, i] = self.v(sales[r])
                    sold[y, i] = True
        return units, sold

    def share(self, case: _Case) -> Value:
        """Give the share of a case's segment in its product."""
        product = case.product
        if product.segments[0].share is None:
            return 1.0
        if product.name not in self._shares:
            self._shares[product.name] = normalized([self.v(s.share) for s in product.segments if s.share is not None])
        return self._shares[product.name][case.number]

    def group(self, ledger: str, by: str, group: str, t: Array, sold: Array) -> None:
        """Add tonnes by year to a group."""
        key = (ledger, by, group)
        if key not in self.out.groups:
            self.out.groups[key], self.out.sold[key] = (
                np.zeros((self.count, self.size)),
                np.zeros(self.count, dtype=bool),
            )
        self.out.groups[key] += t
        self.out.sold[key] |= sold

    def margins(self, ledger: str, case: _Case, regions: tuple[int, ...], t: Array, sold: Array) -> None:
        """Add tonnes by year and region to all groups; `sold` is where there are any."""
        at = list(regions)
        self.by_region[ledger][:, at] += t
        self.sold_region[ledger][:, at] |= sold
        total, any_sold = t.sum(axis=1), np.asarray(sold.any(axis=1))
        product = case.product
        for by, group in (
            ("total", "total"), ("product", product.name), ("family", product.family),
            ("segment", self.plan.segment_names[case.segment.group]),
            *zip(self.plan.label_names, product.labels, strict=True),
        ):  # fmt: skip
            self.group(ledger, by, group, total, any_sold)


class _Lives:
    """The cases of one life in one block."""

    def __init__(self, block: _Block, life: Life, cases: list[_Case]) -> None:
        self.block, self.cases, self.plan, self.v, self.shared = block, cases, block.plan, block.v, block.shared
        self.curve = None
        if life[0] >= 0:
            for _ in cases:  # as many times as it is used, after which it is not kept
                self.curve = self.shared.curve(life[0])
            assert self.curve is not None
            self.used = used_years(self.curve[0], self.v(cases[0].product.use_change))
            self.years = in_order(self.used)
            regions = sorted(block.work.regions.get(life, ()))
            self.at = {r: i for i, r in enumerate(regions)}
            self.met = block.grid.met(regions, self.used, self.years) if regions else None
            kept, size = len(block.work.calendar), block.size
            self.kwh = np.zeros((kept, len(regions), size))
            self.burnt, self.leaks = np.zeros((kept, size)), np.zeros((kept, size))
            self.later = np.zeros((kept, size))
            self.used_in, self.drawn = np.zeros(kept, dtype=bool), False
            self.retires = np.zeros(kept, dtype=bool)

    def add(self) -> None:
        """Add the cases, and then what they emit by calendar year."""
        for case in self.cases:
            share = self.block.share(case)
            mine = set().union(*case.product.sales.values())
            regions = tuple(r for r in case.case.regions if r in mine)
            units, sold = self.block.units(case.product, regions)
            if not sold.any():
                continue
            if not is_one(share):
                units *= share
            if self.curve is not None:
                self._use(case, regions, units, sold)
            self._waste(case, regions, units, sold)
        if self.curve is not None:
            self._calendar()

    def _use(self, case: _Case, regions: tuple[int, ...], units: Array, sold: Array) -> None:
        """Add Category 11 of direct use, and the service."""
        v, block, product, plan = self.v, self.block, case.product, self.plan
        assert self.curve is not None
        scale = v(product.allocation) * T_PER_KG
        all_units, any_sold = units.sum(axis=1), np.asarray(sold.any(axis=1))
        amounts = {a.mode: a for a in plan.profiles[case.case.profile]} if case.case.profile >= 0 else {}
        direct = [m for m in product.modes if m.phase == 0 and m.name in amounts]
        kwh: Value = 0.0
        electric: list[tuple[str, Value]] = []
        burnt: Value = 0.0
        supplied: Value = 0.0
        for mode in direct:
            amount = self.shared.amount(amounts[mode.name], case.case.profile, self.curve[2])
            energy = energy_a_year(v(mode.rate), v(mode.load), amount, v(mode.efficiency))
            if mode.carrier < 0:
                energy = energy * carrier_units_per(mode.rate_unit, "kWh", None, None)
                kwh = kwh + energy
                electric.append((mode.name, energy))
                continue
            carrier = plan.carriers[mode.carrier]
            energy = energy * carrier_units_per(
                mode.rate_unit, carrier.unit, v.optional(carrier.density), v.optional(carrier.heating_value)
            )
            parts = energy * v(carrier.combustion), energy * v(carrier.upstream)
            burnt, supplied = burnt + parts[0], supplied + parts[1]
            counted = parts[0] if plan.boundary == "minimum" else parts[0] + parts[1]
            block.group("category_11", "mode", mode.name, all_units * (counted * self.years * scale), any_sold)
        gas: Value = 0.0
        leaks: Value = 0.0
        for one in product.refrigerants:
            charge, leak, gwp = v(one.charge), v(one.annual_leak), v(one.gwp)
            lost = leaked(charge, leak, gwp, self.curve[2])
            gas, leaks = gas + lost, leaks + charge * leak * gwp
            block.group("category_11", "mode", "refrigerant", all_units * (lost * scale), any_sold)
        fuels = {"minimum": burnt * self.years + gas, "life_cycle": (burnt + supplied) * self.years + gas}
        per_unit = fuels[plan.boundary]
        if direct or product.refrigerants:
            t = self._emitted(case, regions, units, all_units, any_sold, kwh, electric, fuels, scale)
            if t is None:
                t = units * (per_unit * scale)
            block.margins("category_11", case, regions, t, sold)
        kept = range(len(block.work.calendar))
        if kept:
            at = [self.at[r] for r in regions] if electric else []
            if electric:
                self.kwh[:, at] += units[: len(kept)] * (kwh * scale)
                self.drawn = True
            rate = burnt if plan.boundary == "minimum" else burnt + supplied
            self.burnt += all_units[: len(kept)] * (rate * scale)
            self.leaks += all_units[: len(kept)] * (leaks * scale)
            self.used_in |= any_sold[: len(kept)]
        if product.service_mode and case.case.profile >= 0:
            served = self.shared.amount(amounts[product.service_mode], case.case.profile, self.curve[2]) * self.years
            into = block.out.served.setdefault(product.name, np.zeros((block.count, block.size)))
            into += all_units * served

    def _emitted(
        self, case: _Case, regions: tuple[int, ...], units: Array, all_units: Array, any_sold: Array, kwh: Value,
        electric: list[tuple[str, Value]], fuels: dict[str, Value], scale: Value,
    ) -> Array | None:  # fmt: skip
        """Add the choices of method; give the headline by region, or None if there is no electricity in it."""
        block, plan = self.block, self.plan
        out = None
        for (basis, boundary), into in block.choices.items():
            into += all_units * (fuels[boundary] * scale)
            if not electric:
                continue
            assert self.met is not None
            per_kwh = self.met[basis, boundary][:, [self.at[r] for r in regions]]
            per_kwh *= units
            of_kwh = per_kwh.sum(axis=1)
            into += of_kwh * (kwh * scale)
            if (basis, boundary) == (plan.grid_basis, plan.boundary):
                for name, energy in electric:
                    block.group("category_11", "mode", name, of_kwh * (energy * scale), any_sold)
                per_kwh *= kwh * scale
                per_unit = fuels[boundary]
                out = per_kwh if is_zero(per_unit) else per_kwh + units * (per_unit * scale)
        return out

    def _waste(self, case: _Case, regions: tuple[int, ...], units: Array, sold: Array) -> None:
        """Add Category 12."""
        v, block = self.v, self.block
        retired = None if self.curve is None else self.curve[1]
        kept = len(block.work.calendar)
        now, later = block.waste.unit(case.product, regions)
        gas: Value = 0.0
        for one in case.product.refrigerants:
            gas = gas + refrigerant_lost(v(one.charge), v(one.end_of_life_loss), v(one.gwp))
        t = units * ((now + later + gas) * T_PER_KG)
        for material, packaging, at in block.waste.dated(case.product, regions):
            mass = sum(v(m.mass) for m in case.product.masses if (m.material, m.packaging) == (material, packaging))
            ages = None if packaging else retired
            for y, year in enumerate(block.work.years):
                for i in at:
                    if not sold[y, i]:
                        continue
                    kg = units[y, i] * (mass * T_PER_KG)
                    fates = block.waste.by_age(regions[i], material, year, 1 if ages is None else len(ages))
                    if ages is None:
                        aged = [kg * fates[0]]
                    else:
                        aged = [kg * share * fate for share, fate in zip(ages, fates, strict=True)]
                    t[y, i] += sum(aged[1:], start=aged[0])
                    if y < kept:
                        for k, x in enumerate(aged):
                            block.aged["category_12"][y, k] += x
                        self._reach("category_12", y, len(aged))
        block.margins("category_12", case, regions, t, sold)
        if not kept:
            return
        part = units[:kept]
        at_once = now if retired is not None else now + later + gas
        block.aged["category_12"][:, 0] += (part * (at_once * T_PER_KG)).sum(axis=1)
        for y in np.flatnonzero(sold[:kept].any(axis=1)).tolist():
            self._reach("category_12", y, 1)
        if retired is not None and (later.any() or not is_zero(gas)):
            self.later += (part * ((later + gas) * T_PER_KG)).sum(axis=1)
            self.retires |= sold[:kept].any(axis=1)

    def _calendar(self) -> None:
        """Spread what the life's cases emit over its calendar years."""
        block, plan = self.block, self.plan
        assert self.curve is not None
        ages = len(self.used)
        for y, year in enumerate(block.work.calendar):
            if self.used_in[y]:
                rate: Value = self.burnt[y]
                if self.drawn:
                    weights: dict[int, Value] = {}
                    for r, i in self.at.items():
                        if self.kwh[y, i].any():
                            for z, w in plan.region_zones[r]:
                                weights[z] = weights.get(z, 0.0) + w * self.kwh[y, i]
                    if weights:
                        rate = block.grid.by_year(weights, year, ages) + rate
                t = self.used * rate
                if self.leaks[y].any():
                    t += self.curve[0] * self.leaks[y]
                block.aged["category_11"][y, :ages] += t
                self._reach("category_11", y, ages)
            if self.retires[y]:
                block.aged["category_12"][y, :ages] += self.curve[1] * self.later[y]
                self._reach("category_12", y, ages)

    def _reach(self, ledger: str, y: int, ages: int) -> None:
        reached = self.block.aged_to[ledger]
        reached[y] = max(reached[y], ages)


def is_one(x: Value) -> bool:
    """Tell a fixed one."""
    return np.ndim(x) == 0 and float(x) == 1.0
