"""Category 12 on a tape: masses meet their fates, kept apart by route and by material."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from usephase.engine.plan.cells import Ref
from usephase.engine.plan.records import Plan, WastePlan
from usephase.engine.plan.sums import LEDGERS, T_PER_KG, Key
from usephase.engine.program.code import ACCUMULATE, DATED, HOLD
from usephase.engine.program.rows import Expr, Writer, product_of
from usephase.model.end_of_life import normalized
from usephase.model.grid import bracket


@dataclass(frozen=True)
class Fate:
    """What a kg of a material emits when discarded: by route, and in all ledgers. [kg/kg]"""

    routes: tuple[tuple[int, Expr, Expr], ...]
    """Route, Category 12 and avoided."""
    ledgers: tuple[Expr, Expr, Expr]


@dataclass
class UnitFate:
    """What a unit emits in one zone, by ledger; `now` when sold, `later` when it retires. [kg CO2e]"""

    total: tuple[Expr, ...]
    now: Expr
    later: Expr
    dated: list[tuple[int, bool, Expr]] = field(default_factory=list)


Mass = tuple[int, bool, Expr]


class Alike(NamedTuple):
    """Zones in which every material of a product has the same fate.

    Attributes
    ----------
    groups : list of (zone, ndarray of int)
        One zone of each group, and the positions of all.
    mixes : list of list of (group, weight)
        What regions consist of, each mix once.
    which : ndarray of int (region,)
        The mix of each region.
    """

    groups: list[tuple[int, np.ndarray]]
    mixes: list[list[tuple[int, float]]]
    which: np.ndarray


class Wastes:
    """Write the fates of materials."""

    def __init__(self, plan: Plan, tape: Writer) -> None:
        self.plan, self.tape = plan, tape
        self._fates: dict[tuple[int, int], Fate] = {}
        self._alike: dict[tuple[tuple[int, ...], tuple[int, ...]], Alike] = {}
        self._nodes: dict[int, tuple[np.ndarray, list[list[Expr]]]] = {}
        self._masses: dict[tuple[Any, ...], tuple[Fate, int, int, Key]] = {}
        self._rows: dict[tuple[int, int, int], tuple[int, int]] = {}

    def alike(self, materials: tuple[int, ...], zones: tuple[int, ...], regions: tuple[int, ...]) -> Alike:
        """Put the zones of regions together in which materials have the same fates."""
        known = (materials, regions)
        if known not in self._alike:
            groups: dict[tuple[int, ...], list[int]] = {}
            for i, z in enumerate(zones):
                groups.setdefault(tuple(id(self.plan.waste[z, m]) for m in materials), []).append(i)
            group_of = {zones[i]: g for g, its in enumerate(groups.values()) for i in its}
            mixes: dict[tuple[tuple[int, float], ...], int] = {}
            which = []
            for r in regions:
                mix: dict[int, float] = {}
                for z, weight in self.plan.region_zones[r]:
                    mix[group_of[z]] = mix.get(group_of[z], 0.0) + weight
                which.append(mixes.setdefault(tuple(mix.items()), len(mixes)))
            found = [(zones[its[0]], np.array(its)) for its in groups.values()]
            self._alike[known] = Alike(found, [list(mix) for mix in mixes], np.array(which))
        return self._alike[known]

    def fate(self, waste: WastePlan, year: int) -> Fate:
        """Write a fate in a calendar year."""
        key = (id(waste), year if waste.dated else 0)
        if key not in self._fates:
            shares = self._shares(waste, year)
            routes = []
            ledgers: list[list[Expr]] = [[], [], []]
            for share, route, t in zip(shares, waste.shares, waste.treatments, strict=True):
                parts = [share * self._between(t.years, getattr(t, c), year) for c in ("factor", "avoided", "biogenic")]
                routes.append((route.route, parts[0], parts[1]))
                for ledger, part in zip(ledgers, parts, strict=True):
                    ledger.append(part)
            total = self.tape.total
            self._fates[key] = Fate(tuple(routes), (total(ledgers[0]), total(ledgers[1]), total(ledgers[2])))
        return self._fates[key]

    def unit(self, z: int, masses: list[Mass], slot: int | None, year: int) -> UnitFate:
        """Write what a unit emits in a zone; slot None: everything is discarded when sold."""
        parts: list[list[tuple[Expr, Expr]]] = [[], [], []]
        now: list[tuple[Expr, Expr]] = []
        later: list[tuple[Expr, Expr]] = []
        dated: list[Mass] = []
        for material, packaging, mass in masses:
            waste = self.plan.waste[z, material]
            at_once = packaging or slot is None
            if waste.dated:
                fate = self.fate(waste, year) if at_once else self.aged(waste, slot or 0, year)
                dated.append((material, packaging, mass))
            else:
                fate = self.fate(waste, year)
                (now if at_once else later).append((mass, fate.ledgers[0]))
            for part, factor in zip(parts, fate.ledgers, strict=True):
                if not factor.is_zero:
                    part.append((mass, factor))
        return UnitFate(
            tuple(self._dot(part) for part in parts), self._dot(now), self._dot(later), dated,
        )  # fmt: skip

    def _dot(self, pairs: list[tuple[Expr, Expr]]) -> Expr:
        terms = [product_of(x, y) for x, y in pairs if not x.is_zero and not y.is_zero]
        if not terms:
            return self.tape.number(0.0)
        if all(a < 0 for a, _, _ in terms):
            return self.tape.number(sum(c for *_, c in terms))
        return self.tape.dot([(c, a, b, -1) for a, b, c in terms])

    def aged(self, waste: WastePlan, slot: int, year: int) -> Fate:
        """Write a dated fate averaged over the ages at which units retire."""
        first, last = self._years(waste, year)
        routes = [
            (
                route,
                self._aged(waste, slot, year, first, last, (i, 0)),
                self._aged(waste, slot, year, first, last, (i, 1)),
            )
            for i, (route, _, _) in enumerate(self.fate(waste, year).routes)
        ]
        ledgers = [self._aged(waste, slot, year, first, last, (-1, j)) for j in range(3)]
        return Fate(tuple(routes), (ledgers[0], ledgers[1], ledgers[2]))

    def dated_rows(self, waste: WastePlan, year: int) -> tuple[int, int]:
        """Give the first row of a dated fate's Category 12 by year, and the number of the last."""
        first, last = self._years(waste, year)
        return self._series(waste, first, last, (-1, 0))

    def _years(self, waste: WastePlan, year: int) -> tuple[int, int]:
        dated: tuple[Any, ...] = (*waste.shares, *waste.treatments)
        listed = [y for s in dated for y in s.years]
        return year, max(year, *(int(y) for y in listed))

    def _pick(self, fate: Fate, what: tuple[int, int]) -> Expr:
        which, column = what
        if which < 0:
            return fate.ledgers[column]
        _, factor, avoided = fate.routes[which]
        return avoided if column else factor

    def _series(self, waste: WastePlan, first: int, last: int, what: tuple[int, int]) -> tuple[int, int]:
        key = (id(waste), first, hash(what))
        if key not in self._rows:
            values = [self._pick(self.fate(waste, y), what) for y in range(first, last + 1)]
            rows = self.tape.shared_row(len(values))
            for i, x in enumerate(values):
                self.tape.copy(rows + i, x)
            self._rows[key] = (rows, last - first)
        return self._rows[key]

    def _aged(self, waste: WastePlan, slot: int, year: int, first: int, last: int, what: tuple[int, int]) -> Expr:
        if all(self._pick(self.fate(waste, y), what).is_zero for y in range(first, last + 1)):
            return self.tape.number(0.0)
        rows, count = self._series(waste, first, last, what)
        dst = self.tape.local_row()
        self.tape.write(DATED, dst, slot, rows, count)
        return Expr(self.tape, 1.0, dst)

    def hold(self, z: int, material: int, mass: Expr, units: Expr, named: Key) -> None:
        """Add a mass to those of its fate in this tile; `named`: what the names of its sums begin with."""
        waste = self.plan.waste[z, material]
        key = (id(waste), material, named)
        if key not in self._masses:
            self._masses[key] = (self.fate(waste, self.plan.year), material, self.tape.tile_row(), named)
        a, b, c = product_of(mass, units)
        self.tape.write(HOLD, self._masses[key][2], a, b, c=c)

    def settle_masses(self) -> None:
        """Write the emissions of the masses held in a tile."""
        for fate, material, row, named in self._masses.values():
            self.settle(fate, material, Expr(self.tape, 1.0, row), self.tape.number(1.0), named)
        self._masses.clear()

    def settle(self, fate: Fate, material: int, mass: Expr, units: Expr, named: Key) -> None:
        """Add the emissions of a mass by route and by material."""
        kg = mass * units * T_PER_KG
        name = self.plan.materials[material]
        for route, factor, avoided in fate.routes:
            for ledger, part in zip(LEDGERS, (factor, avoided), strict=False):
                if ledger == LEDGERS[0] or not (named or part.is_zero):
                    self._add((*named, "group", ledger, "", "component", self.plan.routes[route]), kg, part)
        for ledger, part in zip(LEDGERS, fate.ledgers, strict=True):
            if ledger == LEDGERS[0] or not (named or part.is_zero):
                self._add((*named, "group", ledger, "", "material", name), kg, part)

    def _add(self, key: Key, x: Expr, y: Expr) -> None:
        a, b, c = product_of(x, y)
        self.tape.write(ACCUMULATE, self.tape.key(key), a, b, c=c)

    def _between(self, years: np.ndarray, refs: tuple[Ref, ...], year: int) -> Expr:
        left, right, weight = bracket(years, year)
        value = self.tape.value
        first = value(refs[left])
        return first if weight == 0.0 else first * (1.0 - weight) + value(refs[right]) * weight

    def _shares(self, waste: WastePlan, year: int) -> list[Expr]:
        """Write the shares of the routes: divided by their sum at every listed year, and linear between those."""
        if id(waste) not in self._nodes:
            years = np.unique(np.concatenate([s.years for s in waste.shares]))
            made: list[Any] = []
            for y in years:
                shares: list[Any] = [self._between(s.years, s.share, int(y)) for s in waste.shares]
                made.append(normalized(shares))
            self._nodes[id(waste)] = (years, made)
        years, nodes = self._nodes[id(waste)]
        left, right, weight = bracket(years, year)
        if weight == 0.0:
            return nodes[left]
        return [a * (1.0 - weight) + b * weight for a, b in zip(nodes[left], nodes[right], strict=True)]
