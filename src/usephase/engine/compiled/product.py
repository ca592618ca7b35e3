"""Write products onto a tape: the same sums as `usephase.engine.block`, as operations."""

from dataclasses import dataclass
from typing import Any, cast

from usephase.engine.cells import Ref
from usephase.engine.compiled.calendars import Calendars
from usephase.engine.compiled.code import ACCUMULATE, GIVEN_LIFE, LIFE, PARTS, REGIONS, YEARS
from usephase.engine.compiled.rows import Expr, Writer, product_of
from usephase.engine.compiled.waste import Mass, UnitFate, Wastes
from usephase.engine.compiled.zones import Zones
from usephase.engine.plan import PHASES, AmountPlan, CasePlan, CurvePlan, ModePlan, Plan, ProductPlan, SegmentPlan
from usephase.engine.waste import LEDGERS, T_PER_KG
from usephase.model.end_of_life import normalized, refrigerant_lost
from usephase.model.energy import HOURS_A_YEAR, YEARLY, carrier_units_per, energy_a_year
from usephase.model.lifetime import DEFAULT_SHAPE
from usephase.model.use_phase import leaked

DIRECT = PHASES[0]
GRID_PARTS = ("generation", "upstream", "losses")
LIFE_SLOT, USED_SLOT = 0, 1


@dataclass
class Life:
    """A life on the tape: its slot, whether that is shared, and its mean. [yr]"""

    slot: int
    shared: bool
    mean: Expr


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
        self.calendars = Calendars(plan, tape, self.zones)
        self.given_lives: list[int] = []
        self._lives: dict[int, Life] = {}
        self._years: dict[int, Expr] = {}
        self._amounts: dict[Any, Expr] = {}

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
        self.units = {year: {r: v(ref) for r, ref in sold.items()} for year, sold in product.sales.items()}
        masses: dict[tuple[int, bool], list[Expr]] = {}
        for m in product.masses:
            masses.setdefault((m.material, m.packaging), []).append(v(m.mass))
        self.masses: list[Mass] = [(m, packaging, self.tape.total(kg)) for (m, packaging), kg in masses.items()]
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
            life = self._life(case.curve)
            used = self._used(life)
            if case.profile >= 0:
                uses = self._uses(case, life.mean)
        fates: dict[int, UnitFate] | None = None
        for year in sorted(self.units, reverse=True):  # the reporting year first: its unit fates serve the others
            units = self.units[year]
            sold = {r: units[r] * share for r in case.regions if r in units}
            if not sold:
                continue
            zones = self._zone_units(sold)
            if year == self.plan.year:
                if life is not None and used is not None:
                    self._use_phase(segment, case, uses, life, used, sold, zones)
                fates = self._end_of_life(segment, life, sold, zones)
            if self.plan.calendar:
                self._calendar(uses, life, used, sold, zones, year, fates)

    # Lives and use

    def _life(self, i: int) -> Life:
        if i in self._lives:
            return self._lives[i]
        curve, tape = self.plan.curves[i], self.tape
        often = self.plan.curve_uses[i] > 1
        if curve.distribution != "weibull" or curve.mean is None:
            if i not in self.given_lives:
                self.given_lives.append(i)
            slot, row = (self.zones.new_slot(), tape.shared_row()) if often else (LIFE_SLOT, tape.local_row())
            tape.write(GIVEN_LIFE, slot, lo=self.given_lives.index(i), hi=row, shared=often)
        else:
            mean, shape, limit = self._weibull(curve)
            often = often and all(tape.is_shared(x) for x in (mean, shape, limit) if x is not None)
            slot, row = (self.zones.new_slot(), tape.shared_row()) if often else (LIFE_SLOT, tape.local_row())
            ends = -1 if limit is None else tape.row(limit)
            tape.write(LIFE, slot, tape.row(mean), tape.row(shape), ends, row, shared=often)
        life = Life(slot, often, Expr(tape, 1.0, row))
        if often:
            self._lives[i] = life
        return life

    def _weibull(self, curve: CurvePlan) -> tuple[Expr, Expr, Expr | None]:
        v = self.tape.value
        assert curve.mean is not None
        mean = v(curve.mean)
        shape = self.tape.number(DEFAULT_SHAPE["weibull"]) if curve.shape is None else v(curve.shape)
        if curve.wear is not None:
            worn = self._amount(curve.wear, curve.wear_profile, None)
            if curve.wear_load is not None:
                worn = worn * v(curve.wear_load)
            mean = mean / worn
        return mean, shape, None if curve.max_years is None else v(curve.max_years)

    def _used(self, life: Life) -> int:
        return self.zones.power(life.slot, self.change, 0, None if self._shared_use(life) else USED_SLOT)

    def _shared_use(self, life: Life) -> bool:
        return life.shared and self.tape.is_shared(self.change)

    def _served(self, life: Life, used: int) -> Expr:
        """Write Σ a_k (1 + c)^k. [yr]"""
        shared = self._shared_use(life)
        if shared and used in self._years:
            return self._years[used]
        row = self.tape.shared_row() if shared else self.tape.local_row()
        self.tape.write(YEARS, row, used, shared=shared)
        out = Expr(self.tape, 1.0, row)
        if shared:
            self._years[used] = out
        return out

    def _amount(self, amount: AmountPlan, profile: int, life: Expr | None) -> Expr:
        if amount.unit == "rest":
            others = [
                self._amount(other, profile, life)
                for other in self.plan.profiles[profile]
                if other.unit.startswith("h/")
            ]
            return self.tape.rest(HOURS_A_YEAR, self.tape.total(others))
        assert amount.ref is not None
        value = self.tape.value(amount.ref)
        if amount.unit.endswith("/life"):
            assert life is not None
            return value / life
        return value * YEARLY[amount.unit]

    def _uses(self, case: CasePlan, life: Expr) -> list[_Use]:
        tape, amounts = self.tape, {a.mode: a for a in self.plan.profiles[case.profile]}
        v, nothing = tape.value, tape.number(0.0)
        uses = []
        for mode in self.product.modes:
            if mode.name not in amounts:
                continue
            amount = self._amount(amounts[mode.name], case.profile, life)
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
        sold: dict[int, Expr],
        zones: dict[int, Expr],
    ) -> None:
        tape, plan = self.tape, self.plan
        years = self._served(life, used)
        scale = self.allocation * T_PER_KG
        everywhere = tape.total(sold.values()) * scale
        kwh: dict[str, list[Expr]] = {}
        fuel: dict[str, list[Expr]] = {}
        biogenic: list[Expr] = []
        electric = any(u.mode.carrier < 0 for u in uses)
        heads = self._electricity(life, used, years, sold, zones) if electric else {}
        on_grid = tape.number(0.0)
        if electric:
            on_grid = tape.dot([(sold[r].factor, heads[r], sold[r].row, -1) for r in sold]) * scale
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
            for r in sold:
                self._group("biogenic_co2", "", "region", plan.regions[r], emitted * scale, sold[r])
            self._margins("biogenic_co2", "", segment, emitted * everywhere)
        if self.product.service_mode and case.profile >= 0:
            amount = next(a for a in plan.profiles[case.profile] if a.mode == self.product.service_mode)
            hours = self._amount(amount, case.profile, life.mean)
            self._add(("service", self.product.name), hours * years, tape.total(sold.values()))

    def _electricity(
        self, life: Life, used: int, years: Expr, sold: dict[int, Expr], zones: dict[int, Expr]
    ) -> dict[int, int]:
        """Write what a kWh a year meets: the parts over all zones, and each region's headline factor; give its row."""
        tape, plan, year = self.tape, self.plan, self.plan.year
        met = self.zones.met(used, self._shared_use(life), tuple(zones), year)
        self._parts = tape.local_row(6)
        entries = []
        for z, units in zones.items():
            generation, upstream, losses = self._frozen(z)
            entries.append(
                (
                    units.factor,
                    met[z].generation,
                    met[z].upstream,
                    met[z].losses,
                    generation,
                    upstream,
                    losses,
                    units.row,
                )
            )
        tape.write(PARTS, self._parts, -1, -1, *tape.list(entries))
        if plan.grid_basis == "frozen":
            rows = {z: tape.row(self.zones.headline(z, year) * years) for z in zones}
        else:
            rows = {z: met[z].headline for z in zones}
        heads = {}
        for r in sold:
            parts = plan.region_zones[r]
            if len(parts) == 1 and parts[0][1] == 1.0:
                heads[r] = rows[parts[0][0]]
            else:
                heads[r] = tape.row(tape.dot([(weight, rows[z], -1, -1) for z, weight in parts]))
        return heads

    def _frozen(self, z: int) -> tuple[int, int, int]:
        """Give the rows of a zone's generation, upstream and losses in the sale year. [kg/kWh]"""
        tape, year = self.tape, self.plan.year
        generation = self.zones.factor(z, "intensity", year)
        upstream = self.zones.factor(z, "upstream", year) if self.zones.has_upstream(z) else tape.number(0.0)
        losses = (generation + upstream) * self.zones.lost(z)
        return tape.row(generation), -1 if upstream.is_zero else tape.row(upstream), tape.row(losses)

    # Category 12

    def _end_of_life(
        self, segment: SegmentPlan, life: Life | None, sold: dict[int, Expr], zones: dict[int, Expr]
    ) -> dict[int, UnitFate]:
        plan, tape = self.plan, self.tape
        slot = None if life is None else life.slot
        alike: dict[tuple[int, ...], list[int]] = {}
        for z in zones:
            alike.setdefault(tuple(id(plan.waste[z, m]) for m, _, _ in self.masses), []).append(z)
        fates: dict[int, UnitFate] = {}
        for group in alike.values():
            fate = self.wastes.unit(group[0], self.masses, slot, plan.year)
            units = tape.total(zones[z] for z in group)
            for material, packaging, mass in self.masses:
                waste = plan.waste[group[0], material]
                if not waste.dated:
                    self.wastes.hold(group[0], material, mass, units)
                elif packaging or slot is None:
                    self.wastes.settle(self.wastes.fate(waste, plan.year), material, mass, units)
                else:
                    self.wastes.settle(self.wastes.aged(waste, slot, plan.year), material, mass, units)
            for z in group:
                fates[z] = fate
        gas = tape.total(cast(Expr, refrigerant_lost(c, loss, gwp)) for c, _, loss, gwp in self.charges)  # type: ignore[arg-type]
        if self.charges:
            for by in ("component", "material"):
                self._group("category_12", "", by, "refrigerant", gas * T_PER_KG, tape.total(sold.values()))
        for n, ledger in enumerate(LEDGERS):
            kg = {}
            for r in sold:
                kg[r] = tape.total(fates[z].total[n] * w for z, w in plan.region_zones[r])
            if ledger != LEDGERS[0] and all(x.is_zero for x in kg.values()):
                continue
            rows = {r: tape.row(x) for r, x in kg.items() if not x.is_zero}
            lost = gas * T_PER_KG if ledger == LEDGERS[0] else tape.number(0.0)
            only = sold if ledger == LEDGERS[0] else {r: sold[r] for r in rows}
            t = self._regions(ledger, "", only, tape.number(T_PER_KG), rows, lost)
            self._margins(ledger, "", segment, t)
        return fates

    # Calendar

    def _calendar(
        self,
        uses: list[_Use],
        life: Life | None,
        used: int | None,
        sold: dict[int, Expr],
        zones: dict[int, Expr],
        year: int,
        fates: dict[int, UnitFate] | None,
    ) -> None:
        tape, plan = self.tape, self.plan
        scale = self.allocation * T_PER_KG
        units = tape.total(sold.values())
        slot = None if life is None else life.slot
        if life is not None and used is not None:
            direct = [u for u in uses if u.mode.phase == 0]
            fuels = []
            for u in direct:
                if u.mode.carrier >= 0:
                    lc = plan.boundary == "life_cycle"
                    fuels.append(u.energy * (u.combustion + u.upstream if lc else u.combustion))
            kwh = tape.total(u.energy for u in direct if u.mode.carrier < 0) * scale
            shared = self._shared_use(life)
            self.calendars.use(used, shared, year, kwh, zones, tape.total(fuels) * scale, units)
            leaks = tape.total(charge * leak * gwp for charge, leak, _, gwp in self.charges) * scale
            self.calendars.leaks(life.slot, life.shared, year, leaks, units)
        lost = tape.total(cast(Expr, refrigerant_lost(c, loss, gwp)) for c, _, loss, gwp in self.charges)  # type: ignore[arg-type]
        made: dict[tuple[int, ...], UnitFate] = {}
        now, later = [], [(lost, units)]
        for z, sold_there in zones.items():
            alike = tuple(id(plan.waste[z, m]) for m, _, _ in self.masses)
            if fates is not None and z in fates:
                made[alike] = fates[z]
            if alike not in made:
                made[alike] = self.wastes.unit(z, self.masses, slot, year)
            fate = made[alike]
            now.append((fate.now, sold_there))
            later.append((fate.later, sold_there))
            for material, packaging, mass in fate.dated:
                waste = plan.waste[z, material]
                if packaging or life is None:
                    now.append((mass * self.wastes.fate(waste, year).ledgers[0], sold_there))
                else:
                    rows, last = self.wastes.dated_rows(waste, year)
                    self.calendars.dated(life.slot, year, rows, last, mass * sold_there)
        if life is None:
            self.calendars.discarded(year, [*now, *later])
        else:
            self.calendars.discarded(year, now)
            self.calendars.retired(life.slot, life.shared, year, later)

    # Sums

    def _zone_units(self, sold: dict[int, Expr]) -> dict[int, Expr]:
        parts: dict[int, list[Expr]] = {}
        for r, units in sold.items():
            for z, w in self.plan.region_zones[r]:
                parts.setdefault(z, []).append(units * w)
        return {z: self.tape.total(x) for z, x in sorted(parts.items())}

    def _regions(
        self, ledger: str, phase: str, sold: dict[int, Expr], per: Expr | None, factors: dict[int, int], plus: Expr
    ) -> Expr:
        """Add units · (per · factor + plus) of every region to its sum; give their total."""
        tape = self.tape
        entries = [
            (
                units.factor, tape.key(("group", ledger, phase, "region", self.plan.regions[r])), units.row,
                factors.get(r, -1) if per is not None else -1,
            )
            for r, units in sold.items()
        ]  # fmt: skip
        dst = tape.local_row()
        a, c = (-1, 0.0) if per is None else (per.row, per.factor)
        tape.write(REGIONS, dst, a, plus.row, *tape.list(entries), c, plus.factor)
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
