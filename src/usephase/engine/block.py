"""One block: draws → model → sums, for a range of products.

A block is a pure function of the plan, the range of products and the range of draws. Amounts are in t CO2e.
"""

from dataclasses import dataclass

import numpy as np

from usephase.engine.electricity import PARTS, LifeFactors, calendar_factors, in_order, life_factors
from usephase.engine.plan import PHASES, CasePlan, ModePlan, Plan, ProductPlan, SegmentPlan
from usephase.engine.shared import Shared
from usephase.engine.sums import Sums
from usephase.engine.values import Value, is_zero, times
from usephase.engine.waste import LEDGERS, T_PER_KG, Discards, UnitFate
from usephase.model.end_of_life import normalized, refrigerant_lost
from usephase.model.energy import carrier_units_per, energy_a_year
from usephase.model.use_phase import leaked, used_years

DIRECT = PHASES[0]


def evaluate(plan: Plan, shared: Shared, products: range) -> Sums:
    """Evaluate products, in order, over the draws of `shared`."""
    sums = Sums(shared.values.size)
    discards = Discards(plan, shared, sums)
    for p in products:
        _Product(plan, shared, plan.products[p], sums, discards).add()
        shared.values.forget("product:")
    discards.settle()
    return sums


@dataclass
class _Use:
    """What one mode of a case draws: kWh, or carrier units with their factors, a year of full use."""

    mode: ModePlan
    energy: Value
    combustion: Value = 0.0
    upstream: Value = 0.0
    biogenic: Value = 0.0


class _Product:
    """The sums of one product."""

    def __init__(self, plan: Plan, shared: Shared, product: ProductPlan, sums: Sums, discards: Discards) -> None:
        self.plan, self.shared, self.product, self.sums, self.discards = plan, shared, product, sums, discards
        self.v = shared.values
        self.allocation = self.v(product.allocation)
        self.change = self.v(product.use_change)
        self.units = {
            year: {region: self.v(ref) for region, ref in regions.items()} for year, regions in product.sales.items()
        }
        masses: dict[tuple[int, bool], Value] = {}
        for m in product.masses:
            masses[m.material, m.packaging] = masses.get((m.material, m.packaging), 0.0) + self.v(m.mass)
        self.masses = [(material, packaging, kg) for (material, packaging), kg in masses.items()]
        self.charges = [
            tuple(self.v(r) for r in (gas.charge, gas.annual_leak, gas.end_of_life_loss, gas.gwp))
            for gas in product.refrigerants
        ]

    def add(self) -> None:
        """Add everything the product emits to the sums."""
        segments = self.product.segments
        shares: list[Value] = [1.0]
        if segments[0].share is not None:
            shares = normalized([self.v(s.share) for s in segments if s.share is not None])
        for segment, share in zip(segments, shares, strict=True):
            for case in segment.cases:
                self._case(segment, case, share)

    # One case

    def _case(self, segment: SegmentPlan, case: CasePlan, share: Value) -> None:
        curve = self.shared.curve(case.curve) if case.curve >= 0 else None
        uses: list[_Use] = []
        used = None
        if curve is not None:
            used = used_years(curve[0], self.change)
            if case.profile >= 0:
                uses = self._uses(case, curve[2])
        fates: dict[int, UnitFate] = {}
        for year in sorted(self.units, reverse=True):  # the reporting year first: its unit fates serve the others
            units = self.units[year]
            sold = {r: units[r] * share for r in case.regions if r in units}
            if not sold:
                continue
            zones = self._zone_units(sold)
            if year == self.plan.year:
                if curve is not None and used is not None:
                    self._use_phase(segment, case, uses, curve, used, sold)
                fates = self._end_of_life(segment, curve, sold, zones)
            if self.plan.calendar:
                self._calendar(uses, curve, used, sold, zones, year)
                for z in zones:
                    if z not in fates:
                        fates[z] = self.discards.unit(z, self.masses, None if curve is None else curve[1], 0.0, year)
                self._calendar_waste(curve, sold, {z: (zones[z], fates[z]) for z in zones}, year)

    def _uses(self, case: CasePlan, life: np.ndarray) -> list[_Use]:
        v, amounts = self.v, {a.mode: a for a in self.plan.profiles[case.profile]}
        uses = []
        for mode in self.product.modes:
            if mode.name not in amounts:
                continue
            amount = self.shared.amount(amounts[mode.name], case.profile, life)
            energy = energy_a_year(v(mode.rate), v(mode.load), amount, v(mode.efficiency))
            if mode.carrier < 0:
                uses.append(_Use(mode, energy * carrier_units_per(mode.rate_unit, "kWh", None, None)))
                continue
            carrier = self.plan.carriers[mode.carrier]
            energy = energy * carrier_units_per(
                mode.rate_unit, carrier.unit, v.optional(carrier.density), v.optional(carrier.heating_value)
            )
            uses.append(_Use(mode, energy, *(v(r) for r in (carrier.combustion, carrier.upstream, carrier.biogenic))))
        return uses

    # Category 11

    def _use_phase(
        self,
        segment: SegmentPlan,
        case: CasePlan,
        uses: list[_Use],
        curve: tuple[np.ndarray, np.ndarray, np.ndarray],
        used: np.ndarray,
        sold: dict[int, Value],
    ) -> None:
        years = in_order(used)
        electric = [u for u in uses if u.mode.carrier < 0]
        factors: dict[int, dict[str, dict[str, Value]]] = {}
        per_kwh: dict[int, Value] = {}
        if electric:
            zones = tuple(sorted({z for r in sold for z, _ in self.plan.region_zones[r]}))
            by_zone = life_factors(self.shared, zones, used, self.plan.year)
            factors = {r: self._region_factors(by_zone, r) for r in sold}
            per_kwh = {r: self._headline(factors[r]) for r in sold}
        scale = self.allocation * T_PER_KG
        everywhere = _total(sold) * scale
        kwh_to_t: dict[tuple[str, str], Value] = {}
        for basis in ("projected", "frozen"):
            for part in PARTS:
                if electric:
                    kwh_to_t[basis, part] = _total({r: sold[r] * factors[r][basis][part] for r in sold}) * scale
        headline_t = _total({r: sold[r] * per_kwh[r] for r in sold}) * scale if electric else 0.0

        fuel_per_unit: dict[str, Value] = {}
        kwh: dict[str, Value] = {}
        biogenic: Value = 0.0
        for use in uses:
            phase = PHASES[use.mode.phase]
            mode_t: Value
            if use.mode.carrier < 0:
                kwh[phase] = kwh.get(phase, 0.0) + use.energy
                mode_t = use.energy * headline_t
            else:
                drawn = use.energy * years
                burnt = drawn * use.combustion
                supply = drawn * use.upstream
                self.sums.add(("component", phase, "", "combustion"), burnt * everywhere)
                self.sums.add(("component", phase, "", "fuel_upstream"), supply * everywhere)
                per_unit = burnt if self.plan.boundary == "minimum" else burnt + supply
                fuel_per_unit[phase] = fuel_per_unit.get(phase, 0.0) + per_unit
                mode_t = per_unit * everywhere
                if phase == DIRECT:
                    biogenic = biogenic + times(drawn, use.biogenic)
            self._group("category_11", phase, "mode", use.mode.name, mode_t)
        for phase, energy in kwh.items():
            for (basis, part), t in kwh_to_t.items():
                self.sums.add(("component", phase, basis, part), energy * t)
        for charge, leak, _, gwp in self.charges:
            gas = leaked(charge, leak, gwp, curve[2])
            self.sums.add(("component", DIRECT, "", "refrigerant"), gas * everywhere)
            self._group("category_11", DIRECT, "mode", "refrigerant", gas * everywhere)
            fuel_per_unit[DIRECT] = fuel_per_unit.get(DIRECT, 0.0) + gas
        for phase in sorted({*kwh, *fuel_per_unit}, key=PHASES.index):
            total: Value = 0.0
            for r in sold:
                t = kwh[phase] * per_kwh[r] if phase in kwh else 0.0
                t = (t + fuel_per_unit.get(phase, 0.0)) * sold[r] * scale
                self._group("category_11", phase, "region", self.plan.regions[r], t)
                total = total + t
            self._margins("category_11", phase, segment, total)
        if not is_zero(biogenic):
            for r in sold:
                self._group("biogenic_co2", "", "region", self.plan.regions[r], biogenic * sold[r] * scale)
            self._margins("biogenic_co2", "", segment, biogenic * everywhere)
        if self.product.service_mode and case.profile >= 0:
            amount = next(a for a in self.plan.profiles[case.profile] if a.mode == self.product.service_mode)
            served = self.shared.amount(amount, case.profile, curve[2]) * years
            self.sums.add(("service", self.product.name), served * _total(sold))

    def _region_factors(self, by_zone: dict[int, LifeFactors], r: int) -> dict[str, dict[str, Value]]:
        weights = self.plan.region_zones[r]
        return {
            basis: {part: _weighted([(w, getattr(by_zone[z], basis)[part]) for z, w in weights]) for part in PARTS}
            for basis in ("projected", "frozen")
        }

    def _headline(self, factors: dict[str, dict[str, Value]]) -> Value:
        return LifeFactors(factors["projected"], factors["frozen"]).headline(self.plan)

    # Category 12

    def _end_of_life(
        self,
        segment: SegmentPlan,
        curve: tuple[np.ndarray, ...] | None,
        sold: dict[int, Value],
        zones: dict[int, Value],
    ) -> dict[int, UnitFate]:
        plan = self.plan
        retired = None if curve is None else curve[1]
        fates = {z: self.discards.unit(z, self.masses, retired, units, plan.year) for z, units in zones.items()}
        gas: Value = 0.0
        for charge, _, loss, gwp in self.charges:
            gas = gas + refrigerant_lost(charge, loss, gwp)
        if self.charges:
            lost = gas * _total(sold) * T_PER_KG
            self._group("category_12", "", "component", "refrigerant", lost)
            self._group("category_12", "", "material", "refrigerant", lost)
        for ledger in LEDGERS:
            total: Value = 0.0
            for r in sold:
                kg = _weighted([(w, fates[z].total.get(ledger, 0.0)) for z, w in plan.region_zones[r]])
                if ledger == "category_12":
                    kg = kg + gas
                elif is_zero(kg):
                    continue
                t = kg * sold[r] * T_PER_KG
                self._group(ledger, "", "region", plan.regions[r], t)
                total = total + t
            if ledger == "category_12" or not is_zero(total):
                self._margins(ledger, "", segment, total)
        return fates

    # Calendar

    def _calendar(
        self,
        uses: list[_Use],
        curve: tuple[np.ndarray, ...] | None,
        used: np.ndarray | None,
        sold: dict[int, Value],
        zones: dict[int, Value],
        year: int,
    ) -> None:
        scale = self.allocation * T_PER_KG
        units = _total(sold)
        if curve is not None and used is not None:
            direct = [u for u in uses if u.mode.phase == 0]
            per_year: Value = 0.0
            for u in direct:
                if u.mode.carrier >= 0:
                    lc = self.plan.boundary == "life_cycle"
                    per_year = per_year + u.energy * (u.combustion + u.upstream if lc else u.combustion)
            leaks: Value = 0.0
            for charge, leak, _, gwp in self.charges:
                leaks = leaks + charge * leak * gwp
            electric = [u for u in direct if u.mode.carrier < 0]
            rates: list[Value] = [units * per_year] * len(used)
            if electric:
                kwh: Value = sum((u.energy for u in electric[1:]), start=electric[0].energy)
                met = calendar_factors(self.shared, zones, year, len(used))
                rates = [rate + kwh * m for rate, m in zip(rates, met, strict=True)]
            for k, rate in enumerate(rates):
                t = used[k] * rate + curve[0][k] * (leaks * units)
                self.sums.add(("calendar", "category_11", str(year + k)), t * scale)

    def _calendar_waste(
        self,
        curve: tuple[np.ndarray, ...] | None,
        sold: dict[int, Value],
        zones: dict[int, tuple[Value, UnitFate]],
        year: int,
    ) -> None:
        now: Value = 0.0
        later: Value = 0.0
        for z, (units, fate) in zones.items():
            now = now + fate.now * units
            later = later + fate.later * units
            for material, packaging, mass in fate.dated:
                if packaging or curve is None:
                    now = now + mass * units * self.shared.fate(z, material, year).category_12
                    continue
                for k, share in enumerate(curve[1]):
                    t = mass * units * share * self.shared.fate(z, material, year + k).category_12
                    self.sums.add(("calendar", "category_12", str(year + k)), t * T_PER_KG)
        for charge, _, loss, gwp in self.charges:
            later = later + refrigerant_lost(charge, loss, gwp) * _total(sold)
        if curve is None:
            now = now + later
        self.sums.add(("calendar", "category_12", str(year)), now * T_PER_KG)
        if curve is not None and not is_zero(later):
            tonnes = later * T_PER_KG
            for k, share in enumerate(curve[1]):
                self.sums.add(("calendar", "category_12", str(year + k)), share * tonnes)

    # Sums

    def _zone_units(self, sold: dict[int, Value]) -> dict[int, Value]:
        out: dict[int, Value] = {}
        for r, units in sold.items():
            for z, w in self.plan.region_zones[r]:
                out[z] = out[z] + units * w if z in out else units * w
        return dict(sorted(out.items()))

    def _group(self, ledger: str, phase: str, by: str, group: str, t: Value) -> None:
        self.sums.add(("group", ledger, phase, by, group), t)

    def _margins(self, ledger: str, phase: str, segment: SegmentPlan, t: Value) -> None:
        product = self.product
        self._group(ledger, phase, "total", "total", t)
        self._group(ledger, phase, "product", product.name, t)
        self._group(ledger, phase, "family", product.family, t)
        self._group(ledger, phase, "segment", self.plan.segment_names[segment.group], t)
        for name, group in zip(self.plan.label_names, product.labels, strict=True):
            self._group(ledger, phase, name, group, t)


def _total(parts: dict[int, Value]) -> Value:
    values = list(parts.values())
    return sum(values[1:], start=values[0])


def _weighted(parts: list[tuple[float, Value]]) -> Value:
    if len(parts) == 1 and parts[0][0] == 1.0:
        return parts[0][1]
    return sum((w * x for w, x in parts[1:]), start=parts[0][0] * parts[0][1])
