"""One figure of one product, and nothing else: the lean counterpart of `usephase.engine.block`.

Only the headline's basis and boundary and the direct phase are written, and only what the figure counts.
"""

from usephase.engine.cells import Ref
from usephase.engine.plan import CasePlan, ModePlan, Plan, ProductPlan, ZonePlan
from usephase.insight.figure import REFRIGERANT, Figure
from usephase.insight.tape import Expr, Key, Tape, TapeBuilder
from usephase.model.energy import YEARLY

T_PER_KG = 1e-3
DIRECT_PHASE = 0


class Writer:
    """Write what products add to a figure, one after the other."""

    def __init__(self, plan: Plan, figure: Figure) -> None:
        self.plan, self.figure = plan, figure
        self._fates = Fates(plan, figure)

    def __call__(self, product: ProductPlan) -> Tape | None:
        """Write one product's tape; None if it adds nothing."""
        if not _belongs(self.plan, product, self.figure):
            return None
        return _Writer(self.plan, product, self.figure, self._fates).tape()


def fixed(ref: Ref) -> tuple[int, float]:
    """Make a reference part of a key: not-a-numbers of cells are not equal to each other."""
    return ref.cell, ref.value if ref.cell < 0 else 0.0


def _belongs(plan: Plan, product: ProductPlan, figure: Figure) -> bool:
    if plan.year not in product.sales:
        return False
    if figure.by == "product":
        return product.name == figure.group
    if figure.by == "family":
        return product.family == figure.group
    if figure.by in plan.label_names:
        return product.labels[plan.label_names.index(figure.by)] == figure.group
    return True


class _Writer:
    def __init__(self, plan: Plan, product: ProductPlan, figure: Figure, fates: "Fates") -> None:
        self.plan, self.product, self.figure, self.fates = plan, product, figure, fates
        self.t = TapeBuilder()
        ledger = figure.ledger
        self.in_use = ledger in ("total", "category_11", "biogenic_co2") and figure.by != "material"
        self.discarded = ledger != "category_11" and figure.by != "mode"

    def tape(self) -> Tape | None:
        product, t = self.product, self.t
        shares = [fixed(s.share) for s in product.segments if s.share is not None]
        uses, wastes = [], []
        for j, segment in enumerate(product.segments):
            if self.figure.by == "segment" and self.plan.segment_names[segment.group] != self.figure.group:
                continue
            share = self._share(shares, j)
            for case in segment.cases:
                units = self._units(case)
                if not units:
                    continue
                if self.in_use and case.curve >= 0:
                    uses.append(t.times(share, self._use(case, units)))
                if self.discarded:
                    wastes.append(t.times(share, self._waste(case, units)))
        used = t.times(t.ref(product.allocation), t.plus(*uses))
        total = t.plus(used, *wastes)
        if total.factor == 0.0:
            return None
        return t.finish(Expr(total.factor * T_PER_KG, total.node))

    def _share(self, shares: list[tuple[int, float]], j: int) -> Expr:
        if not shares:
            return self.t.number(1.0)
        if all(cell < 0 for cell, _ in shares):
            return self.t.number(shares[j][1] / sum(value for _, value in shares))
        return self.t.leaf(("share", tuple(shares), j))

    def _units(self, case: CasePlan) -> dict[int, Expr]:
        """Give the units sold in each region of a case that the figure counts."""
        sold = self.product.sales[self.plan.year]
        return {
            r: self.t.ref(sold[r])
            for r in case.regions
            if r in sold and not (self.figure.by == "region" and self.plan.regions[r] != self.figure.group)
        }

    def _by_zone(self, units: dict[int, Expr]) -> dict[int, Expr]:
        parts: dict[int, list[Expr]] = {}
        for r, sold in units.items():
            for z, weight in self.plan.region_zones[r]:
                parts.setdefault(z, []).append(self.t.times(self.t.number(weight), sold))
        return {z: self.t.plus(*parts[z]) for z in sorted(parts)}

    # Category 11

    def _use(self, case: CasePlan, units: dict[int, Expr]) -> Expr:
        """Give the emissions of use of a case's units over their lives, before allocation. [kg]"""
        t, product = self.t, self.product
        everywhere = t.plus(*units.values())
        electric, burnt, gas = [], [], []
        for mode in product.modes if case.profile >= 0 else ():
            amount = self._amount(case, mode)
            if mode.phase != DIRECT_PHASE or amount is None or not self._counts("mode", mode.name):
                continue
            energy = t.times(t.ref(mode.rate), t.ref(mode.load), t.inverse(mode.efficiency), amount)
            if mode.carrier < 0:
                electric.append(t.times(t.number(1e-3 if mode.rate_unit == "W" else 1.0), energy))
            else:
                burnt.append(t.times(energy, self._carrier_units(mode), self._carrier_factor(mode)))
        if self.figure.ledger != "biogenic_co2" and self._counts("mode", REFRIGERANT) and self._part(REFRIGERANT):
            gas = [t.times(t.ref(g.charge), t.ref(g.annual_leak), t.ref(g.gwp)) for g in product.refrigerants]
        terms = []
        if electric and self.figure.ledger != "biogenic_co2":
            terms.append(t.times(t.plus(*electric), self._electricity(case, units)))
        per_unit = []
        if burnt:
            per_unit.append(t.times(t.plus(*burnt), self._years(case)))
        if gas:
            per_unit.append(t.times(t.plus(*gas), t.leaf(("life", case.curve))))
        return t.plus(*terms, t.times(everywhere, t.plus(*per_unit)))

    def _counts(self, by: str, group: str) -> bool:
        return self.figure.by != by or self.figure.group == group

    def _part(self, component: str) -> bool:
        return self.figure.by != "component" or self.figure.group == component

    def _amount(self, case: CasePlan, mode: ModePlan) -> Expr | None:
        found = next((a for a in self.plan.profiles[case.profile] if a.mode == mode.name), None)
        if found is None:
            return None
        if found.ref is None:
            others = self.plan.profiles[case.profile]
            return self.t.leaf(("rest", case.profile, case.curve if any(a.unit == "h/life" for a in others) else -1))
        if found.unit.endswith("/life"):
            return self.t.times(self.t.ref(found.ref), self.t.leaf(("per_life", case.curve)))
        return self.t.times(self.t.number(YEARLY[found.unit]), self.t.ref(found.ref))

    def _years(self, case: CasePlan) -> Expr:
        return self.t.leaf(("years", case.curve, fixed(self.product.use_change)))

    def _carrier_units(self, mode: ModePlan) -> Expr:
        return self.t.leaf(("carrier_units", mode.carrier, mode.rate_unit))

    def _carrier_factor(self, mode: ModePlan) -> Expr:
        t, carrier = self.t, self.plan.carriers[mode.carrier]
        if self.figure.ledger == "biogenic_co2":
            return t.ref(carrier.biogenic)
        counted = [t.ref(carrier.combustion)] if self._part("combustion") else []
        if self.plan.boundary == "life_cycle" and self._part("fuel_upstream"):
            counted.append(t.ref(carrier.upstream))
        return t.plus(*counted)

    def _electricity(self, case: CasePlan, units: dict[int, Expr]) -> Expr:
        """Give what 1 kWh a year emits over the lives of the units. [kg]"""
        t = self.t
        terms = []
        for z, sold in self._by_zone(units).items():
            zone = self.plan.zones[z]
            assert zone is not None
            factors = [sold, t.ref(zone.level), self._path(case, z, zone)]
            if zone.error is not None:
                factors.append(self._error(z, zone))
            terms.append(t.times(*factors))
        return t.times(t.ref(self.plan.level), t.plus(*terms))

    def _error(self, z: int, zone: ZonePlan) -> Expr:
        assert zone.error is not None
        if all(path.reference for path in zone.paths):
            return self.t.ref(zone.error)
        return self.t.leaf(("error", z))

    def _path(self, case: CasePlan, z: int, zone: ZonePlan) -> Expr:
        """Give a zone's factor over a life without what multiplies all its years."""
        t = self.t
        generation = self._over_life(case, z, "intensity")
        if self.plan.boundary == "minimum":
            return generation if self._part("generation") else t.number(0.0)
        listed = any(path.upstream is not None for path in zone.paths)
        upstream = self._over_life(case, z, "upstream") if listed else t.number(0.0)
        if self.figure.by != "component":
            return t.times(t.plus(generation, upstream), t.leaf(("gross", z)))
        if self.figure.group == "losses":
            return t.times(t.plus(generation, upstream), t.leaf(("lost", z)))
        return {"generation": generation, "upstream": upstream}.get(self.figure.group, t.number(0.0))

    def _over_life(self, case: CasePlan, z: int, part: str) -> Expr:
        if self.plan.grid_basis == "frozen":
            return self.t.times(self._years(case), self.t.leaf(("sale", z, part)))
        return self.t.leaf(("grid", case.curve, fixed(self.product.use_change), z, part))

    # Category 12

    def _waste(self, case: CasePlan, units: dict[int, Expr]) -> Expr:
        """Give the emissions of discarding a case's units. [kg]"""
        t = self.t
        by_zone = self._by_zone(units) if self.product.masses else {}
        terms, sold = [], dict[tuple[int, ...], Expr]()
        for mass in self.product.masses:
            if not self._counts("material", self.plan.materials[mass.material]):
                continue
            fates = []
            for key, zones in self.fates(tuple(by_zone), mass.material, -1 if mass.packaging else case.curve):
                if zones not in sold:
                    sold[zones] = t.plus(*(by_zone[z] for z in zones))
                fates.append(t.times(sold[zones], t.leaf(key)))
            if fates:
                terms.append(t.times(t.ref(mass.mass), t.plus(*fates)))
        lost = self.figure.ledger in ("total", "category_12") and self._counts("material", REFRIGERANT)
        if lost and self._part(REFRIGERANT) and self.product.refrigerants:
            gases = [
                t.times(t.ref(g.charge), t.ref(g.end_of_life_loss), t.ref(g.gwp)) for g in self.product.refrigerants
            ]
            terms.append(t.times(t.plus(*units.values()), t.plus(*gases)))
        return t.plus(*terms)


class Fates:
    """Name what becomes of a material in zones; zones that share a fate share its leaf."""

    def __init__(self, plan: Plan, figure: Figure) -> None:
        self.plan, self.figure = plan, figure
        self.ledger = "category_12" if figure.ledger == "total" else figure.ledger
        self.route = -1
        if figure.by == "component":
            self.route = plan.routes.index(figure.group) if figure.group in plan.routes else -2
        self._canonical: dict[tuple[int, int], tuple[int, int]] = {}
        self._kept: dict[tuple[tuple[int, ...], int, int], list[tuple[Key, tuple[int, ...]]]] = {}

    def __call__(self, zones: tuple[int, ...], material: int, curve: int) -> list[tuple[Key, tuple[int, ...]]]:
        """Give the leaves of a material, each with its zones; no curve (−1) for what is discarded at once."""
        asked = (zones, material, curve)
        if asked not in self._kept:
            met: dict[Key, tuple[int, ...]] = {}
            for z in zones:
                key = self._key(z, material, curve)
                met[key] = (*met.get(key, ()), z)
            self._kept[asked] = list(met.items())
        return self._kept[asked]

    def _key(self, z: int, material: int, curve: int) -> Key:
        waste = self.plan.waste[z, material]
        if (z, material) not in self._canonical:
            self._canonical[z, material] = _canonical(self.plan, z, material, id(waste))
        dated = curve if waste.dated else -1
        return ("fate", *self._canonical[z, material], self.ledger, self.route, dated)


def _canonical(plan: Plan, z: int, material: int, waste: int) -> tuple[int, int]:
    """Give the first zone that shares a fate, so that it is evaluated once for all of them."""
    for other in range(z):
        if (other, material) in plan.waste and id(plan.waste[other, material]) == waste:
            return other, material
    return z, material
