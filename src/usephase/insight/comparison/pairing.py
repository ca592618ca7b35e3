"""Base and option in one model: the same draws, and switches between what is and what would be.

Only the products that an option touches are evaluated; all others cancel in every draw.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from usephase.catalog.options.records import Address, Edit, OptionRow
from usephase.catalog.options.tables import empty_lots, filled, focused, restructured
from usephase.catalog.resolve import Resolved, resolve
from usephase.catalog.table import Catalog
from usephase.engine.plan.cells import CellBook
from usephase.engine.plan.compile import compile_plan
from usephase.engine.plan.records import PHASES, Plan
from usephase.engine.plan.sums import Key, Wanted
from usephase.engine.plan.values import Values
from usephase.engine.program.code import LANES
from usephase.engine.program.group import Program, local_cells, sums_of, write_tile
from usephase.engine.run.local import Study
from usephase.insight.comparison.players import Player, joined, players, touched
from usephase.insight.comparison.switching import Draws, SwitchedValues

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
        The sums of the engine, by key, without those of units, years and service.
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
        self._programs: dict[tuple[frozenset[int], bool, int], Program] = {}
        self.take(players(self.rows))

    def take(self, parts: list[Player]) -> None:
        """Switch these parts instead."""
        self.parts = parts
        found = touched(self.base, parts)
        self.touches = found if self.only is None else [names & self.only for names in found]
        self._plans.clear()
        self._programs.clear()

    def join_structure(self) -> None:
        """Make one change of all that add, remove or reword rows: not every part of them makes a whole catalog."""
        self.take(joined(self.parts))

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
            self._plans[structure, calendar] = plan, {name: i for i, name in enumerate(book.cells.name)}
        return self._plans[structure, calendar]

    def program(self, structure: frozenset[int], calendar: bool, p: int) -> Program:
        """Write one product of a plan."""
        key = structure, calendar, p
        if key not in self._programs:
            self._programs[key] = program_of(self.plan(structure, calendar)[0], p, apart=calendar)
        return self._programs[key]

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
        plan, _ = self.model.plan(structure, self.calendar)
        draws = self._drawn(structure)
        edits = self._edits(on)
        values = SwitchedValues(draws, self._instead(edits, draws, instead or {}), edits)
        wanted = set(self.model.scope if products is None else products)
        return {
            p.name: outcome_of(self.model.program(structure, self.calendar, i), values)
            for i, p in enumerate(plan.products)
            if p.name in wanted
        }

    def drawn(self, switched: Iterable[int], addresses: Sequence[Address]) -> dict[Address, np.ndarray]:
        """Give the draws of cells with some changes switched on; a cell that is not there is left out."""
        on = frozenset(switched)
        draws, edits = self._drawn(self.model.structure(on)), self._edits(on)
        return {
            a: draws.changed(a, edits[a]) if a in edits else draws.base(draws.number[a])
            for a in addresses
            if a in draws.number
        }

    def _drawn(self, structure: frozenset[int]) -> Draws:
        if structure not in self._draws:
            plan, number = self.model.plan(structure, self.calendar)
            self._draws[structure] = Draws(plan.cells, self._design, *self._range, number)
        return self._draws[structure]

    def _edits(self, on: frozenset[int]) -> dict[Address, list[Edit]]:
        edits: dict[Address, list[Edit]] = defaultdict(list)
        for i in sorted(on):
            for edit in self.model.parts[i].edits:
                edits[edit.address].append(edit)
        return edits

    def _instead(self, edits: dict[Address, list[Edit]], draws: Draws, instead: Instead) -> dict[int, np.ndarray]:
        number = draws.number
        out = {number[a]: draws.changed(a, each) for a, each in edits.items() if a in number}
        out.update({number[a]: np.broadcast_to(x, (draws.size,)) for a, x in instead.items() if a in number})
        return out


def outcome_of(program: Program, values: Values) -> Outcome:
    """Evaluate the one product of a program whose cells are handed over."""
    (product,) = program.plan.products
    sums, nothing = sums_of(program, values), np.zeros(values.size)
    use = sums.get(("group", "category_11", PHASES[0], "product", product.name), nothing)
    waste = sums.get(("group", "category_12", "", "product", product.name), nothing)
    units, years, service = (sums.pop((name, product.name), nothing) for name in ("units", "years", "service"))
    return Outcome(use + waste, use, units, service, years, sums)


def program_of(plan: Plan, p: int, *, apart: bool = False) -> Program:
    """Write one product of a plan, and what is counted of it, as a program whose cells are handed over.

    With `apart` also its sums under each grid scenario of several.
    """
    alone = replace(plan, products=plan.products[p : p + 1])
    wanted = Wanted(counts=True, apart=frozenset({"component", "product"}) if apart else frozenset())
    return write_tile(alone, range(1), None, LANES, local_cells(plan), wanted)
