"""What products share in one block of draws: grid zones, lives, carriers and the fate of materials.

Each is evaluated once a draw, not once a product.
"""

from dataclasses import dataclass

import numpy as np

from usephase.engine.cells import Ref
from usephase.engine.plan import AmountPlan, CurvePlan, PathPlan, Plan, WastePlan, ZonePlan
from usephase.engine.values import Value, Values, is_zero, times
from usephase.errors import NumericError
from usephase.model.end_of_life import normalized
from usephase.model.energy import YEARLY, remaining_hours
from usephase.model.grid import between, bracket, lost_per_delivered, trend_factor
from usephase.model.lifetime import DEFAULT_SHAPE, LAST_YEAR, weibull_from_quantiles, years_in_service

Curve = tuple[np.ndarray, np.ndarray, np.ndarray]
BAD_LIFE = (
    "a life is not a finite positive number of years in some draw: "
    "the amount that wears it out is 0, or t90 is below t50 → narrow the uncertainty of that row"
)


@dataclass(frozen=True)
class Fate:
    """What a kg of a material emits when discarded in a year: by route, and in all ledgers. [kg/kg]"""

    routes: tuple[tuple[int, Value], ...]
    avoided_routes: tuple[tuple[int, Value], ...]
    category_12: Value
    avoided: Value
    biogenic: Value


class Shared:
    """Evaluate and keep what products share.

    Parameters
    ----------
    plan : Plan
    values : Values
    """

    def __init__(self, plan: Plan, values: Values) -> None:
        self.plan, self.values = plan, values
        scenario = values(plan.scenario)
        self.scenario = np.broadcast_to(np.asarray(scenario, dtype=np.intp), (values.size,))
        self.members = [np.flatnonzero(self.scenario == s) for s in range(len(plan.scenarios))]
        self._curves: dict[int, Curve] = {}
        self._uses = list(plan.curve_uses)
        self._scales: dict[int, Value] = {}
        self._slabs: dict[tuple[int, str], list[Value]] = {}
        self._fixed: dict[tuple[int, str], np.ndarray | None] = {}
        self._fates: dict[tuple[int, int], Fate] = {}
        self._share_nodes: dict[int, tuple[np.ndarray, list[list[Value]]]] = {}

    # Grid

    def scale(self, z: int) -> Value:
        """Give the factor common to all years of a zone: level · level of the zone · error of its path."""
        if z not in self._scales:
            zone, v = self._zone(z), self.values
            scale = v(self.plan.level) * v(zone.level)
            if zone.error is not None:
                ours = np.array([path.reference for path in zone.paths])
                error = v(zone.error)
                scale = scale * (error if ours.all() else np.where(ours[self.scenario], error, 1.0))
            self._scales[z] = scale
        return self._scales[z]

    def loss(self, z: int) -> Value:
        """Give the generation lost for each kWh delivered in a zone."""
        return lost_per_delivered(self.values(self._zone(z).loss))

    def common_trend(self, year: int) -> Value:
        """Give the factor of the trend that all zones share, in a calendar year."""
        return self._power(self.values(self.plan.trend), year)

    def fixed_path(self, z: int, part: str) -> np.ndarray | None:
        """Give a zone's path over the years from the plan's first, if it is the same in all draws of a scenario.

        Shape (scenario, year), without the common scale and trend; None where the path's own nodes are uncertain or
        the zone has a trend of its own. A zone without fuel supply has an empty (0, 0) ``upstream``.
        """
        if (z, part) not in self._fixed:
            self._fixed[z, part] = self._fix(self._zone(z), part)
        return self._fixed[z, part]

    def factor(self, z: int, part: str, year: int) -> Value:
        """Give a zone's ``intensity`` or ``upstream`` in a calendar year. [kg/kWh]"""
        kept = self._slabs.setdefault((z, part), [])
        while len(kept) <= year - self.plan.first_year:
            kept.append(self._factor(z, part, self.plan.first_year + len(kept)))
        return kept[year - self.plan.first_year]

    def has_upstream(self, z: int) -> bool:
        """Tell whether any path of a zone has fuel supply apart from generation."""
        return any(path.upstream is not None for path in self._zone(z).paths)

    def _zone(self, z: int) -> ZonePlan:
        zone = self.plan.zones[z]
        assert zone is not None
        return zone

    def _power(self, trend: Value, year: int) -> Value:
        if np.ndim(trend) == 0 and trend == 0:
            return 1.0
        return trend_factor(trend, year - self.plan.reporting_year)

    def _factor(self, z: int, part: str, year: int) -> Value:
        zone, v = self._zone(z), self.values
        by_scenario = [self._node(path, part, year) for path in zone.paths]
        if len(by_scenario) == 1:
            path = by_scenario[0]
        elif all(np.ndim(x) == 0 for x in by_scenario):
            path = np.array(by_scenario, dtype=v.dtype)[self.scenario]
        else:
            path = np.choose(self.scenario, [np.broadcast_to(x, self.scenario.shape) for x in by_scenario])
        return path * self.scale(z) * self._power(v(self.plan.trend) + v(zone.trend), year)

    def _node(self, path: PathPlan, part: str, year: int) -> Value:
        refs = path.intensity if part == "intensity" else path.upstream
        if refs is None:
            return 0.0
        left, right, weight = bracket(path.years, year)
        return between(self.values(refs[left]), self.values(refs[right]), weight)

    def _fix(self, zone: ZonePlan, part: str) -> np.ndarray | None:
        refs = [path.intensity if part == "intensity" else path.upstream for path in zone.paths]
        if all(r is None for r in refs):
            return np.zeros((0, 0))
        if zone.trend.cell >= 0 or zone.trend.value != 0 or any(ref.cell >= 0 for r in refs if r for ref in r):
            return None
        years = np.arange(self.plan.first_year, self.plan.year + LAST_YEAR + 1)
        return np.array(
            [
                np.zeros(len(years)) if r is None else np.interp(years, path.years, [ref.value for ref in r])
                for path, r in zip(zone.paths, refs, strict=True)
            ],
            dtype=self.values.dtype,
        )

    # Lives

    def curve(self, i: int) -> Curve:
        """Give years in service (year, draw), share retired (year, draw) and mean life (draw,) of a life."""
        self._uses[i] -= 1
        if i in self._curves:
            return self._curves[i] if self._uses[i] > 0 else self._curves.pop(i)
        made = self._curve(self.plan.curves[i])
        if self._uses[i] > 0:
            self._curves[i] = made
        return made

    def _curve(self, curve: CurvePlan) -> Curve:
        v, kind = self.values, curve.distribution
        if curve.t50 is not None and curve.t90 is not None:
            mean, shape = weibull_from_quantiles(v(curve.t50), v(curve.t90))
        else:
            assert curve.mean is not None
            mean = v(curve.mean)
            shape = DEFAULT_SHAPE[kind] if curve.shape is None else v(curve.shape)
        if curve.wear is not None:
            worn = self.amount(curve.wear, curve.wear_profile, None)
            if curve.wear_load is not None:
                worn = worn * v(curve.wear_load)
            mean = mean / worn
        if not (np.isfinite(mean).all() and np.isfinite(shape).all() and (np.asarray(mean) > 0).all()):
            raise NumericError(BAD_LIFE)
        limit = v.optional(curve.max_years)
        if kind == "weibull" and v.dtype is np.float64:
            from usephase.model.weibull import weibull_years_in_service

            size = (v.size,)
            return weibull_years_in_service(
                np.broadcast_to(mean, size), np.broadcast_to(shape, size), limit, self.plan.timing
            )
        make = np.asarray
        service, retired, life = years_in_service(
            kind, make(mean, dtype=v.dtype), make(shape, dtype=v.dtype), limit, self.plan.timing
        )
        wide = (len(service), v.size)
        return np.broadcast_to(service, wide), np.broadcast_to(retired, wide), np.broadcast_to(life, wide[1:])

    def amount(self, amount: AmountPlan, profile: int, life: Value | None) -> Value:
        """Give the hours or cycles a year of one mode of a profile."""
        if amount.unit == "rest":
            others = [
                self.amount(other, profile, life)
                for other in self.plan.profiles[profile]
                if other.unit.startswith("h/")
            ]
            return remaining_hours(others)
        assert amount.ref is not None
        value = self.values(amount.ref)
        if amount.unit.endswith("/life"):
            assert life is not None
            return value / life
        return value * YEARLY[amount.unit]

    # Waste

    def fate(self, z: int, material: int, year: int) -> Fate:
        """Give the fate of a material discarded in a zone in a calendar year."""
        waste = self.plan.waste[z, material]
        key = (id(waste), year if waste.dated else 0)
        if key not in self._fates:
            self._fates[key] = self._fate(waste, year)
        return self._fates[key]

    def _fate(self, waste: WastePlan, year: int) -> Fate:
        shares = self._shares(waste, year)
        ledgers = [
            [
                times(share, self._at(t.years, getattr(t, column), year))
                for share, t in zip(shares, waste.treatments, strict=True)
            ]
            for column in ("factor", "avoided", "biogenic")
        ]
        names = [s.route for s in waste.shares]
        return Fate(
            tuple(zip(names, ledgers[0], strict=True)), tuple(zip(names, ledgers[1], strict=True)),
            *(sum(parts[1:], start=parts[0]) for parts in ledgers),
        )  # fmt: skip

    def _at(self, years: np.ndarray, refs: tuple[Ref, ...], year: int) -> Value:
        left, right, weight = bracket(years, year)
        return between(self.values(refs[left]), self.values(refs[right]), weight)

    def _shares(self, waste: WastePlan, year: int) -> list[Value]:
        """Give the shares of the routes: divided by their sum at every listed year, and linear between those."""
        if id(waste) not in self._share_nodes:
            years = np.unique(np.concatenate([s.years for s in waste.shares]))
            given = [[self._at(s.years, s.share, int(y)) for s in waste.shares] for y in years]
            nodes = [
                [0.0 if is_zero(share) else part for share, part in zip(shares, normalized(shares), strict=True)]
                for shares in given
            ]
            self._share_nodes[id(waste)] = (years, nodes)
        years, nodes = self._share_nodes[id(waste)]
        left, right, weight = bracket(years, year)
        return [between(a, b, weight) for a, b in zip(nodes[left], nodes[right], strict=True)]
