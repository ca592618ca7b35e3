"""Grid zones on a tape: factors in one calendar year, and paths over the years as series of fixed weights.

A path whose nodes are plain numbers is a series of weights by scenario; one with uncertain nodes is a sum over its
nodes, each with the weights of linear interpolation. Seen under one scenario alone, zones are those of a catalog that
has no other.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from usephase.engine.plan.records import PathPlan, Plan, ZonePlan
from usephase.engine.program.code import AGES
from usephase.engine.program.electricity import WIDE
from usephase.engine.program.rows import Expr, Writer
from usephase.model.grid import bracket, lost_per_delivered

BY_SCENARIO, ALIKE = 0, 1


class Series(NamedTuple):
    """A path over the years: one series of weights, or nodes with a series each.

    Attributes
    ----------
    kind : int
        Weights `BY_SCENARIO`, or `ALIKE` in all that are met.
    plain : bool
        Whether its one series is the path itself.
    parts : tuple of (int, Expr)
        Numbers of series, with the node that each is multiplied by.
    """

    kind: int
    plain: bool
    parts: tuple[tuple[int, Expr], ...]


class Weights:
    """Hold the weights of a tape: series over the years, and the sets in which they are met.

    Parameters
    ----------
    plan : Plan
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.span = plan.year - plan.first_year + AGES + 2 * WIDE
        self.years = np.arange(plan.first_year, plan.first_year + self.span)
        self._by_scenario: list[np.ndarray] = []  # (scenario, year) a series
        self._alike: list[np.ndarray] = []  # (year,) a series
        self._sets: list[tuple[int, int]] = []  # kind, sale year
        self._set_at: dict[tuple[int, int], int] = {}
        self._node_series: dict[tuple[int, ...], int] = {}

    def path(self, table: np.ndarray) -> tuple[int, int]:
        """Number a path (scenario, year), or (1, year) of one scenario alone; give its kind as well."""
        kind = BY_SCENARIO if len(table) == len(self.plan.scenarios) else ALIKE
        held = self._by_scenario if kind == BY_SCENARIO else self._alike
        held += [table] if kind == BY_SCENARIO else list(table)
        return kind, len(held) - 1

    def nodes(self, years: tuple[int, ...]) -> int:
        """Number the series of some nodes; give the first."""
        if years not in self._node_series:
            self._node_series[years] = len(self._alike)
            self._alike += [np.interp(self.years, years, row) for row in np.eye(len(years))]
        return self._node_series[years]

    def set(self, kind: int, year: int) -> int:
        """Number a set of weights as met from a sale year on."""
        if (kind, year) not in self._set_at:
            self._set_at[kind, year] = len(self._sets)
            self._sets.append((kind, year))
        return self._set_at[kind, year]

    def finished(self) -> tuple[np.ndarray, np.ndarray]:
        """Give all weights, and for each set where it begins, its strides and its number of scenarios."""
        scenarios = len(self.plan.scenarios)
        own = np.stack(self._by_scenario, axis=1) if self._by_scenario else np.zeros((scenarios, 0, self.span))
        alike = np.array(self._alike).reshape(-1, self.span)
        table = []
        for kind, year in self._sets:
            offset = year - self.plan.first_year
            if kind == BY_SCENARIO:
                table.append((offset, own.shape[1] * self.span, self.span, scenarios))
            else:
                table.append((own.size + offset, 0, self.span, 1))
        return np.concatenate([own.ravel(), alike.ravel()]), np.array(table, dtype=np.int64).reshape(-1, 4)


class Zones:
    """Write zones.

    Parameters
    ----------
    plan : Plan
    tape : Writer
    weights : Weights
    scenario : int
        The one that all draws are in; −1: the one that each draw is in.
    """

    def __init__(self, plan: Plan, tape: Writer, weights: Weights, scenario: int = -1) -> None:
        self.plan, self.tape, self.weights, self.scenario = plan, tape, weights, scenario
        self._zones: dict[int, ZonePlan] = {}
        self._series: dict[tuple[int, str], Series | None] = {}
        self._scales: dict[int, Expr] = {}
        self._trends: dict[int, Expr] = {}
        self._frozen: dict[tuple[int, int], tuple[int, int, int]] = {}
        self._headlines: dict[tuple[int, int], Expr] = {}

    # Zones

    def _zone(self, z: int) -> ZonePlan:
        if z not in self._zones:
            zone = self.plan.zones[z]
            assert zone is not None
            self._zones[z] = zone if self.scenario < 0 else replace(zone, paths=(zone.paths[self.scenario],))
        return self._zones[z]

    def scale(self, z: int) -> Expr:
        """Write level · level of the zone · error of its path."""
        if z not in self._scales:
            zone, v = self._zone(z), self.tape.value
            scale = v(self.plan.level) * v(zone.level)
            if zone.error is not None:
                error = v(zone.error)
                ours = [error if path.reference else self.tape.number(1.0) for path in zone.paths]
                scale = scale * self.tape.choose(ours)
            self._scales[z] = scale
        return self._scales[z]

    def lost(self, z: int) -> Expr:
        """Write the generation lost for each kWh delivered."""
        return lost_per_delivered(self.tape.value(self._zone(z).loss))  # type: ignore[arg-type,return-value]

    def gross(self, z: int) -> Expr:
        """Write what the headline counts for each kg of generation and upstream."""
        return self.tape.number(1.0) if self.plan.boundary == "minimum" else self.lost(z) + 1.0

    def trend(self, z: int) -> Expr:
        """Write the yearly change of a zone."""
        if z not in self._trends:
            self._trends[z] = self.tape.value(self.plan.trend) + self.tape.value(self._zone(z).trend)
        return self._trends[z]

    def has_upstream(self, z: int) -> bool:
        """Tell whether any path of a zone has fuel supply apart from generation."""
        return any(path.upstream is not None for path in self._zone(z).paths)

    def factor(self, z: int, part: str, year: int) -> Expr:
        """Write a zone's ``intensity`` or ``upstream`` in one calendar year. [kg/kWh]"""
        at = [self._at(path, part, year) for path in self._zone(z).paths]
        out = self.tape.choose(at) * self.scale(z)
        trend = self.trend(z)
        if not trend.is_zero:
            for _ in range(max(year - self.plan.reporting_year, 0)):
                out = out * (trend + 1.0)
        return out

    def headline(self, z: int, year: int) -> Expr:
        """Write what the headline counts of a kWh in one calendar year."""
        if (z, year) not in self._headlines:
            out = self.factor(z, "intensity", year)
            if self.plan.boundary != "minimum" and self.has_upstream(z):
                out = out + self.factor(z, "upstream", year)
            self._headlines[z, year] = out * self.gross(z)
        return self._headlines[z, year]

    def frozen(self, z: int, year: int) -> tuple[int, int, int]:
        """Give the rows of a zone's generation, upstream (or −1) and losses in one calendar year. [kg/kWh]"""
        if (z, year) not in self._frozen:
            tape = self.tape
            generation = self.factor(z, "intensity", year)
            upstream = self.factor(z, "upstream", year) if self.has_upstream(z) else tape.number(0.0)
            losses = (generation + upstream) * self.lost(z)
            above = -1 if upstream.is_zero else tape.row(upstream)
            self._frozen[z, year] = (tape.row(generation), above, tape.row(losses))
        return self._frozen[z, year]

    def _at(self, path: PathPlan, part: str, year: int) -> Expr:
        refs = path.intensity if part == "intensity" else path.upstream
        if refs is None:
            return self.tape.number(0.0)
        left, right, weight = bracket(path.years, year)
        first = self.tape.value(refs[left])
        return first if weight == 0.0 else first * (1.0 - weight) + self.tape.value(refs[right]) * weight

    # Series

    def series(self, z: int, part: str) -> Series | None:
        """Give a zone's ``intensity``, ``upstream`` or ``headline`` over the years; None if it is nothing."""
        if (z, part) not in self._series:
            self._series[z, part] = self._make(z, part)
        return self._series[z, part]

    def _make(self, z: int, part: str) -> Series | None:
        zone = self._zone(z)
        upstream = self.has_upstream(z)
        parts = ["intensity"] if part == "headline" else [part]
        if part == "headline" and self.plan.boundary != "minimum" and upstream:
            parts.append("upstream")
        if part == "upstream" and not upstream:
            return None
        refs = [
            r
            for path in zone.paths
            for p in parts
            for r in ((path.intensity if p == "intensity" else path.upstream) or ())
        ]
        if all(ref.cell < 0 for ref in refs):
            years = self.weights.years
            table = np.zeros((len(zone.paths), len(years)))
            for s, path in enumerate(zone.paths):
                for p in parts:
                    its = path.intensity if p == "intensity" else path.upstream
                    if its is not None:
                        table[s] += np.interp(years, path.years, [ref.value for ref in its])
            kind, number = self.weights.path(table)
            return Series(kind, True, ((number, self.tape.number(1.0)),))
        nodes = tuple(int(y) for y in np.unique(np.concatenate([path.years for path in zone.paths])))
        first = self.weights.nodes(nodes)
        values = []
        for n, year in enumerate(nodes):
            at = [
                sum((self._at(path, p, year) for p in parts[1:]), self._at(path, parts[0], year)) for path in zone.paths
            ]
            values.append((first + n, self.tape.choose(at)))
        return Series(ALIKE, False, tuple(values))
