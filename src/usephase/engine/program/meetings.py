"""What lives meet in the zones of the grid: factors over a life, and emissions in each calendar year.

Either way the ages of a life collapse first: weights are fixed numbers, see `usephase.engine.program.zones`.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from usephase.engine.plan.records import Plan
from usephase.engine.program.amounts import Amounts
from usephase.engine.program.code import CALENDAR, MANY, MORE, POWER, WEIGH
from usephase.engine.program.rows import WIDE_ROWS, Expr, Writer, in_front
from usephase.engine.program.zones import ALIKE, BY_SCENARIO, Weights, Zones

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
    upstream : ndarray of bool (zone,)
        Whether there is fuel supply, written or not.
    """

    parts: np.ndarray
    headline: np.ndarray
    upstream: np.ndarray


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


class Meetings:
    """Write what lives meet.

    Parameters
    ----------
    plan : Plan
    tape : Writer
    apart : bool
        Whether zones are met under each scenario alone as well.

    Attributes
    ----------
    zones : Zones
        In the scenario that each draw is in.
    apart : tuple of Zones
        Under each scenario alone; empty if there is one only.
    """

    def __init__(self, plan: Plan, tape: Writer, apart: bool) -> None:
        self.plan, self.tape, self.weights = plan, tape, Weights(plan)
        self.zones = Zones(plan, tape, self.weights)
        scenarios = range(len(plan.scenarios)) if apart and len(plan.scenarios) > 1 else ()
        self.apart = tuple(Zones(plan, tape, self.weights, s) for s in scenarios)
        self.slots = 4
        self.longest = 0
        self._templates: dict[tuple[object, ...], _Template] = {}
        self._done: dict[tuple[object, ...], Met] = {}
        self._powers: dict[tuple[object, ...], int] = {}
        self._loads: dict[tuple[int, ...], list[_Loads]] = {}

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

    def met(self, slot: int, shared: bool, zones: tuple[int, ...], year: int, of: Zones | None = None) -> Met:
        """Write what a kWh a year meets over a life in zones: in the scenario of each draw, or `of` one alone.

        Of a life that is not shared, it takes the place of what was met before.
        """
        of = of or self.zones
        known = (slot, zones, year, of.scenario)
        if shared and known in self._done:
            return self._done[known]
        base = -1 if shared else WIDE_ROWS
        its = (zones, year, of.scenario)
        if shared or its not in self._templates:
            template = self._template(of, zones, year, base)
            if not shared:
                self._templates[its] = template
        else:
            template = self._templates[its]
        for trend, operations in template.groups:
            life = self.trended(slot, shared, trend, year)
            for code, dst, b, lo, hi in operations:
                self.tape.write(code, dst, life if code == WEIGH else -1, b, lo, hi, shared=shared)
        if shared:
            self._done[known] = template.met
        return template.met

    def _template(self, of: Zones, zones: tuple[int, ...], year: int, base: int) -> _Template:
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

        # What the headline does not count is written of the scenario of each draw only.
        parts = ("intensity", "upstream") if of is self.zones or self.plan.boundary != "minimum" else ("intensity",)
        for trend, mine in self._by_trend(of, zones):
            operations: list[tuple[int, ...]] = []
            wanted: dict[int, list[int]] = {BY_SCENARIO: [], ALIKE: []}
            for z in mine:
                for part in parts:
                    series = of.series(z, part)
                    for number, _ in series.parts if series else ():
                        if number not in wanted[series.kind]:  # type: ignore[union-attr]
                            wanted[series.kind].append(number)  # type: ignore[union-attr]
            raw: dict[tuple[int, int], int] = {}
            for kind, numbers in wanted.items():
                if numbers:
                    first = take(len(numbers))
                    lo, hi = self.tape.list([(0.0, number) for number in numbers])
                    operations.append((WEIGH, first, self.weights.set(kind, year), lo, hi))
                    self.longest = max(self.longest, len(numbers))
                    raw |= {(kind, number): first + i for i, number in enumerate(numbers)}
            once: list[tuple[float | int, ...]] = []
            more: list[tuple[float | int, ...]] = []
            late: list[tuple[float | int, ...]] = []
            late_more: list[tuple[float | int, ...]] = []
            for z in mine:
                rows = {"intensity": -1, "upstream": -1}
                for part in parts:
                    series = of.series(z, part)
                    if series is None:
                        continue
                    if series.plain:
                        rows[part] = raw[series.kind, series.parts[0][0]]
                        continue
                    rows[part] = take(1)
                    for i, (number, node) in enumerate(series.parts):
                        entry = (node.factor, rows[part], raw[series.kind, number], node.row, -1)
                        (more if i else once).append(entry)
                headline, scale = take(1), of.scale(z)
                by = scale * of.gross(z)
                late.append((by.factor, headline, rows["intensity"], by.row, -1))
                if self.plan.boundary != "minimum" and rows["upstream"] >= 0:
                    late_more.append((by.factor, headline, rows["upstream"], by.row, -1))
                multipliers = (self.tape.multiplier(x) for x in (scale, scale * of.lost(z)))
                met[z] = (rows["intensity"], rows["upstream"], *multipliers, *of.frozen(z, year), headline)
            for code, entries in ((MANY, once), (MORE, more), (MANY, late), (MORE, late_more)):
                if entries:
                    operations.append((code, 0, -1, *self.tape.list(entries)))
            groups.append((trend, operations))
        table = np.array([met[z] for z in zones], dtype=np.int64)
        upstream = np.array([of.has_upstream(z) for z in zones])
        return _Template(groups, Met(table[:, :7], table[:, 7], upstream))

    def _by_trend(self, of: Zones, zones: tuple[int, ...]) -> list[tuple[Expr, list[int]]]:
        """Put zones with the same trend together."""
        out: dict[tuple[float, int], tuple[Expr, list[int]]] = {}
        for z in zones:
            trend = of.trend(z)
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
                ranges.append((0.0, self.weights.set(kind, year), *entries))
                self.longest = max(self.longest, len(at))
            lo, hi = self.tape.list(ranges)
            self.tape.write(CALENDAR, first_sum, life, fuel if its.trend.is_zero else -1, lo, hi)

    def _loads_of(self, zones: tuple[int, ...]) -> list[_Loads]:
        """Give the series of zones' headlines by trend and kind, and what multiplies each."""
        if zones not in self._loads:
            made = self._loads[zones] = []
            at = {z: i for i, z in enumerate(zones)}
            for trend, mine in self._by_trend(self.zones, zones):
                kinds: dict[int, list[tuple[int, int, float, int]]] = {}
                for z in mine:
                    series = self.zones.series(z, "headline")
                    assert series is not None
                    for number, node in series.parts:
                        by = node * self.zones.scale(z) * self.zones.gross(z)
                        kinds.setdefault(series.kind, []).append((at[z], number, by.factor, by.row))
                columns = {kind: [np.array(column) for column in zip(*its, strict=True)] for kind, its in kinds.items()}
                made.append(_Loads(trend, [(kind, a, b, c, d) for kind, (a, b, c, d) in columns.items()]))
        return self._loads[zones]
