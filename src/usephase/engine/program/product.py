"""Write products onto a tape: what they emit, as operations on rows and sums. Amounts are in t CO2e."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from usephase.engine.plan.cells import Ref
from usephase.engine.plan.records import PHASES, CasePlan, ModePlan, Plan, ProductPlan, SegmentPlan, Units
from usephase.engine.plan.sums import COUNTED, INVENTORY, LEDGERS, SCENARIO, SERVICE, T_PER_KG, Key, Wanted
from usephase.engine.program.amounts import Amounts, Spread
from usephase.engine.program.calendars import Calendars
from usephase.engine.program.code import ACCUMULATE, PARTS, REGIONS
from usephase.engine.program.lives import Life, Lives
from usephase.engine.program.meetings import Meetings, Met
from usephase.engine.program.rows import Expr, Writer, in_front, product_of
from usephase.engine.program.waste import Alike, Mass, UnitFate, Wastes
from usephase.engine.program.zones import Zones
from usephase.model.end_of_life import normalized, refrigerant_lost, scale_to_mass
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


@dataclass
class _Charge:
    """A charge of a gas. [kg], [1/yr], shares, [kg CO2e/kg]"""

    kg: Expr
    annual_leak: Expr
    end_of_life_loss: Expr
    gwp: Expr
    hermetic: bool


def service_units(plan: Plan) -> dict[str, str]:
    """Name the unit, h or cycle, of the service that each mode renders."""
    return {a.mode: "cycle" if a.unit.startswith("cycle") else "h" for profile in plan.profiles for a in profile}


class Products:
    """Write products of a plan, tile by tile.

    Parameters
    ----------
    plan : Plan
    tape : Writer
    wanted : Wanted
        The sums.
    """

    def __init__(self, plan: Plan, tape: Writer, wanted: Wanted = INVENTORY) -> None:
        self.plan, self.tape, self.wanted = plan, tape, wanted
        self.years = frozenset(wanted.years or (plan.year,))
        self.aged = wanted.calendar if wanted.years else frozenset(range(plan.first_year, plan.year + 1))
        self.year = plan.year
        self.named: Key = ()
        self.wastes = Wastes(plan, tape)
        self.meetings = Meetings(plan, tape, bool(wanted.apart))
        self.zones = self.meetings.zones
        self.scenario = ""
        self._of_segment: tuple[str, ...] = ()
        self.calendars = Calendars(plan, tape, self.zones, self.meetings, wanted)
        self.lives = Lives(plan, tape, self.meetings)
        self.services = service_units(plan)
        self._spreads: dict[tuple[int, ...], Spread] = {}
        self._region_sums: dict[tuple[Any, ...], np.ndarray] = {}

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
        self.parts = self._scaled(product)
        for m, kg in zip(product.masses, self.parts, strict=True):
            masses.setdefault((m.material, m.packaging), []).append(kg)
        self.masses: list[Mass] = [(m, packaging, self.tape.total(kgs)) for (m, packaging), kgs in masses.items()]
        self.materials = tuple(material for material, _, _ in self.masses)
        for year in self._sold_years():
            sold, one = self.units[year].total(), self.tape.number(1.0)
            if self.wanted.counts:
                self._add(("units", product.name), sold, one)
            if self.wanted.units:
                self._add(("units",), sold, one)
                mass = self.tape.total(kg for _, _, kg in self.masses)
                self._add(("mass_kg",), sold, mass)
                for name, each in (("units", one), ("mass_kg", mass)):
                    self._regions((name,), self.units[year], None, None, each)
        self.charges = [
            _Charge(v(gas.charge), v(gas.annual_leak), v(gas.end_of_life_loss), v(gas.gwp), gas.hermetic)
            for gas in product.refrigerants
        ]
        if not self.wanted.of_cases:
            return
        segments = product.segments
        shares = [self.tape.number(1.0)]
        if segments[0].share is not None:
            shares = cast(list[Expr], normalized([v(s.share) for s in segments if s.share is not None]))  # type: ignore[misc]
        for segment, share in zip(segments, shares, strict=True):
            for case in segment.cases:
                self._case(segment, case, share)

    def _scaled(self, product: ProductPlan) -> list[Expr]:
        """Write the mass of each part: packaging as it is, the others scaled to the product's mass if that is given."""
        masses = [self.tape.value(m.mass) for m in product.masses]
        inside = [kg for m, kg in zip(product.masses, masses, strict=True) if not m.packaging]
        if product.mass is None or not inside:
            return masses
        factor: Any = scale_to_mass(self.tape.value(product.mass), [self.tape.total(inside)])  # type: ignore[arg-type, list-item]
        return [kg if m.packaging else kg * factor for m, kg in zip(product.masses, masses, strict=True)]

    def _case(self, segment: SegmentPlan, case: CasePlan, share: Expr) -> None:
        held, life, used, uses = -1, None, None, []
        fates: dict[int, UnitFate] | None = None
        for year in sorted(self.units, reverse=True):  # the latest first: its unit fates serve the others
            if case.curve(year) != held:
                held, fates = case.curve(year), None
                life = self.lives.life(held)
                used = self.lives.used(life, self.change)
                uses = self._uses(case, life.mean) if case.profile >= 0 else []
            sold = self.units[year].at(case.regions).times(share)
            if not len(sold):
                continue
            zones = self._spread(sold.places).by_zone(sold)
            self._of(year)
            if year in self.years:
                if life is not None:
                    self._lived(life, sold)
                if self.wanted.emissions:
                    if life is not None and used is not None:
                        self._use_phase(segment, case, uses, life, used, sold, zones)
                    fates = self._end_of_life(segment, life, sold, zones, fates)
                if self.wanted.chained:
                    self._of_segment = (self.plan.segment_names[segment.group],) if self.wanted.by_segment else ()
                    self._chains(case, life, used, uses, sold, zones)
            if self.plan.calendar and year in self.aged:
                self._calendar(uses, life, used, sold, zones, year, fates)

    def _sold_years(self) -> Iterator[int]:
        """Give the wanted sale years of the product; sums are named by each in turn."""
        for year in sorted(self.years & self.units.keys()):
            self._of(year)
            yield year

    def _of(self, year: int, scenario: str = "") -> None:
        """Name sums by a sale year, and by a grid scenario if it is for one alone."""
        self.year, self.scenario = year, scenario
        self.named = (*self.wanted.named(year), *((SCENARIO, scenario) if scenario else ()))

    def _lived(self, life: Life, sold: Amounts) -> None:
        """Add what is asked of lives as such."""
        units, product = sold.total(), self.product
        if self.wanted.counts:
            self._add(("years", product.name), life.mean, units)
        if self.wanted.lives:
            family = product.family or product.name
            self._add(("lasting", family), units, self.tape.number(1.0))
            self._add(("lives", family), life.mean, units)
        if self.wanted.stock and self.year <= self.plan.reporting_year:
            self.calendars.in_service(life.slot, life.shared, self.year, units)

    # Use

    def _uses(self, case: CasePlan, life: Expr) -> list[_Use]:
        tape, amounts = self.tape, {a.mode: a for a in self.plan.profiles[case.profile]}
        v, nothing = tape.value, tape.number(0.0)
        uses = []
        for mode in self.product.modes:
            if mode.used not in amounts or (self.wanted.years and PHASES[mode.phase] != DIRECT):
                continue
            amount = self.lives.amount(amounts[mode.used], case.profile, life)
            operands: Any = (v(mode.cell("rate")), v(mode.cell("load")), amount, v(mode.cell("efficiency")))
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
        modes: list[tuple[str, Expr, Expr, bool]] = []  # of direct use: what it is, and whether it is on the grid
        electric = any(u.mode.carrier < 0 for u in uses)
        heads, on_grid = None, tape.number(0.0)
        if electric:
            heads = self._electricity(life, used, years, sold, zones)
            if self.wanted.groups("mode"):
                on_grid = tape.dot_block(sold.factors, *in_front(heads, sold.rows)) * scale
        for use in uses:
            phase = PHASES[use.mode.phase]
            if use.mode.carrier < 0:
                kwh.setdefault(phase, []).append(use.energy)
                mode_t = (use.energy, on_grid)
            else:
                drawn = use.energy * years
                burnt, supply = drawn * use.combustion, drawn * use.upstream
                self._component(phase, "", "combustion", burnt, everywhere)
                self._component(phase, "", "fuel_upstream", supply, everywhere)
                per_unit = burnt if plan.boundary == "minimum" else burnt + supply
                fuel.setdefault(phase, []).append(per_unit)
                mode_t = (per_unit, everywhere)
                if phase == DIRECT:
                    biogenic.append(drawn * use.biogenic)
            self._group("category_11", phase, "mode", use.mode.name, *mode_t)
            if phase == DIRECT:
                modes.append((use.mode.name, *mode_t, use.mode.carrier < 0))
        for c in self.charges:
            full = self.lives.charged(life, c.annual_leak).mean if c.hermetic else life.mean
            gas = cast(Expr, leaked(c.kg, c.annual_leak, c.gwp, full))  # type: ignore[arg-type]
            self._component(DIRECT, "", "refrigerant", gas, everywhere)
            self._group("category_11", DIRECT, "mode", "refrigerant", gas, everywhere)
            modes.append(("refrigerant", gas, everywhere, False))
            fuel.setdefault(DIRECT, []).append(gas)
        totals = {phase: tape.total(parts) for phase, parts in kwh.items()}
        for phase, energy in totals.items() if self.wanted.methods else ():
            for n, (basis, part) in enumerate((b, p) for b in ("projected", "frozen") for p in GRID_PARTS):
                met = Expr(tape, 1.0, self._parts + n)
                self._component(phase, basis, part, energy * scale, met * years if n > 2 else met)
        for phase in sorted({*totals, *fuel}, key=PHASES.index):
            per_kwh = totals[phase] * scale if phase in totals else None
            burnt = tape.total(fuel.get(phase, ())) * scale
            t = self._regions(("group", "category_11", phase, "region"), sold, per_kwh, heads, burnt)
            self._margins("category_11", phase, segment, t)
        for zone in self.meetings.apart:
            self._under(zone, segment, totals, fuel, modes, life, used, years, sold, zones)
        emitted = tape.total(biogenic)
        if not emitted.is_zero and not self.wanted.years:
            for r, units in zip(sold.places, sold, strict=True):
                self._group("biogenic_co2", "", "region", plan.regions[r], emitted * scale, units)
            self._margins("biogenic_co2", "", segment, emitted * everywhere)
        if self.product.service_mode and case.profile >= 0:
            amount = next(a for a in plan.profiles[case.profile] if a.mode == self.product.service_mode)
            hours = self.lives.amount(amount, case.profile, life.mean)
            name = self._served if self.wanted.years else self.product.name
            if not self.wanted.years or self.wanted.groups(SERVICE):
                self._add(("service", name), hours * years, sold.total())

    @property
    def _served(self) -> str:
        """The unit of the service that the product renders."""
        return self.services.get(self.product.service_mode, "")

    def _electricity(self, life: Life, used: int, years: Expr, sold: Amounts, zones: Amounts) -> np.ndarray:
        """Write what a kWh a year meets: the parts over all zones, and each region's headline factor; give its row."""
        tape, year = self.tape, self.year
        met = self.meetings.met(used, self.lives.shared_use(life, self.change), zones.places, year)
        if self.wanted.emissions and self.wanted.methods:
            self._parts = tape.local_row(6)
            tape.write(PARTS, self._parts, -1, -1, *tape.block(zones.factors, *met.parts.T, zones.rows))
        return self._heads(self.zones, met, years, sold, zones)

    def _heads(self, of: Zones, met: Met | None, years: Expr, sold: Amounts, zones: Amounts) -> np.ndarray:
        """Write each region's headline factor; give its row. None is met on a frozen grid."""
        tape = self.tape
        if met is None or self.plan.grid_basis == "frozen":
            rows = np.array([tape.row(of.headline(z, self.year) * years) for z in zones.places])
        else:
            rows = met.headline
        spread = self._spread(sold.places)
        heads = rows[spread.single]
        for r, parts in spread.parts.items():
            heads[r] = tape.row(tape.dot([(weight, int(rows[z]), -1, -1) for z, weight in parts]))
        return heads

    def _under(
        self, of: Zones, segment: SegmentPlan, kwh: dict[str, Expr], fuel: dict[str, list[Expr]],
        modes: list[tuple[str, Expr, Expr, bool]], life: Life, used: int, years: Expr, sold: Amounts, zones: Amounts,
    ) -> None:  # fmt: skip
        """Add what is wanted of Category 11 under one scenario alone, in the bits of a catalog that has no other."""
        tape, apart, scale = self.tape, self.wanted.apart, self.allocation * T_PER_KG
        met = None
        if kwh and self.plan.grid_basis != "frozen":
            met = self.meetings.met(used, self.lives.shared_use(life, self.change), zones.places, self.year, of)
        self._of(self.year, self.plan.scenarios[of.scenario])
        if "component" in apart and kwh:
            parts = self._counted_parts(of, met, years, zones)
            for phase, energy in kwh.items():
                drawn = energy * scale
                for name, part in parts.items():
                    self._add(("component", phase, self.plan.grid_basis, name), drawn, part)
        if apart - {"component"} and (DIRECT in kwh or DIRECT in fuel):
            heads = self._heads(of, met, years, sold, zones) if DIRECT in kwh else None
            if "mode" in apart:
                on_grid = tape.number(0.0)
                if heads is not None:
                    on_grid = tape.dot_block(sold.factors, *in_front(heads, sold.rows)) * scale
                for name, x, y, electric in modes:
                    self._group("category_11", DIRECT, "mode", name, x, on_grid if electric else y)
            burnt = tape.total(fuel.get(DIRECT, ())) * scale
            per_kwh = kwh[DIRECT] * scale if DIRECT in kwh else None
            key = ("group", "category_11", DIRECT, "region") if "region" in apart else None
            self._margins("category_11", DIRECT, segment, self._regions(key, sold, per_kwh, heads, burnt))
        self._of(self.year)

    def _counted_parts(self, of: Zones, met: Met | None, years: Expr, zones: Amounts) -> dict[str, Expr]:
        """Write those of the six factors of `PARTS` that the headline counts: each sum has the terms that it has there.

        Frozen, where none is met, they are those of the sale year, times the years of service.
        """
        tape, counted = self.tape, [name for name in GRID_PARTS if name in COUNTED[self.plan.boundary]]
        if met is None:
            out = {}
            frozen = np.array([of.frozen(z, self.year) for z in zones.places])
            for name, rows in zip(GRID_PARTS, frozen.T, strict=True):
                there = zones.where(rows >= 0)
                if name in counted and len(there):
                    out[name] = tape.dot_block(there.factors, *in_front(there.rows, rows[rows >= 0])) * years
            return out
        if self.plan.boundary != "minimum":
            first = tape.local_row(6)
            tape.write(PARTS, first, -1, -1, *tape.block(zones.factors, *met.parts.T, zones.rows))
            return {name: Expr(tape, 1.0, first + GRID_PARTS.index(name)) for name in counted}
        path, _, scale, lost, _, supplied, _ = met.parts.T
        units = np.broadcast_to(zones.rows, path.shape)
        at_once = met.upstream & (np.minimum(np.minimum(scale, lost), supplied) >= 0) & (units < 0)
        by = np.where(at_once, scale, units), path, np.where(at_once, -1, scale)
        return {"generation": tape.dot_block(zones.factors, *in_front(*by))}

    # Category 12

    def _end_of_life(
        self, segment: SegmentPlan, life: Life | None, sold: Amounts, zones: Amounts, known: dict[int, UnitFate] | None
    ) -> dict[int, UnitFate]:
        plan, tape, year = self.plan, self.tape, self.year
        slot = None if life is None else life.slot
        alike = self.wastes.alike(self.materials, zones.places, sold.places)
        fates: dict[int, UnitFate] = {}
        by_route = self.wanted.groups("material") or self.wanted.groups("component")
        for zone, at in alike.groups:
            units = zones.total(at)
            fate = (known or {}).get(zone)
            if fate is None or fate.dated:
                fate = self.wastes.unit(zone, self.masses, slot, year)
            fates |= dict.fromkeys((zones.places[i] for i in at.tolist()), fate)
            for material, packaging, mass in self.masses if by_route else ():
                waste = plan.waste[zone, material]
                if not waste.dated:
                    self.wastes.hold(zone, material, mass, units, self.named)
                elif packaging or slot is None:
                    self.wastes.settle(self.wastes.fate(waste, year), material, mass, units, self.named)
                else:
                    self.wastes.settle(self.wastes.aged(waste, slot, year), material, mass, units, self.named)
        gas = tape.total(self._lost(c, life) for c in self.charges)
        if self.charges:
            for by in ("component", "material"):
                self._group("category_12", "", by, "refrigerant", gas * T_PER_KG, sold.total())
        for n, ledger in enumerate(LEDGERS[:1] if self.wanted.years else LEDGERS):
            kg = [fates[zone].total[n] for zone, _ in alike.groups]
            rows = self._mixed(alike, kg)
            there = rows >= 0
            if ledger != LEDGERS[0] and not there.any():
                continue
            lost, only = tape.number(0.0), sold
            if ledger == LEDGERS[0]:
                lost = gas * T_PER_KG
            else:
                only, rows = sold.where(there), rows[there]
            t = self._regions(("group", ledger, "", "region"), only, tape.number(T_PER_KG), rows, lost)
            self._margins(ledger, "", segment, t)
        return fates

    def _mixed(self, alike: Alike, kg: list[Expr]) -> np.ndarray:
        """Give the row of each region's mean over zones, from a value a group of zones; −1: nothing."""
        tape = self.tape
        mixed = [kg[m[0][0]] if m[0][1] == 1.0 else tape.total(kg[g] * w for g, w in m) for m in alike.mixes]
        return np.array([-1 if x.is_zero else tape.row(x) for x in mixed])[alike.which]

    def _lost(self, charge: "_Charge", life: Life | None) -> Expr:
        """Write what a unit's charge emits when it is discarded. [kg CO2e]"""
        lost = cast(Expr, refrigerant_lost(charge.kg, charge.end_of_life_loss, charge.gwp))  # type: ignore[arg-type]
        return lost if not charge.hermetic else lost * self._left(charge, life)

    def _left(self, charge: "_Charge", life: Life | None) -> Expr:
        """Write the share of a hermetic charge that its leaks leave."""
        assert life is not None
        return self.tape.rest(1.0, charge.annual_leak * self.lives.charged(life, charge.annual_leak).mean)

    # Chains

    def _chains(
        self, case: CasePlan, life: Life | None, used: int | None, uses: list[_Use], sold: Amounts, zones: Amounts
    ) -> None:
        """Add the chains that lead from units to emissions, one factor a link: of a family's products together."""
        plan, one = self.plan, self.tape.number(1.0)
        if life is not None and used is not None:
            years = self.lives.served(used, self.lives.shared_use(life, self.change))
            heads = None
            if any(use.mode.carrier < 0 for use in uses):
                heads = self._electricity(life, used, years, sold, zones)
            amounts = {a.mode: a for a in plan.profiles[case.profile]} if case.profile >= 0 else {}
            for use in uses:
                mode, drawn = use.mode, use.energy * years
                served = self.lives.amount(amounts[mode.used], case.profile, life.mean) * years
                links = [one, life.mean, served, drawn, drawn * self.allocation]
                name = (str(mode.carrier), mode.name, "cycle" if mode.rate_unit.endswith("/cycle") else "hour")
                if mode.carrier < 0:
                    self._chain("electricity", name, sold, links, use.energy * self.allocation * T_PER_KG, heads)
                else:
                    factor = use.combustion if plan.boundary == "minimum" else use.combustion + use.upstream
                    self._chain("fuel", name, sold, [*links, links[-1] * factor * T_PER_KG])
            for c in self.charges:
                full = self.lives.charged(life, c.annual_leak).mean if c.hermetic else life.mean
                gas = cast(Expr, leaked(c.kg, c.annual_leak, c.gwp, full)) * T_PER_KG  # type: ignore[arg-type]
                self._chain("leak", (), sold, [one, life.mean, gas, gas * self.allocation])
        for part, mass in zip(self.product.masses, self.parts, strict=True):
            material, at_once = part.material, part.packaging or life is None
            alike = self.wastes.alike((material,), zones.places, sold.places)
            kg = []
            for zone, _ in alike.groups:
                waste = plan.waste[zone, material]
                dated = waste.dated and life is not None and not at_once
                fate = self.wastes.aged(waste, life.slot, self.year) if dated and life else self.wastes.fate(
                    waste, self.year
                )  # fmt: skip
                kg.append(fate.ledgers[0])
            when = "now" if at_once else "later"
            self._chain(
                "waste", (plan.materials[material], when), sold, [one, mass], mass * T_PER_KG, self._mixed(alike, kg)
            )
        for c in self.charges:
            held = c.kg * c.gwp * T_PER_KG
            if c.hermetic and life is not None:
                held = held * self._left(c, life)
            self._chain("gas", (), sold, [one, held, held * c.end_of_life_loss])

    def _chain(
        self, kind: str, name: tuple[str, ...], sold: Amounts, links: list[Expr], per: Expr | None = None,
        factors: np.ndarray | None = None,
    ) -> None:  # fmt: skip
        """Add the links of a chain by region; the last is `per` times each region's factor, if that is given."""
        product = self.product
        family = product.name if self.wanted.by_product or not product.family else product.family
        key = ("chain", family, kind, "\x1f".join((*name, *self._of_segment)))
        for i, link in enumerate(links):
            self._regions((*key, str(i)), sold, None, None, link)
        if per is not None:
            self._regions((*key, str(len(links))), sold, per, factors, self.tape.number(0.0))

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
            leaks = tape.total(c.kg * c.annual_leak * c.gwp for c in self.charges if not c.hermetic) * scale
            self.calendars.leaks(life.slot, life.shared, year, leaks, units)
            for c in self.charges:
                if c.hermetic:
                    full = self.lives.charged(life, c.annual_leak)
                    self.calendars.leaks(full.slot, full.shared, year, c.kg * c.annual_leak * c.gwp * scale, units)
                    lost = cast(Expr, refrigerant_lost(c.kg, c.end_of_life_loss, c.gwp))  # type: ignore[arg-type]
                    self.calendars.retired(full.slot, full.shared, year, [(lost, units)])
        lost = tape.total(self._lost(c, None) for c in self.charges if not c.hermetic)
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
        self, key: Key | None, sold: Amounts, per: Expr | None, factors: np.ndarray | None, plus: Expr
    ) -> Expr:
        """Add units · (per · factor + plus) of every region to its sum, if there is one; give their total."""
        tape = self.tape
        sums: np.ndarray | int = -1
        if key is not None:
            key = (*self.named, *key)
            known = (key, sold.places)
            if known not in self._region_sums:
                names = self.plan.regions
                self._region_sums[known] = np.array([tape.key((*key, names[r])) for r in sold.places])
            sums = self._region_sums[known]
        by = -1 if per is None or factors is None else factors
        entries = tape.block(sold.factors, sums, sold.rows, by)
        dst = tape.local_row()
        a, c = (-1, 0.0) if per is None else (per.row, per.factor)
        tape.write(REGIONS, dst, a, plus.row, *entries, c, plus.factor)
        return Expr(tape, 1.0, dst)

    def _add(self, key: tuple[str, ...], x: Expr, y: Expr) -> None:
        a, b, c = product_of(x, y)
        self.tape.write(ACCUMULATE, self.tape.key((*self.named, *key)), a, b, c=c)

    def _component(self, phase: str, basis: str, part: str, x: Expr, y: Expr) -> None:
        if self.wanted.methods:
            self._add(("component", phase, basis, part), x, y)

    def _wants(self, by: str) -> bool:
        return by in self.wanted.apart if self.scenario else self.wanted.groups(by)

    def _group(self, ledger: str, phase: str, by: str, group: str, x: Expr, y: Expr | None = None) -> None:
        if self._wants(by):
            self._add(("group", ledger, phase, by, group), x, self.tape.number(1.0) if y is None else y)

    def _margins(self, ledger: str, phase: str, segment: SegmentPlan, t: Expr) -> None:
        product = self.product
        self._group(ledger, phase, "total", "total", t)
        self._group(ledger, phase, "product", product.name, t)
        self._group(ledger, phase, "family", product.family, t)
        self._group(ledger, phase, "segment", self.plan.segment_names[segment.group], t)
        for name, group in zip(self.plan.label_names, product.labels, strict=True):
            self._group(ledger, phase, name, group, t)
        if self._wants(SERVICE) and product.service_mode:
            self._group(ledger, phase, SERVICE, self._served, t)
