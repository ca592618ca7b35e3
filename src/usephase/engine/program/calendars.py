"""The calendar view on a tape: products that share a life meet the grid's years together."""

from dataclasses import dataclass, field

import numpy as np

from usephase.engine.plan.records import Plan
from usephase.engine.plan.sums import T_PER_KG, Key, Wanted
from usephase.engine.program.amounts import Amounts
from usephase.engine.program.code import ACCUMULATE, AGEING, AGES, CALENDAR_DATED, HOLD, MORE
from usephase.engine.program.meetings import Meetings
from usephase.engine.program.rows import Expr, Writer, in_front, product_of
from usephase.engine.program.zones import Zones

IN_SERVICE = "in_service"
"""Stands in the place of a ledger: mean units in service."""


@dataclass
class _Bin:
    """What the products of a tile with the same life and sale year draw: rows that they are added up in."""

    loads: dict[int, int] = field(default_factory=dict)
    fuel: int = -1


class Calendars:
    """Write the calendar view.

    A life of one product is written at once; what shares a life is added up in rows of the tile and written at its
    end.
    """

    def __init__(self, plan: Plan, tape: Writer, zones: Zones, meetings: Meetings, wanted: Wanted) -> None:
        self.plan, self.tape, self.zones, self.meetings, self.wanted = plan, tape, zones, meetings, wanted
        self.length = plan.year - plan.first_year + AGES + 1
        self._uses: dict[tuple[int, int], _Bin] = {}
        self._rates: dict[tuple[int, int, int, str], int] = {}
        self._nowhere = Amounts(tape, (), np.zeros(0))

    def _first(self, ledger: str, year: int) -> int:
        """Give the sum of a calendar year; the next years' follow."""
        named = () if ledger == IN_SERVICE else self.wanted.named(year)
        begin, count = (year, AGES + 1) if named else (self.plan.first_year, self.length)
        return self._years((*named, "calendar", ledger), begin, count) + year - begin

    def _years(self, key: Key, begin: int, count: int) -> int:
        """Give the first of the sums of successive calendar years."""
        first = self.tape.key((*key, str(begin)))
        for later in range(begin + 1, begin + count):
            if (*key, str(later)) in self.tape.keys:
                break
            self.tape.key((*key, str(later)))
        return first

    def use(self, slot: int, shared: bool, year: int, kwh: Expr, zones: Amounts, fuel: Expr, units: Expr) -> None:
        """Add electricity, `kwh` a unit in each zone, and `fuel` a unit, of all `units`. [t a year of full use]"""
        tape = self.tape
        if self.plan.grid_basis == "frozen" and not kwh.is_zero:
            pairs = [product_of(u, self.zones.headline(z, year)) for z, u in zip(zones.places, zones, strict=True)]
            rate = tape.dot([(c, a, b, -1) for a, b, c in pairs])
            fuel, units, kwh = fuel * units + rate * kwh, tape.number(1.0), tape.number(0.0)
        if not shared:
            emitted = fuel * units
            loads = self._nowhere if kwh.is_zero else zones
            if len(loads) or not emitted.is_zero:
                row = -1 if emitted.is_zero else tape.row(emitted)
                self.meetings.calendar(slot, False, year, self._first("category_11", year), loads, kwh, row)
            return
        held = self._uses.setdefault((slot, year), _Bin())
        if not fuel.is_zero:
            if held.fuel < 0:
                held.fuel = tape.tile_row()
            a, b, c = product_of(fuel, units)
            tape.write(HOLD, held.fuel, a, b, c=c)
        if kwh.is_zero:
            return
        for z in zones.places:
            if z not in held.loads:
                held.loads[z] = tape.tile_row()
        targets = np.array([held.loads[z] for z in zones.places])
        tape.write(MORE, 0, -1, -1, *tape.block(zones.factors * kwh.factor, targets, *in_front(zones.rows, kwh.row)))

    def leaks(self, slot: int, shared: bool, year: int, rate: Expr, units: Expr) -> None:
        """Add what leaks in every year of service. [t/yr]"""
        self._ageing(slot, shared, year, "category_11", 0, [(rate, units)])

    def in_service(self, slot: int, shared: bool, year: int, units: Expr) -> None:
        """Add the units in service, by calendar year: those of all sale years together."""
        self._ageing(slot, shared, year, IN_SERVICE, 0, [(units, self.tape.number(1.0))])

    def retired(self, slot: int, shared: bool, year: int, parts: list[tuple[Expr, Expr]]) -> None:
        """Add what is emitted when units retire. [kg]"""
        self._ageing(slot, shared, year, "category_12", 1, [(kg * T_PER_KG, units) for kg, units in parts])

    def _ageing(
        self, slot: int, shared: bool, year: int, ledger: str, retired: int, parts: list[tuple[Expr, Expr]]
    ) -> None:
        tape = self.tape
        pairs = [product_of(x, y) for x, y in parts if not x.is_zero and not y.is_zero]
        terms = [(c, a, b, -1) for a, b, c in pairs]
        if not terms:
            return
        if not shared:
            row = tape.row(tape.dot(terms))
            tape.write(AGEING, self._first(ledger, year), slot, row, retired)
            return
        key = (slot, year, retired, ledger)
        if key not in self._rates:
            self._rates[key] = tape.tile_row()
        tape.write(MORE, 0, -1, -1, *tape.list((q, self._rates[key], *rows) for q, *rows in terms))

    def discarded(self, year: int, parts: list[tuple[Expr, Expr]]) -> None:
        """Add what is emitted in the sale year itself. [kg]"""
        tape, key = self.tape, self._first("category_12", year)
        for x, y in parts:
            a, b, c = product_of(x, y)
            tape.write(ACCUMULATE, key, a, b, c=c * T_PER_KG)

    def dated(self, slot: int, year: int, rows: int, last: int, mass: Expr) -> None:
        """Add what a mass emits when units retire, by the year's fate. [kg]"""
        row = self.tape.row(mass)
        self.tape.write(CALENDAR_DATED, self._first("category_12", year), slot, rows, last, row, T_PER_KG)

    def settle(self) -> None:
        """Write what the products of a tile have in common."""
        tape = self.tape
        for (slot, year), held in self._uses.items():
            zones = tuple(sorted(held.loads))
            loads = Amounts(tape, zones, np.ones(len(zones)), np.array([held.loads[z] for z in zones], dtype=np.int64))
            first = self._first("category_11", year)
            self.meetings.calendar(slot, True, year, first, loads, tape.number(1.0), held.fuel)
        for (slot, year, retired, ledger), row in self._rates.items():
            tape.write(AGEING, self._first(ledger, year), slot, row, retired)
        self._uses.clear()
        self._rates.clear()
