"""Write products onto a tape: the same sums as `usephase.engine.block`, as operations."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from usephase.engine.cells import Ref
from usephase.engine.compiled.amounts import Amounts, Spread
from usephase.engine.compiled.calendars import Calendars
from usephase.engine.compiled.code import ACCUMULATE, PARTS, REGIONS
from usephase.engine.compiled.lives import Life, Lives
from usephase.engine.compiled.meetings import Meetings
from usephase.engine.compiled.rows import Expr, Writer, in_front, product_of
from usephase.engine.compiled.waste import Mass, UnitFate, Wastes
from usephase.engine.compiled.zones import Zones
from usephase.engine.plan import PHASES, CasePlan, ModePlan, Plan, ProductPlan, SegmentPlan, Units
from usephase.engine.waste import LEDGERS, T_PER_KG
from usephase.model.end_of_life import normalized, refrigerant_lost
from usephase.model.energy import carrier_units_per, energy_a_year
from usephase.model.use_phase import leaked

DIRECT = PHASES[0]
GRID_PARTS = ("generation", "upstream", "losses")


@dataclass
class _Use:
    """What one mode of a case draws: kWh, or carrier units with their factors, a year of full use."""

    mode: ModePlan
    energy: Expr
    combustion: Expr
    upstream: Expr
    biogenic: Expr


class Products:
    """Write products of a plan, tile by tile.

    Parameters
    ----------
    plan : Plan
    tape : Writer
    """

    def __init__(self, plan: Plan, tape: Writer) -> None:
        self.plan, self.tape = plan, tape
        self.zones = Zones(plan, tape)
        self.wastes = Wastes(plan, tape)
        self.meetings = Meetings(plan, tape, self.zones)
        self.calendars = Calendars(plan, tape, self.zones, self.meetings)
        self.lives = Lives(plan, tape, self.meetings)
        self._spreads: dict[tuple[int, ...], Spread] = {}
        self._region_sums: dict[tuple[str, str, tuple[int, ...]], np.ndarray] = {}

    def tile(self, products: range) -> None:
        """Write a tile: its products, in order, and what they hold in common."""
        self.tape.begin_tile()
        for p in products:
            self.tape.begin()
            self._product(self.plan.products[p])
            self.tape.end()
        self.tape.begin()
        self.wastes.settle_masses()
        self.calendars.settle()
        self.tape.end()
        self.tape.end_tile()

    # One product

    def _product(self, product: ProductPlan) -> None:
        v = self.tape.value
        self.product = product
        self.allocation, self.change = v(product.allocation), v(product.use_change)
        self.units = {year: self._sold(units) for year, units in product.sales.items()}
        masses: dict[tuple[int, bool], list[Expr]] = {}
        for m in product.masses:
            masses.setdefault((m.material, m.packaging), []).append(v(m.mass))
        self.masses: list[Mass] = [(m, packaging, self.tape.total(kg)) for (m, packaging), kg in masses.items()]
        self.materials = tuple(material for material, _, _ in self.masses)
        self.charges = [
            tuple(v(r) for r in (gas.charge, gas.annual_leak, gas.end_of_life_loss, gas.gwp))
            for gas in product.refrigerants
        ]
        segments = product.segments
        shares = [self.tape.number(1.0)]
        if segments[0].share is not None:
            shares = cast(list[Expr], normalized([v(s.share) for s in segments if s.share is not None]))  # type: ignore[misc]
        for segment, share in zip(segments, shares, strict=True):
            for case in segment.cases:
                self._case(segment, case, share)

    def _case(self, segment: SegmentPlan, case: CasePlan, share: Expr) -> None:
        life, used, uses = None, None, []
        if case.curve >= 0:
            life = self.lives.life(case.curve)
            used = self.lives.used(life, self.change)
            if case.profile >= 0:
                uses = self._uses(case, life.mean)
        fates: dict[int, UnitFate] | None = None
        for year in sorted(self.units, reverse=True):  # the reporting year first: its unit fates serve the others
            sold = self.units[year].at(case.regions).times(share)
            if not len(sold):
                continue
            zones = self._spread(sold.places).by_zone(sold)
            if year == self.plan.year:
                if life is not None and used is not None:
                    self._use_phase(segment, case, uses, life, used, sold, zones)
                fates = self._end_of_life(segment, life, sold, zones)
            if self.plan.calendar:
                self._calendar(uses, life, used, sold, zones, year, fates)

    # Use

    def _uses(self, case: CasePlan, life: Expr) -> list[_Use]:
        tape, amounts = self.tape, {a.mode: a for a in self.plan.profiles[case.profile]}
        v, nothing = tape.value, tape.number(0.0)
        uses = []
        for mode in self.product.modes:
            if mode.name not in amounts:
                continue
            amount = self.lives.amount(amounts[mode.name], case.profile, life)
            operands: Any = (v(mode.rate), v(mode.load), amount, v(mode.efficiency))
            energy: Any = energy_a_year(*operands)
            if mode.carrier < 0:
                energy = energy * carrier_units_per(mode.rate_unit, "kWh", None, None)
                uses.append(_Use(mode, energy, nothing, nothing, nothing))
                continue
            carrier = self.plan.carriers[mode.carrier]
            density: Any = self._optional(carrier.density)
            heat: Any = self._optional(carrier.heating_value)
            energy = energy * carrier_units_per(mode.rate_unit, carrier.unit, density, heat)
            uses.append(_Use(mode, energy, *(v(r) for r in (carrier.combustion, carrier.upstream, carrier.biogenic))))
        return uses

    def _optional(self, ref: Ref | None) -> Expr | None:
        return None if ref is None else self.tape.value(ref)

    # Category 11

    def _use_phase(
        self,
        segment: SegmentPlan,
        case: CasePlan,
        uses: list[_Use],
        life: Life,
        used: int,
        sold: Amounts,
        zones: Amounts,
    ) -> None:
        tape, plan = self.tape, self.plan
        years = self.lives.served(used, self.lives.shared_use(life, self.change))
        scale = self.allocation * T_PER_KG
        everywhere = sold.total() * scale
        kwh: dict[str, list[Expr]] = {}
        fuel: dict[str, list[Expr]] = {}
        biogenic: list[Expr] = []
        electric = any(u.mode.carrier < 0 for u in uses)
        heads, on_grid = None, tape.number(0.0)
        if electric:
            heads = self._electricity(life, used, years, sold, zones)
            on_grid = tape.dot_block(sold.factors, *in_front(heads, sold.rows)) * scale
        for use in uses:
            phase = PHASES[use.mode.phase]
            if use.mode.carrier < 0:
                kwh.setdefault(phase, []).append(use.energy)
                mode_t = (use.energy, on_grid)
            else:
                drawn = use.energy * years
                burnt, supply = drawn * use.combustion, drawn * use.upstream
                self._add(("component", phase, "", "combustion"), burnt, everywhere)
                self._add(("component", phase, "", "fuel_upstream"), supply, everywhere)
                per_unit = burnt if plan.boundary == "minimum" else burnt + supply
                fuel.setdefault(phase, []).append(per_unit)
                mode_t = (per_unit, everywhere)
                if phase == DIRECT:
                    biogenic.append(drawn * use.biogenic)
            self._group("category_11", phase, "mode", use.mode.name, *mode_t)
        for charge, leak, _, gwp in self.charges:
            gas = cast(Expr, leaked(charge, leak, gwp, life.mean))  # type: ignore[arg-type]
            self._add(("component", DIRECT, "", "refrigerant"), gas, everywhere)
            self._group("category_11", DIRECT, "mode", "refrigerant", gas, everywhere)
            fuel.setdefault(DIRECT, []).append(gas)
        totals = {phase: tape.total(parts) for phase, parts in kwh.items()}
        for phase, energy in totals.items():
            for n, (basis, part) in enumerate((b, p) for b in ("projected", "frozen") for p in GRID_PARTS):
                met = Expr(tape, 1.0, self._parts + n)
                self._add(("component", phase, basis, part), energy * scale, met * years if n > 2 else met)
        for phase in sorted({*totals, *fuel}, key=PHASES.index):
            per_kwh = totals[phase] * scale if phase in totals else None
            burnt = tape.total(fuel.get(phase, ())) * scale
            t = self._regions("category_11", phase, sold, per_kwh, heads, burnt)
            self._margins("category_11", phase, segment, t)
        emitted = tape.total(biogenic)
        if not emitted.is_zero:
            for r, units in zip(sold.places, sold, strict=True):
                self._group("biogenic_co2", "", "region", plan.regions[r], emitted * scale, units)
            self._margins("biogenic_co2", "", segment, emitted * everywhere)
        if self.product.service_mode and case.profile >= 0:
            amount = next(a for a in plan.profiles[case.profile] if a.mode == self.product.service_mode)
            hours = self.lives.amount(amount, case.profile, life.mean)
            self._add(("service", self.product.name), hours * years, sold.total())

    def _electricity(self, life: Life, used: int, years: Expr, sold: Amounts, zones: Amounts) -> np.ndarray:
        """Write what a kWh a year meets: the parts over all zones, and each region's headline factor; give its row."""
        tape, plan, year = self.tape, self.plan, self.plan.year
        met = self.meetings.met(used, self.lives.shared_use(life, self.change), zones.places, year)
        self._parts = tape.local_row(6)
        tape.write(PARTS, self._parts, -1, -1, *tape.block(zones.factors, *met.parts.T, zones.rows))
        rows = met.headline
        if plan.grid_basis == "frozen":
            rows = np.array([tape.row(self.zones.headline(z, year) * years) for z in zones.places])
        spread = self._spread(sold.places)
        heads = rows[spread.single]
        for r, parts in spread.parts.items():
            heads[r] = tape.row(tape.dot([(weight, int(rows[z]), -1, -1) for z, weight in parts]))
        return heads

    # Category 12

    def _end_of_life(
        self, segment: SegmentPlan, life: Life | None, sold: Amounts, zones: Amounts
    ) -> dict[int, UnitFate]:
        plan, tape = self.plan, self.tape
        slot = None if life is None else life.slot
        alike = self.wastes.alike(self.materials, zones.places, sold.places)
        fates: dict[int, UnitFate] = {}
        for zone, at in alike.groups:
            units = zones.total(at)
            fate = self.wastes.unit(zone, self.masses, slot, plan.year)
            fates |= dict.fromkeys((zones.places[i] for i in at.tolist()), fate)
            for material, packaging, mass in self.masses:
                waste = plan.waste[zone, material]
                if not waste.dated:
                    self.wastes.hold(zone, material, mass, units)
                elif packaging or slot is None:
                    self.wastes.settle(self.wastes.fate(waste, plan.year), material, mass, units)
                else:
                    self.wastes.settle(self.wastes.aged(waste, slot, plan.year), material, mass, units)
        gas = tape.total(cast(Expr, refrigerant_lost(c, loss, gwp)) for c, _, loss, gwp in self.charges)  # type: ignore[arg-type]
        if self.charges:
            for by in ("component", "material"):
                self._group("category_12", "", by, "refrigerant", gas * T_PER_KG, sold.total())
        for n, ledger in enumerate(LEDGERS):
            kg = [fates[zone].total[n] for zone, _ in alike.groups]
            mixed = [kg[m[0][0]] if m[0][1] == 1.0 else tape.total(kg[g] * w for g, w in m) for m in alike.mixes]
            there = np.array([not x.is_zero for x in mixed])
            if ledger != LEDGERS[0] and not there.any():
                continue
            rows = np.array([-1 if x.is_zero else tape.row(x) for x in mixed])[alike.which]
            lost, only = tape.number(0.0), sold
            if ledger == LEDGERS[0]:
                lost = gas * T_PER_KG
            else:
                here = there[alike.which]
                only, rows = sold.where(here), rows[here]
            t = self._regions(ledger, "", only, tape.number(T_PER_KG), rows, lost)
            self._margins(ledger, "", segment, t)
        return fates

    # Calendar

    def _calendar(
        self,
        uses: list[_Use],
        life: Life | None,
        used: int | None,
        sold: Amounts,
        zones: Amounts,
        year: int,
        fates: dict[int, UnitFate] | None,
    ) -> None:
        tape, plan = self.tape, self.plan
        scale = self.allocation * T_PER_KG
        units = sold.total()
        slot = None if life is None else life.slot
        if life is not None and used is not None:
            direct = [u for u in uses if u.mode.phase == 0]
            fuels = []
            for u in direct:
                if u.mode.carrier >= 0:
                    lc = plan.boundary == "life_cycle"
                    fuels.append(u.energy * (u.combustion + u.upstream if lc else u.combustion))
            kwh = tape.total(u.energy for u in direct if u.mode.carrier < 0) * scale
            shared = self.lives.shared_use(life, self.change)
            self.calendars.use(used, shared, year, kwh, zones, tape.total(fuels) * scale, units)
            leaks = tape.total(charge * leak * gwp for charge, leak, _, gwp in self.charges) * scale
            self.calendars.leaks(life.slot, life.shared, year, leaks, units)
        lost = tape.total(cast(Expr, refrigerant_lost(c, loss, gwp)) for c, _, loss, gwp in self.charges)  # type: ignore[arg-type]
        now, later = [], [(lost, units)]
        for zone, at in self.wastes.alike(self.materials, zones.places, sold.places).groups:
            there = zones.total(at)
            fate = (fates or {}).get(zone) or self.wastes.unit(zone, self.masses, slot, year)
            now.append((fate.now, there))
            later.append((fate.later, there))
            for material, packaging, mass in fate.dated:
                waste = plan.waste[zone, material]
                if packaging or life is None:
                    now.append((mass * self.wastes.fate(waste, year).ledgers[0], there))
                else:
                    rows, last = self.wastes.dated_rows(waste, year)
                    self.calendars.dated(life.slot, year, rows, last, mass * there)
        if life is None:
            self.calendars.discarded(year, [*now, *later])
        else:
            self.calendars.discarded(year, now)
            self.calendars.retired(life.slot, life.shared, year, later)

    # Sums

    def _spread(self, regions: tuple[int, ...]) -> Spread:
        if regions not in self._spreads:
            self._spreads[regions] = Spread(self.plan.region_zones[r] for r in regions)
        return self._spreads[regions]

    def _sold(self, units: Units) -> Amounts:
        if all(ref.cell < 0 for ref in units.refs):
            return Amounts(self.tape, units.regions, np.array([ref.value for ref in units.refs]))
        return Amounts.of(self.tape, units.regions, map(self.tape.value, units.refs))

    def _regions(
        self, ledger: str, phase: str, sold: Amounts, per: Expr | None, factors: np.ndarray | None, plus: Expr
    ) -> Expr:
        """Add units · (per · factor + plus) of every region to its sum; give their total."""
        tape, known = self.tape, (ledger, phase, sold.places)
        if known not in self._region_sums:
            names = self.plan.regions
            self._region_sums[known] = np.array(
                [tape.key(("group", ledger, phase, "region", names[r])) for r in sold.places]
            )
        by = -1 if per is None or factors is None else factors
        entries = tape.block(sold.factors, self._region_sums[known], sold.rows, by)
        dst = tape.local_row()
        a, c = (-1, 0.0) if per is None else (per.row, per.factor)
        tape.write(REGIONS, dst, a, plus.row, *entries, c, plus.factor)
        return Expr(tape, 1.0, dst)

    def _add(self, key: tuple[str, ...], x: Expr, y: Expr) -> None:
        a, b, c = product_of(x, y)
        self.tape.write(ACCUMULATE, self.tape.key(key), a, b, c=c)

    def _group(self, ledger: str, phase: str, by: str, group: str, x: Expr, y: Expr | None = None) -> None:
        self._add(("group", ledger, phase, by, group), x, self.tape.number(1.0) if y is None else y)

    def _margins(self, ledger: str, phase: str, segment: SegmentPlan, t: Expr) -> None:
        product = self.product
        self._group(ledger, phase, "total", "total", t)
        self._group(ledger, phase, "product", product.name, t)
        self._group(ledger, phase, "family", product.family, t)
        self._group(ledger, phase, "segment", self.plan.segment_names[segment.group], t)
        for name, group in zip(self.plan.label_names, product.labels, strict=True):
            self._group(ledger, phase, name, group, t)
