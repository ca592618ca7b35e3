"""The options of a comparison with their draws: everything that is asked of a comparison is read from here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from usephase.catalog.options.records import Cost, OptionRow
from usephase.catalog.options.tables import focused
from usephase.catalog.options.understand import read_options
from usephase.catalog.resolve import Resolved, resolve
from usephase.catalog.table import Catalog
from usephase.engine.plan.cells import CellBook
from usephase.engine.plan.parts import LARGEST_T
from usephase.engine.run.furthest import naming_the_furthest
from usephase.engine.run.local import Study
from usephase.errors import Problem, StudyError, not_finite
from usephase.insight.comparison.choice import Choice, choose, factorial, verify
from usephase.insight.comparison.draws import ALL, MOST, PairedDraws, contributed, paired_draws
from usephase.insight.comparison.exchange import Exchange, exchange
from usephase.insight.comparison.measures import PER, Quantity, service_units, together
from usephase.insight.comparison.pairing import Model
from usephase.insight.comparison.shapley import Shares
from usephase.insight.comparison.ties import total


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
    exchanges, contributions : mapping by option
        How each option takes the place of the first, and what each of the moves contributes.
    scope : tuple of str
        Products that any of the options touches, or the one that was asked for.
    service : mapping of str to str
        What each product's service is counted in.
    costs : mapping of str to tuple of Cost
        Of every option of the catalog.
    notes : tuple of str
    """

    catalog: Catalog
    resolved: Resolved
    study: Study
    chosen: tuple[Choice, ...]
    models: Mapping[str, Model]
    draws: Mapping[str, PairedDraws]
    exchanges: Mapping[str, Exchange]
    contributions: Mapping[str, Mapping[tuple[str, str], Shares]]
    scope: tuple[str, ...]
    service: Mapping[str, str]
    costs: Mapping[str, tuple[Cost, ...]]
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
    read = read_options(resolved)[0]
    chosen = choose(read, factorial(options) if combine else options)
    _refuse_product(catalog, product)
    only = None if product is None else frozenset({product})
    book = CellBook(resolved)
    models = {choice.name: Model(catalog, resolved, book, choice.rows, only or frozenset(), only) for choice in chosen}
    touched = set().union(*(model.scope for model in models.values()))
    # Nothing is changed: the base alone is looked at, as a whole.
    scope = tuple(sorted(touched or set(map(str, catalog["products"].frame["product"]))))
    book = CellBook(resolve(focused(catalog, scope)))
    for name, model in models.items():
        model.book = book
        verify(model, resolved, name)
    base = Model(catalog, resolved, book, (), frozenset(scope))
    service = service_units(resolved)
    everything = {BASE_KEY: base, **models}
    draws = {}
    work = len(everything) + len(chosen) - 1
    for i, (name, model) in enumerate(everything.items()):
        tell = None if progress is None else _Part(progress, i, work)
        with naming_the_furthest(resolved, (edit for part in model.parts for edit in part.edits)):
            draws[name] = paired_draws(model, study, workers, tell)
            _refuse_infinite(draws[name], name)
    exchanges = {
        choice.name: _exchange(models[choice.name], chosen[0].rows, choice.rows, frozenset(scope))
        for choice in chosen[1:]
    }
    contributions = {}
    for i, (name, made) in enumerate(exchanges.items()):
        counted = {service.get(p, "") for p in scope}
        joint = tuple(m for m in PER if m != "service" or (len(counted) == 1 and "" not in counted))
        tell = None if progress is None else _Part(progress, len(everything) + i, work)
        contributions[name] = contributed(made, study, workers, joint, tell)
    notes: tuple[str, ...] = ()
    if len(scope) > MOST:
        notes = (f"the options touch {len(scope):,} products: contributions are given for all of them together",)
    return Paired(
        catalog, resolved, study, tuple(chosen), models, draws, exchanges, contributions, scope, service, read.costs,
        notes,
    )  # fmt: skip


def _exchange(
    model: Model, against: Sequence[OptionRow], option: Sequence[OptionRow], scope: frozenset[str]
) -> Exchange:
    def make(rows: Sequence[OptionRow]) -> Model:
        return Model(model.catalog, model.base, model.book, rows, scope, model.only)

    return exchange(make, against, option)


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
        if not (np.abs(quantity.tonnes) < LARGEST_T).all():
            whose = product or "the total"
            raise not_finite(f"{whose} has a draw without a finite value with the option `{name}`")


def paired_sums(paired: Paired, option: str) -> dict[Any, np.ndarray]:
    """Give the engine's sums over the scope with an option."""
    base, mine = paired.draws[BASE_KEY], paired.draws[option]
    out = dict(base.base_sums)
    for key in {*mine.option_sums, *mine.base_sums}:
        zero = np.zeros(paired.study.draws)
        out[key] = total([out.get(key, zero), mine.option_sums.get(key, zero), -mine.base_sums.get(key, zero)])
    return out
