"""Grid zones on a tape: what a kWh meets over a life, and what a zone emits in a calendar year.

A path whose nodes are plain numbers is a series of fixed weights by scenario; one with uncertain nodes is a sum over
its nodes, each with the fixed weights of linear interpolation. Either way the ages of a life collapse first.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from usephase.engine.compiled.amounts import Amounts
from usephase.engine.compiled.code import AGES, CALENDAR, MANY, MORE, POWER, WEIGH
from usephase.engine.compiled.electricity import WIDE
from usephase.engine.compiled.rows import WIDE_ROWS, Expr, Writer, in_front
from usephase.engine.plan import PathPlan, Plan, ZonePlan
from usephase.model.grid import bracket, lost_per_delivered

FIXED, NODES = 0, 1
TRENDED = 2
"""The local slot of a life with a trend."""


class Met(NamedTuple):
    """Rows of what a kWh a year meets in zones, in their order, over a life and frozen. [kg CO2e a kWh a year]

    Attributes
    ----------
    parts : ndarray of int (zone, 7)
        Path, supply, scale, lost: generation is path · scale, upstream supply · scale, losses are
        (path + supply) · lost; supply may be missing, and a missing multiplier is 1. Then generation, upstream and
        losses of the sale year.
    headline : ndarray of int (zone,)
        What the headline counts.
    """

    parts: np.ndarray
    headline: np.ndarray


class Series(NamedTuple):
    """A path over the years: one series of `FIXED` weights, or nodes with series of `NODES` weights."""

    kind: int
    parts: tuple[tuple[int, Expr], ...]


@dataclass
class _Template:
    """The operations that fill a set of zones from a slot, and the rows they fill."""

    groups: list[tuple[Expr, list[tuple[int, ...]]]]
    met: Met


@dataclass
class _Loads:
    """What the loads of some zones meet in calendar years: the same for all that is used in these zones.

    Attributes
    ----------
    trend : Expr
    parts : list of (kind, position of the zone, series, factor, row)
        A kind of weights, and arrays with an entry for each weight.
    """

    trend: Expr
    parts: list[tuple[int, np.ndarray, np.ndarray, np.ndarray, np.ndarray]]


class Zones:
    """Write zones.

    Parameters
    ----------
    plan : Plan
    tape : Writer
    """

    def __init__(self, plan: Plan, tape: Writer) -> None:
        self.plan, self.tape = plan, tape
        self.span = plan.year - plan.first_year + AGES + 2 * WIDE
        self.fixed: list[np.ndarray] = []  # (scenario, year) a series
        self.nodes: list[np.ndarray] = []  # (year,) a series
        self.sets: list[tuple[int, int]] = []  # kind, sale year
        self.slots = 3
        self.longest = 0
        self._set_at: dict[tuple[int, int], int] = {}
        self._series: dict[tuple[int, str], Series | None] = {}
        self._node_series: dict[tuple[int, ...], int] = {}
        self._templates: dict[tuple[object, ...], _Template] = {}
        self._done: dict[tuple[object, ...], Met] = {}
        self._powers: dict[tuple[object, ...], int] = {}
        self._scales: dict[int, Expr] = {}
        self._trends: dict[int, Expr] = {}
        self._frozen: dict[tuple[int, int], tuple[int, int, int]] = {}
        self._headlines: dict[tuple[int, int], Expr] = {}
        self._loads: dict[tuple[int, ...], list[_Loads]] = {}

    # Zones

    def _zone(self, z: int) -> ZonePlan:
        zone = self.plan.zones[z]
        assert zone is not None
        return zone

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
        years = np.arange(self.plan.first_year, self.plan.first_year + self.span)
        if all(ref.cell < 0 for ref in refs):
            table = np.zeros((len(zone.paths), self.span))
            for s, path in enumerate(zone.paths):
                for p in parts:
                    its = path.intensity if p == "intensity" else path.upstream
                    if its is not None:
                        table[s] += np.interp(years, path.years, [ref.value for ref in its])
            self.fixed.append(table)
            return Series(FIXED, ((len(self.fixed) - 1, self.tape.number(1.0)),))
        nodes = tuple(int(y) for y in np.unique(np.concatenate([path.years for path in zone.paths])))
        if nodes not in self._node_series:
            self._node_series[nodes] = len(self.nodes)
            self.nodes += [np.interp(years, nodes, row) for row in np.eye(len(nodes))]
        first = self._node_series[nodes]
        values = []
        for n, year in enumerate(nodes):
            at = [
                sum((self._at(path, p, year) for p in parts[1:]), self._at(path, parts[0], year)) for path in zone.paths
            ]
            values.append((first + n, self.tape.choose(at)))
        return Series(NODES, tuple(values))

    def set(self, kind: int, year: int) -> int:
        """Number a set of weights as met from a sale year on."""
        if (kind, year) not in self._set_at:
            self._set_at[kind, year] = len(self.sets)
            self.sets.append((kind, year))
        return self._set_at[kind, year]

    # Lives

    def power(self, slot: int, base: Expr, lag: int, to: int | None) -> int:
        """Write a slot whose ages are multiplied by powers of ``1 + base``; `to` None makes it a shared one."""
        if base.is_zero:
            return slot
        row = self.tape.row(base + 1.0)
        if to is not None:
            self.tape.write(POWER, to, slot, row, lag)
            return to
        known = (slot, row, lag)
        if known not in self._powers:
            self._powers[known] = self.new_slot()
            self.tape.write(POWER, self._powers[known], slot, row, lag, shared=True)
        return self._powers[known]

    def new_slot(self) -> int:
        """Take a shared slot."""
        self.slots += 1
        return self.slots - 1

    def trended(self, slot: int, shared: bool, trend: Expr, year: int) -> int:
        """Write a life with the grid's trend in it."""
        return self.power(slot, trend, self.plan.reporting_year - year, None if shared else TRENDED)

    def met(self, slot: int, shared: bool, zones: tuple[int, ...], year: int) -> Met:
        """Write what a kWh a year meets over a life in zones."""
        known = (slot, zones, year)
        if shared and known in self._done:
            return self._done[known]
        base = -1 if shared else WIDE_ROWS
        if shared or (zones, year) not in self._templates:
            template = self._template(zones, year, base)
            if not shared:
                self._templates[zones, year] = template
        else:
            template = self._templates[zones, year]
        for trend, operations in template.groups:
            life = self.trended(slot, shared, trend, year)
            for code, dst, b, lo, hi in operations:
                self.tape.write(code, dst, life if code == WEIGH else -1, b, lo, hi, shared=shared)
        if shared:
            self._done[known] = template.met
        return template.met

    def _template(self, zones: tuple[int, ...], year: int, base: int) -> _Template:
        groups: list[tuple[Expr, list[tuple[int, ...]]]] = []
        met: dict[int, tuple[int, ...]] = {}
        used = 0

        def take(count: int) -> int:
            nonlocal used
            if base < 0:
                return self.tape.shared_row(count)
            used += count
            self.tape.wide_rows = max(self.tape.wide_rows, used)
            return base + used - count

        for trend, mine in self._by_trend(zones):
            operations: list[tuple[int, ...]] = []
            wanted: dict[int, list[int]] = {FIXED: [], NODES: []}
            for z in mine:
                for part in ("intensity", "upstream"):
                    series = self.series(z, part)
                    for number, _ in series.parts if series else ():
                        if number not in wanted[series.kind]:  # type: ignore[union-attr]
                            wanted[series.kind].append(number)  # type: ignore[union-attr]
            raw: dict[tuple[int, int], int] = {}
            for kind, numbers in wanted.items():
                if numbers:
                    first = take(len(numbers))
                    lo, hi = self.tape.list([(0.0, number) for number in numbers])
                    operations.append((WEIGH, first, self.set(kind, year), lo, hi))
                    self.longest = max(self.longest, len(numbers))
                    raw |= {(kind, number): first + i for i, number in enumerate(numbers)}
            once: list[tuple[float | int, ...]] = []
            more: list[tuple[float | int, ...]] = []
            late: list[tuple[float | int, ...]] = []
            late_more: list[tuple[float | int, ...]] = []
            for z in mine:
                rows = {"intensity": -1, "upstream": -1}
                for part in rows:
                    series = self.series(z, part)
                    if series is None:
                        continue
                    if series.kind == FIXED:
                        rows[part] = raw[FIXED, series.parts[0][0]]
                        continue
                    rows[part] = take(1)
                    for i, (number, node) in enumerate(series.parts):
                        entry = (node.factor, rows[part], raw[NODES, number], node.row, -1)
                        (more if i else once).append(entry)
                headline, by = take(1), self.scale(z) * self.gross(z)
                late.append((by.factor, headline, rows["intensity"], by.row, -1))
                if self.plan.boundary != "minimum" and rows["upstream"] >= 0:
                    late_more.append((by.factor, headline, rows["upstream"], by.row, -1))
                scale, lost = self.tape.multiplier(self.scale(z)), self.tape.multiplier(self.scale(z) * self.lost(z))
                met[z] = (rows["intensity"], rows["upstream"], scale, lost, *self.frozen(z, year), headline)
            for code, entries in ((MANY, once), (MORE, more), (MANY, late), (MORE, late_more)):
                if entries:
                    operations.append((code, 0, -1, *self.tape.list(entries)))
            groups.append((trend, operations))
        table = np.array([met[z] for z in zones], dtype=np.int64)
        return _Template(groups, Met(table[:, :7], table[:, 7]))

    def _by_trend(self, zones: tuple[int, ...]) -> list[tuple[Expr, list[int]]]:
        """Put zones with the same trend together."""
        out: dict[tuple[float, int], tuple[Expr, list[int]]] = {}
        for z in zones:
            trend = self.trend(z)
            out.setdefault((trend.factor, trend.row), (trend, []))[1].append(z)
        return list(out.values())

    # Calendar

    def calendar(
        self, slot: int, shared: bool, year: int, first_sum: int, loads: Amounts, kwh: Expr, fuel: int
    ) -> None:
        """Add what a life emits in each calendar year to the sums from `first_sum` on.

        Parameters
        ----------
        loads : Amounts
            By zone.
        kwh : Expr
            What is drawn a year of full use for each of these. [t a kg/kWh]
        fuel : int
            Row of what does not depend on the grid, or −1.
        """
        parts = self._loads_of(loads.places) if len(loads) else []
        if fuel >= 0 and not any(its.trend.is_zero for its in parts):
            self.tape.write(CALENDAR, first_sum, slot, fuel)
        for its in parts:
            life = self.trended(slot, shared, its.trend, year)
            ranges = []
            for kind, at, series, factors, rows in its.parts:
                own = loads.rows if isinstance(loads.rows, int) else loads.rows[at]
                by = in_front(own, kwh.row, rows)
                entries = self.tape.block(loads.factors[at] * (factors * kwh.factor), series, *by)
                ranges.append((0.0, self.set(kind, year), *entries))
                self.longest = max(self.longest, len(at))
            lo, hi = self.tape.list(ranges)
            self.tape.write(CALENDAR, first_sum, life, fuel if its.trend.is_zero else -1, lo, hi)

    def _loads_of(self, zones: tuple[int, ...]) -> list[_Loads]:
        """Give the series of zones' headlines by trend and kind, and what multiplies each."""
        if zones not in self._loads:
            made = self._loads[zones] = []
            at = {z: i for i, z in enumerate(zones)}
            for trend, mine in self._by_trend(zones):
                kinds: dict[int, list[tuple[int, int, float, int]]] = {}
                for z in mine:
                    series = self.series(z, "headline")
                    assert series is not None
                    for number, node in series.parts:
                        by = node * self.scale(z) * self.gross(z)
                        kinds.setdefault(series.kind, []).append((at[z], number, by.factor, by.row))
                columns = {kind: [np.array(column) for column in zip(*its, strict=True)] for kind, its in kinds.items()}
                made.append(_Loads(trend, [(kind, a, b, c, d) for kind, (a, b, c, d) in columns.items()]))
        return self._loads[zones]

    # Finished

    def weights(self) -> tuple[np.ndarray, np.ndarray]:
        """Give all weights, and for each set where it begins, its strides and its number of scenarios."""
        scenarios = len(self.plan.scenarios)
        fixed = np.stack(self.fixed, axis=1) if self.fixed else np.zeros((scenarios, 0, self.span))
        nodes = np.array(self.nodes).reshape(-1, self.span)
        table = []
        for kind, year in self.sets:
            offset = year - self.plan.first_year
            if kind == FIXED:
                table.append((offset, fixed.shape[1] * self.span, self.span, scenarios))
            else:
                table.append((fixed.size + offset, 0, self.span, 1))
        return np.concatenate([fixed.ravel(), nodes.ravel()]), np.array(table, dtype=np.int64).reshape(-1, 4)
