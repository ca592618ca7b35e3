"""What if: one product with other cells, at once, draw by draw beside what it is."""

import threading
import time
from collections.abc import Hashable, Iterable
from typing import Any, NamedTuple

import numpy as np

from usephase.catalog.edit.records import Cell, Edit
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
from usephase.insight.comparison.between_cells import is_share, row_of, set_of
from usephase.insight.comparison.measures import PER, service_units, unit_of
from usephase.insight.comparison.ties import gap
from usephase.insight.figure import parse
from usephase.insight.what_if.answer import Sides, amounts, check_figure, parts
from usephase.insight.what_if.curve import Side, curve
from usephase.insight.what_if.edits import Meant, refuse_broken, restructured, understand
from usephase.insight.what_if.influence import influences
from usephase.insight.what_if.records import Answer, Curve, Influence, Slider, UnderScenario, Why
from usephase.insight.what_if.shares import rebalanced
from usephase.insight.what_if.sliders import sliders
from usephase.insight.what_if.why import EXACT, contributions, edits_of, moves
from usephase.insight.what_if.world import Store, World, with_settings
from usephase.results.scenarios import shares

DRAWS = 2048
FEW = 512
"""Draws of what needs hundreds of evaluations for one answer."""
_WORLDS = 24
_SIDES = 24
_VALUES = 512

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
        self._sides: dict[object, tuple[Sides, World, Meant, tuple[Problem, ...]]] = {}
        self._found: dict[object, Any] = {}
        self._fewer: WhatIf | None = None
        self._listed: tuple[Slider, ...] = ()
        self._lock = threading.Lock()

    def answer(
        self,
        edits: Iterable[Edit] = (),
        *,
        against: Iterable[Edit] = (),
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
        against : iterable of Edit
            What the edited product is held against has these edits; without any it is the product as it is.
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
        toggles = self._check(_Toggles(scenario, grid_basis, boundary))
        other = tuple(Edit(*edit) for edit in against)
        with self._lock:
            return self._answer(started, self._whole(edits, rebalance), other, of, toggles)

    def by_scenario(
        self,
        edits: Iterable[Edit] = (),
        *,
        against: Iterable[Edit] = (),
        of: str = "total",
        per: str = "unit",
        grid_basis: str | None = None,
        boundary: str | None = None,
        rebalance: bool = False,
    ) -> tuple[UnderScenario, ...]:
        """Say what edits make of the product under each grid scenario that has a weight.

        Parameters
        ----------
        edits, against, of, grid_basis, boundary, rebalance
            As of `answer`, whose own numbers are the mixture by the catalog's weights.
        per : {"unit", "service", "year", "portfolio"}

        Returns
        -------
        tuple of UnderScenario
            One a scenario, in the order of the settings; none where there is one scenario only.

        Raises
        ------
        CatalogError, StudyError
            As `answer`.
        """
        known = shares(self._catalog.settings.scenarios)
        if len(known) < 2:
            return ()
        self._refuse_measure(per)
        listed = tuple(edits), tuple(against)
        out = []
        for scenario, weight in known.items():
            told = self.answer(
                listed[0], against=listed[1], of=of, scenario=scenario, grid_basis=grid_basis, boundary=boundary,
                rebalance=rebalance,
            )  # fmt: skip
            amount = told.amounts.get(per) or told.amounts["portfolio"]
            out.append(UnderScenario(scenario, weight, amount.base.mean, amount.edited.mean, amount.difference))
        return tuple(out)

    def why(
        self,
        edits: Iterable[Edit] = (),
        *,
        against: Iterable[Edit] = (),
        of: str = "total",
        per: str = "unit",
        scenario: str | None = None,
        grid_basis: str | None = None,
        boundary: str | None = None,
        rebalance: bool = False,
    ) -> Why:
        """Say what makes the difference: the part of each change, and the parts sum to it.

        Parameters
        ----------
        edits, against, of, scenario, grid_basis, boundary, rebalance
            As of `answer`.
        per : {"unit", "service", "year", "portfolio"}

        Returns
        -------
        Why

        Raises
        ------
        CatalogError, StudyError
            As `answer`.
        """
        toggles = self._check(_Toggles(scenario, grid_basis, boundary))
        sides = tuple(Edit(*edit) for edit in against), self._open(edits, rebalance)
        with self._lock:
            meant = [understand(self._desk, side) for side in sides]
            before, after = (_texts(self._desk, side) for side in sides)
            structural = {spot.address for side in meant for spot, _ in side.structural}
            resolved = self._world(toggles).resolved

            def together(cell: Cell) -> Hashable:
                if cell in structural:
                    return "structure"
                if is_share(cell) and len(own := row_of(resolved.tables[cell[0]], cell[1])):
                    return cell[0], frozenset(set_of(resolved.tables[cell[0]], own).tolist())
                return cell

            moved = moves(before, after, together)
            self._refuse_measure(per)
            asker, unit = self if len(moved) <= EXACT else self._few(), unit_of(per, self._service())

        def value(texts: tuple[Edit, ...]) -> np.ndarray:
            # Let go between evaluations: an answer that is asked for meanwhile waits for one of them only.
            with asker._lock:
                return asker._values(toggles, texts, of, per)

        ends = [value(edits_of(side)) for side in (before, after)]
        made, sampled = contributions(before, after, moved, value)
        return Why(per, unit, asker._study.draws, float(ends[0].mean()), float(ends[1].mean()), made, sampled)

    def curve(
        self,
        cell: Cell,
        edits: Iterable[Edit] = (),
        *,
        against: Iterable[Edit] = (),
        of: str = "total",
        per: str = "unit",
        low: float | None = None,
        high: float | None = None,
        scenario: str | None = None,
        grid_basis: str | None = None,
        boundary: str | None = None,
        rebalance: bool = False,
    ) -> Curve:
        """Show the difference over values of a cell, where it flips, and what it is in each segment.

        Parameters
        ----------
        cell : (table, row, column)
            One of `sliders`.
        edits, against, of, scenario, grid_basis, boundary, rebalance
            As of `answer`.
        per : {"unit", "service", "year", "portfolio"}
        low, high : float, optional
            Instead of the ends of the cell's range.

        Returns
        -------
        Curve
            Of at most `FEW` draws.

        Raises
        ------
        CatalogError, StudyError
            As `answer`; also if there is no such cell.
        """
        toggles = self._check(_Toggles(scenario, grid_basis, boundary))
        sides = tuple(Edit(*edit) for edit in against), self._open(edits, rebalance)
        slider = next((s for s in self.sliders() if (s.table, s.row, s.column) == tuple(cell)), None)
        if slider is None:
            fix = "name a cell of the product's sliders"
            raise StudyError([Problem(where=":".join(cell), what="is no input of this product", fix=fix)])
        with self._lock:
            asker = self._few()
            before, after = (_texts(self._desk, side) for side in sides)
        with asker._lock:
            asker._refuse_measure(per)
            figure = check_figure(parse(of), asker._world(toggles).plan())
            base, edited = (asker._side(toggles, side) for side in sides)
            apart = before.get(cell) != after.get(cell)
            ends = slider.low if low is None else low, slider.high if high is None else high
            found = curve(base, edited, slider, apart, figure, per, asker._service(), ends)
        if found is None:
            raise _not_sold(self._product, self._catalog.settings.reporting_year)
        return found

    def influences(self, of: str = "total", per: str = "unit") -> tuple[Influence, ...]:
        """Rank the product's cells by what they explain of a figure and by what moving them does.

        Parameters
        ----------
        of : str
            A figure, as of `answer`.
        per : {"unit", "service", "year", "portfolio"}
        """
        held = self.sliders()
        with self._lock:
            self._refuse_measure(per)
            key = "influences", of, per
            if key not in self._found:
                toggles = _Toggles(None, None, None)
                world = self._world(toggles)
                figure = check_figure(parse(of), world.plan())
                self._found[key] = influences(world, held, figure, per, self._values(toggles, (), of, per))
            return self._found[key]

    def share_within(
        self, limit: float, edits: Iterable[Edit] = (), *, of: str = "total", per: str = "unit",
        scenario: str | None = None, grid_basis: str | None = None, boundary: str | None = None,
        rebalance: bool = False,
    ) -> float:  # fmt: skip
        """Give the share of the draws in which the edited product keeps a budget, in the unit of `per`."""
        toggles = self._check(_Toggles(scenario, grid_basis, boundary))
        with self._lock:
            made = self._whole(edits, rebalance)
            self._refuse_measure(per)
            return float((gap(self._values(toggles, made, of, per), np.asarray(limit)) <= 0).mean())

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
            if not self._listed:
                resolved = self._world(_Toggles(None, None, None)).resolved
                self._listed = sliders(self._catalog, self._product, resolved)
            return self._listed

    @property
    def draws(self) -> int:
        """Draws of an answer."""
        return self._study.draws

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

    def _answer(
        self, started: float, edits: tuple[Edit, ...], against: tuple[Edit, ...], of: str, toggles: _Toggles
    ) -> Answer:
        base_world = self._world(toggles)
        base, world, meant = self._base(toggles, base_world), base_world, Meant((), (), ())
        problems: tuple[Problem, ...] = ()
        if against:
            base = self._evaluated(toggles, against)[0]
        edited = base
        if edits != against:
            edited, world, meant, problems = self._evaluated(toggles, edits)
        figure = check_figure(parse(of), base_world.plan())
        replicated = self._study.make().replicated
        settings = base_world.catalog.settings
        with naming_the_furthest(world.resolved, meant.cells):
            told = amounts(base, edited, figure, self._service(), replicated)
        return Answer(
            product=self._product, of=str(figure), scenario=toggles.scenario, grid_basis=settings.grid_basis,
            boundary=settings.boundary, draws=self._study.draws, seed=self._study.seed, edits=edits, against=against,
            amounts=told,
            parts=parts(base, edited, replicated),
            problems=(*meant.problems, *problems),
            seconds=time.perf_counter() - started,
        )  # fmt: skip

    def _evaluated(self, toggles: _Toggles, edits: tuple[Edit, ...]) -> tuple[Sides, World, Meant, tuple[Problem, ...]]:
        """Evaluate some edits; the last few stay evaluated."""
        key = toggles, edits
        if key not in self._sides:
            base = self._world(toggles)
            meant = understand(self._desk, edits)
            world, problems = self._edited(toggles, meant, base)
            refuse_broken(world.resolved, meant.cells, self._catalog)
            made = self._base(toggles, base)
            if meant.cells or meant.structural:
                found = world.outcomes(meant.cells)
                if found is None:
                    raise _not_sold(self._product, self._catalog.settings.reporting_year)
                made = Sides(world.plan(), *found)
            if len(self._sides) >= _SIDES:
                del self._sides[next(iter(self._sides))]
            self._sides[key] = made, world, meant, problems
        return self._sides[key]

    def _side(self, toggles: _Toggles, edits: tuple[Edit, ...]) -> Side:
        _, world, meant, _ = self._evaluated(toggles, edits)
        return Side(world, meant.cells)

    def _values(self, toggles: _Toggles, edits: tuple[Edit, ...], of: str, per: str) -> np.ndarray:
        """Give a figure's draws with some edits. Shape (draw,)."""
        key = toggles, edits, of, per
        if key not in self._found:
            if len(self._found) >= _VALUES:
                self._found.clear()
            figure = check_figure(parse(of), self._world(toggles).plan())
            self._found[key] = self._evaluated(toggles, edits)[0].draws(figure, per)
        return self._found[key]

    def _whole(self, edits: Iterable[Edit], rebalance: bool) -> tuple[Edit, ...]:
        listed = tuple(Edit(*edit) for edit in edits)
        return (*listed, *(self._rebalanced(listed) if rebalance else ()))

    def _open(self, edits: Iterable[Edit], rebalance: bool) -> tuple[Edit, ...]:
        with self._lock:
            return self._whole(edits, rebalance)

    def _few(self) -> "WhatIf":
        """Give the same question with fewer draws: for what needs hundreds of evaluations at once."""
        if self._fewer is None:
            few = min(self._study.draws, FEW)
            self._fewer = self if few == self._study.draws else WhatIf(
                self._catalog, self._product, draws=few, seed=self._study.seed
            )  # fmt: skip
        return self._fewer

    def _service(self) -> str:
        return service_units(self._world(_Toggles(None, None, None)).resolved)[self._product]

    def _refuse_measure(self, per: str) -> None:
        known = [name for name in PER if name != "service" or self._service()]
        if per not in known:
            fix = f"use one of: {', '.join(known)}"
            raise StudyError([Problem(where="per", what=f"there is no {per[:100]!r} of this product", fix=fix)])

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
            self._sides.clear()

    def _check(self, toggles: _Toggles) -> _Toggles:
        for name, asked, known in (
            ("scenario", toggles.scenario, self.scenarios),
            ("grid_basis", toggles.grid_basis, BASES),
            ("boundary", toggles.boundary, BOUNDARIES),
        ):
            if asked is not None and asked not in known:
                fix = f"use one of: {', '.join(known)}"
                raise StudyError([Problem(where=name, what=f"there is no {asked[:100]!r}", fix=fix)])
        return toggles


def _texts(desk: Desk, edits: tuple[Edit, ...]) -> dict[Cell, str]:
    """Give what edits write by cell, each cell named in one way."""
    return {spot.address: spot.edit.text for spot, _ in desk.spots(edits)}


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
