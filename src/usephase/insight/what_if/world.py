"""One product under one scenario: its plans, its kept draws, and its sums with other numbers in some cells."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from threadpoolctl import ThreadpoolController

from usephase.catalog.options.records import Address, Edit
from usephase.catalog.options.tables import focused
from usephase.catalog.resolve import Resolved, resolve
from usephase.catalog.table import Catalog
from usephase.engine.plan.cells import CellBook
from usephase.engine.plan.compile import compile_plan
from usephase.engine.plan.records import Plan
from usephase.engine.plan.sums import Key
from usephase.engine.program.group import Program
from usephase.engine.run.local import Study
from usephase.insight.comparison.measures import ratio, together
from usephase.insight.comparison.pairing import Instead, Outcome, outcome_of, program_of
from usephase.insight.comparison.switching import Draws, SwitchedValues
from usephase.sampling.design import Design
from usephase.sampling.draws import Cells

_PLANS = 32
_KEPT = 4096

Signature = tuple[object, ...]


class Store:
    """Keep draws of cells by what they are: the same cell with the same belief is drawn once, whatever the plan."""

    def __init__(self) -> None:
        self._kept: dict[Signature, np.ndarray] = {}

    def get(self, cells: Cells, cell: int, make: Callable[[], np.ndarray]) -> np.ndarray:
        """Give a cell's draws; `make` draws them."""
        points = cells.points.get(cell)
        belief = cells.params[cell].tobytes() if points is None else b"".join(p.tobytes() for p in points)
        key = (cells.name[cell], int(cells.kind[cell]), belief)
        if key not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[key] = make()
        return self._kept[key]


class StoredDraws(Draws):
    """Draw cells through a store."""

    def __init__(self, store: Store, cells: Cells, design: Design, draws: int, number: Mapping[Address, int]) -> None:
        super().__init__(cells, design, 0, draws, number)
        self._store = store

    def base(self, cell: int) -> np.ndarray:
        """Give the base's draw of a cell. Shape (draw,)."""
        if cell not in self._kept:
            self._kept[cell] = self._store.get(self.cells, cell, lambda: self._raw(cell))
        return self._kept[cell]


class _Still(Draws):
    """Hold every cell at its best estimate, as many times as there are draws."""

    def __init__(self, best: Draws, size: int) -> None:
        super().__init__(best.cells, None, 0, size, best.number)

    @property
    def size(self) -> int:
        """Number of draws."""
        return self.stop - self.start

    def _raw(self, cell: int) -> np.ndarray:
        return np.full(self.size, self.cells.best[cell])


@dataclass
class _Ready:
    """Hold a compiled plan and its program, if the product is sold in the year."""

    plan: Plan
    program: Program | None
    drawn: Draws
    best: Draws


class World:
    """Evaluate one product of a catalog, with other numbers in any of its cells.

    Parameters
    ----------
    catalog : Catalog
        With its scenarios, grid basis and boundary.
    product : str
    study : Study
    store : Store
    base : World, optional
        The one without edits: whose random numbers are kept.
    """

    def __init__(self, catalog: Catalog, product: str, study: Study, store: Store, base: "World | None" = None) -> None:
        self.catalog, self.product, self.study = catalog, product, study
        self.resolved: Resolved = resolve(focused(catalog, [product]))
        self.book: CellBook = CellBook(self.resolved) if base is None else base.book
        self._own = base is None
        self._store = store
        self._ready: dict[tuple[frozenset[Address], str, str], _Ready] = {}

    def plan(self, cells: frozenset[Address] = frozenset()) -> Plan:
        """Compile the product with some cells numbered though they are plain numbers."""
        return self._for(cells).plan

    def outcomes(self, edits: Sequence[Edit]) -> tuple[Outcome, Outcome] | None:
        """Evaluate the product with other numbers in some cells.

        Returns
        -------
        (Outcome, Outcome) or None
            Its draws and its best estimate; None where it is not sold in the year.
        """
        ready = self._for(frozenset(edit.address for edit in edits))
        if ready.program is None:
            return None
        # The matrix products are too small to be split among threads, which others may keep busy.
        with _threads().limit(limits=1, user_api="blas"):
            return self._evaluate(ready, ready.drawn, edits), self._evaluate(ready, ready.best, edits)

    def outcome(self, edits: Sequence[Edit], instead: Instead) -> Outcome | None:
        """Evaluate the product's draws alone, with other numbers in some cells.

        Parameters
        ----------
        edits : sequence of Edit
        instead : mapping of address to ndarray (draw,)
            Numbers that stand instead of cells, edited or not.
        """
        ready = self._for(frozenset((*(edit.address for edit in edits), *instead)))
        if ready.program is None:
            return None
        with _threads().limit(limits=1, user_api="blas"):
            return self._evaluate(ready, ready.drawn, edits, instead)

    def moved_apart(self, steps: Mapping[Address, float]) -> tuple[Outcome, Draws] | None:
        """Evaluate the product at its best estimates with one cell after the other moved, all at once.

        Parameters
        ----------
        steps : mapping of address to float
            What is added to each cell.

        Returns
        -------
        (Outcome, Draws) or None
            A column a cell in the order of `steps`, and a last one of the product as it is; and the draws of all these
            cells in their plan. None where the product is not sold in the year.
        """
        ready = self._for(frozenset(steps))
        if ready.program is None:
            return None
        still = _Still(ready.best, len(steps) + 1)
        instead: dict[Address, np.ndarray] = {}
        for i, (address, step) in enumerate(steps.items()):
            if address in still.number:
                instead[address] = still.base(still.number[address]).copy()
                instead[address][i] += step
        with _threads().limit(limits=1, user_api="blas"):
            return self._evaluate(ready, still, (), instead), ready.drawn

    def drawn(
        self, edits: Sequence[Edit], addresses: Iterable[Address], *, best: bool = False
    ) -> dict[Address, np.ndarray]:
        """Give the draws, or the best estimates, of some cells after the edits; one that is not there is left out."""
        wanted = list(addresses)
        ready = self._for(frozenset((*(edit.address for edit in edits), *wanted)))
        draws = ready.best if best else ready.drawn
        by_cell = {edit.address: edit for edit in edits}
        return {
            a: draws.changed(a, [by_cell[a]]) if a in by_cell else draws.base(draws.number[a])
            for a in wanted
            if a in draws.number
        }

    def _evaluate(self, ready: _Ready, draws: Draws, edits: Sequence[Edit], others: Instead | None = None) -> Outcome:
        number = draws.number
        instead = {number[e.address]: draws.changed(e.address, [e]) for e in edits if e.address in number}
        instead |= {number[a]: x for a, x in (others or {}).items() if a in number}
        kept = [edit for edit in edits if edit.address not in (others or {})]
        values = SwitchedValues(draws, instead, {edit.address: [edit] for edit in kept})
        assert ready.program is not None
        return outcome_of(ready.program, values)

    def _for(self, cells: frozenset[Address]) -> _Ready:
        settings = self.catalog.settings
        key = (cells, settings.grid_basis, settings.boundary)
        if key not in self._ready:
            if len(self._ready) >= _PLANS:
                self._ready.clear()
            book = self.book if self._own and not cells else CellBook(self.resolved, self.book, cells)
            plan = compile_plan(self.resolved, calendar=False, book=book)
            number = {name: i for i, name in enumerate(book.cells.name)}
            design = self.study.make()
            drawn = StoredDraws(self._store, book.cells, design, self.study.draws, number)
            self._ready[key] = _Ready(
                plan, program_of(plan, 0) if plan.products else None, drawn, Draws(book.cells, None, 0, 1, number)
            )  # fmt: skip
        return self._ready[key]


def counted(outcome: Outcome, keys: Iterable[Key], per: str) -> np.ndarray:
    """Give the sum of some of an outcome's sums by a measure. Shape (draw,)."""
    size = outcome.tonnes.size
    tonnes = sum((outcome.sums.get(key, np.zeros(size)) for key in keys), start=np.zeros(size))
    return np.asarray(tonnes * ratio(together([outcome], size), per))


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def with_settings(catalog: Catalog, scenario: str | None, grid_basis: str | None, boundary: str | None) -> Catalog:
    """Give a catalog with other toggles; None keeps its own."""
    update: dict[str, object] = {}
    if scenario is not None:
        update["scenarios"] = {scenario: 1.0}
    if grid_basis is not None:
        update["grid_basis"] = grid_basis
    if boundary is not None:
        update["boundary"] = boundary
    return replace(catalog, settings=catalog.settings.model_copy(update=update)) if update else catalog
