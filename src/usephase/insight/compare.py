"""Compare design options with each other, draw by draw."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from usephase.catalog.option_rows import focused
from usephase.catalog.options import read_options
from usephase.catalog.resolve import Resolved, resolve
from usephase.catalog.table import Catalog
from usephase.engine.cells import CellBook
from usephase.engine.local import Study
from usephase.errors import NumericError, Problem, StudyError
from usephase.insight.choice import Choice, choose, factorial, verify
from usephase.insight.comparison import PART_COLUMNS, Comparison, Difference
from usephase.insight.decision import rank_options
from usephase.insight.differences import contributions, numbers, parts
from usephase.insight.measures import PER, Quantity, service_units, together, unit_of
from usephase.insight.paired_draws import ALL, MOST, PairedDraws, paired_draws
from usephase.insight.paired_figures import option_figures
from usephase.insight.pairing import Model
from usephase.results.provenance import created, versions
from usephase.sampling.design import DesignName

MARGIN = 0.05
"""Better by more than this share, unless asked otherwise."""


def compare(
    catalog: Catalog,
    options: Sequence[str],
    *,
    product: str | None = None,
    combine: bool = False,
    margin: float = MARGIN,
    whole: bool = True,
    draws: int | None = None,
    seed: int | None = None,
    design: DesignName | None = None,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Compare design options, paired: the same random numbers on both sides.

    Parameters
    ----------
    catalog : Catalog
        As `usephase.read_catalog` gives it.
    options : sequence of str
        Names of its options; ``base`` is the catalog itself, ``a+b`` two options together. The others are compared
        with the first one; a single option is compared with the base.
    product : str, optional
        Look at one product only.
    combine : bool
        Compare every combination of the options (full factorial); ``a|b`` names alternatives.
    margin : float
        The x of "better by more than x", as a share.
    whole : bool
        Give the figures of the whole catalog; otherwise those of the products that the options touch.
    draws, seed, design : optional
        Instead of the catalog's settings.
    workers : int
        Threads; changes no figure.
    progress : callable, optional
        Told the work done and the work in all.

    Returns
    -------
    Comparison

    Raises
    ------
    StudyError
        An unknown option or product, options that cannot be combined, or that make no whole catalog.
    NumericError
        A draw without a finite answer.
    """
    settings = catalog.settings
    study = Study(
        design or settings.design, settings.seed if seed is None else seed,
        settings.draws if draws is None else draws,
    )  # fmt: skip
    paired = pair(catalog, options, study, product=product, combine=combine, workers=workers, progress=progress)
    against = paired.chosen[0].name
    differences = [
        found for choice in paired.chosen[1:] for found in _differences(paired, choice.name, against, margin)
    ]
    meta = {
        "catalog": {"name": settings.name, "sha256": catalog.sha256}, "reporting_year": settings.reporting_year,
        "draws": study.draws, "seed": study.seed, "design": study.design, "unit": "t CO2e",
        "headline": {"grid_basis": settings.grid_basis, "boundary": settings.boundary}, "against": against,
        "products": list(paired.scope), "scope": "product" if product else "catalog" if whole else "touched",
        "versions": versions(), "created": created(),
    }  # fmt: skip
    figures = option_figures(paired, whole=whole and product is None, workers=workers)
    ranking, decision = rank_options(paired)
    names = tuple(choice.name for choice in paired.chosen)
    return Comparison(meta, names, figures, tuple(differences), ranking, decision, {}, paired.notes)


@dataclass(frozen=True, eq=False)
class Paired:
    """Hold the options that are compared, their models and their draws.

    Attributes
    ----------
    catalog : Catalog
    resolved : Resolved
    study : Study
    chosen : tuple of Choice
    models : mapping of str to Model
        By option; the base has one without changes.
    draws : mapping of str to PairedDraws
    scope : tuple of str
        Products that any of the options touches, or the one that was asked for.
    service : mapping of str to str
        What each product's service is counted in.
    notes : tuple of str
    """

    catalog: Catalog
    resolved: Resolved
    study: Study
    chosen: tuple[Choice, ...]
    models: Mapping[str, Model]
    draws: Mapping[str, PairedDraws]
    scope: tuple[str, ...]
    service: Mapping[str, str]
    notes: tuple[str, ...]

    @property
    def replicated(self) -> bool:
        """Whether the Monte Carlo error is the spread of replicates."""
        return self.study.make().replicated

    def quantity(self, option: str, name: str) -> Quantity:
        """Give what a product, or `ALL` of the scope, gives with an option."""
        if name == ALL:
            return together((self.quantity(option, p) for p in self.scope), self.study.draws)
        mine = self.draws[option].option
        return mine[name] if name in mine else self.draws[BASE_KEY].base[name]

    def measures(self, name: str) -> tuple[str, ...]:
        """Name the measures that make sense for a product, or for `ALL` of the scope."""
        names = self.scope if name == ALL else (name,)
        counted = {self.service.get(p, "") for p in names}
        return tuple(m for m in PER if m != "service" or (len(counted) == 1 and "" not in counted))


BASE_KEY = ""
"""Name under which the base's own draws are kept, whatever is compared."""


def pair(
    catalog: Catalog,
    options: Sequence[str],
    study: Study,
    *,
    product: str | None = None,
    combine: bool = False,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Paired:
    """Draw the base and every option; see `compare`."""
    if study.draws < 2:
        raise StudyError([Problem(where="--draws", what=f"{study.draws} draws are too few", fix="draw at least 2")])
    resolved = resolve(catalog)
    chosen = choose(read_options(resolved)[0], factorial(options) if combine else options)
    _refuse_product(catalog, product)
    only = None if product is None else frozenset({product})
    book = CellBook(resolved)
    models = {choice.name: Model(catalog, resolved, book, choice.rows, only or frozenset(), only) for choice in chosen}
    scope = tuple(sorted(set().union(*(model.scope for model in models.values()))))
    book = CellBook(resolve(focused(catalog, scope)))
    for name, model in models.items():
        model.book = book
        verify(model, resolved, name)
    base = Model(catalog, resolved, book, (), frozenset(scope))
    service = service_units(resolved)
    everything = {BASE_KEY: base, **models}
    draws = {}
    for i, (name, model) in enumerate(everything.items()):
        counted = {service.get(p, "") for p in model.scope}
        joint = tuple(m for m in PER if m != "service" or (len(counted) == 1 and "" not in counted))
        tell = None if progress is None else _Part(progress, i, len(everything))
        draws[name] = paired_draws(model, study, workers, joint, tell)
        _refuse_infinite(draws[name], name)
    notes: tuple[str, ...] = ()
    if len(scope) > MOST:
        notes = (f"the options touch {len(scope):,} products: contributions are given for all of them together",)
    return Paired(catalog, resolved, study, tuple(chosen), models, draws, scope, service, notes)


class _Part:
    """Tell the progress of one of several equal parts."""

    def __init__(self, progress: Callable[[int, int], None], part: int, of: int) -> None:
        self.progress, self.part, self.of = progress, part, of

    def __call__(self, done: int, total: int) -> None:
        self.progress(self.part * total + done, self.of * total)


def _refuse_product(catalog: Catalog, product: str | None) -> None:
    names = [str(name) for name in catalog["products"].frame["product"]]
    if product is None or product in names:
        return
    from usephase.units import nearest

    close = nearest(product, names)
    fix = f"did you mean `{close}`?" if close else "name a product of the catalog"
    raise StudyError([Problem(where="--product", what=f"there is no product `{product}`", fix=fix)])


def _refuse_infinite(draws: PairedDraws, name: str) -> None:
    for product, quantity in {**draws.base, **draws.option}.items():
        if not np.isfinite(quantity.tonnes).all():
            raise NumericError(
                f"{product or 'the total'} has a draw without a finite value with the option `{name}` → look for a "
                "divisor that may come near 0 (efficiency, amount, mean life) and narrow its distribution"
            )


def _differences(paired: Paired, option: str, against: str, margin: float) -> list[Difference]:
    """Make the rows of one option: all products together first, then each one that differs."""
    out = []
    alone = len(paired.scope) == 1
    names = [ALL] if len(paired.scope) > MOST else [ALL, *paired.scope]
    for name in names:
        for measure in paired.measures(name):
            # Of a single product "all together" would repeat its rows; the portfolio is a total of its own.
            if alone and name == ALL and measure != "portfolio":
                continue
            found = _difference(paired, option, against, name, measure, margin)
            if found is not None:
                out.append(found)
    return out


def _difference(paired: Paired, option: str, against: str, name: str, measure: str, margin: float) -> Difference | None:
    sides = paired.quantity(option, name), paired.quantity(against, name)
    after, before = (side.per(measure) for side in sides)
    if np.isnan(after).any() or np.isnan(before).any():
        return None  # not sold, or no service, on one side: there is nothing to divide by
    if name != ALL and np.array_equal(after, before):
        return None
    replicated = paired.replicated
    made = []
    for sign, side in ((1.0, option), (-1.0, against)):
        shares = paired.draws[side].contributions.get((name, measure))
        if shares is not None:
            made.append((sign, shares, paired.models[side].parts))
    headline = (paired.catalog.settings.grid_basis, paired.catalog.settings.boundary)
    split = pd.DataFrame(columns=list(PART_COLUMNS))
    if name == ALL or len(paired.scope) == 1:
        split = parts(paired_sums(paired, option), paired_sums(paired, against), sides, measure, headline)
    counted = paired.service.get(paired.scope[0] if name == ALL else name, "")
    return Difference(
        option, against, name or None, measure, unit_of(measure, counted), after - before, after, before,
        numbers(after, before, replicated, margin), contributions(made, paired.study.draws, replicated), split,
    )  # fmt: skip


def paired_sums(paired: Paired, option: str) -> dict[Any, np.ndarray]:
    """Give the engine's sums over the scope with an option."""
    base, mine = paired.draws[BASE_KEY], paired.draws[option]
    out = dict(base.base_sums)
    for key in {*mine.option_sums, *mine.base_sums}:
        zero = np.zeros(paired.study.draws)
        gap = mine.option_sums.get(key, zero) - mine.base_sums.get(key, zero)
        out[key] = out.get(key, zero) + gap
    return out
