"""What if: one product with other cells, at once, draw by draw beside what it is."""

import threading
import time
from collections.abc import Iterable
from typing import NamedTuple

from usephase.catalog.edit.records import Edit
from usephase.catalog.edit.tables import Desk
from usephase.catalog.resolve import Resolved, reference_of
from usephase.catalog.rules.context import Context
from usephase.catalog.rules.grids import zones_have_paths
from usephase.catalog.table import Catalog
from usephase.door import inner
from usephase.engine.run.figures import BASES, BOUNDARIES
from usephase.engine.run.furthest import naming_the_furthest
from usephase.engine.run.local import Study
from usephase.errors import Problem, StudyError
from usephase.insight.comparison.measures import service_units
from usephase.insight.figure import parse
from usephase.insight.what_if.answer import Sides, amounts, check_figure, parts
from usephase.insight.what_if.edits import Meant, refuse_broken, restructured, understand
from usephase.insight.what_if.records import Answer, Slider
from usephase.insight.what_if.shares import rebalanced
from usephase.insight.what_if.sliders import sliders
from usephase.insight.what_if.world import Store, World, with_settings

DRAWS = 2048
_WORLDS = 12

__all__ = ["Answer", "Slider", "WhatIf", "sliders"]


class _Toggles(NamedTuple):
    scenario: str | None
    grid_basis: str | None
    boundary: str | None


class WhatIf:
    """Answer what-if questions about one product.

    Parameters
    ----------
    catalog : Catalog
    product : str
    draws : int
        Draws of an answer.
    seed : int, optional
        Instead of the catalog's.

    Raises
    ------
    StudyError
        If there is no such product, it is not sold in the reporting year, or there are fewer than 2 draws.

    Notes
    -----
    Every cell keeps its random number, as in `usephase.compare`: base and edited differ by the edit alone. What is
    compiled and drawn is kept from answer to answer; one answer is computed at a time.
    """

    def __init__(self, catalog: Catalog, product: str, *, draws: int = DRAWS, seed: int | None = None) -> None:
        catalog = inner(catalog)
        settings = catalog.settings
        self._catalog, self._product = catalog, product
        self._study = Study(settings.design, settings.seed if seed is None else seed, draws)
        _refuse(catalog, product, draws)
        self._desk = Desk(catalog)
        self._store = Store()
        self._worlds: dict[object, tuple[World, tuple[Problem, ...]]] = {}
        self._bases: dict[_Toggles, Sides] = {}
        self._lock = threading.Lock()

    def answer(
        self,
        edits: Iterable[Edit] = (),
        *,
        of: str = "total",
        scenario: str | None = None,
        grid_basis: str | None = None,
        boundary: str | None = None,
        rebalance: bool = False,
    ) -> Answer:
        """Say what edits make of the product.

        Parameters
        ----------
        edits : iterable of Edit
            Of any cells; of several edits of one cell the last holds.
        of : str
            A figure: ``total``, ``category_11``, ``category_11:mode=drilling``, ``category_12:material=plastic`` …
        scenario : str, optional
            One grid scenario instead of the catalog's mixture, for base and edited.
        grid_basis : {"projected", "frozen"}, optional
        boundary : {"minimum", "life_cycle"}, optional
            Instead of the catalog's.
        rebalance : bool
            Where a share is moved, also scale those shares of its sum that no edit names (other segments of the
            product, other routes of the waste), so that they sum to 1 again. The answer's `edits` hold them.

        Returns
        -------
        Answer

        Raises
        ------
        CatalogError
            With every problem of the edits, alone and together: shares that do not sum to 1 have no answer.
        StudyError
            If there is no such figure, scenario, basis or boundary.
        """
        started = time.perf_counter()
        toggles = _Toggles(scenario, grid_basis, boundary)
        self._check(toggles)
        listed = tuple(Edit(*edit) for edit in edits)
        with self._lock:
            return self._answer(started, (*listed, *(self._rebalanced(listed) if rebalance else ())), of, toggles)

    def rebalanced(self, edits: Iterable[Edit]) -> tuple[Edit, ...]:
        """Give the edits that `rebalance` adds to some.

        Raises
        ------
        CatalogError
            With everything that a cell cannot hold.
        """
        with self._lock:
            return self._rebalanced(tuple(Edit(*edit) for edit in edits))

    def sliders(self) -> tuple[Slider, ...]:
        """List the product's cells with a range to move each of them in."""
        with self._lock:
            return sliders(self._catalog, self._product, self._world(_Toggles(None, None, None)).resolved)

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Grid scenarios that can be asked for: the catalog's own and those of the package, sorted."""
        return scenarios(self._catalog)

    @property
    def figures(self) -> tuple[str, ...]:
        """Figures that can be asked for."""
        toggles = _Toggles(None, None, None)
        with self._lock:
            world = self._world(toggles)
            base = self._base(toggles, world)
        return tuple(map(str, base.figures))

    def _answer(self, started: float, edits: tuple[Edit, ...], of: str, toggles: _Toggles) -> Answer:
        meant = understand(self._desk, edits)
        base_world = self._world(toggles)
        base = self._base(toggles, base_world)
        world, problems = self._edited(toggles, meant, base_world)
        refuse_broken(world.resolved, meant.cells, self._catalog)
        edited = base
        if meant.cells or meant.structural:
            found = world.outcomes(meant.cells)
            if found is None:
                raise _not_sold(self._product, self._catalog.settings.reporting_year)
            edited = Sides(world.plan(), *found)
        figure = check_figure(parse(of), base_world.plan())
        replicated = self._study.make().replicated
        settings = base_world.catalog.settings
        service = service_units(base_world.resolved)[self._product]
        with naming_the_furthest(world.resolved, meant.cells):
            told = amounts(base, edited, figure, service, replicated)
        return Answer(
            product=self._product, of=str(figure), scenario=toggles.scenario, grid_basis=settings.grid_basis,
            boundary=settings.boundary, draws=self._study.draws, seed=self._study.seed, edits=edits,
            amounts=told,
            parts=parts(base, edited, replicated),
            problems=(*meant.problems, *problems),
            seconds=time.perf_counter() - started,
        )  # fmt: skip

    def _rebalanced(self, edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
        meant = understand(self._desk, edits)
        named = [*(edit.address for edit in meant.cells), *(spot.address for spot, _ in meant.structural)]
        return rebalanced(self._world(_Toggles(None, None, None)).resolved, meant.cells, named)

    def _world(self, toggles: _Toggles) -> World:
        if toggles not in self._worlds:
            self._trim()
            made = World(with_settings(self._catalog, *toggles), self._product, self._study, self._store)
            _refuse_paths(made.resolved)
            self._worlds[toggles] = made, ()
        return self._worlds[toggles][0]

    def _base(self, toggles: _Toggles, world: World) -> Sides:
        if toggles not in self._bases:
            found = world.outcomes(())
            if found is None:
                raise _not_sold(self._product, self._catalog.settings.reporting_year)
            self._bases[toggles] = Sides(world.plan(), *found)
        return self._bases[toggles]

    def _edited(self, toggles: _Toggles, meant: Meant, base: World) -> tuple[World, tuple[Problem, ...]]:
        """Give the world with the structural edits; without any it is the base's."""
        if not meant.structural:
            return base, ()
        key = (toggles, tuple((spot.address, text) for spot, text in meant.structural))
        if key not in self._worlds:
            self._trim()
            catalog, problems, alone = restructured(self._desk, meant, self._product)
            made = World(with_settings(catalog, *toggles), self._product, self._study, self._store, base)
            if not alone:
                return made, problems
            self._worlds[key] = made, problems
        return self._worlds[key]

    def _trim(self) -> None:
        if len(self._worlds) >= _WORLDS:
            self._worlds.clear()
            self._bases.clear()

    def _check(self, toggles: _Toggles) -> None:
        for name, asked, known in (
            ("scenario", toggles.scenario, self.scenarios),
            ("grid_basis", toggles.grid_basis, BASES),
            ("boundary", toggles.boundary, BOUNDARIES),
        ):
            if asked is not None and asked not in known:
                fix = f"use one of: {', '.join(known)}"
                raise StudyError([Problem(where=name, what=f"there is no {asked[:100]!r}", fix=fix)])


def scenarios(catalog: Catalog) -> tuple[str, ...]:
    """Name the grid scenarios that have a path somewhere, sorted; a catalog's own path of all scenarios is in each."""
    frames = catalog["grid"].frame, reference_of(catalog)("grid").frame
    names = {str(name) for frame in frames for name in frame["scenario"].unique()} | set(catalog.settings.scenarios)
    return tuple(sorted(names - {"*"}))


def _refuse_paths(resolved: Resolved) -> None:
    """Refuse a scenario of which a zone has no path in which the product is used."""
    ctx = Context(resolved, reference_of(resolved.catalog))
    problems = list(zones_have_paths(ctx))
    if problems:
        raise StudyError(problems)


def _refuse(catalog: Catalog, product: str, draws: int) -> None:
    if product not in set(catalog["products"].frame["product"]):
        fix = "name a product of the catalog"
        raise StudyError([Problem(where="product", what=f"there is no product {product[:100]!r}", fix=fix)])
    sales = catalog["sales"].frame
    year = catalog.settings.reporting_year
    if not ((sales["product"] == product) & (sales["year"] == year)).any():
        raise _not_sold(product, year)
    if draws < 2:
        raise StudyError([Problem(where="draws", what=f"{draws} draws are too few", fix="draw at least 2")])


def _not_sold(product: str, year: int) -> StudyError:
    fix = "ask about a product with sales of that year, or add a row to sales"
    return StudyError([Problem(where="product", what=f"`{product}` is not sold in {year}", fix=fix)])
