"""Leaves of a tape: their values at a sample matrix, or with some cells swapped."""

from dataclasses import dataclass, replace
from threading import RLock
from typing import Any

import numpy as np

from usephase.engine.cells import Ref
from usephase.engine.electricity import in_order
from usephase.engine.plan import PathPlan, Plan
from usephase.engine.shared import Curve, Shared
from usephase.engine.values import Value, Values
from usephase.insight.dependence import Dependence
from usephase.insight.tape import Key
from usephase.model.end_of_life import normalized
from usephase.model.energy import carrier_units_per
from usephase.model.grid import between, bracket, lost_per_delivered, trend_factor
from usephase.model.lifetime import LAST_YEAR
from usephase.model.use_phase import used_years


@dataclass(frozen=True)
class Swap:
    """What makes a world out of two others: which cells come from B, and what such worlds have in common."""

    at_a: "World"
    at_b: "World"
    cells: frozenset[int]
    common: dict[tuple[Key, frozenset[int]], Any]


class World:
    """Give the values of leaves for one assignment of draws to cells.

    Parameters
    ----------
    plan : Plan
    values : Values
        The draws of the cells.
    dependence : Dependence
    swap : Swap, optional
        Where this world is another one with some cells swapped.
    trunk : World, optional
        Makes and keeps the leaves that products share, for several worlds in threads of their own.
    """

    def __init__(
        self,
        plan: Plan,
        values: Values,
        dependence: Dependence,
        swap: "Swap | None" = None,
        trunk: "World | None" = None,
    ) -> None:
        self.plan, self.values, self.dependence, self.swap, self.trunk = plan, values, dependence, swap, trunk
        self._lock = RLock()
        # Curves are kept here, not there.
        self.shared = Shared(replace(plan, curve_uses=(1,) * len(plan.curves)), values)
        self._kept: dict[Key, Any] = {}
        self._local: dict[Key, Any] = {}

    def __call__(self, key: Key) -> Any:
        """Give a leaf, or a part of one. Shape (draw,) or scalar; curves and paths (year, draw)."""
        local = self.dependence.local(key)
        if self.trunk is not None and not local:
            with self.trunk._lock:
                return self.trunk(key)
        kept = self._local if local else self._kept
        if key not in kept:
            kept[key] = self._make(*key) if self.swap is None else self._swapped(key, self.swap)
        return kept[key]

    def forget(self) -> None:
        """Drop what belongs to a single product."""
        if self._local:
            self._local.clear()
            self.values.forget("product:")

    def _swapped(self, key: Key, swap: "Swap") -> Any:
        """Take a leaf from A or B, or from any world that swaps the same of its cells, or make it."""
        cells = self.dependence(key)
        hit = swap.cells & cells
        if not hit:
            return swap.at_a(key)
        if len(hit) == len(cells):
            return swap.at_b(key)
        if self.dependence.local(key):
            return self._make(*key)
        if (key, hit) not in swap.common:
            swap.common[key, hit] = self._make(*key)
        return swap.common[key, hit]

    def _make(self, kind: Any, *args: Any) -> Any:
        v, shared = self.values, self.shared
        if kind == "cell":
            return v(Ref(args[0], 0.0))
        if kind == "inverse":
            return 1 / v(Ref(args[0], 0.0))
        if kind == "one":
            return 1.0
        if kind == "share":
            return normalized([v(Ref(*ref)) for ref in args[0]])[args[1]]
        if kind == "rest":
            amount = next(a for a in self.plan.profiles[args[0]] if a.ref is None)
            return shared.amount(amount, args[0], self._curve(args[1])[2] if args[1] >= 0 else None)
        if kind == "curve":
            return shared.curve(args[0])
        if kind == "life":
            return self._curve(args[0])[2]
        if kind == "per_life":
            return 1 / self._curve(args[0])[2]
        if kind == "used":
            return used_years(self._curve(args[0])[0], v(Ref(*args[1])))
        if kind == "years":
            return in_order(self(("used", *args)))
        if kind == "path":
            return self._path(*args)
        if kind == "grid":
            return self._over_life(*args)
        if kind == "sale":
            return self._year(args[0], args[1], self.plan.year)
        if kind == "error":
            return self._error(args[0])
        if kind in ("gross", "lost"):
            zone = self.plan.zones[args[0]]
            assert zone is not None
            lost = lost_per_delivered(v(zone.loss))
            return 1 + lost if kind == "gross" else lost
        if kind == "carrier_units":
            carrier = self.plan.carriers[args[0]]
            return carrier_units_per(
                args[1], carrier.unit, v.optional(carrier.density), v.optional(carrier.heating_value)
            )
        return self._fate(*args)

    def _curve(self, i: int) -> Curve:
        curve: Curve = self(("curve", i))
        return curve

    def _error(self, z: int) -> Value:
        zone = self.plan.zones[z]
        assert zone is not None
        assert zone.error is not None
        ours = np.array([path.reference for path in zone.paths])
        return np.where(ours[self.shared.scenario], self.values(zone.error), 1.0)

    # Grid: as Shared.factor, without what multiplies all years of a zone.

    def _over_life(self, curve: int, change: tuple[int, float], z: int, part: str) -> Value:
        used = self(("used", curve, change))
        rows = self(("path", z, part))
        if isinstance(rows, np.ndarray) and rows.ndim == 2:  # a fixed path, a row a scenario
            weights = rows[:, : len(used)]
            if len(weights) == 1:
                return weights[0] @ used
            out = np.empty(used.shape[1])
            for weight, mine in zip(weights, self.shared.members, strict=True):
                out[mine] = weight @ used[:, mine]
            return out
        total: Value = used[0] * self._year(z, part, self.plan.year)
        for k in range(1, len(used)):
            total = total + used[k] * self._year(z, part, self.plan.year + k)
        return total

    def _path(self, z: int, part: str) -> np.ndarray | None:
        """Give a zone's path from the sale year on, (scenario, year), if nothing but the scenario is drawn."""
        path, trend = self.shared.fixed_path(z, part), self.plan.trend
        if path is None or trend.cell >= 0:
            return None
        first = self.plan.year - self.plan.first_year
        rows = path[:, first : first + LAST_YEAR + 1]
        years = np.arange(rows.shape[1]) + self.plan.year - self.plan.reporting_year
        return np.asarray(rows * np.power(1 + trend.value, np.maximum(years, 0)))

    def _year(self, z: int, part: str, year: int) -> Value:
        key: Key = ("year", z, part, year)
        if key not in self._kept:
            self._kept[key] = self._make_year(z, part, year)
        value: Value = self._kept[key]
        return value

    def _make_year(self, z: int, part: str, year: int) -> Value:
        zone, v = self.plan.zones[z], self.values
        assert zone is not None
        by_scenario = [np.broadcast_to(self._node(path, part, year), (v.size,)) for path in zone.paths]
        path = by_scenario[0] if len(by_scenario) == 1 else np.choose(self.shared.scenario, by_scenario)
        return path * trend_factor(v(self.plan.trend) + v(zone.trend), year - self.plan.reporting_year)

    def _node(self, path: PathPlan, part: str, year: int) -> Value:
        refs = path.intensity if part == "intensity" else path.upstream
        if refs is None:
            return 0.0
        left, right, weight = bracket(path.years, year)
        return between(self.values(refs[left]), self.values(refs[right]), weight)

    # Waste

    def _fate(self, z: int, material: int, ledger: str, route: int, curve: int) -> Value:
        year = self.plan.year
        if curve < 0:
            return self._fate_in(z, material, ledger, route, year)
        total: Value = 0.0
        for k, share in enumerate(self._curve(curve)[1]):
            total = total + share * self._fate_in(z, material, ledger, route, year + k)
        return total

    def _fate_in(self, z: int, material: int, ledger: str, route: int, year: int) -> Value:
        fate = self.shared.fate(z, material, year)
        if route == -1:
            return {"category_12": fate.category_12, "avoided": fate.avoided, "biogenic_co2": fate.biogenic}[ledger]
        routes = dict(fate.avoided_routes if ledger == "avoided" else fate.routes)
        return routes.get(route, 0.0)
