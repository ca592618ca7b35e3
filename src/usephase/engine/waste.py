"""Category 12 of one tile of products: what a unit emits when discarded, and masses added up by their fate.

A material whose routes and treatments are the same in all years meets one fate a draw: its masses are added up over
the products and meet the fate once. A dated fate is averaged over the ages at which units retire.
"""

from dataclasses import dataclass, field

import numpy as np

from usephase.engine.plan import Plan
from usephase.engine.shared import Fate, Shared
from usephase.engine.sums import Sums
from usephase.engine.values import Value, is_zero, times

T_PER_KG = 1e-3
LEDGERS = ("category_12", "avoided", "biogenic_co2")
Mass = tuple[int, bool, Value]


@dataclass
class UnitFate:
    """What a unit emits in one zone, by ledger. [kg CO2e]

    `now` is what is discarded in the sale year, `later` what retires with the unit; `dated` masses meet another
    fate each year and are in `total` only.
    """

    total: dict[str, Value] = field(default_factory=dict)
    now: Value = 0.0
    later: Value = 0.0
    dated: list[Mass] = field(default_factory=list)


class Discards:
    """Add up the masses that products of a tile discard, by fate."""

    def __init__(self, plan: Plan, shared: Shared, sums: Sums) -> None:
        self.plan, self.shared, self.sums = plan, shared, sums
        self._masses: dict[tuple[int, int], tuple[int, int, np.ndarray]] = {}

    def unit(self, z: int, masses: list[Mass], retired: np.ndarray | None, units: Value, year: int) -> UnitFate:
        """Give a unit's fate in a zone, and add the masses of `units` to those discarded.

        Parameters
        ----------
        masses : list of (material, packaging, kg)
        retired : ndarray (age, draw) or None
            Share retired at each age; None: everything is discarded in the sale year.
        """
        out = UnitFate()
        for material, packaging, mass in masses:
            waste = self.plan.waste[z, material]
            at_once = packaging or retired is None
            if not waste.dated:
                fate = self.shared.fate(z, material, year)
                self._hold(z, material, mass * units)
                if at_once:
                    out.now = out.now + mass * fate.category_12
                else:
                    out.later = out.later + mass * fate.category_12
            else:
                fate = self._fate(z, material, None if at_once else retired, year)
                self._settle(fate, material, mass * units)
                out.dated.append((material, packaging, mass))
            for ledger, factor in zip(LEDGERS, (fate.category_12, fate.avoided, fate.biogenic), strict=True):
                if ledger == LEDGERS[0] or not is_zero(factor):
                    out.total[ledger] = out.total.get(ledger, 0.0) + mass * factor
        return out

    def settle(self) -> None:
        """Add the emissions of all masses held to the sums by route and by material."""
        for z, material, kg in self._masses.values():
            self._settle(self.shared.fate(z, material, self.plan.year), material, kg)
        self._masses.clear()

    def _hold(self, z: int, material: int, kg: Value) -> None:
        key = (id(self.plan.waste[z, material]), material)
        if key not in self._masses:
            self._masses[key] = (z, material, np.zeros(self.sums.size))
        held = self._masses[key][2]
        held += kg

    def _fate(self, z: int, material: int, retired: np.ndarray | None, year: int) -> Fate:
        """Give the fate in a year, or averaged over the ages at which units retire."""
        if retired is None:
            return self.shared.fate(z, material, year)
        fates = [self.shared.fate(z, material, year + k) for k in range(len(retired))]

        def mean(values: list[Value]) -> Value:
            return sum((times(r, v) for r, v in zip(retired, values, strict=True)), start=0.0)

        def routes(name: str) -> tuple[tuple[int, Value], ...]:
            columns = zip(*(getattr(fate, name) for fate in fates), strict=True)
            return tuple((column[0][0], mean([v for _, v in column])) for column in columns)

        return Fate(
            routes("routes"), routes("avoided_routes"),
            *(mean([getattr(fate, name) for fate in fates]) for name in ("category_12", "avoided", "biogenic")),
        )  # fmt: skip

    def _settle(self, fate: Fate, material: int, kg: Value) -> None:
        tonnes = kg * T_PER_KG
        name = self.plan.materials[material]
        for ledger, routes in (("category_12", fate.routes), ("avoided", fate.avoided_routes)):
            for route, factor in routes:
                if ledger == LEDGERS[0] or not is_zero(factor):
                    self.sums.add(("group", ledger, "", "component", self.plan.routes[route]), tonnes * factor)
        for ledger, factor in zip(LEDGERS, (fate.category_12, fate.avoided, fate.biogenic), strict=True):
            if ledger == LEDGERS[0] or not is_zero(factor):
                self.sums.add(("group", ledger, "", "material", name), tonnes * factor)
