"""Base and option in one model: the same draws, and switches between what is and what would be.

Only the products that an option touches are evaluated; all others cancel in every draw.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from usephase.catalog.option_records import Address, Edit, OptionRow
from usephase.catalog.option_rows import empty_lots, filled, focused, restructured
from usephase.catalog.resolve import Resolved, resolve
from usephase.catalog.table import Catalog
from usephase.engine.block import evaluate
from usephase.engine.cells import CellBook
from usephase.engine.compile import compile_plan
from usephase.engine.local import Study
from usephase.engine.plan import PHASES, Plan
from usephase.engine.shared import Shared
from usephase.engine.sums import Key
from usephase.engine.values import Value, Values
from usephase.insight.players import Player, joined, players, touched
from usephase.insight.switching import Draws, SwitchedValues
from usephase.model.end_of_life import normalized

_MANY_USES = 10**9
_SHARED_OWN = {("modes", "load")}
"""Cells of products that what products share depends on: a life in full-load hours."""

Instead = Mapping[Address, np.ndarray]
"""Numbers that stand instead of cells, whatever is switched."""


@dataclass(frozen=True)
class Outcome:
    """Hold what one product gives under one set of switches.

    Attributes
    ----------
    tonnes : ndarray (draw,)
        Categories 11 and 12 on the headline. [t CO2e]
    use : ndarray (draw,)
        Category 11 of it. [t CO2e]
    units : ndarray (draw,)
        Sold in the year.
    service : ndarray (draw,)
        Hours or cycles of service in all lives; 0 where the product has no service mode.
    years : ndarray (draw,)
        Years in service in all lives.
    sums : mapping
        The sums of the engine, by key.
    """

    tonnes: np.ndarray
    use: np.ndarray
    units: np.ndarray
    service: np.ndarray
    years: np.ndarray
    sums: Mapping[Key, np.ndarray]


@dataclass
class Model:
    """Evaluate one option's products under any set of its changes.

    Parameters
    ----------
    catalog : Catalog
    base : Resolved
        The whole catalog, resolved.
    book : CellBook
        The cells of the base: whose random numbers are kept.
    rows : sequence of OptionRow
        What the option does; empty for the base alone.
    products : set of str
        Further products to evaluate.
    only : set of str, optional
        Evaluate no other products than these.
    cells : sequence of (table, row, column)
        Further cells that shall take other numbers.
    """

    catalog: Catalog
    base: Resolved
    book: CellBook
    rows: Sequence[OptionRow]
    products: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    cells: tuple[Address, ...] = ()
    parts: list[Player] = field(init=False)
    touches: list[frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        self._plans: dict[tuple[frozenset[int], bool], tuple[Plan, Mapping[Address, int]]] = {}
        self._take(players(self.rows))

    def _take(self, parts: list[Player]) -> None:
        self.parts = parts
        found = [frozenset().union(*(touched(self.base, row) for row in part.rows)) for part in parts]
        self.touches = found if self.only is None else [names & self.only for names in found]
        self._plans.clear()

    def join_structure(self) -> None:
        """Make one change of all that add, remove or reword rows: not every part of them makes a whole catalog."""
        self._take(joined(self.parts))

    @property
    def scope(self) -> tuple[str, ...]:
        """Names of the products that are evaluated, sorted."""
        return tuple(sorted(self.products.union(*self.touches)))

    def structure(self, switched: Iterable[int]) -> frozenset[int]:
        """Pick, of some changes, those of rows and texts: they need a plan of their own."""
        return frozenset(i for i in switched if self.parts[i].changes)

    def restructured(self, structure: Iterable[int]) -> Resolved:
        """Resolve the products' part of the catalog with some changes of rows and texts."""
        chosen = [self.parts[i] for i in sorted(structure)]
        changes = [change for part in chosen for change in part.changes]
        year = self.catalog.settings.reporting_year
        catalog = restructured(focused(self.catalog, self.scope), changes, self.base)
        catalog = empty_lots(focused(catalog, self.scope, year), self._lots(year))
        fills = [change.edit for change in changes if change.edit is not None]
        return filled(resolve(catalog), fills)

    def _lots(self, year: int) -> list[tuple[str, str, str]]:
        return [lot for part in self.parts for lot in part.lots if lot[2] == str(year)]

    def plan(self, structure: frozenset[int], calendar: bool = False) -> tuple[Plan, Mapping[Address, int]]:
        """Compile the plan of some changes of rows and texts; also the cells' numbers by address."""
        if (structure, calendar) not in self._plans:
            edited = {a for part in self.parts for e in part.edits for a in (e.address, e.source) if a is not None}
            resolved = self.restructured(structure)
            book = CellBook(resolved, self.book, {*edited, *self.cells})
            plan = compile_plan(resolved, calendar=calendar, book=book)
            plan = replace(plan, curve_uses=(_MANY_USES,) * len(plan.curves))
            self._plans[structure, calendar] = plan, {name: i for i, name in enumerate(book.cells.name)}
        return self._plans[structure, calendar]

    def block(self, study: Study | None, start: int, stop: int, *, calendar: bool = False) -> "Block":
        """Open a range of draws; without a study, best estimates."""
        return Block(self, study, start, stop, calendar)


class Block:
    """Evaluate a model in one range of draws, keeping what several sets of switches have in common."""

    def __init__(self, model: Model, study: Study | None, start: int, stop: int, calendar: bool) -> None:
        self.model, self.calendar = model, calendar
        self._design = study.make() if study else None
        self._range = (start, stop)
        self._draws: dict[frozenset[int], Draws] = {}
        self._shared: tuple[object, Shared] | None = None

    def outcomes(
        self, switched: Iterable[int], products: Iterable[str] | None = None, instead: Instead | None = None
    ) -> dict[str, Outcome]:
        """Evaluate products with some changes switched on.

        Parameters
        ----------
        switched : iterable of int
            Numbers of the model's parts.
        products : iterable of str, optional
            Default all in scope.
        instead : mapping of address to ndarray (draw,), optional
            Numbers to stand instead of cells.

        Returns
        -------
        dict of str to Outcome. A product that is not sold is not among them.
        """
        on = frozenset(switched)
        structure = self.model.structure(on)
        plan, number = self.model.plan(structure, self.calendar)
        draws = self._draws.get(structure)
        if draws is None:
            draws = self._draws[structure] = Draws(plan.cells, self._design, *self._range, number)
        values = SwitchedValues(draws, self._instead(on, draws, instead or {}))
        shared = self._shared_for(plan, structure, on, values, instead)
        wanted = set(self.model.scope if products is None else products)
        return {p.name: outcome_of(plan, shared, i) for i, p in enumerate(plan.products) if p.name in wanted}

    def _instead(self, on: frozenset[int], draws: Draws, instead: Instead) -> dict[int, np.ndarray]:
        edits: dict[Address, list[Edit]] = defaultdict(list)
        for i in sorted(on):
            for edit in self.model.parts[i].edits:
                edits[edit.address].append(edit)
        number = draws.number
        out = {number[a]: draws.changed(a, each) for a, each in edits.items() if a in number}
        out.update({number[a]: np.broadcast_to(x, (draws.size,)) for a, x in instead.items() if a in number})
        return out

    def _shared_for(
        self, plan: Plan, structure: frozenset[int], on: frozenset[int], values: Values, instead: Instead | None
    ) -> Shared:
        """Reuse what products share, if nothing that it depends on is switched otherwise."""
        common = frozenset(i for i in on if any(is_common(e.address) for e in self.model.parts[i].edits))
        other = {a: id(x) for a, x in (instead or {}).items() if is_common(a)}
        key = (structure, common, tuple(sorted(other.items())))
        if self._shared is None or self._shared[0] != key or other:
            self._shared = key, Shared(plan, values)
        shared = self._shared[1]
        shared.values = values
        return shared


def is_common(address: Address) -> bool:
    """Tell whether what products share depends on a cell."""
    table, row, column = address
    return "product=" not in row or (table, column) in _SHARED_OWN


def outcome_of(plan: Plan, shared: Shared, p: int) -> Outcome:
    """Evaluate one product of a plan whose lives may be asked for any number of times."""
    sums = dict(evaluate(plan, shared, range(p, p + 1)).items())
    name = plan.products[p].name
    use = sums.get(("group", "category_11", PHASES[0], "product", name), np.zeros(1))
    waste = sums.get(("group", "category_12", "", "product", name), np.zeros(1))
    size = shared.values.size
    units, years = _units_and_years(plan, shared, p)
    service = sums.get(("service", name), np.zeros(1))
    full = [np.broadcast_to(np.asarray(x, dtype=float), (size,)) for x in (use + waste, use, units, service, years)]
    return Outcome(full[0], full[1], full[2], full[3], full[4], sums)


def _units_and_years(plan: Plan, shared: Shared, p: int) -> tuple[Value, np.ndarray]:
    """Count the units sold and the years they are in service."""
    v, product = shared.values, plan.products[p]
    sold = {region: v(ref) for region, ref in product.sales.get(plan.year, {}).items()}
    shares: list[Value] = [1.0]
    if product.segments[0].share is not None:
        shares = normalized([v(s.share) for s in product.segments if s.share is not None])
    years: Value = np.zeros(1)
    for segment, share in zip(product.segments, shares, strict=True):
        for case in segment.cases:
            if case.curve >= 0:
                here: Value = sum((sold[r] for r in case.regions if r in sold), start=0.0)
                years = years + here * share * shared.curve(case.curve)[2]
    units: Value = sum(sold.values(), start=0.0)
    v.forget("product:")
    return units, np.asarray(years)
